"""Solve every game of a block of a sweep by several concepts, over payoffs evaluated once, and label what is kept."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.concepts import solver_for
from negotiation_sim.equilibria.summary import Summary
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.scenario.evaluation import BlockCache
from negotiation_sim.solution import Block, Variable
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    from negotiation_sim.equilibria.concepts import Solver
    from negotiation_sim.scenario.outcomes import OutcomeClasses

__all__ = ["KEEP", "GameEvaluator", "GameSource"]

Array = NDArray[Any]

KEEP = {
    "payoffs": ("payoff_min", "payoff_max"),
    "regret": ("regret_max",),
    "margin": ("margin",),
    "strict": ("strict",),
}
"""What a sweep may keep beside status, complete, count, supported and certain."""


class GameSource(Protocol):
    """What a model of games offers to a sweep; `Scenario` and `GameFamily` do."""

    @property
    def players(self) -> tuple[str, ...]: ...
    @property
    def player_names(self) -> tuple[str, ...]: ...
    @property
    def form(self) -> str: ...
    @property
    def play_shape(self) -> tuple[int, ...]: ...
    @property
    def classes(self) -> OutcomeClasses: ...
    @property
    def attrs(self) -> Mapping[str, object]: ...
    def block_tensor(self, block: Block, kept: BlockCache) -> tuple[NDArray[np.float64], NDArray[np.int8]]: ...
    def block_cells(self, block: Block, kept: BlockCache) -> list[list[NDArray[np.float64]]] | None: ...
    def staged_game(self, tensor: NDArray[np.float64], batch_shape: tuple[int, ...], form: str) -> StagedGame: ...


class GameEvaluator:
    """Solve every game of a block by several concepts, over payoffs evaluated once, and keep labelled summaries."""

    def __init__(self, source: GameSource, solvers: Sequence[Solver | str], keep: Sequence[str]) -> None:
        unknown = [name for name in keep if name not in KEEP]
        if unknown:
            raise ValueError(
                f"keep: unknown {unknown}; expected any of {', '.join(KEEP)} (status, complete, count, supported are always kept)"
            )
        if not solvers:
            raise ValueError("solvers: expected at least one solver or concept name; got none")
        self._source = source
        self._fields = frozenset(("certain", *(field for name in keep for field in KEEP[name])))
        self._kept = BlockCache()
        self._solvers = [solver_for(s, len(source.players)) for s in solvers]
        self._concepts = _labels(self._solvers)
        self._forms = [source.form if s.takes is StagedGame else "simultaneous" for s in self._solvers]

    @property
    def coords(self) -> Mapping[str, Sequence[str]]:
        """Labels of the dims behind those of the design."""
        return {"concept": self._concepts, "outcome": self._source.classes.names, "player": self._source.players}

    @property
    def extra_coords(self) -> Mapping[str, tuple[str, Sequence[str]]]:
        """Labels beside the names: ``name -> (dim, labels)``."""
        return {
            "outcome_label": ("outcome", self._source.classes.labels),
            "player_name": ("player", self._source.player_names),
        }

    @cached_property
    def attrs(self) -> Mapping[str, object]:
        """What a reader needs to understand the numbers."""
        return {
            **self._source.attrs,
            "forms": json.dumps(dict(zip(self._concepts, self._forms, strict=True))),
            "among": json.dumps({c: s.among for c, s in zip(self._concepts, self._solvers, strict=True)}),
            "solvers": json.dumps({c: repr(s) for c, s in zip(self._concepts, self._solvers, strict=True)}),
        }

    @property
    def point_bytes(self) -> int:
        """Working memory for one point: the payoffs, about twice."""
        return 16 * len(self._source.players) * math.prod(self._source.play_shape)

    def __call__(self, block: Block, into: Mapping[str, Array] | None = None) -> dict[str, Variable]:
        """Solve the block; arrays have the block's dims first. Where it saves a copy, all of ``into`` is filled and nothing returned."""
        direct = self._direct(block, into or {})
        if direct is not None:
            return direct
        tensor, status = self._source.block_tensor(block, self._kept)
        classes = self._source.classes
        parts: dict[str, list[Array | None]] = {}
        flat_status = status.ravel()
        for solver, form in zip(self._solvers, self._forms, strict=True):
            staged = self._source.staged_game(tensor, block.shape, form)
            if solver.takes is StagedGame:
                summary = solver.summarise(staged, classes.of_play, len(classes.names), self._fields)
            else:
                game, plays = staged.normal_form()
                summary = solver.summarise(game, classes.of_play.ravel()[plays], len(classes.names), self._fields)
            merged = summary.status if not flat_status.any() else np.where(flat_status != Status.OK, flat_status, summary.status)
            parts.setdefault("status", []).append(merged.astype(np.int8, copy=False))
            for name, value in _kept_of(summary, self._fields):
                parts.setdefault(name, []).append(value)
        return {name: _labelled(name, arrays, block) for name, values in parts.items() if (arrays := _filled(values))}

    @cached_property
    def _plays(self) -> NDArray[np.intp] | None:
        """The play behind each profile, where the one solver can do without the whole of the payoffs; else None."""
        solver = self._solvers[0]
        if len(self._solvers) > 1 or not isinstance(solver, AllNash) or self._source.play_shape != (2, 2) or len(self._source.players) != 2:
            return None
        game, plays = self._source.staged_game(np.empty((2, 2, 2, 0)), (0,), "simultaneous").normal_form()
        return plays if game.shape == (2, 2) else None

    def _direct(self, block: Block, into: Mapping[str, Array]) -> dict[str, Variable] | None:
        """Solve 2 x 2 games from payoffs on the axes that they vary along; None where the general way must be gone."""
        solver, plays = self._solvers[0], self._plays
        if plays is None or not isinstance(solver, AllNash):
            return None
        cells = self._source.block_cells(block, self._kept)
        if cells is None:
            return None
        classes = self._source.classes
        in_order = [[own[k] for k in plays.ravel().tolist()] for own in cells]
        of_profile = classes.of_play.ravel()[plays]
        room = _room(into, self._fields, block)
        summary = solver.summarise_cells(in_order, block.shape, of_profile, len(classes.names), self._fields, room)
        if summary is None:
            return None
        if room is not None:
            return {}
        found = {"status": summary.status, **dict(_kept_of(summary, self._fields))}
        return {name: _labelled(name, [value], block) for name, value in found.items() if value is not None}


def _room(into: Mapping[str, Array], fields: frozenset[str], block: Block) -> Summary | None:
    """The block's share of a result with one concept, as a summary of signs to be filled; None if there is no such result."""
    names = ("status", "complete", "count", "supported", *fields)
    if not all(name in into for name in names):
        return None
    games = math.prod(block.shape)
    # Blocks are contiguous in each row of a result, so these are views.
    return Summary(**{name: into[name][0].reshape((*into[name].shape[1 : -len(block.shape)], games)) for name in names})


def _kept_of(summary: Summary, fields: frozenset[str]) -> Iterator[tuple[str, Array | None]]:
    """What is kept of a summary, besides the status."""
    for name in ("complete", "count", "supported", "probability", *sorted(fields)):
        yield name, getattr(summary, name)


def _labels(solvers: Sequence[Solver]) -> tuple[str, ...]:
    """Tell the solvers apart: by concept; of one concept, by class; of one class, by the fields in which they differ."""
    labels = []
    for solver in solvers:
        rivals = [s for s in solvers if s.concept == solver.concept]
        alike: list[Any] = [s for s in rivals if type(s) is type(solver)]
        said = [] if len(alike) == len(rivals) else [type(solver).__name__]
        for field in dataclasses.fields(alike[0]):
            values = [repr(getattr(s, field.name)) for s in alike]
            if len(set(values)) > 1:
                value = getattr(solver, field.name)
                said.append(f"{field.name}={value:.12g}" if isinstance(value, float) else f"{field.name}={value!r}")
        labels.append(f"{solver.concept} ({', '.join(said)})" if said else solver.concept)
    if len(set(labels)) != len(labels):
        raise ValueError(f"solvers: the same solver stands twice in {[type(s).__name__ for s in solvers]}")
    return tuple(labels)


def _filled(values: list[Array | None]) -> list[Array]:
    """One array a concept: NaN (or false) for a concept that has nothing to say of this variable; none at all if no concept has."""
    known = [value for value in values if value is not None]
    if not known or len(known) == len(values):
        return known
    blank = np.zeros_like(known[0]) if known[0].dtype == bool else np.full_like(known[0], np.nan)
    return [blank if value is None else value for value in values]


_LAST_DIM = {
    "supported": "outcome",
    "certain": "outcome",
    "margin": "outcome",
    "strict": "outcome",
    "probability": "outcome",
    "payoff_min": "player",
    "payoff_max": "player",
}
_ATTRS: dict[str, dict[str, object]] = {
    "status": {"long_name": "what became of the point", **Status.flag_attributes()},
    "complete": {"long_name": "whether the equilibria found are all", **Completeness.flag_attributes()},
    "count": {"long_name": "number of equilibria (of paths, for a timed form)"},
    "supported": {"long_name": "some equilibrium gives this outcome with positive probability"},
    "certain": {"long_name": "some equilibrium gives this outcome for sure"},
    "payoff_min": {"long_name": "smallest payoff over the equilibria"},
    "payoff_max": {"long_name": "largest payoff over the equilibria"},
    "regret_max": {"long_name": "largest regret over the equilibria", "units": "share of the player's payoff range"},
    "margin": {
        "long_name": "largest margin over the equilibria of the outcome: the smallest loss from a deviation that leaves the outcome",
        "units": "share of the player's payoff range",
    },
    "probability": {"long_name": "probability of this outcome, from concepts that single out one distribution over outcomes"},
    "strict": {"long_name": "some equilibrium of the outcome is strict against every deviation that leaves the outcome"},
}


def _labelled(name: str, arrays: list[Array], block: Block) -> Variable:
    """Stack the concepts and unfold games into the block's dims (first, as a view)."""
    stacked = np.stack(arrays) if len(arrays) > 1 else arrays[0][None]
    lead = ("concept", _LAST_DIM[name]) if name in _LAST_DIM else ("concept",)
    full = stacked.reshape(stacked.shape[: len(lead)] + block.shape)
    return Variable((*block.dims, *lead), np.moveaxis(full, range(len(lead)), range(-len(lead), 0)), _ATTRS[name])
