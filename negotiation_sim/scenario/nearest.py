"""How far from the present case the set of equilibrium outcomes changes, one parameter at a time.

Every parameter that has a range is moved over a grid on it, the others staying where they are; all these points are one batch. The
first change on each side is then closed in on, all of them at once. What a grid can't see: a change that begins and ends between two
neighbouring points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.solution import Block
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.scenario.game_evaluator import GameEvaluator
    from negotiation_sim.scenario.model import Scenario

__all__ = ["Change", "Scan", "nearest_changes"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_CUTS = 15  # points tried at once inside a bracket: each round makes it 16 times smaller
_ROUNDS = 12  # enough for 1e-12; more would only chase the spacing of floating-point numbers
_BEYOND = 1e-6  # a tie is a band as wide as the solver's tolerance; this share of the range lies beyond it


@dataclass(frozen=True)
class Change:
    """The least move of one parameter that changes the set of outcomes.

    Attributes
    ----------
    parameter : str
        Its name.
    base, value : float
        Where it stands, and where the set of outcomes changes: exact up to the solver's tolerance for ties (1e-9 of a payoff range).
    share : float
        ``|value - base|`` as a share of the width of the parameter's range.
    before, after : tuple of str
        Outcomes of the equilibria at the base and just beyond ``value``.
    only_there : bool
        The set of outcomes differs at ``value`` (``after``), and is the old one again just beyond it: a tie.
    """

    parameter: str
    base: float
    value: float
    share: float
    before: tuple[str, ...]
    after: tuple[str, ...]
    only_there: bool = False


@dataclass(frozen=True)
class Scan:
    """What a search over the ranges of all parameters found for one concept.

    Attributes
    ----------
    concept, form : str
        What was solved.
    changes : tuple of Change
        One for each parameter that changes the outcomes within its range, the least move first; equal moves in file order.
    parameters : tuple of str
        The parameters that were moved: those with a range of positive width.
    points : int
        Grid points over each range.
    unsolved : int
        Grid points without an answer (a payoff that is not finite, a parameter outside its domain); changes there are not seen.
    base_solved : bool
        Whether the base itself has an answer; if not, there is nothing to change from and no change is reported.
    """

    concept: str
    form: str
    changes: tuple[Change, ...]
    parameters: tuple[str, ...]
    points: int
    unsolved: int
    base_solved: bool = True

    @property
    def nearest(self) -> Change | None:
        """The parameter that needs the least move; None if none changes the outcomes within its range."""
        return self.changes[0] if self.changes else None


class _Points:
    """Solves a scenario at points where one parameter each has left its base value."""

    def __init__(self, scenario: Scenario, concepts: Sequence[str]) -> None:
        self.base = {name: float(p.value) for name, p in scenario.parameters.items()}
        self.ranges = {name: p.range for name, p in scenario.parameters.items() if p.range is not None and p.range[1] > p.range[0]}
        self.names = tuple(self.ranges)
        self._evaluator: GameEvaluator = scenario.evaluator(dict.fromkeys(self.names, ("point",)), concepts, ())

    def __call__(self, which: NDArray[np.intp], value: Floats) -> tuple[Flags, Flags]:
        """Solve points, ``which`` naming the moved parameter: supported ``(point, concept, outcome)``, solved ``(point, concept)``."""
        count = len(value)
        values = {name: np.where(which == k, value, self.base[name]) for k, name in enumerate(self.names)}
        found = self._evaluator(Block(("point",), (slice(0, count),), (count,), values, dict.fromkeys(values, ("point",))))
        return found["supported"].values, found["status"].values == Status.OK


def nearest_changes(scenario: Scenario, concepts: Sequence[str], points: int = 201) -> tuple[Scan, ...]:
    """Find, for each parameter, the least move within its range that changes the set of equilibrium outcomes.

    Parameters
    ----------
    scenario : Scenario
        A single case (no arrays among its parameters).
    concepts : sequence of str
        ``"nash"``, ``"subgame-perfect"``; the latter with the scenario's form.
    points : int, default 201
        Grid points over each range.

    Returns
    -------
    tuple of Scan
        One for each concept.

    Raises
    ------
    ValueError
        If a parameter holds an array.
    """
    if scenario.batch_shape:
        raise ValueError(f"nearest_changes expected a single case; got a batch of shape {scenario.batch_shape}: replace arrays by numbers")
    solve = _Points(scenario, concepts)
    names = scenario.outcome_names
    if not solve.names:
        return tuple(Scan(concept, _form(scenario, concept), (), (), points, 0) for concept in concepts)
    grids = [np.union1d(np.linspace(*solve.ranges[name], points), solve.base[name]) for name in solve.names]
    which = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    supported, solved = solve(which, np.concatenate(grids))
    starts = np.cumsum([0, *map(len, grids)])
    at_base = starts[0] + int(np.searchsorted(grids[0], solve.base[solve.names[0]]))
    base_set = supported[at_base]
    differs = (supported != base_set).any(axis=-1) & solved
    brackets = [
        (concept, k, *pair)
        for concept in range(len(concepts))
        if solved[at_base, concept]
        for k, grid in enumerate(grids)
        for pair in _first_changes(grid, solve.base[solve.names[k]], differs[starts[k] : starts[k + 1], concept])
    ]
    found = _close_in(solve, base_set, brackets) if brackets else []
    scans = []
    for c, concept in enumerate(concepts):
        changes: dict[int, Change] = {}
        for (bracket_concept, k, _, _), (value, after, only_there) in zip(brackets, found, strict=True):
            low, high = solve.ranges[solve.names[k]]
            base = solve.base[solve.names[k]]
            share = abs(value - base) / (high - low)
            if bracket_concept == c and (k not in changes or share < changes[k].share):
                changes[k] = Change(solve.names[k], base, value, share, _named(names, base_set[c]), _named(names, after), only_there)
        # Equal moves stay in file order: rounding hides the solver's tolerance.
        ordered = tuple(sorted(changes.values(), key=lambda change: round(change.share, 8)))
        unsolved = int((~solved[:, c]).sum())
        scans.append(Scan(concept, _form(scenario, concept), ordered, solve.names, points, unsolved, bool(solved[at_base, c])))
    return tuple(scans)


def _named(names: Sequence[str], flags: Flags) -> tuple[str, ...]:
    return tuple(name for name, flag in zip(names, flags, strict=True) if flag)


def _form(scenario: Scenario, concept: str) -> str:
    return scenario.form if concept == "subgame-perfect" else "simultaneous"


def _first_changes(grid: Floats, base: float, differs: Flags) -> list[tuple[float, float]]:
    """Bracket the first change on each side of the base: pairs (still the same, changed)."""
    here = int(np.searchsorted(grid, base))
    out = []
    above = np.flatnonzero(differs[here + 1 :])
    if above.size:
        j = here + 1 + int(above[0])
        out.append((float(grid[j - 1]), float(grid[j])))
    below = np.flatnonzero(differs[:here])
    if below.size:
        j = int(below[-1])
        out.append((float(grid[j + 1]), float(grid[j])))
    return out


def _close_in(solve: _Points, base_set: Flags, brackets: Sequence[tuple[int, int, float, float]]) -> list[tuple[float, Flags, bool]]:
    """Refine every bracket; return where the set changes, the set beyond, and whether the change is a tie that ends at once."""
    concept = np.array([b[0] for b in brackets])
    which = np.array([b[1] for b in brackets], dtype=np.intp)
    width = np.array([solve.ranges[solve.names[k]][1] - solve.ranges[solve.names[k]][0] for k in which])
    inside, outside = (np.array([b[j] for b in brackets]) for j in (2, 3))

    first, at_first = _section(solve, which, concept, inside, outside, width, base_set[concept], leaves=True)
    # The solver calls a band of about its tolerance a tie, and in it both outcomes are equilibria. Look beyond it for the outcomes that
    # follow, and give the middle of the band as the value: there the tie is exact.
    beyond = first + np.sign(outside - inside) * _BEYOND * width
    low, high = (np.array([solve.ranges[solve.names[k]][j] for k in which]) for j in (0, 1))
    beyond = np.clip(beyond, np.minimum(low, inside), np.maximum(high, inside))
    supported, solved = solve(which, beyond)
    after = supported[np.arange(len(which)), concept]
    known = solved[np.arange(len(which)), concept]
    only_there = known & (after == base_set[concept]).all(axis=-1)
    after = np.where((known & ~only_there)[:, None], after, at_first)
    last, _ = _section(solve, which, concept, first, beyond, width, after, leaves=False)
    value = np.where(only_there | ~known, first, 0.5 * (first + last))
    for end in (low, high):  # a tie at the very end of a range begins a little before it
        value = np.where(np.abs(value - end) < _BEYOND * width, end, value)
    return [(float(v), a, bool(t)) for v, a, t in zip(value, after, only_there, strict=True)]


def _section(
    solve: _Points,
    which: NDArray[np.intp],
    concept: NDArray[np.intp],
    start: Floats,
    stop: Floats,
    width: Floats,
    wanted: Flags,
    *,
    leaves: bool,
) -> tuple[Floats, Flags]:
    """Close in on the first point from ``start`` to ``stop`` whose set leaves ``wanted`` (or reaches it); also return the set there."""
    near, far = start.copy(), stop.copy()
    rows = np.arange(len(which))
    at_far = solve(which, far)[0][rows, concept]
    steps = np.arange(1, _CUTS + 1) / (_CUTS + 1)
    for _ in range(_ROUNDS):
        open_ = np.flatnonzero(np.abs(far - near) > 1e-12 * width)
        if not open_.size:
            break
        trial = near[open_, None] + (far - near)[open_, None] * steps
        supported, solved = solve(np.repeat(which[open_], _CUTS), trial.ravel())
        shape = (len(open_), _CUTS)
        picked = np.repeat(concept[open_], _CUTS)
        sets = supported[np.arange(len(picked)), picked].reshape(*shape, -1)
        same = (sets == wanted[open_, None]).all(axis=-1)
        hit = (same != leaves) & solved[np.arange(len(picked)), picked].reshape(shape)
        first = np.where(hit.any(axis=1), hit.argmax(axis=1), _CUTS)
        padded = np.column_stack([near[open_], trial, far[open_]])
        local = np.arange(len(open_))
        near[open_], far[open_] = padded[local, first], padded[local, first + 1]
        moved = first < _CUTS
        at_far[open_[moved]] = sets[local[moved], first[moved]]
    return far, at_far
