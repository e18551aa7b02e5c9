"""All Nash equilibria of batches of two-player games, with a proof of completeness where there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.acceptance import accepted
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.pair_batches import affordable, decide, merge, touching
from negotiation_sim.equilibria.summary import Summary, check_classes, summarise_entries
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["AllNash"]

REGRET = 1e-9  # share of the payoff range that the certificate lets pass, next to the rounding of the payoffs
FROM_SIGNS = frozenset({"status", "complete", "count", "supported", "certain"})  # what a summary can say without strategies


@dataclass(frozen=True)
class AllNash:
    """Find every Nash equilibrium of each two-player game in a batch, pure and mixed.

    Every pair of supports of equal size is decided by the signs of shared minors of the payoff matrices, without solving a linear system
    (`negotiation_sim.equilibria.minors`, `negotiation_sim.equilibria.support_pairs`). Probabilities are computed only for the pairs that
    are equilibria.

    Parameters
    ----------
    rtol : float, default 1e-9
        Payoffs are taken to be known up to ``rtol`` times the player's payoff range in that game, or up to their own rounding (four units
        in the last place of the player's largest absolute payoff) if that is more. Differences within that count as ties. The rule has
        no units: it does not depend on the scale of the payoffs.
    want : {"all", "supports", "count"}, default "all"
        What to compute. ``"supports"`` gives NaN for every probability that is positive and 0 for the others; ``"count"`` gives NaN
        everywhere. Payoffs and regrets are then NaN too, and ``strict`` is False: only signs are looked at, which is several times faster.

    Notes
    -----
    ``complete`` is ``PROVED`` where no change of the payoffs within their rounding could change the answer: the list then holds every
    equilibrium, each isolated. Other games are degenerate, or within rounding of a degenerate one: the list still holds every pure
    equilibrium (ties included) and every equilibrium whose two supports have one size and leave no further best reply; ``complete``
    is ``NO``. Equilibria come in the order of the size of their supports, pure ones first.

    The cost grows with the number of support pairs, C(m + n, m) - 1: some 0.1 microseconds for a 3 x 3 game, 6 for 6 x 6, a few
    milliseconds for 9 x 9. Games whose tables would need more than 512 MB (10 x 10 and beyond) get the status ``UNSUPPORTED``.

    Every listed equilibrium has passed the certificate of `negotiation_sim.equilibria.certificate`, which shares no code with this solver.

    References
    ----------
    J. Dickhaut and T. Kaplan (1991), "A program for finding Nash equilibria", The Mathematica Journal 1(4), 87-93 (support enumeration).

    Examples
    --------
    >>> chicken = NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> for x, y in AllNash()(chicken).profiles():
    ...     print(x.round(3), y.round(3))
    [1. 0.] [0. 1.]
    [0. 1.] [1. 0.]
    [0.333 0.667] [0.333 0.667]
    """

    rtol: float = 1e-9
    want: Literal["all", "supports", "count"] = "all"

    concept: ClassVar[str] = "nash"
    takes: ClassVar[type] = NormalFormGame

    def __post_init__(self) -> None:
        if not 0 <= self.rtol <= 0.01:
            raise ValueError(f"rtol must lie in [0, 0.01], as a share of the payoff range; got {self.rtol}")
        if self.want not in ("all", "supports", "count"):
            raise ValueError(f'want must be "all", "supports" or "count"; got {self.want!r}')

    def __call__(self, game: NormalFormGame) -> Equilibria:
        """Solve every game of the batch.

        Raises
        ------
        ValueError
            If the game has not two players.
        """
        rows, columns = _two_players(game)
        status, complete = _unsolved(game)
        counts, entries = np.zeros(game.games, dtype=np.int64), []
        for part in decide(game.tensor, self.rtol) if affordable(rows, columns) else ():
            status[part.games], complete[part.games] = part.status(), part.complete()
            if self.want == "count":
                counts[part.games] = part.count()
            else:
                entries.append(part.entries())
        if self.want == "count":
            return self._without_payoffs(game, status, complete, counts, rows, columns)
        owner, first, second = merge(entries, rows, columns)
        counts = np.bincount(owner, minlength=game.games)
        if self.want == "supports":
            for mix in (first, second):
                mix[mix > 0] = np.nan
            return self._without_payoffs(game, status, complete, counts, rows, columns, (first.T, second.T))
        found = Equilibria.from_strategies(game, self, _starts(counts), (first.T, second.T), complete, status, rtol=self.rtol)
        return accepted(found, max(self.rtol, REGRET))

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise the equilibria of each game for a sweep.

        Counts and outcome classes come straight from the signs. Strategies are built if something kept needs them, and for the few games
        with a probability so small that it decides whether a class counts as supported.

        Parameters
        ----------
        game : NormalFormGame
            Two-player games.
        classes : ndarray of int8, shape (rows, columns)
            Outcome class of each action profile; -1 belongs to none.
        n_classes : int
            Number of classes.
        keep : frozenset of str
            Fields of `Summary` to fill beside ``status``, ``complete``, ``count`` and ``supported``.

        Raises
        ------
        ValueError
            If the game has not two players.
        """
        rows, columns = _two_players(game)
        solver = replace(self, want="all")
        if keep - FROM_SIGNS or not affordable(rows, columns):
            return summarise_entries(solver(game), classes, n_classes, keep)
        check_classes(classes, n_classes, game.shape)
        status, complete = _unsolved(game)
        count = np.zeros(game.games, dtype=np.int32)
        supported = np.zeros((n_classes, game.games), dtype=bool)
        certain = np.zeros((n_classes, game.games), dtype=bool) if "certain" in keep else None
        some = touching(classes, n_classes, whole=False)
        every = touching(classes, n_classes, whole=True) if certain is not None else []
        unsure = [np.zeros(0, dtype=np.intp)]
        for part in decide(game.tensor, self.rtol):
            status[part.games], complete[part.games] = part.status(), part.complete()
            count[part.games] = part.count()
            for c in range(n_classes):
                supported[c, part.games] = part.any_of(some[c])
                if certain is not None:
                    certain[c, part.games] = part.any_of(every[c])
            unsure.append(part.unsure())
        again = np.concatenate(unsure)
        if len(again):
            few = NormalFormGame.from_tensor(game.tensor[..., again], (len(again),), game.players, game.actions, game.form)
            exact = summarise_entries(solver(few), classes, n_classes, frozenset({"certain"}))
            supported[:, again] = exact.supported
            if certain is not None and exact.certain is not None:
                certain[:, again] = exact.certain
        return Summary(status, complete, count, supported, certain)

    def _without_payoffs(
        self,
        game: NormalFormGame,
        status: NDArray[np.int8],
        complete: NDArray[np.int8],
        counts: NDArray[np.int64],
        rows: int,
        columns: int,
        strategies: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> Equilibria:
        start = _starts(counts)
        entries = int(start[-1])
        unknown = np.broadcast_to(np.nan, (entries,))  # one NaN in memory, seen `entries` times
        return Equilibria(
            game=game,
            solver=self,
            status=status.reshape(game.batch_shape),
            complete=complete.reshape(game.batch_shape),
            start=start,
            strategies=strategies or (np.broadcast_to(np.nan, (entries, rows)), np.broadcast_to(np.nan, (entries, columns))),
            payoffs=np.broadcast_to(np.nan, (entries, 2)),
            regret=unknown,
            strict=np.broadcast_to(np.False_, (entries,)),
            rtol=self.rtol,
        )


def _two_players(game: NormalFormGame) -> tuple[int, int]:
    if len(game.shape) != 2:
        raise ValueError(
            f"AllNash takes games of 2 players; got {len(game.shape)}. For pure equilibria with any number of players use PureNash()."
        )
    return game.shape[0], game.shape[1]


def _unsolved(game: NormalFormGame) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Status and completeness of each game if nothing gets solved; two arrays (games,)."""
    if affordable(*game.shape):
        status = np.full(game.games, Status.NOT_RUN, dtype=np.int8)
    else:
        status = np.where(game.finite, np.int8(Status.UNSUPPORTED), np.int8(Status.NOT_FINITE))
    return status, np.full(game.games, Completeness.NO, dtype=np.int8)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    start = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    return start
