"""Subgame-perfect paths in pure strategies by backward induction over masks of supported plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks, lock
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.choices import tie_tolerance
from negotiation_sim.equilibria.paths import Paths
from negotiation_sim.equilibria.summary import PlayProblem, Summary, list_plays, summarise_plays
from negotiation_sim.games.staged import StagedGame

__all__ = ["SubgamePerfect"]


@dataclass(frozen=True)
class SubgamePerfect:
    """Find every play that some subgame-perfect equilibrium in pure strategies leads to.

    Work backward. After the last stage every allowed play is supported. Before stage ``s`` a play that is supported after it stays
    supported when, for each player ``i`` who moves in ``s`` and each other choice ``b`` of theirs,

        V_i(play) >= min of V_i over the plays supported after (history, b, the others' choices in s).

    The minimum is a punishment that is itself an equilibrium of the subgame; deviations lead to different subgames, so all
    punishments can be part of one plan. A subgame without a pure equilibrium, which needs players who move at once, leaves nothing
    supported at any history before it, also when only a joint deviation reaches it: the plan must be an equilibrium there too.

    The list is whole (``complete`` is proved) relative to pure strategies; an empty one does not rule out mixed equilibria.
    ``count`` counts paths, not plans: many plans can support the same path.

    Parameters
    ----------
    rtol : float, default 1e-9
        Gains up to this share of the player's payoff range, over the allowed plays, count as zero, and so do gains within the
        rounding of the payoffs (four units in the last place of the player's largest absolute payoff).

    Examples
    --------
    >>> from negotiation_sim.games.staged import StagedGame
    >>> entry = StagedGame(
    ...     [[[0, 0], [-1, 1]], [[2, 2], [-1, 1]]], ["entrant", "incumbent"], owners=[0, 1], stages=[[0], [1]],
    ...     options=[["out", "in"], ["fight", "share"]],
    ... )
    >>> SubgamePerfect()(entry).plays()
    [('in', 'share')]
    """

    rtol: float = 1e-9

    concept: ClassVar[str] = "subgame-perfect"
    among: ClassVar[str] = "pure strategies"
    takes: ClassVar[type] = StagedGame

    def __post_init__(self) -> None:
        rtol = tie_tolerance(self.rtol, "SubgamePerfect", "be a share of the payoff range, at least 0 and below 1", 1, "[)")
        object.__setattr__(self, "rtol", rtol)

    def __call__(self, game: StagedGame) -> Paths:
        """List every supported path of every game."""
        found = list_plays(self._problem(game))
        return Paths(
            game=game,
            solver=self,
            status=found.status.reshape(game.batch_shape),
            complete=found.complete.reshape(game.batch_shape),
            start=found.start,
            play=found.play,
            payoffs=found.payoffs,
            regret=found.regret,
            strict=found.strict,
            rtol=self.rtol,
        )

    def masks(self, game: StagedGame) -> tuple[NDArray[np.bool_], ...]:
        """Tell for each stage which plays are supported from that stage on, given their own history.

        Returns
        -------
        tuple of ndarray of bool, one for each stage, shape (o_0, ..., o_{I-1}, games)
            The first holds the paths; the others hold the punishments. The batch is flat and last.
        """
        problem = self._problem(game)
        out = tuple(np.empty(game.tensor.shape[1:], dtype=bool) for _ in game.stages)
        for part in chunks(game.games, problem.chunk):
            found, _ = problem.kernel(problem.tensor[..., part])
            for whole, piece in zip(out, found, strict=True):
                whole[..., part] = piece
        return tuple(lock(mask) for mask in out)

    def summarise(self, game: StagedGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Return what a sweep keeps; see `Summary`.

        Parameters
        ----------
        game : StagedGame
        classes : ndarray of int8, shape (o_0, ..., o_{I-1})
            Outcome class of each play, from 0 to n_classes - 1; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count and supported.
        """
        return summarise_plays(self._problem(game), classes, n_classes, keep)

    def _problem(self, game: StagedGame) -> PlayProblem:
        if not isinstance(game, StagedGame):
            raise TypeError(
                f"SubgamePerfect solves a StagedGame; got {type(game).__name__}. "
                "Give a normal form an order of moves with StagedGame.from_normal_form(game, order)."
            )
        kernel = _Backward(game.shape, game.owners, game.stages, game.feasible, self.rtol)
        return PlayProblem(game.tensor, game.owners, game.stages, game.feasible, self.rtol, kernel)


class _Backward:
    """The kernel: axis reductions over dense tensors, from the last stage to the first."""

    def __init__(
        self,
        shape: Sequence[int],
        owners: Sequence[int],
        stages: Sequence[Sequence[int]],
        feasible: NDArray[np.bool_] | None,
        rtol: float,
    ) -> None:
        self.rtol = rtol
        self.allowed = None if feasible is None or feasible.all() else feasible[..., None]
        self.movers = [[(i, tuple(k for k in stage if owners[k] == i)) for i in sorted({owners[k] for k in stage})] for stage in stages]
        self.axes = [tuple(stage) for stage in stages]
        self.later = [tuple(k for stage in stages[s + 1 :] for k in stage) for s in range(len(stages))]
        self.reachable = [None if self.allowed is None else self.allowed.any(axis=later, keepdims=True) for later in self.later]
        self.masks = [np.empty((*shape, 0), dtype=bool) for _ in stages]
        self.ge = self.masks[0]

    def __call__(self, payoffs: NDArray[np.float64]) -> tuple[list[NDArray[np.bool_]], Resolution]:
        """Mark the supported plays of ``payoffs (player, o_0, ..., n)`` for every stage."""
        shape = payoffs.shape[1:]
        if self.ge.shape != shape:
            self.masks = [np.empty(shape, dtype=bool) for _ in self.masks]
            self.ge = np.empty(shape, dtype=bool)
        scale = Resolution.of(payoffs, self.allowed)
        tolerance = scale.tolerance(self.rtol)
        with np.errstate(invalid="ignore"):
            for s in range(len(self.masks) - 1, -1, -1):
                self._step(s, payoffs, tolerance)
        if not scale.finite.all():
            for mask in self.masks:
                mask[..., ~scale.finite] = False
        return self.masks, scale

    def _step(self, s: int, payoffs: NDArray[np.float64], tolerance: NDArray[np.float64]) -> None:
        mask, reachable = self.masks[s], self.reachable[s]
        final = s == len(self.masks) - 1
        for turn, (player, own) in enumerate(self.movers[s]):
            value = payoffs[player]
            if final:
                worst = value
            else:
                worst = np.where(self.masks[s + 1], value, np.inf).min(axis=self.later[s], keepdims=True)
            if reachable is not None:
                worst = np.where(reachable, worst, -np.inf)
            best = worst.max(axis=own, keepdims=True)
            best -= tolerance[player]
            if turn == 0:
                np.greater_equal(value, best, out=mask)
            else:
                np.greater_equal(value, best, out=self.ge)
                np.logical_and(mask, self.ge, out=mask)
        if not final:
            np.logical_and(mask, self.masks[s + 1], out=mask)
            if len(self.movers[s]) > 1:  # one mover reaches every profile of the stage alone, and an infinite minimum says it all
                whole = (worst < np.inf).all(axis=self.axes[s], keepdims=True)
                np.logical_and(mask, whole, out=mask)
        elif self.allowed is not None:
            np.logical_and(mask, self.allowed, out=mask)
