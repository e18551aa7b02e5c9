"""A sweep that can be stopped with Ctrl-C: what was finished stays, the rest is marked as not run."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.solution import Block, Evaluator, Variable
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.scenario.actors import Parameter
    from negotiation_sim.scenario.model import Scenario

__all__ = ["Stoppable", "stopped_by_interrupt"]


class Stoppable:
    """A model for `sweep` that, once stopped, answers every further block with the status ``NOT_RUN``.

    Attributes
    ----------
    stopped : bool
        Set it to stop.
    finished : int
        Points solved so far.
    """

    def __init__(self, model: Scenario) -> None:
        self._model = model
        self.stopped = False
        self.finished = 0

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The model's parameters."""
        return self._model.parameters

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The model's batch shape."""
        return self._model.batch_shape

    def evaluator(self, swept: Mapping[str, tuple[str, ...]], solvers: Any, keep: Sequence[str]) -> Evaluator:
        """Return the model's evaluator, made stoppable."""
        return _Watched(self, self._model.evaluator(swept, solvers, keep))


class _Watched:
    def __init__(self, owner: Stoppable, inner: Evaluator) -> None:
        self._owner = owner
        self._inner = inner
        self._like: dict[str, Variable] = {}

    @property
    def coords(self) -> Mapping[str, Sequence[str]]:
        return self._inner.coords

    @property
    def extra_coords(self) -> Mapping[str, tuple[str, Sequence[str]]]:
        return self._inner.extra_coords

    @property
    def attrs(self) -> Mapping[str, object]:
        return self._inner.attrs

    @property
    def point_bytes(self) -> int:
        return self._inner.point_bytes

    def __call__(self, block: Block, into: Mapping[str, NDArray[Any]] | None = None) -> dict[str, Variable]:
        if self._owner.stopped:
            if not self._like:
                raise KeyboardInterrupt  # nothing is finished, so nothing is lost
            return {name: _not_run(name, variable, block) for name, variable in self._like.items()}
        found = self._inner(block, into)
        self._like |= found  # once something is written straight into the result, it is not returned again
        self._owner.finished += prod(block.shape)
        return found


def _not_run(name: str, like: Variable, block: Block) -> Variable:
    kind = like.values.dtype.kind
    blank: Any = Status.NOT_RUN if name == "status" else np.nan if kind == "f" else 0
    shape = (*block.shape, *like.values.shape[len(block.shape) :])
    return Variable(like.dims, np.full(shape, blank, dtype=like.values.dtype), like.attrs)


@contextmanager
def stopped_by_interrupt(model: Stoppable) -> Iterator[None]:
    """Let the first Ctrl-C stop the model after its present block; a second one interrupts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        model.stopped = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
