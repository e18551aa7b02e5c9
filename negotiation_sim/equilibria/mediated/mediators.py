"""Correlated and coarse correlated equilibria that are best by a linear or an egalitarian objective."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of, number_array, real_number, whole_number
from negotiation_sim._arrays import lock, logical_view
from negotiation_sim._words import shown
from negotiation_sim.equilibria.mediated.goals import read_goal
from negotiation_sim.equilibria.mediated.optimum import Optimum, Task, optimise
from negotiation_sim.equilibria.mediated.plans import CorrelatedEquilibria
from negotiation_sim.equilibria.summary import Summary, check_classes
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["CoarseCorrelated", "Correlated", "Mediator"]

Method = Literal["auto", "simplex", "highs"]


@dataclass(frozen=True)
class Mediator(ABC):
    """What `Correlated` and `CoarseCorrelated` share; see there."""

    objective: Any = "welfare"
    sense: Literal["max", "min"] = "max"
    disagreement: tuple[float, ...] | None = None
    rtol: float = 1e-9
    max_iter: int = 100_000
    method: Method = "auto"

    concept: ClassVar[str]
    coarse: ClassVar[bool]
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame

    def __post_init__(self) -> None:
        object.__setattr__(self, "objective", _plain(self.objective))
        if self.disagreement is not None:
            wanted = "disagreement must hold finite payoffs, one a player, such as (0, 0)"
            payoffs = [real_number(v, wanted) for v in each_of(self.disagreement, wanted)]
            object.__setattr__(self, "disagreement", tuple(payoffs))
        if self.sense not in ("max", "min"):
            raise ValueError(f"sense must be 'max' or 'min'; got {self.sense!r}")
        if self.method not in ("auto", "simplex", "highs"):
            raise ValueError(f"method must be 'auto', 'simplex' or 'highs'; got {self.method!r}")
        if self.objective == "egalitarian" and self.sense == "min":
            raise ValueError("the least payoff can only be maximised: its smallest value is no linear programme; got sense='min'")
        if self.disagreement is not None and self.objective != "egalitarian":
            raise ValueError(f"disagreement only serves objective='egalitarian'; got objective={self.objective!r}")
        rtol = real_number(self.rtol, "rtol must lie in [0, 0.01], as a share of the payoff range", 0, 0.01, "[]")
        object.__setattr__(self, "rtol", rtol)
        object.__setattr__(self, "max_iter", whole_number(self.max_iter, "max_iter must be a whole number of pivots, at least 1", 1))

    def __call__(self, game: NormalFormGame) -> CorrelatedEquilibria:
        """Solve every game of the batch.

        Raises
        ------
        ValueError
            If the objective names no player of the game, or its numbers fit neither the players nor the profiles.
        """
        best = self._optimum(game)
        shape = game.batch_shape
        return CorrelatedEquilibria(
            game=game,
            solver=self,
            status=best.status.reshape(shape),
            distribution=lock(logical_view(best.distribution, shape)),
            payoffs=lock(logical_view(best.payoffs, shape)),
            value=best.value.reshape(shape),
            regret=best.regret.reshape(shape),
            gap=best.gap.reshape(shape),
            unique=best.unique.reshape(shape),
            concept=self.concept,
        )

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise the best plan of each game for a sweep; see `Summary`.

        ``count`` is 1, payoffs are those of the plan, ``supported`` are the classes to which it gives more than 1e-9, and ``probability``
        says how much. ``complete`` is NO: other correlated equilibria exist, and others may be as good. There is no margin.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Outcome class of each profile, from 0 to n_classes - 1; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count, supported and probability.
        """
        check_classes(classes, n_classes, game.shape)
        best = self._optimum(game)
        solved = best.status == Status.OK
        cells = best.distribution.reshape(-1, game.games)
        probability = np.zeros((n_classes, game.games))
        for label, chance in zip(classes.reshape(-1), cells, strict=True):
            if label >= 0:
                probability[label] += chance
        probability[:, ~solved] = np.nan
        with np.errstate(invalid="ignore"):
            supported, certain = probability > 1e-9, probability > 1 - 1e-9
        return Summary(
            status=best.status,
            complete=np.full(game.games, Completeness.NO, dtype=np.int8),
            count=solved.astype(np.int32),
            supported=supported,
            certain=certain if "certain" in keep else None,
            payoff_min=best.payoffs if "payoff_min" in keep else None,
            payoff_max=best.payoffs.copy() if "payoff_max" in keep else None,
            regret_max=best.regret if "regret_max" in keep else None,
            probability=probability,
        )

    def _optimum(self, game: NormalFormGame) -> Optimum:
        if not isinstance(game, NormalFormGame):
            raise TypeError(
                f"{type(self).__name__} solves a NormalFormGame; got {type(game).__name__}. "
                "A staged game has a simultaneous form: game, plays = staged.normal_form()."
            )
        goal, sign = read_goal(self.objective, self.sense, self.disagreement, game.players, game.shape)
        best = optimise(game.tensor, Task(goal, self.coarse, self.rtol, self.max_iter, self.method))
        if sign < 0:
            np.negative(best.value, out=best.value)
        return best


@dataclass(frozen=True)
class Correlated(Mediator):
    r"""Find the best correlated equilibrium of each game in a batch, by an objective.

    A mediator draws a profile from a known distribution and tells each player only their own action. The distribution is a correlated
    equilibrium when nobody gains by disobeying: for each player and each action a that may be recommended,

    .. math:: \sum_{s_{-i}} x(a, s_{-i}) [u_i(b, s_{-i}) - u_i(a, s_{-i})] \le 0 \quad \text{for every } b.

    All such distributions form a polytope that contains every Nash equilibrium (Aumann 1974). The best one by a linear objective, or by
    the least payoff, solves a linear programme. Small games are solved by a simplex method on whole batches, large ones by HiGHS.

    Parameters
    ----------
    objective : str, int or array_like, default "welfare"
        - ``"welfare"``: the sum of payoffs;
        - ``"egalitarian"``: the least payoff of any player, in payoffs as they are given: it compares the payoffs of different players,
          so their units and zeros matter (see `disagreement`);
        - the name of a player, or the player's place in the order (an int): that player's payoff;
        - an array of shape (player,): the weighted sum of payoffs with these weights;
        - an array of shape (a_0, ..., a_{N-1}): the expected value of these numbers, one a profile.
    sense : {"max", "min"}, default "max"
        Whether the objective is maximised or minimised; an egalitarian objective can only be maximised.
    disagreement : sequence of float, optional
        With ``objective="egalitarian"``: payoffs, one a player, from which gains are counted; the least gain is maximised.
    rtol : float, default 1e-9
        Payoffs are taken to be known up to ``rtol`` times the player's payoff range in that game, or up to their own rounding if that is
        more: gains within that are ties, and tempt nobody, as in `PureNash` and `AllNash`. The gap of a plan is at most this, the regret
        at most twice this, apart from rounding.
    max_iter : int, default 100_000
        Most pivots for a game.
    method : {"auto", "simplex", "highs"}, default "auto"
        ``"auto"`` solves small games side by side, and leaves large games and those whose certificate fails (hardly any, but for games
        with gains just above ``rtol``) to HiGHS, one by one. ``"simplex"`` never asks HiGHS: games may then end as MAX_ITER or SINGULAR.
        ``"highs"`` always does.

    Notes
    -----
    Several plans may be equally good (``unique`` then is False). The one given is a vertex of the polytope; which one depends on the order
    of actions and players, but not on the rest of the batch.

    Where a gain from disobeying is very small but no tie, say 1e-7 of the range, obedience can cost the mediator ten million times as
    much as it gives the player. The bound is then known to fewer digits, and the gap shows it; games whose gap would exceed 1e-6 end as
    SINGULAR.

    References
    ----------
    R. J. Aumann (1974), "Subjectivity and correlation in randomized strategies", Journal of Mathematical Economics 1, 67-96.
    R. J. Aumann (1987), "Correlated equilibrium as an expression of Bayesian rationality", Econometrica 55, 1-18.
    C. H. Papadimitriou and T. Roughgarden (2008), "Computing correlated equilibria in multi-player games", Journal of the ACM 55(3), for
    the objectives.

    Examples
    --------
    Aumann's game of chicken: a mediator does better than any Nash equilibrium.

    >>> chicken = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["yield", "dare"]] * 2)
    >>> best = Correlated()(chicken)
    >>> best.distribution
    array([[0.5 , 0.25],
           [0.25, 0.  ]])
    >>> best.value.round(12), Correlated("egalitarian")(chicken).value.round(12)
    (np.float64(10.5), np.float64(5.25))
    >>> Correlated(0, sense="min")(chicken).value.round(12)
    np.float64(2.0)
    """

    concept: ClassVar[str] = "correlated"
    coarse: ClassVar[bool] = False


@dataclass(frozen=True)
class CoarseCorrelated(Mediator):
    r"""Find the best coarse correlated equilibrium of each game in a batch, by an objective.

    Players must decide before they hear their recommendation whether to follow it, whatever it will be. The distribution x is a coarse
    correlated equilibrium when nobody gains by a fixed action instead:

    .. math:: \sum_s x(s) [u_i(b, s_{-i}) - u_i(s)] \le 0 \quad \text{for every player } i \text{ and action } b

    (Moulin and Vial 1978; also called weak correlated equilibria, or the Hannan set). Every correlated equilibrium is one. The average play
    of players without regret approaches this set.

    Parameters
    ----------
    objective, sense, disagreement, rtol, max_iter, method
        As in `Correlated`.

    References
    ----------
    H. Moulin and J.-P. Vial (1978), "Strategically zero-sum games", International Journal of Game Theory 7, 201-221.

    Examples
    --------
    A player who may only take the mediator's word or leave it, unheard, can be asked for more than one who hears it first.

    >>> first = [[0, 2, 0], [3, 1, 0], [4, 1, 1]]
    >>> game = NormalFormGame.from_arrays(first, list(zip(*first)))
    >>> Correlated()(game).value.round(12), CoarseCorrelated()(game).value.round(12)
    (np.float64(2.0), np.float64(5.0))
    """

    concept: ClassVar[str] = "coarse-correlated"
    coarse: ClassVar[bool] = True


def _plain(objective: ArrayLike) -> Any:
    """Text and integers as they are, arrays as nested tuples: a frozen record can then be compared and printed.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    if isinstance(objective, str):
        return objective
    wanted = "objective must be a name, the place of a player (an int), or an array of numbers"
    numbers = number_array(objective, wanted)
    if not numbers.ndim:
        if np.asarray(objective).dtype.kind not in "iu":
            raise ValueError(f"{wanted}; got {shown(objective)}")
        return int(numbers)
    if not np.isfinite(numbers).all():
        raise ValueError("objective must hold finite numbers; got NaN or infinity among them")
    return _nested(numbers.tolist())


def _nested(values: Any) -> Any:
    return tuple(map(_nested, values)) if isinstance(values, list) else values
