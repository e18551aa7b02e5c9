"""One equilibrium of each two-player game, or those that Lemke and Howson's paths reach, by complementary pivoting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import whole_number
from negotiation_sim._words import shown
from negotiation_sim.equilibria.certificates.certificate import certify_mixed
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.certificates.verified import REGRET, refused
from negotiation_sim.equilibria.choices import tie_tolerance
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.listed import listed, subset
from negotiation_sim.equilibria.pivoting.complementary_paths import WIDE, Systems, first_end, follow, groups
from negotiation_sim.equilibria.pivoting.exact_paths import exact_end
from negotiation_sim.equilibria.pivoting.short_paths import LONGEST, follow_short
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.summary import Summary, summarise_entries
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Status

__all__ = ["LemkeHowson"]

SECOND_TRY = 1000  # most pivots along a path that replaces one whose end fails the certificate
SAME = 1e-7  # profiles that differ by less are listed once,
ALIKE = 1e-5  # or by less than this if they use the same actions: rounding grows along a path


@dataclass(frozen=True)
class LemkeHowson:
    """Find one Nash equilibrium of each two-player game in a batch, however large, or one for every label.

    Number the rows of an m x n game 0 to m - 1 and its columns m to m + n - 1. A pair of mixtures has label i if row i is unplayed or a
    best reply, and label m + j if column j is; an equilibrium has every label. Dropping one label at the pair of zero vectors starts a
    path along the edges of the two best-reply polytopes that can only end at an equilibrium. Ties are broken lexicographically, so paths
    end in degenerate games too.

    Calling it with a game, or a batch of games, returns `Equilibria`; a wrong argument raises at once, what happened to single games of a
    batch is in ``status``.

    Parameters
    ----------
    label : int or "all", default 0
        The label to drop. ``"all"`` drops each in turn and lists the different equilibria that are reached, in the order of the labels.
    pure_first : bool, default True
        Return a pure equilibrium where there is one: the first in the order of rows, then columns. This is much faster (63 % of large
        random games have one), but need not be where the path from `label` ends. Does not apply to ``"all"``.
    capping : int or None, default 30
        Give up a path after so many pivots and try the next label, in cyclic order; if no label has a path that short, `label` is followed
        to its end (Codenotti, De Rossi and Pagan 2008). None follows `label` alone. Does not apply to ``"all"``.
    max_iter : int, default 100_000
        Most pivots along a path that is followed to its end. Beyond that the status is MAX_ITER: some games have paths of exponential
        length (Savani and von Stengel 2006).
    rtol : float, default 1e-9
        From 0 to 0.01. Pure equilibria: gains up to this share of the player's payoff range count as zero, as in `PureNash`.

    Notes
    -----
    ``complete`` is always NO: other equilibria may exist, and some may be at the end of no path. For the equilibrium at the end of the
    path from label k, whatever it costs, use ``LemkeHowson(label=k, pure_first=False, capping=None)``.

    Each player's payoffs are first divided by their range and made positive, so their units and origin do not matter. Every
    equilibrium returned has passed the certificate of `negotiation_sim.equilibria.certificates`. Where one fails, or a path goes in circles
    because payoffs are tied up to rounding, the path is followed once more in integers, in games of at most 144 cells. Where that is no
    way out, the other labels are tried in turn; if none helps, the game has no equilibrium listed and the status is SINGULAR. With
    ``"all"``, a status other than OK says that some labels gave nothing; what the others gave is listed.

    References
    ----------
    C. E. Lemke and J. T. Howson (1964), "Equilibrium points of bimatrix games", SIAM Journal 12(2), 413-423.
    L. S. Shapley (1974), "A note on the Lemke-Howson algorithm", Mathematical Programming Study 1, 175-189 (labels).
    B. von Stengel (2002), "Computing equilibria for two-person games", in R. J. Aumann and S. Hart (eds.), Handbook of Game Theory with
    Economic Applications 3, chapter 45 (lexicographic pivoting).
    R. Savani and B. von Stengel (2006), "Hard-to-solve bimatrix games", Econometrica 74(2), 397-429.
    B. Codenotti, S. De Rossi and M. Pagan (2008), "An experimental analysis of Lemke-Howson algorithm", arXiv:0811.3247 (capping).

    Examples
    --------
    The game of figure 3.1 in B. von Stengel (2007), "Equilibrium computation for two-player games in strategic and extensive form", in
    N. Nisan et al. (eds.), Algorithmic Game Theory, chapter 3:

    >>> game = NormalFormGame.from_arrays([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    >>> for x, y in LemkeHowson("all")(game).profiles():
    ...     print(x.round(3), y.round(3))
    [1. 0. 0.] [1. 0.]
    [0.    0.333 0.667] [0.333 0.667]
    """

    label: int | Literal["all"] = 0
    pure_first: bool = True
    capping: int | None = 30
    max_iter: int = 100_000
    rtol: float = 1e-9

    concept: ClassVar[str] = "nash"
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame
    advice: ClassVar[Mapping[Status, str]] = {
        Status.MAX_ITER: "The path was longer than max_iter: raise it, or start from another label.",
    }

    def __post_init__(self) -> None:
        if not isinstance(self.label, str) or self.label != "all":
            label = whole_number(self.label, 'label must be "all" or an integer from 0 (first row) to m + n - 1 (last column)', 0)
            object.__setattr__(self, "label", label)
        if not isinstance(self.pure_first, bool):
            raise ValueError(f"pure_first must be True or False; got {shown(self.pure_first)}")
        if self.capping is not None:
            capping = whole_number(self.capping, "capping must be a whole number of pivots, at least 1, or None for none", 1)
            object.__setattr__(self, "capping", capping)
        object.__setattr__(self, "max_iter", whole_number(self.max_iter, "max_iter must be a whole number of pivots, at least 1", 1))
        rtol = tie_tolerance(self.rtol, "LemkeHowson", "lie in [0, 0.01], as a share of the payoff range", 0.01)
        object.__setattr__(self, "rtol", rtol)

    def __call__(self, game: NormalFormGame) -> Equilibria:
        """Solve every game of the batch.

        Raises
        ------
        ValueError
            If the game has not two players, or no such label.
        """
        the_game(game, "LemkeHowson")
        if len(game.shape) != 2:
            raise ValueError(
                f"LemkeHowson takes games of 2 players; got {len(game.shape)}. "
                "For pure equilibria with any number of players use PureNash()."
            )
        total = sum(game.shape)
        if self.label == "all":
            return self._every_label(game, np.arange(total))
        if self.label >= total:
            rows, columns = game.shape
            raise ValueError(f"label must be from 0 to {total - 1}, a row or a column of a {rows} x {columns} game; got {self.label}")
        return self._one(game, self.label)

    def summarise(self, game: NormalFormGame, classes: NDArray[np.int8], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise the equilibria of each game for a sweep; see `Summary`.

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

    def _one(self, game: NormalFormGame, label: int) -> Equilibria:
        """One equilibrium a game."""
        rows, columns = game.shape
        if self.pure_first:
            profile, scale = PureNash(self.rtol).first(game)
        else:
            profile, scale = np.full(game.games, -1), Resolution.of(game.tensor)
        row = profile // columns
        first, second = _picked(row, rows), _picked(np.where(row < 0, -1, profile - row * columns), columns)
        status = np.where(scale.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
        left = np.flatnonzero((status == Status.OK) & (profile < 0))
        late = left[:0]
        if rows * columns <= WIDE:
            longest = min(LONGEST, self.max_iter, self.max_iter if self.capping is None else self.capping)
            left, late = follow_short(game.tensor, scale.unit, left, label, longest, (first, second))
            if longest != self.capping:
                left, late = np.concatenate([left, late]), left[:0]
        for skip, some in enumerate((left, late)):
            for part, systems in groups(game.tensor, some):
                ends = first_end(systems, label, self.capping, self.max_iter, skip)
                games = some[part]
                first[:, games], second[:, games], status[games] = ends.first, ends.second, ends.status
        found = self._listed(game, first, second, status)
        failed = np.flatnonzero(found.status.reshape(-1) == Status.SINGULAR)
        if not len(failed):
            return found
        status[failed] = Status.SINGULAR
        for g in failed.tolist():
            end = exact_end(game.tensor[..., g], label, self.max_iter)
            if end is not None:
                first[:, g], second[:, g], status[g] = *end, Status.OK
        failed = failed[status[failed] == Status.SINGULAR]
        for step in range(1, sum(game.shape)):
            for part, systems in groups(game.tensor, failed):
                games = failed[part]
                labels = np.full(len(games), (label + step) % sum(game.shape))
                ends = follow(systems, np.arange(len(games)), labels, min(self.max_iter, SECOND_TRY))
                helped = self._listed(subset(game, games), ends.first, ends.second, ends.status).index
                first[:, games[helped]], second[:, games[helped]] = ends.first[:, helped], ends.second[:, helped]
                status[games[helped]] = Status.OK
            failed = failed[status[failed] == Status.SINGULAR]
            if not len(failed):
                break
        return self._listed(game, first, second, status)

    def _listed(
        self, game: NormalFormGame, first: NDArray[np.float64], second: NDArray[np.float64], status: NDArray[np.int8]
    ) -> Equilibria:
        """List what has status OK and passes the certificate."""
        solved = np.flatnonzero(status == Status.OK)
        if len(solved) < game.games:
            first, second = first[:, solved], second[:, solved]
        return listed(game, self, solved, (first, second), status, max(self.rtol, REGRET), self.rtol)

    def _every_label(self, game: NormalFormGame, labels: NDArray[np.intp]) -> Equilibria:
        """The different ends of the paths from all labels."""
        rows, columns = game.shape
        status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
        left = np.flatnonzero(status == Status.OK)
        owner: list[NDArray[np.intp]] = [left[:0]]
        mixtures: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = [(np.zeros((rows, 0)), np.zeros((columns, 0)))]
        for part, systems in groups(game.tensor, left, copies=_copies(game, labels)):
            first, second, ended = _all_paths(systems, labels, self.max_iter)
            status[left[part]] = _collect(left[part], first, second, ended, owner, mixtures)
        index, strategies = _by_game(owner, mixtures)
        found = listed(game, self, index, strategies, status, max(self.rtol, REGRET), self.rtol)
        failed = np.flatnonzero(found.status.reshape(-1) == Status.SINGULAR)
        if not len(failed):
            return found
        kept = ~np.isin(index, failed)
        owner, mixtures = [index[kept]], [(strategies[0][:, kept], strategies[1][:, kept])]
        for part, systems in groups(game.tensor, failed, copies=_copies(game, labels)):
            first, second, ended = _all_paths(systems, labels, self.max_iter)
            self._mend(game.tensor.take(failed[part], axis=-1), labels, first, second, ended)
            status[failed[part]] = _collect(failed[part], first, second, ended, owner, mixtures)
        index, strategies = _by_game(owner, mixtures)
        return listed(game, self, index, strategies, status, max(self.rtol, REGRET), self.rtol)

    def _mend(
        self,
        tensor: NDArray[np.float64],
        labels: NDArray[np.intp],
        first: NDArray[np.float64],
        second: NDArray[np.float64],
        ended: NDArray[np.int8],
    ) -> None:
        """Follow the paths that failed, or whose ends the certificate refuses, once more in integers; overwrites these ends."""
        index = np.repeat(np.arange(len(ended)), len(labels))
        ends = [x.reshape((len(x), -1)) for x in (first, second)]
        wrong = ended == Status.SINGULAR
        wrong.reshape(-1)[refused(tensor, index, certify_mixed(tensor, index, ends, self.rtol).regret, max(self.rtol, REGRET))] = True
        wrong &= ended != Status.MAX_ITER
        for g, k in zip(*(where.tolist() for where in np.nonzero(wrong)), strict=True):
            end = exact_end(tensor[..., g], int(labels[k]), self.max_iter)
            ended[g, k] = Status.SINGULAR
            if end is not None:
                first[:, g, k], second[:, g, k], ended[g, k] = *end, Status.OK


def _copies(game: NormalFormGame, labels: NDArray[np.intp]) -> int:
    """Memory for all paths of a game, in units of its payoffs."""
    return 1 + len(labels) ** 2 // math.prod(game.shape)


def _all_paths(systems: Systems, labels: NDArray[np.intp], limit: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """Ends of the paths from all labels: both players' mixtures (action, game, label), and what became of the path (game, label)."""
    count = systems.games
    ends = [
        follow(systems, np.repeat(np.arange(count), len(side)), np.tile(side, count), limit) for side in np.split(labels, [systems.rows])
    ]
    first, second, ended = (
        np.concatenate([end.reshape((*end.shape[:-1], count, -1)) for end in each], axis=-1)
        for each in zip(*((e.first, e.second, e.status) for e in ends), strict=True)
    )
    return first, second, ended


def _collect(
    games: NDArray[np.intp],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    ended: NDArray[np.int8],
    owner: list[NDArray[np.intp]],
    mixtures: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> NDArray[np.int8]:
    """Append the different ends in each game, with their games; return the status of each game."""
    where, path = np.nonzero(_distinct(first, second, ended == Status.OK))
    owner.append(games[where])
    mixtures.append((first[:, where, path], second[:, where, path]))
    status: NDArray[np.int8] = np.where((ended == Status.MAX_ITER).any(axis=1), np.int8(Status.MAX_ITER), ended.max(axis=1))
    return status


def _by_game(
    owner: list[NDArray[np.intp]], mixtures: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
) -> tuple[NDArray[np.intp], list[NDArray[np.float64]]]:
    """Join what was collected, in the order of the games."""
    index = np.concatenate(owner)
    order = np.argsort(index, kind="stable")
    return index[order], [np.concatenate(each, axis=1)[:, order] for each in zip(*mixtures, strict=True)]


def _picked(action: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """Mixtures ``(count, games)`` of players who choose an action, or nothing: 0 everywhere, where that is -1."""
    kind = np.min_scalar_type(-count)  # small numbers are compared faster
    return np.asarray(action.astype(kind) == np.arange(count, dtype=kind)[:, None], dtype=np.float64)


def _distinct(first: NDArray[np.float64], second: NDArray[np.float64], ended: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep a path that ended, unless an earlier one of its game ended at the same profile; ``(game, label)`` from ``(action, ...)``."""
    kept = ended.copy()
    for k in range(1, ended.shape[1]):
        apart = np.abs(first[..., :k] - first[..., k, None]).max(axis=0)
        np.maximum(apart, np.abs(second[..., :k] - second[..., k, None]).max(axis=0), out=apart)
        same = apart <= SAME
        near = (apart <= ALIKE) & ~same
        if near.any():
            same |= near & np.logical_and(*(((x[..., :k] > 0) == (x[..., k, None] > 0)).all(axis=0) for x in (first, second)))
        kept[:, k] &= ~(same & kept[:, :k]).any(axis=1)
    return kept
