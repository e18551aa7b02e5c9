"""Evaluate payoff formulas over plays and parameters, each on only the axes that it depends on.

Every quantity is an array with one axis an instrument, then one axis a dim of the batch; an axis on which it does not depend has size
1. Numpy's broadcasting then does the rest: a term that reads two instruments and one parameter costs the product of those three axes,
however large the whole sweep is.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import lock
from negotiation_sim._words import nearest_name
from negotiation_sim.scenario.formula import Formula
from negotiation_sim.scenario.function_terms import FunctionTerm, as_number
from negotiation_sim.solution import Block
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.scenario.actors import Parameter, Term
    from negotiation_sim.scenario.model import Scenario

__all__ = ["BlockCache", "PlayFormulas", "PlayPayoffs", "aligned", "compiled", "indicators", "point_status", "with_status"]

Array = NDArray[Any]


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


def with_status(solution: Any, status: NDArray[np.int8]) -> Any:
    """Return the solution with the parameters' own failures in its status."""
    if not (status != Status.OK).any():
        return solution
    merged = np.where(status != Status.OK, status, solution.status).astype(np.int8).reshape(solution.status.shape)
    return dataclasses.replace(solution, status=lock(merged))


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


def compiled(term: Term, scenario: Scenario, where: str, own: str = "") -> Formula | FunctionTerm:
    """Compile a formula or wrap a function."""
    return Formula.parse(term) if isinstance(term, str) else FunctionTerm(term, scenario, where, own)


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

    def _term(self, name: str) -> Formula | FunctionTerm:
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

    def cells(self, values: Mapping[str, Array], ndim: int, kept: BlockCache | None = None) -> list[list[NDArray[np.float64]]]:
        """Payoffs of each actor at each play (in C order), each with ``ndim`` axes, of size 1 where the actor's do not vary."""
        work = _Evaluation(self, values, ndim, kept)
        found = []
        with np.errstate(all="ignore"):
            for actor in self._terms:
                own = np.asarray(work.total(actor, None), dtype=np.float64)
                own = np.broadcast_to(own, (*self._shape, *own.shape[len(self._shape) :]))
                found.append([own[play] for play in np.ndindex(self._shape)])
        return found

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

    def _kept(self, name: str, term: Formula | FunctionTerm, *, number: bool = False) -> Array:
        """Evaluate, or take from the block before when nothing that the term depends on has changed since."""

        def compute() -> Array:
            value = term.evaluate(self.lookup)
            return as_number(value) if number else value

        return compute() if self._kept_before is None else self._kept_before.get(name, self._of.parameters_of(name), compute)
