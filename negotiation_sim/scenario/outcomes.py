"""Outcome classes: which plays a reader would call by the same name.

A class is fixed by the options chosen, never by parameters, so one small array over the plays serves a whole sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.scenario.evaluation import PlayFormulas, PlayPayoffs

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["OTHER", "OutcomeClasses", "classify", "feasible_plays"]

OTHER = "other"
_PROBES = 8
_PROBE_SEED = 20250511


@dataclass(frozen=True, eq=False)
class OutcomeClasses:
    """The outcome of every play.

    ``of_play`` (one axis an instrument) holds the class of each play, -1 where the rules forbid it; ``names`` and ``labels``
    name the classes; ``feasible`` is None where every play is possible.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    of_play: NDArray[np.int16]
    feasible: NDArray[np.bool_] | None


def classify(scenario: Scenario) -> OutcomeClasses:
    """Sort the plays of a scenario into its outcomes; by equal payoffs where it names none."""
    feasible = feasible_plays(scenario)
    if scenario.outcomes:
        names, labels, of_play = _by_rules(scenario, feasible)
    else:
        names, labels, of_play = _by_payoffs(scenario, feasible)
    if feasible is not None:
        of_play[~feasible] = -1
    of_play.setflags(write=False)
    return OutcomeClasses(names, labels, of_play, feasible)


def feasible_plays(scenario: Scenario) -> NDArray[np.bool_] | None:
    """Mark the plays that no constraint forbids; None without constraints."""
    if not scenario.constraints:
        return None
    formulas = PlayFormulas(scenario)
    allowed = np.ones(scenario.play_shape, dtype=bool)
    for constraint in scenario.constraints.values():
        allowed &= ~formulas.condition(constraint.never)
    return allowed


def _by_rules(scenario: Scenario, feasible: NDArray[np.bool_] | None) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.int16]]:
    formulas = PlayFormulas(scenario)
    of_play = np.full(scenario.play_shape, -1, dtype=np.int16)
    for k, outcome in enumerate(scenario.outcomes.values()):
        of_play[(of_play < 0) & formulas.condition(outcome.when)] = k
    names = tuple(scenario.outcomes)
    labels = tuple(outcome.label or name for name, outcome in scenario.outcomes.items())
    rest = of_play < 0 if feasible is None else (of_play < 0) & feasible
    if rest.any():
        of_play[rest] = len(names)
        names, labels = (*names, OTHER), (*labels, "Other")
    return names, labels, of_play


def _by_payoffs(scenario: Scenario, feasible: NDArray[np.bool_] | None) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.int16]]:
    """Group plays whose payoffs agree for all actors at seeded parameter points.

    All plays of the scenario are compared, also those of options that only a variant opens, so that the same outcome has the same
    name in every variant; the classes that no open play belongs to are dropped at the end.
    """
    whole = scenario.opened()
    tensor = PlayPayoffs(whole).tensor(_probes(scenario), (_PROBES,), None)
    flat = np.moveaxis(tensor.reshape((len(whole.actors), -1, _PROBES)), 1, 0).reshape((-1, len(whole.actors) * _PROBES))
    flat = np.where(np.isfinite(flat), flat, 0.0)
    low, high = flat.min(axis=0), flat.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        share = (flat - low) / np.where(high > low, high - low, 1.0)  # relative to the payoff range, as solvers compare payoffs
    _, first, of_all = np.unique(np.round(share, 9) + 0.0, axis=0, return_index=True, return_inverse=True)
    kept = np.ix_(*([full.options.index(o) for o in i.options] for full, i in zip(whole.instruments, scenario.instruments, strict=True)))
    first_of_play = first[of_all.reshape(-1)].reshape(whole.play_shape)[kept]
    there = np.unique(first_of_play if feasible is None else first_of_play[feasible])
    if len(there) > np.iinfo(np.int16).max:
        raise ValueError(f"the plays fall into {len(there)} classes of equal payoffs: name the outcomes that matter in [outcomes]")
    names = []
    for play in there:
        picked = np.unravel_index(play, whole.play_shape)
        options = [i.options[int(k)] for i, k in zip(whole.instruments, picked, strict=True) if len(i.options) > 1]
        names.append("+".join(options) or "only play")
    # One play stands for its class: a reader must know that there are others.
    shown = first_of_play if feasible is None else first_of_play[feasible]
    sizes = [int((shown == play).sum()) for play in there]
    labels = [name if size == 1 else f"{name} (and {size - 1} more)" for name, size in zip(names, sizes, strict=True)]
    return tuple(names), tuple(labels), np.searchsorted(there, first_of_play).astype(np.int16)


def _probes(scenario: Scenario) -> dict[str, NDArray[np.float64]]:
    """Draw values of every parameter: within its range, or around its base value, never at it, where equalities may be accidents."""
    rng = np.random.default_rng(_PROBE_SEED)
    values = {}
    for name, parameter in scenario.parameters.items():
        base = float(np.asarray(parameter.value).ravel()[0])
        width = max(abs(base), 1.0) / 2
        low, high = (
            parameter.range if parameter.range is not None and parameter.range[0] < parameter.range[1] else (base - width, base + width)
        )
        low, high = max(low, parameter.domain[0]), min(high, parameter.domain[1])
        values[name] = rng.uniform(low, high, size=_PROBES)
    return values
