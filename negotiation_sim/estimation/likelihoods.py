"""How likely counted choices are under logit quantal responses, at many points of the parameters in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of, number_array
from negotiation_sim._words import shown
from negotiation_sim.equilibria.quantal.logit import LogitQRE
from negotiation_sim.equilibria.quantal.responses import QuantalResponses
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.scenario.actors import Parameter
from negotiation_sim.status import Status

__all__ = ["Likelihood", "ParametricModel", "read_counts"]

Array = NDArray[np.float64]

LEAST = 1e-300  # probability given to an action that rounding has left none


@runtime_checkable
class ParametricModel(Protocol):
    """A model of games with named parameters: `Scenario` and `GameFamily`."""

    @property
    def parameters(self) -> Mapping[str, Parameter]: ...
    @property
    def batch_shape(self) -> tuple[int, ...]: ...
    def replace(self, **values: ArrayLike) -> ParametricModel: ...
    def solve(self, solver: Any = None) -> Any: ...


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood of counts as a function of the precision and of parameters.

    Parameters
    ----------
    model : NormalFormGame or ParametricModel
    names : tuple of str
        Parameters that vary.
    counts : tuple of ndarray, one for each player, shape (*batch, n_i)
    rationality : sequence, optional
        Weights of the precision, as in `LogitQRE`.
    """

    model: NormalFormGame | ParametricModel
    names: tuple[str, ...]
    counts: tuple[Array, ...]
    rationality: Sequence[float | Sequence[float]] | None

    def responses(self, precision: ArrayLike, values: Array) -> QuantalResponses:
        """Equilibria at points of any shape.

        Parameters
        ----------
        precision : array_like, shape (*lead,)
        values : ndarray, shape (*points, name)
            Broadcasts against the precision; leading axes of the precision alone are points of one branch, traced once.

        Returns
        -------
        QuantalResponses
            Of batch shape ``(*lead, *batch)``.
        """
        tail = (1,) * len(self.model.batch_shape)
        lead = np.asarray(precision, dtype=np.float64)
        solver = LogitQRE(lead.reshape((*lead.shape, *tail)), rationality=self.rationality)
        if isinstance(self.model, NormalFormGame):
            return solver(self.model)
        points = {name: values[..., j].reshape((*values.shape[:-1], *tail)) for j, name in enumerate(self.names)}
        found: QuantalResponses = (self.model.replace(**points) if points else self.model).solve(solver)
        return found

    def __call__(self, precision: ArrayLike, values: Array) -> Array:
        """Log-likelihood, minus infinity where an equilibrium was not found; shape ``(*lead,)``, the arguments as above."""
        found = self.responses(precision, values)
        lead = found.batch_shape[: len(found.batch_shape) - len(self.model.batch_shape)]
        out = np.zeros(lead)
        for counted, p in zip(self.counts, found.strategies, strict=True):
            with np.errstate(invalid="ignore"):
                term = np.where(counted > 0, counted * np.log(np.maximum(p, LEAST)), 0)
            out += term.reshape((*lead, -1)).sum(axis=-1)
        lost = (found.status != Status.OK).reshape((*lead, -1)).any(axis=-1)
        return np.where(lost | np.isnan(out), -np.inf, out)

    def of_even_play(self) -> float:
        """Log-likelihood at precision 0."""
        return float(sum(-counted.sum() * np.log(counted.shape[-1]) for counted in self.counts))

    def of_frequencies(self) -> float:
        """Log-likelihood of a model that gives each action of each game its observed frequency."""
        total = 0.0
        for counted in self.counts:
            some = counted > 0
            share = counted / np.maximum(counted.sum(axis=-1, keepdims=True), 1e-300)
            total += float((counted[some] * np.log(share[some])).sum())
        return total


def read_counts(given: Sequence[ArrayLike], players: Sequence[str], shape: Sequence[int], batch: tuple[int, ...]) -> tuple[Array, ...]:
    """Read counts of choices against a batch of games.

    Raises
    ------
    ValueError
        If shapes do not fit, a count is negative or not finite, or nothing was counted.
    """
    wanted = f"counts must hold {len(players)} arrays, one for each player"
    entries = each_of(given, wanted)
    if len(entries) != len(players):
        raise ValueError(f"{wanted}; got {len(entries)}")
    out = []
    for i, (counted, n) in enumerate(zip(entries, shape, strict=True)):
        array = number_array(counted, f"counts[{i}] ({players[i]}) must hold {n} numbers, how often each action was chosen")
        if array.shape != (*batch, n):
            raise ValueError(
                f"counts[{i}] ({players[i]}) must have shape {(*batch, n)}, how often each action was chosen (zeros for a player "
                f"that was not observed); got {array.shape}"
            )
        if not (np.isfinite(array) & (array >= 0)).all():
            raise ValueError(f"counts[{i}] ({players[i]}) must be finite and at least 0; got {shown(array.tolist())}")
        out.append(array)
    if not sum(array.sum() for array in out) > 0:
        raise ValueError("counts must hold at least one choice; got only zeros")
    return tuple(out)
