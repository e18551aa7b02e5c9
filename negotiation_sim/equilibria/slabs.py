"""One batch in several threads: slabs of consecutive games, each solved by itself, and put together again.

Numpy's loops run outside the interpreter's lock, so threads share them as long as each call has enough to do. Games do not depend on
their neighbours: any number of threads gives the same answers, bit for bit.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.summary import Summary
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["in_threads", "joined", "slabs", "stacked", "workers"]

SLAB = 16384
"""Fewer games in a thread are slower than one thread for all."""

EACH = 4
"""Slabs for each thread: whoever has easy games takes another one."""

Result = TypeVar("Result")


def workers(threads: int | None) -> int:
    """Number of threads; None stands for one a processor that this process may use."""
    if threads is not None:
        return threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def slabs(games: int, threads: int | None) -> list[slice]:
    """Cut a batch for so many threads; one slice where more are not worth while."""
    number = max(1, min(EACH * workers(threads), games // SLAB)) if threads != 1 else 1
    cuts = [games * k // number for k in range(number + 1)]
    return [slice(begin, end) for begin, end in itertools.pairwise(cuts)]


def in_threads(
    solve: Callable[[NormalFormGame], Result], game: NormalFormGame, parts: Sequence[slice], threads: int | None
) -> list[Result]:
    """Solve each part of the batch, in order."""

    def one(part: slice) -> Result:
        tensor = game.tensor[..., part]
        return solve(NormalFormGame.from_tensor(tensor, (part.stop - part.start,), game.players, game.actions, game.form, game.note))

    with ThreadPoolExecutor(min(workers(threads), len(parts))) as pool:
        return list(pool.map(one, parts))


def joined(parts: Sequence[Equilibria], game: NormalFormGame, solver: object) -> Equilibria:
    """Put the equilibria of consecutive parts of a batch together."""
    sizes = np.concatenate([[0], *(np.diff(part.start) for part in parts)])
    labels = [part.labels for part in parts if part.labels is not None]
    return Equilibria(
        game=game,
        solver=solver,
        status=np.concatenate([part.status for part in parts]).reshape(game.batch_shape),
        complete=np.concatenate([part.complete for part in parts]).reshape(game.batch_shape),
        start=np.cumsum(sizes, dtype=np.int64),
        strategies=tuple(
            np.concatenate([mix.T for mix in mixes], axis=1).T for mixes in zip(*(part.strategies for part in parts), strict=True)
        ),
        payoffs=np.concatenate([part.payoffs.T for part in parts], axis=1).T,
        regret=np.concatenate([part.regret for part in parts]),
        strict=np.concatenate([part.strict for part in parts]),
        rtol=parts[0].rtol,
        concept=parts[0].concept,
        labels=np.concatenate(labels, axis=1) if labels else None,
    )


def stacked(parts: Sequence[Summary]) -> Summary:
    """Put the summaries of consecutive parts of a batch together."""
    columns: dict[str, Any] = {}
    for field in fields(Summary):
        found = [getattr(part, field.name) for part in parts]
        columns[field.name] = None if found[0] is None else np.concatenate(found, axis=-1)
    return Summary(**columns)
