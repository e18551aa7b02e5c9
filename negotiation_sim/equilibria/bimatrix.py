"""All Nash equilibria of batches of games, with a proof of completeness; games of two players are solved here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import real_number, whole_number
from negotiation_sim._words import shown
from negotiation_sim.equilibria.certificates.verified import REGRET, verified
from negotiation_sim.equilibria.choices import tie_tolerance
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.enumeration.catalogue import Catalogue, Listed, merge
from negotiation_sim.equilibria.enumeration.cell_grids import summarise_cells
from negotiation_sim.equilibria.enumeration.pair_batches import Need, affordable, decide, decide_alone, some_games, unsolved
from negotiation_sim.equilibria.enumeration.parts import ExtremePart, Part, cells_of_classes, starts, starts_of, truncate
from negotiation_sim.equilibria.enumeration.sign_patterns import summarise_signs
from negotiation_sim.equilibria.enumeration.two_by_two import count_clear, list_clear, summarise_clear
from negotiation_sim.equilibria.extreme.exact_games import LABELS, integer_games, solve_exactly
from negotiation_sim.equilibria.extreme.integer_payoffs import as_integers
from negotiation_sim.equilibria.polynomial.many_players import all_equilibria
from negotiation_sim.equilibria.slabs import in_threads, joined, slabs, stacked
from negotiation_sim.equilibria.summary import Summary, blank_signs, check_classes, summarise_entries
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["AllNash"]

FROM_SIGNS = frozenset({"status", "complete", "count", "supported", "certain"})  # what a summary can say without strategies


@dataclass(frozen=True)
class AllNash:
    """Find every Nash equilibrium of each game in a batch, pure and mixed.

    In a game without ties each equilibrium is isolated. In a degenerate game there may be infinitely many. For two players the extreme
    equilibria are listed then, and `Equilibria.components` says which of them combine, and to what. For more players the isolated ones
    are listed, and all pure ones; the status is ``SINGULAR`` and ``complete`` is ``NO``, as there may be others.

    Calling it with a game, or a batch of games, returns `Equilibria`; a wrong argument raises at once, what happened to single games of a
    batch is in ``status``.

    Parameters
    ----------
    rtol : float, default 1e-9
        From 0 to 0.01. Payoffs are taken to be known up to ``rtol`` times the player's payoff range in that game, or up to their own
        rounding (four units in the last place of the player's largest absolute payoff) if that is more. Differences within that count as
        ties (a chain of them that reaches further is cut from its highest payoff on), and so do expected payoffs that such differences can
        make equal, unless that gives a profile with a larger regret. The rule has no units: it does not depend on the scale of the payoffs.
    want : {"all", "supports", "count"}, default "all"
        What to compute. ``"supports"`` gives NaN for every probability that is positive and 0 for the others; ``"count"`` gives NaN
        everywhere. Payoffs and regrets are then NaN too, and ``strict`` is False: only signs are looked at, which is several times faster.
    exact : bool, default False
        Decide in rational arithmetic, one game at a time (some milliseconds each): ties are exact equalities, and ``rtol`` only serves
        ``strict``. Payoffs count as the floats that a game holds: the binary numbers that they are, so integers to 2**53 as they are. Give
        fractions, decimals and larger integers as an `ExactGame`, ``ExactGame.of([[["1/3", "0.1"], ...]])``. For two players only.
    max_equilibria : int, optional
        Keep no more than so many of each game; one that has more gets the status ``TRUNCATED``.
    max_time : float or None, default 60
        Seconds for each game that is solved on its own (with ``exact``, or from about 10 x 10 actions), and for each game of more than two
        players (its share of the time of a batch); one that takes longer gets the status ``TIME``, and no equilibria of two players, or
        those that were found until then of more.
    threads : int or None, default 1
        Threads among which large batches are divided (from some 32,000 games on); None for one a processor. The answers are the same.
        Whether they come sooner depends on the machine, and on virtual processors they may not: measure first.

    Notes
    -----
    ``complete`` is ``PROVED`` for every game that was solved: the list then holds every extreme equilibrium. Where no change of the
    payoffs within their tolerance could change which these are, that is so for all such games. Where it could, it is so for one of them,
    in which payoffs tied within the tolerance are equal. Differences far below it (a tenth and less) give the game in which they are
    ties; among differences of about its size, some count as ties and others do not, and expected payoffs that are equal in one game
    within the tolerance need not be in another: choose ``rtol`` well above the noise of the payoffs, or well below what counts.
    Equilibria come in the order of the size of their supports, pure ones first.

    Every pair of supports of equal size is decided by the signs of shared minors of the payoff matrices, without solving a linear system;
    2 x 2 games far from ties by the signs of payoff differences alone (`negotiation_sim.equilibria.enumeration`). Games in which a pair
    stays in doubt are degenerate, and solved for the vertices of their best-reply polyhedra. Games whose tables would need more than 512
    MB (10 x 9, 2 x 100 and beyond), and those in which the ties within rounding contradict each other, are solved on their own in
    integers (`negotiation_sim.equilibria.extreme`), for at most 62 actions together; larger ones are ``UNSUPPORTED``.

    The cost grows with the number of support pairs, C(m + n, m) - 1: some 0.2 microseconds for a 3 x 3 game (1 to 2 if it is degenerate),
    5 (40) for 6 x 6, a millisecond for 9 x 9. A 12 x 12 game takes up to a second.

    Games of three or more players are solved support by support: those that the signs of payoff differences do not rule out become systems
    of polynomials, whose unknowns are divided into cells until each is proved to hold no equilibrium, or exactly one
    (`negotiation_sim.equilibria.polynomial`). One game takes some 5 microseconds for 2 x 2 x 2 in batches, 0.1 milliseconds for
    3 x 3 x 3, 0.1 seconds for 4 x 4 x 4 and a second for seven players with two actions. Games with more than 32768 support profiles
    or more than 12 unknowns are ``UNSUPPORTED``: `PureNash` finds their pure equilibria.

    With ``want="all"`` every listed equilibrium has passed the certificate of `negotiation_sim.equilibria.certificates`, which shares no
    code with this solver.

    References
    ----------
    R. D. McKelvey and A. McLennan (1996), "Computation of equilibria in finite games", Handbook of Computational Economics 1, 87-142
    (more than two players: polynomial systems, one a support).

    R. Krawczyk (1969), "Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken", Computing 4, 187-201 (proof that a cell
    holds one root).

    J. Dickhaut and T. Kaplan (1991), "A program for finding Nash equilibria", The Mathematica Journal 1(4), 87-93 (support enumeration).

    D. Avis, G. Rosenberg, R. Savani and B. von Stengel (2010), "Enumeration of Nash equilibria for two-player games", Economic Theory
    42, 9-37 (extreme equilibria and components).

    Examples
    --------
    >>> chicken = NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> for x, y in AllNash()(chicken).profiles():
    ...     print(x.round(3), y.round(3))
    [1. 0.] [0. 1.]
    [0. 1.] [1. 0.]
    [0.333 0.667] [0.333 0.667]
    >>> AllNash(exact=True)(ExactGame.of([[["1/3", 0], [0, "0.1"]], [[1, 0], [0, 1]]])).strategies[1][2]
    array([0.23076923, 0.76923077])
    >>> pennies = [[[[1, 1], [0, 0]], [[0, 0], [1, 1]]], [[[1, 0], [0, 1]]] * 2, [[[0, 1]] * 2, [[1, 0]] * 2]]
    >>> AllNash()(NormalFormGame.from_arrays(*pennies)).profiles()  # match the next player; the third: mismatch the first
    [(array([0.5, 0.5]), array([0.5, 0.5]), array([0.5, 0.5]))]
    """

    rtol: float = 1e-9
    want: Literal["all", "supports", "count"] = "all"
    exact: bool = False
    max_equilibria: int | None = None
    max_time: float | None = 60.0
    threads: int | None = field(default=1, repr=False, compare=False)

    concept: ClassVar[str] = "nash"
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame
    advice: ClassVar[Mapping[Status, str]] = {
        Status.UNSUPPORTED: (
            "AllNash takes two players with at most 62 actions together, and few actions of more players. LemkeHowson() finds one "
            "equilibrium of larger games of two, PureNash() the pure ones of any game."
        ),
        Status.TIME: "max_time ran out before all were found: raise it, or let LemkeHowson() find one equilibrium of two players.",
        Status.TRUNCATED: "There are more equilibria than max_equilibria: raise it, or leave it out.",
    }

    def __post_init__(self) -> None:
        rtol = tie_tolerance(self.rtol, "AllNash", "lie in [0, 0.01], as a share of the payoff range", 0.01)
        object.__setattr__(self, "rtol", rtol)
        if self.want not in ("all", "supports", "count"):
            raise ValueError(f'want must be "all", "supports" or "count"; got {shown(self.want)}')
        if not isinstance(self.exact, bool):
            raise ValueError(f"exact must be True or False; got {shown(self.exact)}")
        if self.max_equilibria is not None:
            most = whole_number(self.max_equilibria, "max_equilibria must be a whole number, at least 1, or None for all", 1)
            object.__setattr__(self, "max_equilibria", most)
        if self.max_time is not None:
            seconds = real_number(self.max_time, "max_time must be a number of seconds above 0, or None for no limit", 0, ends="(]")
            object.__setattr__(self, "max_time", seconds)
        if self.threads is not None:
            threads = whole_number(self.threads, "threads must be a whole number, at least 1, or None for one a processor", 1)
            object.__setattr__(self, "threads", threads)

    def __call__(self, game: NormalFormGame | ExactGame) -> Equilibria:
        """Solve every game of the batch.

        Raises
        ------
        ValueError
            If ``exact`` is set and the game has not two players.
        """
        plain = game.game if isinstance(game, ExactGame) else the_game(game, "AllNash")
        if len(plain.shape) != 2:
            self._check_many(plain)
        parts = slabs(plain.games, 1 if self.exact else self.threads)
        if len(parts) > 1:
            return joined(in_threads(replace(self, threads=1), plain, parts, self.threads), plain, self)
        if len(plain.shape) != 2:
            return all_equilibria(plain, self)
        rows, columns = plain.shape
        status, complete = unsolved(plain)
        counts = np.zeros(plain.games, dtype=np.int64)
        catalogue = Catalogue(rows, columns, plain.games)
        late: list[Listed] = []
        left = None
        if plain.shape == (2, 2) and not self.exact:
            status[:], complete[:] = Status.OK, Completeness.PROVED
            if self.want == "count":
                tied = count_clear(plain.tensor, self.rtol, counts)
                signs, rest = summarise_signs(plain.tensor.take(tied, axis=-1), self.rtol, np.zeros((2, 2), dtype=np.int8), 1, False)
                counts[tied] = signs.count
                left = tied[rest]
            else:
                left = list_clear(plain.tensor, self.rtol, catalogue)
        for part in self._parts(game if left is None else some_games(plain, left), "counts" if self.want == "count" else "mixes"):
            numbers = part.games if left is None else left[part.games]
            status[numbers], complete[numbers] = part.status(), part.complete()
            if self.want == "count":
                counts[numbers] = part.count()
            elif left is None and isinstance(part, Part) and isinstance(part.games, slice):
                part.write(catalogue)
            else:
                listed = part.entries()
                late.append(listed if left is None else listed._replace(game=left[listed.game]))
        game = plain
        if self.want == "count":
            if self.max_equilibria is not None:
                truncate(counts, self.max_equilibria, status, complete)
            return self._without_payoffs(game, status, complete, starts(counts), rows, columns)
        listed = catalogue.listed(late)
        if self.want == "all":
            return self._certified(game, listed, status, complete)
        start, listed = self._kept(game, listed, status, complete)
        first, second = listed.mixes
        for mix in (first, second):
            mix[mix > 0] = np.nan
        return self._without_payoffs(game, status, complete, start, rows, columns, (first.T, second.T), listed.labels)

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise the equilibria of each game for a sweep.

        For two players, extreme equilibria say all about components: the probability of a class, and every payoff, is linear in each
        player's strategy (`negotiation_sim.equilibria.extreme.degenerate`). The margin is the largest among the extreme equilibria.

        Counts and outcome classes come straight from the signs. Strategies are built if something kept needs them, and for the few games
        with a probability so small that it decides whether a class counts as supported.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Outcome class of each action profile; -1 belongs to none.
        n_classes : int
            Number of classes.
        keep : frozenset of str
            Fields of `Summary` to fill beside ``status``, ``complete``, ``count`` and ``supported``.

        Raises
        ------
        ValueError
            If ``exact`` is set and the game has not two players.
        """
        if len(game.shape) != 2:
            self._check_many(game)
        parts = slabs(game.games, 1 if self.exact else self.threads)
        if len(parts) > 1:
            alone = replace(self, threads=1)
            return stacked(in_threads(lambda part: alone.summarise(part, classes, n_classes, keep), game, parts, self.threads))
        if len(game.shape) != 2:
            return summarise_entries(replace(self, want="all")(game), classes, n_classes, keep)
        rows, columns = game.shape
        if keep - FROM_SIGNS or self.exact or self.max_equilibria is not None or not affordable(rows, columns):
            return summarise_entries(replace(self, want="all")(game), classes, n_classes, keep)
        check_classes(classes, n_classes, game.shape)
        if game.shape != (2, 2):
            return self._from_signs(game, classes, n_classes, "certain" in keep)
        summary, left = summarise_clear(game.tensor, self.rtol, classes, n_classes, "certain" in keep)
        if len(left):
            self._fill(summary, some_games(game, left), left, classes, n_classes)
        return summary

    def _check_many(self, game: NormalFormGame) -> None:
        if self.exact:
            why = ", whose mixed equilibria are irrational in general" if len(game.shape) > 2 else ""
            raise ValueError(
                f"exact=True is for games of 2 players; got {len(game.shape)}{why}. "
                "Use AllNash() for all of them in floating point, each with its certificate, or PureNash() for the pure ones."
            )

    def summarise_cells(
        self,
        cells: Sequence[Sequence[NDArray[np.float64]]],
        shape: tuple[int, ...],
        classes: NDArray[np.integer[Any]],
        n_classes: int,
        keep: frozenset[str],
        out: Summary | None = None,
    ) -> Summary | None:
        """Summarise a grid of 2 x 2 games whose payoffs vary along few of its axes each; None if that needs `summarise`.

        Parameters
        ----------
        cells : for each player, payoffs of the four profiles (the second player's action varies fastest), each broadcasting to ``shape``
        shape : tuple of int
            Shape of the grid; the games of the summary are in C order.
        classes, n_classes, keep
            As in `summarise`.
        out : Summary, optional
            Arrays to fill and return: ``status``, ``complete``, ``count``, ``supported``, and ``certain`` if it is kept.
        """
        if keep - FROM_SIGNS or self.exact or self.max_equilibria is not None:
            return None
        check_classes(classes, n_classes, (2, 2))
        if out is None:
            out = blank_signs(math.prod(shape), n_classes, "certain" in keep)
        left = summarise_cells(cells, shape, self.rtol, classes, out)
        if left is None:
            return None
        if len(left):
            grid = shape or (1,)
            place = np.unravel_index(left, grid)
            tensor = np.stack([np.broadcast_to(cell, grid)[place] for own in cells for cell in own]).reshape(2, 2, 2, -1)
            self._fill(out, NormalFormGame.from_tensor(tensor, (len(left),)), left, classes, n_classes)
        return out

    def _fill(
        self, summary: Summary, games: NormalFormGame, numbers: NDArray[np.intp], classes: NDArray[np.integer[Any]], n_classes: int
    ) -> None:
        """Work out these 2 x 2 games more carefully, and write what comes out into the places of the summary that are theirs."""
        whole = summary.certain is not None
        found, left = summarise_signs(games.tensor, self.rtol, classes, n_classes, whole)
        if len(left):
            found.put(left, self._from_signs(some_games(games, left), classes, n_classes, whole))
        summary.put(numbers, found)

    def _from_signs(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, whole: bool) -> Summary:
        """Summarise counts and outcome classes; ``certain`` too if ``whole``."""
        status, complete = unsolved(game)
        count = np.zeros(game.games, dtype=np.int32)
        supported = np.zeros((n_classes, game.games), dtype=bool)
        certain = np.zeros((n_classes, game.games), dtype=bool) if whole else None
        some = cells_of_classes(classes, n_classes, whole=False)
        every = cells_of_classes(classes, n_classes, whole=True) if certain is not None else []
        unsure = [np.zeros(0, dtype=np.intp)]
        for part in self._parts(game, "classes"):
            status[part.games], complete[part.games] = part.status(), part.complete()
            count[part.games] = part.count()
            for c in range(n_classes):
                supported[c, part.games] = part.any_of(some[c])
                if certain is not None:
                    certain[c, part.games] = part.any_of(every[c])
            unsure.append(part.unsure())
        again = np.concatenate(unsure)
        if len(again):
            exact = summarise_entries(replace(self, want="all")(some_games(game, again)), classes, n_classes, frozenset({"certain"}))
            supported[:, again] = exact.supported
            if certain is not None and exact.certain is not None:
                certain[:, again] = exact.certain
        return Summary(status, complete, count, supported, certain)

    def _parts(self, game: NormalFormGame | ExactGame, need: Need) -> Iterable[Part | ExtremePart]:
        """Decide the games, part by part; ``need``: what the parts will be asked for."""
        plain = game.game if isinstance(game, ExactGame) else game
        rows, columns = plain.shape
        seconds = math.inf if self.max_time is None else self.max_time
        if not self.exact:
            return decide(plain.tensor, self.rtol, seconds, need)
        if rows + columns > LABELS:
            return ()
        if isinstance(game, ExactGame):
            matrices = game.exact.reshape((-1, 2, rows, columns))
            found = solve_exactly(((as_integers(a), as_integers(b)) for a, b in matrices), rows, columns, seconds)
        else:
            found = solve_exactly(integer_games(plain.tensor), rows, columns, seconds)
        return (ExtremePart(np.arange(plain.games), rows, columns, found.status, found.place, found.labels, lambda: found.mixes),)

    def _kept(
        self, game: NormalFormGame, listed: Listed, status: NDArray[np.int8], complete: NDArray[np.int8]
    ) -> tuple[NDArray[np.int64], Listed]:
        """Say where the equilibria of each game begin, and drop those beyond the limit."""
        start = starts_of(listed.game, game.games)
        if self.max_equilibria is None:
            return start, listed
        kept = np.arange(len(listed.game)) - start[listed.game] < self.max_equilibria
        counts = np.diff(start)
        truncate(counts, self.max_equilibria, status, complete)
        return starts(counts), listed.where(kept)

    def _certified(self, game: NormalFormGame, listed: Listed, status: NDArray[np.int8], complete: NDArray[np.int8]) -> Equilibria:
        """Build the list, and let integers decide the games in which rounding let something pass that is no equilibrium."""
        limit = max(self.rtol, REGRET)
        start, kept = self._kept(game, listed, status, complete)
        found = self._equilibria(game, kept, start, status, complete)
        left = verified(found, limit)
        if left is found:
            return found
        failed = np.flatnonzero(np.diff(left.start) != np.diff(start))
        part = decide_alone(game.tensor, failed, self.rtol, math.inf if self.max_time is None else self.max_time)
        status[failed], complete[failed] = part.status(), part.complete()
        listed = merge([listed.where(~np.isin(listed.game, failed)), part.entries()], *game.shape)
        start, kept = self._kept(game, listed, status, complete)
        return verified(self._equilibria(game, kept, start, status, complete), limit)

    def _equilibria(
        self, game: NormalFormGame, listed: Listed, start: NDArray[np.int64], status: NDArray[np.int8], complete: NDArray[np.int8]
    ) -> Equilibria:
        mixes = [mix.T for mix in listed.mixes]
        return Equilibria.from_strategies(
            game, self, start, mixes, complete, status, self.rtol, labels=listed.labels, index=listed.game, spare=listed.spare
        )

    def _without_payoffs(
        self,
        game: NormalFormGame,
        status: NDArray[np.int8],
        complete: NDArray[np.int8],
        start: NDArray[np.int64],
        rows: int,
        columns: int,
        strategies: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
        labels: NDArray[np.int64] | None = None,
    ) -> Equilibria:
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
            labels=labels,
        )
