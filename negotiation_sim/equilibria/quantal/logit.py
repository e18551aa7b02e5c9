"""Logit quantal response equilibria on the branch that starts at precision zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import real_number, whole_number
from negotiation_sim._arrays import lock, logical_view
from negotiation_sim.equilibria.certificates.certificate import certify_mixed
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.margins import class_probability
from negotiation_sim.equilibria.quantal.branches import LogitBranch, trace_branch
from negotiation_sim.equilibria.quantal.limits import branch_limit
from negotiation_sim.equilibria.quantal.locating import locate
from negotiation_sim.equilibria.quantal.residuals import response_residual
from negotiation_sim.equilibria.quantal.responses import QuantalResponses
from negotiation_sim.equilibria.quantal.solver_arguments import read_precision, read_start, read_weights, starts_of, targets_of, weights_of
from negotiation_sim.equilibria.summary import Summary, check_classes
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["LogitQRE"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogitQRE:
    """Find the logit quantal response equilibrium of each game in a batch, on the principal branch.

    Players choose better actions more often, not always: with precision l, player i takes action a with a probability proportional to
    exp(l u_ia), where u_ia is its expected payoff against the others, who do the same (McKelvey and Palfrey 1995). Precision 0 is even
    play, and as precision grows without bound play tends to a Nash equilibrium. For one precision there may be several equilibria; the
    branch that starts at even play, the principal branch, singles one out. It is followed continuously, past folds where precision falls
    for a while; the answer is the point where it first reaches the precision asked for.

    Parameters
    ----------
    precision : float or array_like, optional
        In units of 1 / payoff, at least 0. An array broadcasts against the batch: for games of batch shape ``(g,)``, shape ``(g,)`` gives
        each game its own precision; ``(k, 1)`` gives every game the same k precisions and a solution of batch shape ``(k, g)``. For a
        single game, ``(k,)`` gives k points of its branch. However many, the branch of a game is traced once. By default, 10 over the
        largest payoff range of the game, whatever the units: fairly, not fully rational; the solution's ``precision`` says what it was.
    rationality : sequence, one for each player, optional
        Weights of the precision, at least 0: a number for a player, or a sequence of one number an action. Precision times weight is what
        multiplies the payoff. With weights that differ between a player's actions the level of payoffs matters, not only differences.
    start : sequence of array_like, one for each player, shape (*batch, n_i), optional
        Look for an equilibrium at this precision near these strategies, instead of on the principal branch: by Newton's method from them
        and, unless the answer lies within 0.05 in every probability, from the responses to them and from half-way there. The nearest
        answer counts; one nearer still may escape. The status is MAX_ITER where no answer lies within 0.5, unless one is proved to be the
        only equilibrium.
    tol : float, default 1e-10
        Largest residual of an equilibrium with status OK.
    max_iter : int, default 2000
        Most steps along a branch.

    Raises
    ------
    ValueError
        If a number is out of its range, or shapes do not fit the games.

    Notes
    -----
    The branch is traced anew for every game, never from a neighbour's answer. Games in which branches cross, such as symmetric ones, are
    followed straight through the crossing: the symmetric branch of a symmetric game stays symmetric. Games within about 1e-11 of the payoff
    range of such a one count as it.

    ``complete`` is PROVED where a contraction shows that no other equilibrium exists at the precision; NO elsewhere. Where a branch
    can't be followed to the end, or the residual exceeds ``tol``, the status is MAX_ITER and the last point is returned with the
    precision that it has. At precision times payoff range of 1e6, rounding of the probabilities alone makes residuals near 1e-10.

    References
    ----------
    R. McKelvey and T. Palfrey (1995), "Quantal response equilibria for normal form games", Games and Economic Behavior 10, 6-38.
    T. Turocy (2005), "A dynamic homotopy interpretation of the logistic quantal response equilibrium correspondence", Games and Economic
    Behavior 51, 243-263.
    E. Allgower and K. Georg (1990), Numerical Continuation Methods, Springer.

    Examples
    --------
    >>> chicken = NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
    >>> LogitQRE(precision=2)(chicken).strategies[0].round(6)
    array([0.710311, 0.289689])
    >>> LogitQRE(precision=[0.5, 1, 20])(chicken).strategies[0][:, 1].round(6)
    array([0.385875, 0.336123, 0.213065])
    >>> LogitQRE(precision=1, start=[[0.9, 0.1], [0.4, 0.6]])(chicken).strategies[0].round(6)
    array([0.88029, 0.11971])
    """

    precision: float | Array | None = None
    rationality: tuple[float | tuple[float, ...], ...] | None = None
    start: tuple[Array, ...] | None = None
    tol: float = 1e-10
    max_iter: int = 2000

    concept: ClassVar[str] = "logit"
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame

    def __init__(
        self,
        precision: ArrayLike | None = None,
        rationality: Sequence[float | Sequence[float]] | None = None,
        start: Sequence[ArrayLike] | None = None,
        tol: float = 1e-10,
        max_iter: int = 2000,
    ) -> None:
        object.__setattr__(self, "precision", None if precision is None else read_precision(precision))
        object.__setattr__(self, "rationality", None if rationality is None else read_weights(rationality))
        object.__setattr__(self, "start", None if start is None else read_start(start))
        object.__setattr__(self, "tol", real_number(tol, "tol must lie between 0 and 1, as a difference of probabilities", 0, 1))
        object.__setattr__(self, "max_iter", whole_number(max_iter, "max_iter must be a whole number of steps, at least 1", 1))

    def __call__(self, game: NormalFormGame) -> QuantalResponses:
        """Solve every game of the batch.

        Raises
        ------
        ValueError
            If the shapes of precision, rationality or start do not fit the games.
        """
        self._check(game)
        targets, shape = targets_of(self.precision, game)
        weights = weights_of(self.rationality, game)
        starts = None if self.start is None else starts_of(self.start, game)
        order = targets.argsort(axis=0, kind="stable")
        ascending = np.take_along_axis(targets, order, axis=0)
        tensor, good = game.tensor, np.flatnonzero(game.finite)
        if len(good) < game.games:
            tensor, ascending, order = tensor.take(good, axis=-1), ascending.take(good, axis=-1), order.take(good, axis=-1)
            starts = None if starts is None else [x.take(good, axis=-1) for x in starts]
        found = locate(tensor, ascending, weights, starts, self.max_iter)
        count = len(targets)

        def entries(values: NDArray[Any]) -> NDArray[Any]:
            """From ascending targets ``(..., target, games)`` to those asked for, sorted by game: ``(..., entry)``."""
            if count > 1:
                back = np.empty_like(values)
                np.put_along_axis(back, np.broadcast_to(order, values.shape), values, axis=-2)
                values = back.swapaxes(-1, -2)
            return values.reshape((*values.shape[:-2], -1))

        mixed, precision = [entries(p) for p in found.probabilities], entries(found.precision)
        index = np.repeat(np.arange(len(good)), count)
        residual = response_residual(tensor, index, mixed, precision, weights)
        verdict = certify_mixed(tensor, index, mixed, 0)
        solved = entries(found.reached) & (residual <= self.tol)

        def laid(values: NDArray[Any], blank: Any) -> NDArray[Any]:
            """From ``(..., entry)`` of finite games to ``(*shape, ...)`` of all."""
            by_game = values.reshape((*values.shape[:-1], len(good), count))
            if len(good) < game.games:
                full = np.full((*values.shape[:-1], game.games, count), blank, dtype=values.dtype)
                full[..., good, :] = by_game
                by_game = full
            by_target = by_game.swapaxes(-1, -2) if count > 1 else by_game
            return lock(logical_view(by_target.reshape((*values.shape[:-1], -1)), shape))

        status = np.where(solved, np.int8(Status.OK), np.int8(Status.MAX_ITER))
        complete = np.where(solved & entries(found.unique), np.int8(Completeness.PROVED), np.int8(Completeness.NO))
        return QuantalResponses(
            game=game,
            solver=self,
            status=laid(status, Status.NOT_FINITE),
            complete=laid(complete, Completeness.NO),
            precision=laid(precision, np.nan),
            strategies=tuple(laid(p, np.nan) for p in mixed),
            payoffs=laid(verdict.payoffs, np.nan),
            residual=laid(residual, np.nan),
            regret=laid(verdict.regret, np.nan),
            principal=starts is None,
        )

    def path(self, game: NormalFormGame, up_to: float | None = None) -> LogitBranch:
        """Trace the branch of a single game, fold by fold, for a plot.

        Parameters
        ----------
        game : NormalFormGame
            A single game.
        up_to : float, optional
            Precision at which to stop; by default 1000 over the largest payoff range.

        Returns
        -------
        LogitBranch
            The principal branch, or with ``start`` the branch through the equilibrium near it, followed both ways.

        Raises
        ------
        ValueError
            If the game is a batch, its payoffs are not finite, or no equilibrium is found near ``start``.

        Examples
        --------
        >>> chicken = NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
        >>> branch = LogitQRE().path(chicken, up_to=20)
        >>> branch.principal, float(branch.precision[-1])
        (True, 20.0)
        """
        self._check(game)
        if game.batch_shape:
            raise ValueError(f"path expected a single game; got the batch {game.batch_shape}. Pick one game with game[index].")
        if not game.finite.all():
            raise ValueError(f"path expected finite payoffs. {Status.NOT_FINITE.advice}")
        if up_to is not None:
            up_to = real_number(up_to, "up_to must be a positive precision, in units of 1 / payoff", 0)
        start = None if self.start is None else self(game)
        if start is not None and start.batch_shape:
            raise ValueError(f"path from a start expected one precision; got {self.precision}")
        if start is not None and start.status[()] != Status.OK:
            raise ValueError(f"no equilibrium of precision {self.precision} was found near start; choose start or precision differently")
        scale = float(game.payoff_range.max()) or 1.0
        last = 1000 / scale if up_to is None else up_to
        return trace_branch(game, self, weights_of(self.rationality, game), start, last, self.max_iter)

    def limit(self, game: NormalFormGame) -> Equilibria:
        """The Nash equilibrium of each game that the principal branch tends to as precision grows.

        The branch is followed to a precision of a million over the payoff unit and the equilibrium polished on its support. An equilibrium
        that is not isolated stays as it is at that precision, with a regret of about 1e-6. In some such games rounding stops the branch
        before; if that is beyond a precision of a thousand and its last point has a regret of at most 1e-6, it counts as the limit.

        Returns
        -------
        Equilibria
            One for each game, with certified regret; none, and status MAX_ITER, where the branch could not be followed: raise ``max_iter``,
            or ask for the equilibrium at a lower precision.

        Raises
        ------
        ValueError
            If the solver has a ``start`` or weights: other branches and weighted payoffs have other limits.

        Examples
        --------
        >>> hunt = NormalFormGame.from_arrays([[4, 1], [3, 3]], [[4, 3], [1, 3]])
        >>> LogitQRE().limit(hunt).profiles()
        [(array([0., 1.]), array([0., 1.]))]
        """
        self._check(game)
        if self.start is not None or self.rationality is not None:
            raise ValueError("limit follows the principal branch of the game as it is; got a solver with start or rationality")
        return branch_limit(game, self, self.max_iter)

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise the equilibrium of each game for a sweep; see `Summary`.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Outcome class of each profile, from 0 to n_classes - 1; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count, supported and probability. A response is no equilibrium of the
            game itself, so it has no margin and is never strict.

        Raises
        ------
        ValueError
            If the precision has more than one value: give a sweep one solver for each.
        """
        check_classes(classes, n_classes, game.shape)
        if isinstance(self.precision, np.ndarray):
            raise ValueError(
                f"a sweep takes one precision a solver; got an array of shape {self.precision.shape}. "
                "Give one solver for each: solvers=[LogitQRE(5), LogitQRE(25)]."
            )
        found = self(game)
        solved = found.status.reshape(-1) == Status.OK
        flat = [x.reshape((-1, x.shape[-1])).T for x in found.strategies]
        chance = np.where(solved, class_probability(classes, n_classes, flat), np.nan)
        payoffs = np.where(solved, found.payoffs.reshape((-1, len(game.players))).T, np.nan)
        with np.errstate(invalid="ignore"):
            return Summary(
                status=found.status.reshape(-1),
                complete=found.complete.reshape(-1),
                count=found.count.reshape(-1),
                supported=chance > 1e-9,
                certain=chance > 1 - 1e-9 if "certain" in keep else None,
                payoff_min=payoffs if "payoff_min" in keep else None,
                payoff_max=payoffs if "payoff_max" in keep else None,
                regret_max=np.where(solved, found.regret.reshape(-1), np.nan) if "regret_max" in keep else None,
                probability=chance,
            )

    def _check(self, game: NormalFormGame) -> None:
        if not isinstance(game, NormalFormGame):
            raise TypeError(
                f"LogitQRE solves a NormalFormGame; got {type(game).__name__}. "
                "A staged game has a simultaneous form: game, plays = staged.normal_form()."
            )
