"""Memory without waiting: the system charges more for fresh pages than the arithmetic on them costs.

So working memory is kept between calls, and what is large comes in large pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scratch", "fresh", "kept_scratch"]

KEPT = 1 << 24
"""Bytes that a scratch may hold to be kept: what larger games need goes back to the system."""

SPARE = 4
"""Scratches that are kept: what is at work at one time, in one thread or several."""

PAGE = 1 << 21
"""Bytes of a large page."""

LARGE = 1 << 22
"""Bytes from which numpy asks for large pages."""

_spare: list[Scratch] = []


class Scratch:
    """Working arrays by name and kind, used again."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, object], NDArray[Any]] = {}
        self._last: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, shape: tuple[int, ...], kind: type[np.generic] = np.float64) -> NDArray[Any]:
        """The array of this name, with whatever it holds, until the next call with that name."""
        last = self._last.get(name)
        if last is not None and last.shape == shape and last.dtype.type is kind:
            return last
        size = math.prod(shape)
        held = self._held.get((name, kind))
        if held is None or held.size < size:
            held = self._held[name, kind] = np.empty(size, dtype=kind)
        last = self._last[name] = held[:size].reshape(shape)
        return last

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(array.nbytes for array in self._held.values())


@contextmanager
def kept_scratch() -> Iterator[Scratch]:
    """A scratch for the time of a with-block, in memory left by blocks before it; nothing in it may outlive the block.

    Blocks in blocks, and in other threads, get scratches of their own.
    """
    try:
        scratch = _spare.pop()  # one step, so that no two threads take the same
    except IndexError:
        scratch = Scratch()
    yield scratch
    # Not after an error: what was at work then may be held by its traceback.
    if scratch.nbytes <= KEPT and len(_spare) < SPARE:
        _spare.append(scratch)


def fresh(shape: tuple[int, ...], kind: type[np.generic] = np.float64) -> NDArray[Any]:
    """A new array that is not initialised, a large one in whole large pages, as numpy asks the system for on Linux."""
    size = math.prod(shape)
    nbytes = size * np.dtype(kind).itemsize
    if nbytes < LARGE:
        return np.empty(shape, dtype=kind)
    memory = np.empty(-(-nbytes // PAGE) * PAGE + PAGE, dtype=np.uint8)
    begin = -memory.ctypes.data % PAGE
    return memory[begin : begin + nbytes].view(kind).reshape(shape)
