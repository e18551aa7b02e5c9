"""Outcome classes: which plays a reader would call by the same name.

A class is fixed by the options chosen, never by parameters, so one small array over the plays serves a whole sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.scenario.evaluation import PlayFormulas

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
    """Group plays whose payoffs agree for all actors at seeded parameter points (drawn within range, base values where there is none)."""
    rng = np.random.default_rng(_PROBE_SEED)
    values = {}
    for name, parameter in scenario.parameters.items():
        base = float(np.asarray(parameter.value).ravel()[0])
        low, high = parameter.range if parameter.range is not None else (base, base)
        values[name] = rng.uniform(low, high, size=_PROBES) if high > low else np.full(_PROBES, base)
    from negotiation_sim.scenario.evaluation import PlayPayoffs

    tensor = PlayPayoffs(scenario).tensor(values, (_PROBES,), None)
    flat = np.moveaxis(tensor.reshape((len(scenario.actors), -1, _PROBES)), 1, 0).reshape((-1, len(scenario.actors) * _PROBES))
    scale = np.nanmax(np.abs(np.where(np.isfinite(flat), flat, 0.0)), axis=0)
    rounded = np.round(flat / np.where(scale > 0, scale, 1.0), 9)
    plays = np.arange(len(flat)) if feasible is None else np.flatnonzero(feasible)
    of_play = np.full(len(flat), -1, dtype=np.int32)
    seen: dict[bytes, int] = {}
    names: list[str] = []
    for play in plays:
        key = (rounded[play] + 0.0).tobytes()
        if key not in seen:
            seen[key] = len(names)
            picked = np.unravel_index(play, scenario.play_shape)
            options = [i.options[int(k)] for i, k in zip(scenario.instruments, picked, strict=True) if len(i.options) > 1]
            names.append("+".join(options) or "only play")
        of_play[play] = seen[key]
    if len(names) > np.iinfo(np.int16).max:
        raise ValueError(
            f"the scenario's plays fall into {len(names)} classes of equal payoffs: name the outcomes that matter in [outcomes]"
        )
    return tuple(names), tuple(names), of_play.astype(np.int16).reshape(scenario.play_shape)
