"""Value and optimal strategies of constant-sum games of two players."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import whole_number
from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.certificates.verified import REGRET
from negotiation_sim.equilibria.choices import tie_tolerance
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.listed import listed
from negotiation_sim.equilibria.pivoting.complementary_paths import scaled
from negotiation_sim.equilibria.pivoting.simplex import Optimum, optimal_strategies
from negotiation_sim.equilibria.summary import Summary, summarise_entries
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["ZeroSum"]

LARGE = 10_000  # cells of a game beyond which scipy's solver takes over, one game at a time
DIGITS = 1e-12  # share of the payoff range that numbers in a tableau may be off


@dataclass(frozen=True)
class ZeroSum:
    """Find optimal strategies of each constant-sum game of two players in a batch.

    In a game whose payoffs sum to the same number c in every cell, what one player gains the other loses. An optimal strategy of the first
    player guarantees the value v against any reply, one of the second keeps the first to v and so guarantees c - v; every pair of optimal
    strategies is an equilibrium and every equilibrium is such a pair (von Neumann 1928). Games with a saddle point are solved by
    comparison, the others by the simplex method, all games of a batch together; games of more than 10,000 cells, or whose numbers are
    lost, go to scipy's HiGHS one by one.

    Calling it with a game, or a batch of games, returns `Equilibria`; a wrong argument raises at once, what happened to single games of a
    batch is in ``status``.

    Parameters
    ----------
    rtol : float, default 1e-9
        From 0 to 0.01. The sum of payoffs may vary by this share of the payoff range, or by the rounding of the payoffs if that is more. A
        saddle point is one up to the same tolerance.
    max_iter : int, default 100_000
        Most pivots for a game.

    Notes
    -----
    One equilibrium a game. The value is the first player's payoff in it, ``payoffs[:, 0]``, in the units of that player's payoffs; `value`
    returns it by game. It is the same in every equilibrium, though strategies need not be. The second player's value is c minus it.

    A game that is not constant-sum gets the status UNSUPPORTED, even if multiplying one player's payoffs would make it so: use
    `LemkeHowson`. Every equilibrium returned has passed the certificate of `negotiation_sim.equilibria.certificates.certificate`.

    ``complete`` is PROVED where the equilibrium is the only one and stays so if payoffs move by ``rtol`` of their range: a strict saddle
    point, or a final tableau whose basic values and reduced costs are positive by more than such a move can change them. Elsewhere it is
    NO: other optimal strategies may exist.

    References
    ----------
    J. von Neumann (1928), "Zur Theorie der Gesellschaftsspiele", Mathematische Annalen 100, 295-320.
    G. B. Dantzig (1951), "A proof of the equivalence of the programming problem and the game problem", in T. C. Koopmans (ed.), Activity
    Analysis of Production and Allocation, chapter 20.

    Examples
    --------
    >>> colonels = NormalFormGame.from_arrays([[4, 0], [1, 3]], [[-4, 0], [-1, -3]])
    >>> ZeroSum()(colonels).profiles()
    [(array([0.33333333, 0.66666667]), array([0.5, 0.5]))]
    >>> ZeroSum().value(colonels).round(12)
    np.float64(2.0)
    """

    rtol: float = 1e-9
    max_iter: int = 100_000

    concept: ClassVar[str] = "nash"
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame
    advice: ClassVar[Mapping[Status, str]] = {
        Status.UNSUPPORTED: "The payoffs of the two do not add up to a constant: use AllNash() or LemkeHowson().",
        Status.MAX_ITER: "The simplex method took more than max_iter pivots: raise it.",
    }

    def __post_init__(self) -> None:
        rtol = tie_tolerance(self.rtol, "ZeroSum", "lie in [0, 0.01], as a share of the payoff range", 0.01)
        object.__setattr__(self, "rtol", rtol)
        object.__setattr__(self, "max_iter", whole_number(self.max_iter, "max_iter must be a whole number of pivots, at least 1", 1))

    def __call__(self, game: NormalFormGame) -> Equilibria:
        """Solve every game of the batch.

        Raises
        ------
        ValueError
            If the game has not two players.
        """
        the_game(game, "ZeroSum")
        if len(game.shape) != 2:
            raise ValueError(
                f"ZeroSum takes games of 2 players; got {len(game.shape)}. For pure equilibria with any number of players use PureNash()."
            )
        rows, columns = game.shape
        best = Optimum.blank(rows, columns, game.games)
        best.status[~game.finite] = Status.NOT_FINITE
        saddle = np.zeros(game.games, dtype=bool)
        resolution = np.zeros(game.games)
        for part in chunks(game.games, max(16, min(4096, (1 << 19) // (16 * rows * columns)))):
            payoffs = game.tensor[..., part]
            scale = Resolution.of(payoffs)
            constant = _constant_sum(payoffs, scale, self.rtol) & scale.finite
            best.status[part][scale.finite & ~constant] = Status.UNSUPPORTED
            saddle[part] = constant & _saddle_point(payoffs[0], scale.tolerance(self.rtol)[0], best.first[:, part], best.second[:, part])
            with np.errstate(invalid="ignore"):
                resolution[part] = np.maximum(scale.rounding / scale.unit, max(self.rtol, DIGITS)).max(axis=0)
        left = np.flatnonzero((best.status == Status.SINGULAR) & ~saddle)
        best.status[saddle] = Status.OK
        if rows * columns <= LARGE:
            for some in chunks(len(left), 4096):
                games = left[some]
                _put(best, games, optimal_strategies(scaled(game.tensor[:1].take(games, axis=-1))[0], self.max_iter))
        found = self._listed(game, best)
        failed = np.flatnonzero(found.status.reshape(-1) == Status.SINGULAR)
        if len(failed):
            for k in failed:
                _put(best, np.array([k]), _by_highs(scaled(game.tensor[:1, ..., k : k + 1].copy())[0, ..., 0], self.max_iter))
            found = self._listed(game, best)
        index = found.index
        only = index[np.where(saddle[index], found.strict, best.slack[index] > resolution[index])]
        complete = found.complete.reshape(-1).copy()
        complete[only] = Completeness.PROVED
        return replace(found, complete=complete.reshape(found.complete.shape))

    def value(self, game: NormalFormGame) -> NDArray[np.float64]:
        """Value of each game to its first player.

        Returns
        -------
        ndarray, shape (*batch,)
            In units of the first player's payoffs; NaN where the status is not OK.
        """
        found = self(game)
        out = np.full(game.games, np.nan)
        out[found.index] = found.payoffs[:, 0]
        return out.reshape(game.batch_shape)[()]

    def summarise(self, game: NormalFormGame, classes: NDArray[np.int8], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise the equilibrium of each game for a sweep; see `Summary`.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (rows, columns)
            Outcome class of each profile, from 0 to n_classes - 1; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count and supported.
        """
        return summarise_entries(self(game), classes, n_classes, keep)

    def _listed(self, game: NormalFormGame, best: Optimum) -> Equilibria:
        """List what has status OK and passes the certificate."""
        solved = np.flatnonzero(best.status == Status.OK)
        return listed(
            game, self, solved, (best.first[:, solved], best.second[:, solved]), best.status, max(2 * self.rtol, REGRET), self.rtol
        )


def _constant_sum(payoffs: NDArray[np.float64], scale: Resolution, rtol: float) -> NDArray[np.bool_]:
    """Whether the players' payoffs, ``(player, rows, columns, games)``, sum to the same in every cell."""
    with np.errstate(invalid="ignore", over="ignore"):
        total = payoffs[0] + payoffs[1]
        spread = total.max(axis=(0, 1)) - total.min(axis=(0, 1))
        same: NDArray[np.bool_] = spread <= np.maximum(rtol * scale.span.max(axis=0), scale.rounding.sum(axis=0))
    return same


def _saddle_point(
    payoffs: NDArray[np.float64], tolerance: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Write the first saddle point of each game that has one; returns which do."""
    secured, conceded = payoffs.min(axis=1), payoffs.max(axis=0)
    row, column = secured.argmax(axis=0), conceded.argmin(axis=0)
    with np.errstate(invalid="ignore"):
        saddle: NDArray[np.bool_] = conceded.min(axis=0) - secured.max(axis=0) <= tolerance
    game = np.flatnonzero(saddle)
    first[row[game], game] = 1
    second[column[game], game] = 1
    return saddle


def _put(best: Optimum, games: NDArray[np.intp], found: Optimum) -> None:
    best.first[:, games], best.second[:, games] = found.first, found.second
    best.status[games], best.slack[games] = found.status, found.slack


def _by_highs(payoffs: NDArray[np.float64], limit: int) -> Optimum:
    """Solve one game, scaled payoffs ``(rows, columns)``: maximise v subject to each column giving the first player at least v."""
    from scipy.optimize import linprog

    rows, columns = payoffs.shape
    solved = linprog(
        np.append(np.zeros(rows), -1.0),
        A_ub=np.column_stack([-payoffs.T, np.ones(columns)]),
        b_ub=np.zeros(columns),
        A_eq=np.append(np.ones(rows), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
        method="highs",
        options={"maxiter": limit, "primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    out = Optimum.blank(rows, columns, 1)
    if solved.status == 0 and solved.x is not None:
        for mixture, values in ((out.first, solved.x[:rows]), (out.second, -solved.ineqlin.marginals)):
            mixture[:, 0] = np.maximum(values, 0)
            mixture /= max(mixture.sum(), np.finfo(np.float64).tiny)
        out.status[0] = Status.OK
    elif solved.status == 1:
        out.status[0] = Status.MAX_ITER
    return out
