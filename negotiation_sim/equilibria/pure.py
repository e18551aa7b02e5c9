"""Pure-strategy Nash equilibria by direct comparison of best replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks, lock
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.choices import tie_tolerance
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.summary import PlayProblem, Summary, list_plays, summarise_plays
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["PureNash"]


@dataclass(frozen=True)
class PureNash:
    """Find every pure-strategy Nash equilibrium of each game in a batch.

    A profile is an equilibrium when no player gains by changing only their own action. Gains up to `rtol` times the player's
    payoff range count as zero, so the answer does not depend on the units of the payoffs. Every profile is compared, so the list is
    whole (``complete`` is proved) and an empty list proves that no pure equilibrium exists.

    Calling it with a game, or a batch of games, returns `Equilibria`; a wrong argument raises at once, what happened to single games of a
    batch is in ``status``.

    Parameters
    ----------
    rtol : float, default 1e-9
        From 0 to 1. Gains up to this share of the player's payoff range count as zero, and so do gains within the rounding of the payoffs
        (four units in the last place of the player's largest absolute payoff), which only matters far from zero.

    Examples
    --------
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> dilemma = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> PureNash()(dilemma).profiles()
    [(array([0., 1.]), array([0., 1.]))]
    """

    rtol: float = 1e-9

    concept: ClassVar[str] = "nash"
    among: ClassVar[str] = "pure strategies"
    takes: ClassVar[type] = NormalFormGame

    def __post_init__(self) -> None:
        rtol = tie_tolerance(self.rtol, "PureNash", "be a share of the payoff range, at least 0 and below 1", 1, "[)")
        object.__setattr__(self, "rtol", rtol)

    def __call__(self, game: NormalFormGame) -> Equilibria:
        """List every pure equilibrium of every game.

        Raises
        ------
        TypeError
            If it is no `NormalFormGame`.
        """
        found = list_plays(self._problem(game))
        strategies = []
        for picked, n in zip(np.unravel_index(found.play, game.shape), game.shape, strict=True):
            chosen = np.zeros((n, len(picked)))
            chosen.reshape(-1)[picked * len(picked) + np.arange(len(picked))] = 1
            strategies.append(chosen.T)
        return Equilibria(
            game=game,
            solver=self,
            status=found.status.reshape(game.batch_shape),
            complete=found.complete.reshape(game.batch_shape),
            start=found.start,
            strategies=tuple(strategies),
            payoffs=found.payoffs,
            regret=found.regret,
            strict=found.strict,
            rtol=self.rtol,
        )

    def mask(self, game: NormalFormGame) -> NDArray[np.bool_]:
        """Tell for each profile whether it is an equilibrium.

        Returns
        -------
        ndarray of bool, shape (a_0, ..., a_{N-1}, games)
            The batch is flat and last; a game with payoffs that are not finite has no equilibrium.
        """
        problem = self._problem(game)
        out = np.empty(game.tensor.shape[1:], dtype=bool)
        for part in chunks(game.games, problem.chunk):
            masks, _ = problem.kernel(problem.tensor[..., part])
            out[..., part] = masks[0]
        return lock(out)

    def first(self, game: NormalFormGame) -> tuple[NDArray[np.intp], Resolution]:
        """Find the first equilibrium of each game, in the order of the profiles (the last player's action changes fastest).

        Returns
        -------
        profile : ndarray of int, shape (games,)
            Flat index of the profile; -1 where there is none.
        scale : Resolution
            That of the payoffs, which comes along.
        """
        problem = self._problem(game)
        profile = np.empty(game.games, dtype=np.intp)
        span, rounding = np.empty((2, len(game.players), game.games))
        for part in chunks(game.games, max(512, min(8192, (1 << 19) // problem.plays))):  # few calls count more than a small cache
            masks, scale = problem.kernel(problem.tensor[..., part])
            profile[part] = _first_true(masks[0].reshape((problem.plays, -1)))
            span[:, part], rounding[:, part] = scale.span, scale.rounding
        return profile, Resolution(span, rounding)

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Return what a sweep keeps; see `Summary`.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Outcome class of each profile, from 0 to n_classes - 1; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count and supported.
        """
        return summarise_plays(self._problem(game), classes, n_classes, keep)

    def _problem(self, game: NormalFormGame) -> PlayProblem:
        the_game(game, "PureNash")
        players = range(len(game.players))
        return PlayProblem(game.tensor, players, (players,), None, self.rtol, _BestReplies(self.rtol))


class _BestReplies:
    """The kernel: one comparison of each payoff with the best reply, in scratch memory that is reused."""

    def __init__(self, rtol: float) -> None:
        self.rtol = rtol
        self.mask = np.empty(0, dtype=bool)
        self.ge = self.mask

    def __call__(self, payoffs: NDArray[np.float64]) -> tuple[tuple[NDArray[np.bool_]], Resolution]:
        """Mark the equilibria of ``payoffs (player, a_0, ..., n)``."""
        shape, n = payoffs.shape[1:], payoffs.shape[-1]
        if self.mask.shape != shape:
            self.mask, self.ge = np.empty(shape, dtype=bool), np.empty(shape, dtype=bool)
        scales = []
        with np.errstate(invalid="ignore"):
            for i, own in enumerate(payoffs):
                best = own.max(axis=i, keepdims=True)
                scales.append(Resolution.between(own.reshape(-1, n).min(axis=0), best.reshape(-1, n).max(axis=0)))
                best -= scales[i].tolerance(self.rtol)
                np.greater_equal(own, best, out=self.ge if i else self.mask)
                if i:
                    np.logical_and(self.mask, self.ge, out=self.mask)
        scale = Resolution(np.stack([s.span for s in scales]), np.stack([s.rounding for s in scales]))
        if not scale.finite.all():
            self.mask[..., ~scale.finite] = False
        return (self.mask,), scale


def _first_true(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First true row of each column of ``(rows, n)``, which is overwritten; -1 where none is."""
    rows, n = mask.shape
    out = np.full(n, -1, dtype=np.intp)
    if rows < 128:  # a row's number where true, else -1, the largest without its sign, by operations on bytes
        number = mask.view(np.uint8)
        number -= 1
        number |= np.arange(rows, dtype=np.uint8)[:, None]
        out[:] = np.minimum.reduce(number, axis=0).view(np.int8)
        return out
    row, column = np.divmod(np.flatnonzero(mask)[::-1], n)
    out[column] = row  # the last one written, the first in order, stays
    return out
