"""Evaluate payoff formulas over plays and parameters, each on only the axes that it depends on.

Every quantity is an array with one axis an instrument, then one axis a dim of the batch; an axis on which it does not depend has size
1. Numpy's broadcasting then does the rest: a term that reads two instruments and one parameter costs the product of those three axes,
however large the whole sweep is.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import lock
from negotiation_sim._words import nearest_name
from negotiation_sim.equilibria.concepts import solver_for
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.scenario.formula import Formula
from negotiation_sim.solution import Block, Variable
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    from negotiation_sim.equilibria.concepts import Solver
    from negotiation_sim.equilibria.entries import Equilibria, Paths
    from negotiation_sim.scenario.actors import Parameter, Term
    from negotiation_sim.scenario.model import Scenario
    from negotiation_sim.scenario.outcomes import OutcomeClasses

__all__ = ["KEEP", "BlockCache", "GameEvaluator", "GameSource", "PlayFormulas", "PlayPayoffs", "aligned", "point_status", "with_status"]

Array = NDArray[Any]

KEEP = {
    "payoffs": ("payoff_min", "payoff_max"),
    "regret": ("regret_max",),
    "margin": ("margin",),
    "strict": ("strict",),
}
"""What a sweep may keep beside status, complete, count, supported and certain."""


def aligned(value: ArrayLike, ndim: int) -> Array:
    """Give a parameter's value one axis a batch dim, by numpy's rule (missing axes come first)."""
    array = np.asarray(value, dtype=np.float64)
    return array.reshape((1,) * (ndim - array.ndim) + array.shape)


def point_status(parameters: Mapping[str, Parameter], values: Mapping[str, Array], shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Status of each point by its parameters alone: OK, NOT_FINITE, OUT_OF_DOMAIN."""
    status = np.zeros(shape, dtype=np.int8)
    for name, value in values.items():
        low, high = parameters[name].domain
        finite = np.isfinite(value)
        inside = (value >= low) & (value <= high)
        if not (finite & inside).all():
            code = np.where(finite, np.where(inside, Status.OK, Status.OUT_OF_DOMAIN), Status.NOT_FINITE).astype(np.int8)
            status = np.where(status == Status.OK, code, status).astype(np.int8)
    return status


def with_status(solution: Equilibria | Paths, status: NDArray[np.int8]) -> Equilibria | Paths:
    """Return the solution with the parameters' own failures in its status."""
    if not (status != Status.OK).any():
        return solution
    merged = np.where(status != Status.OK, status, solution.status).astype(np.int8).reshape(solution.status.shape)
    return dataclasses.replace(solution, status=lock(merged))


class _FunctionTerm:
    """A term given as a Python function; its argument names say what it needs.

    Parameters
    ----------
    function : callable
    scenario : Scenario
    where : str
        What the function computes, for messages: ``"definition hit"``, ``"payoff bite of S"``.
    own : str
        The actor whose payoff it is part of, which it cannot read; empty for a definition.
    """

    def __init__(self, function: Callable[..., Any], scenario: Scenario, where: str, own: str = "") -> None:
        self.function = function
        self.where = where
        self.arguments = tuple(inspect.signature(function).parameters)
        self._options = tuple(len(i.options) for i in scenario.instruments)
        names: list[str] = []
        for argument in self.arguments:
            if argument in scenario.actors:
                names += [f"{i.key}.{option}" for i in scenario.all_instruments if i.actor == argument for option in i.options]
            elif argument == "payoff":
                names += [f"payoff.{actor}" for actor in scenario.actors if actor != own]
            else:
                names.append(argument)
        self.names = tuple(names)

    def evaluate(self, lookup: Callable[[str], Array]) -> Array:
        arguments = {name: _Namespace(name, self.names, lookup) if self._dotted(name) else _handed(lookup(name)) for name in self.arguments}
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(self.function(**arguments))
        except Exception as error:
            raise ValueError(
                f"{self.where}: the function raised {type(error).__name__}: {error}. "
                "Its arguments are arrays that must be left as they are, options and conditions 0.0 or 1.0: "
                "use np.where instead of if, np.exp instead of math.exp"
            ) from error
        fits = result.ndim == 0 or (
            result.ndim >= len(self._options) and all(n in (1, size) for n, size in zip(result.shape, self._options, strict=False))
        )
        if result.dtype.kind not in "biuf" or not fits:
            raise ValueError(
                f"{self.where}: the function must return a number, or an array made from its arguments by broadcasting; "
                f"got {type(result.item()).__name__ if result.ndim == 0 else f'shape {result.shape} of {result.dtype}'}"
            )
        return result.astype(np.float64)

    def _dotted(self, name: str) -> bool:
        return any(n.startswith(name + ".") for n in self.names)


def _number(value: Array) -> Array:
    """Truth values as 0.0 and 1.0: numpy adds two arrays of bools by OR."""
    return value.astype(np.float64) if value.dtype == bool else value


def _handed(value: Array) -> Array:
    """The value as a user's function gets it: numbers, and no way to change what others read."""
    view = _number(value).view()
    view.setflags(write=False)
    return view


class _Namespace:
    """``R.accept_truce`` inside a Python payoff function: attributes are looked up as dotted names."""

    def __init__(self, prefix: str, names: Sequence[str], lookup: Callable[[str], Array]) -> None:
        self._prefix, self._names, self._lookup = prefix, names, lookup

    def __getattr__(self, name: str) -> Any:
        full = f"{self._prefix}.{name}"
        if full in self._names:
            return _handed(self._lookup(full))
        if any(n.startswith(full + ".") for n in self._names):
            return _Namespace(full, self._names, self._lookup)
        choices = sorted({n[len(self._prefix) + 1 :] for n in self._names if n.startswith(self._prefix + ".")})
        raise AttributeError(f"{self._prefix} has no {name!r} here; it has {', '.join(choices)}")


class PlayFormulas:
    """The formulas of a scenario that depend on options only (outcomes, constraints), over all plays."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._indicators = indicators(scenario)
        self._memo: dict[str, Array] = {}

    def _lookup(self, name: str) -> Array:
        if name in self._indicators:
            return self._indicators[name]
        if name not in self._memo:
            self._memo[name] = compiled(self._scenario.definitions[name], self._scenario, f"definition {name}").evaluate(self._lookup)
        return self._memo[name]

    def condition(self, text: str) -> NDArray[np.bool_]:
        """Where a formula is true; shape: one axis an instrument."""
        value = Formula.parse(text).evaluate(self._lookup)
        return np.array(np.broadcast_to(value != 0, self._scenario.play_shape))


def indicators(scenario: Scenario) -> dict[str, NDArray[np.bool_]]:
    """For every option of every instrument, an array over plays that is true where it is chosen (size 1 on other instruments' axes)."""
    found = {}
    count = len(scenario.instruments)
    for k, (instrument, full) in enumerate(zip(scenario.instruments, scenario.all_instruments, strict=True)):
        for option in full.options:
            chosen = np.array([o == option for o in instrument.options])
            found[f"{full.key}.{option}"] = chosen.reshape([len(chosen) if j == k else 1 for j in range(count)])
    return found


def compiled(term: Term, scenario: Scenario, where: str, own: str = "") -> Formula | _FunctionTerm:
    """Compile a formula or wrap a function."""
    return Formula.parse(term) if isinstance(term, str) else _FunctionTerm(term, scenario, where, own)


class PlayPayoffs:
    """The compiled payoff functions of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._shape = scenario.play_shape
        self._parameters = tuple(scenario.parameters)
        self._definitions = {name: compiled(term, scenario, f"definition {name}") for name, term in scenario.definitions.items()}
        self._terms = {
            actor: {name: compiled(term, scenario, f"payoff {name!r} of {actor}", actor) for name, term in parts.payoff.items()}
            for actor, parts in scenario.actors.items()
        }
        self._indicators = indicators(scenario)
        self._needs: dict[str, frozenset[str]] = {}

    def parameters_of(self, name: str) -> frozenset[str]:
        """Parameters that a definition, a term (``actor:term``) or a payoff (``payoff.actor``) depends on, however indirectly."""
        if name in self._parameters:
            return frozenset((name,))
        if name in self._indicators:
            return frozenset()
        if name not in self._needs:
            if name.startswith("payoff."):
                actor = name.removeprefix("payoff.")
                read: list[str] = [f"{actor}:{term}" for term in self._terms[actor]]
                blind = False
            else:
                read = list(self._term(name).names)
                # Which payoffs a Python function reads is known only when it runs: take it to read them all.
                blind = any(n.startswith("payoff.") for n in read) and not isinstance(self._term(name), Formula)
            self._needs[name] = frozenset(self._parameters) if blind else frozenset().union(*(self.parameters_of(n) for n in read))
        return self._needs[name]

    def _term(self, name: str) -> Formula | _FunctionTerm:
        if ":" in name:
            actor, term = name.split(":", 1)
            return self._terms[actor][term]
        return self._definitions[name]

    def tensor(
        self, values: Mapping[str, Array], shape: tuple[int, ...], status: NDArray[np.int8] | None, kept: BlockCache | None = None
    ) -> NDArray[np.float64]:
        """Payoffs of all actors at all plays: a batch-fastest buffer ``(player, o_0, ..., o_{I-1}, games)``.

        Parameters
        ----------
        values : mapping of str to ndarray
            Each parameter's values, with one axis a dim of the batch.
        shape : tuple of int
            Shape of the batch.
        status : ndarray of int8 or None
            Points whose status is not OK get NaN payoffs.
        kept : BlockCache, optional
            In a sweep: what was computed for the block before, so that terms that do not vary from block to block are kept.
        """
        full = (len(self._terms), *self._shape, *shape)
        out = np.empty(full) if kept is None else kept.buffer(full)
        work = _Evaluation(self, values, len(shape), kept)
        with np.errstate(all="ignore"):
            for i, actor in enumerate(self._terms):
                work.total(actor, out[i])
        tensor = out.reshape((len(self._terms), *self._shape, math.prod(shape)))
        if status is not None and (status != Status.OK).any():
            tensor[..., (status != Status.OK).ravel()] = np.nan
        return tensor

    def terms(self, values: Mapping[str, Array], shape: tuple[int, ...]) -> dict[str, dict[str, NDArray[np.float64]]]:
        """Every payoff term at every play: arrays ``(o_0, ..., o_{I-1}, *batch)`` (read-only views, broadcast)."""
        work = _Evaluation(self, values, len(shape), None)
        full = (*self._shape, *shape)
        with np.errstate(all="ignore"):
            return {actor: {name: np.broadcast_to(work.term(actor, name), full) for name in terms} for actor, terms in self._terms.items()}

    def formula(self, text: str, values: Mapping[str, Array], shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Any formula at every play: an array ``(o_0, ..., o_{I-1}, *batch)``."""
        parsed = Formula.parse(text)
        known = (*self._parameters, *self._indicators, *self._definitions, *(f"payoff.{actor}" for actor in self._terms))
        for name in parsed.names:
            if name not in known:
                raise ValueError(f"formula {text!r}: unknown name {name!r}; {nearest_name(name, known)}")
        with np.errstate(all="ignore"):
            result = parsed.evaluate(_Evaluation(self, values, len(shape), None).lookup)
        return np.array(np.broadcast_to(result, (*self._shape, *shape)), dtype=np.float64)


class BlockCache:
    """What one sweep keeps from block to block: each quantity that does not vary on every dim of the design, and where it was computed."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[object, Array]] = {}
        self._block: Block | None = None
        self._buffer = np.empty(0)

    def at(self, block: Block) -> BlockCache:
        """Move to another block."""
        self._block = block
        return self

    def buffer(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Memory for the payoffs of the present block, used again for the next one."""
        size = math.prod(shape)
        if self._buffer.size < size:
            self._buffer = np.empty(size)
        return self._buffer[:size].reshape(shape)

    def get(self, name: str, parameters: frozenset[str], compute: Callable[[], Array]) -> Array:
        """Return the quantity on the present block, computed anew only if a slice that it depends on has moved."""
        block = self._block
        if block is None:
            return compute()
        moving = {dim for p in parameters for dim in block.param_dims.get(p, ())}
        if len(moving) == len(block.dims):
            return compute()
        key = tuple((d, s.start, s.stop) for d, s in zip(block.dims, block.index, strict=True) if d in moving)
        entry = self._entries.get(name)
        if entry is None or entry[0] != key:
            value = compute()
            # Another actor's payoff may be a view of the buffer, which the next block overwrites.
            entry = self._entries[name] = (key, value.copy() if np.may_share_memory(value, self._buffer) else value)
        return entry[1]


class _Evaluation:
    """One evaluation of all payoffs: every definition is computed at most once."""

    def __init__(self, payoffs: PlayPayoffs, values: Mapping[str, Array], ndim: int, kept: BlockCache | None) -> None:
        self._of = payoffs
        self._values = values
        self._ndim = ndim
        self._kept_before = kept
        self._memo: dict[str, Array] = {}
        self._actor_totals: dict[str, Array] = {}

    def lookup(self, name: str) -> Array:
        found = self._memo.get(name)
        if found is None:
            if name in self._values:
                value = self._values[name]
                found = value.reshape((1,) * len(self._of._shape) + value.shape)
            elif name in self._of._indicators:
                flag = self._of._indicators[name]
                found = flag.reshape(flag.shape + (1,) * self._ndim)
            elif name.startswith("payoff."):
                found = self.total(name.removeprefix("payoff."), None)
            else:
                found = self._kept(name, self._of._definitions[name])
            self._memo[name] = found
        return found

    def term(self, actor: str, name: str) -> Array:
        return self._kept(f"{actor}:{name}", self._of._terms[actor][name], number=True)

    def total(self, actor: str, out: Array | None) -> Array:
        """Sum of the actor's terms, in file order whatever is swept, so that the rounding is the same in every batch."""
        found = self._actor_totals.get(actor)
        if found is None:
            parts = [self.term(actor, name) for name in self._of._terms[actor]] or [np.zeros((1,) * (len(self._of._shape) + self._ndim))]
            found = parts[0]
            for part in parts[1:]:
                # Fresh memory costs more than the sum itself: add in place as soon as the sum has every axis.
                whole = out is not None and np.broadcast_shapes(found.shape, part.shape) == out.shape
                found = np.add(found, part, out=out) if whole else found + part
            self._actor_totals[actor] = found
        if out is not None and found is not out:
            np.copyto(out, found)
        return found

    def _kept(self, name: str, term: Formula | _FunctionTerm, *, number: bool = False) -> Array:
        """Evaluate, or take from the block before when nothing that the term depends on has changed since."""

        def compute() -> Array:
            value = term.evaluate(self.lookup)
            return _number(value) if number else value

        return compute() if self._kept_before is None else self._kept_before.get(name, self._of.parameters_of(name), compute)


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
        plain = [s.concept for s in self._solvers]
        self._concepts = tuple(c if plain.count(c) == 1 else f"{c} ({type(s).__name__})" for c, s in zip(plain, self._solvers, strict=True))
        if len(set(self._concepts)) != len(self._concepts):
            raise ValueError(f"solvers: the same solver stands twice in {[type(s).__name__ for s in self._solvers]}")
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

    def __call__(self, block: Block) -> dict[str, Variable]:
        """Solve the block; arrays have the block's dims first."""
        tensor, status = self._source.block_tensor(block, self._kept)
        classes = self._source.classes
        parts: dict[str, list[Array]] = {}
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
            for name in ("complete", "count", "supported", *sorted(self._fields)):
                value = getattr(summary, name)
                if value is not None:
                    parts.setdefault(name, []).append(value)
        return {name: _labelled(name, arrays, block) for name, arrays in parts.items()}


_LAST_DIM = {
    "supported": "outcome",
    "certain": "outcome",
    "margin": "outcome",
    "strict": "outcome",
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
    "strict": {"long_name": "some equilibrium of the outcome is strict against every deviation that leaves the outcome"},
}


def _labelled(name: str, arrays: list[Array], block: Block) -> Variable:
    """Stack the concepts and unfold games into the block's dims (first, as a view)."""
    stacked = np.stack(arrays) if len(arrays) > 1 else arrays[0][None]
    lead = ("concept", _LAST_DIM[name]) if name in _LAST_DIM else ("concept",)
    full = stacked.reshape(stacked.shape[: len(lead)] + block.shape)
    return Variable((*block.dims, *lead), np.moveaxis(full, range(len(lead)), range(-len(lead), 0)), _ATTRS[name])
