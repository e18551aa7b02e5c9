"""Tell equilibria apart that are robust from those that are not: undominated, perfect and proper ones, and their index.

Each check answers yes, no or undecided for every equilibrium listed, and never says more than it can prove from the payoffs, which count
as known up to the solver's tolerance. `selection.least_loss` and `Equilibria.margin` measure how far an equilibrium is from giving way.

References
----------
E. van Damme (1991), Stability and Perfection of Nash Equilibria, 2nd ed., Springer (theorem 3.2.2: in two-player games perfect means
undominated; chapter 2: regular equilibria are proper, and close games have equilibria close to them).
R. Selten (1975), "Reexamination of the perfectness concept", International Journal of Game Theory 4(1), 25-55.
R. Myerson (1978), "Refinements of the Nash equilibrium concept", International Journal of Game Theory 7(2), 73-80.
L. Shapley (1974), "A note on the Lemke-Howson algorithm", Mathematical Programming Study 1, 175-189 (the index).
"""

from __future__ import annotations

import math
from enum import IntEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import whole_number
from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.choice.index_sign import best_replies, index_sign
from negotiation_sim.equilibria.choice.support_dominance import judge_supports
from negotiation_sim.equilibria.choice.trembles import survives
from negotiation_sim.equilibria.entries import Equilibria, need_strategies

__all__ = ["Answer", "equilibrium_index", "perfect", "proper", "undominated"]

USED = 1e-9  # an action with a larger probability is in use


class Answer(IntEnum):
    """What a check found out about an equilibrium: 0 for no and 1 for yes, both proved, 2 where it could not tell."""

    NO = 0
    YES = 1
    UNDECIDED = 2

    @classmethod
    def flag_attributes(cls) -> dict[str, object]:
        """CF-style ``flag_values`` and ``flag_meanings`` for a labelled array of answers."""
        return {"flag_values": [int(a) for a in cls], "flag_meanings": " ".join(a.name.lower() for a in cls)}


def undominated(equilibria: Equilibria) -> NDArray[np.int8]:
    """Whether each player's strategy is undominated: no mixture does at least as well against everything and better against something.

    Returns
    -------
    ndarray of int8, shape (entry, player)
        0 for no, 1 for yes, 2 for undecided (an `Answer`). Yes and no are proved; undecided is a question within the tolerance of the
        payoffs.

    Examples
    --------
    >>> from negotiation_sim.equilibria.pure import PureNash
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> found = PureNash()(NormalFormGame.from_arrays([[1, 0], [0, 0]], [[1, 0], [0, 0]]))
    >>> undominated(found).tolist()
    [[1, 1], [0, 0]]
    """
    need_strategies(equilibria, "undominated")
    game, index = equilibria.game, equilibria.index
    scale = Resolution.of(game.tensor)
    slack = scale.tolerance(equilibria.rtol) / scale.unit
    out = np.full((len(equilibria), len(game.players)), Answer.UNDECIDED, dtype=np.int8)
    out[equilibrium_index(equilibria) != 0] = Answer.YES  # regular, so perfect
    mixed = _completely_mixed(equilibria)
    for i, mixture in enumerate(equilibria.strategies):
        best, alone = best_replies(equilibria, i, USED)
        # A best reply to something completely mixed; or the only one, so that it still is when the others err a little.
        out[best & (np.delete(mixed, i, axis=1).all(axis=1) | alone), i] = Answer.YES
        rest = np.flatnonzero(out[:, i] == Answer.UNDECIDED)
        size = math.prod(game.shape)
        for part in chunks(len(rest), max(1, (1 << 18) // size)):
            entry = rest[part]
            g = index[entry]
            own = np.moveaxis(game.tensor[i].take(g, axis=-1), i, 0).reshape((game.shape[i], -1, len(entry)))
            own = (own - own.min(axis=(0, 1))) / scale.unit[i, g]
            no, yes = judge_supports(own, mixture[entry].T > USED, slack[i, g])
            out[entry[no], i] = Answer.NO
            out[entry[yes], i] = Answer.YES
    return out


def perfect(equilibria: Equilibria) -> NDArray[np.int8]:
    """Whether each equilibrium is (trembling-hand) perfect: the limit of equilibria of games in which everybody errs a little.

    Returns
    -------
    ndarray of int8, shape (entry,)
        0 for no, 1 for yes, 2 for undecided (an `Answer`). With two players an equilibrium is perfect if and only if both strategies are
        undominated. With more it is not if one is dominated, it is if it is completely mixed or regular (`equilibrium_index` not 0), and
        otherwise this is undecided.
    """
    need_strategies(equilibria, "perfect")
    free = undominated(equilibria)
    out = np.full(len(equilibria), Answer.UNDECIDED, dtype=np.int8)
    if len(equilibria.game.players) > 2:
        out[_completely_mixed(equilibria).all(axis=1) | (equilibrium_index(equilibria) != 0)] = Answer.YES
    else:
        out[(free == Answer.YES).all(axis=1)] = Answer.YES
    out[(free == Answer.NO).any(axis=1)] = Answer.NO
    return out


def proper(equilibria: Equilibria, most: int = 1000) -> NDArray[np.int8]:
    """Whether each equilibrium is proper (Myerson 1978): perfect with errors that are the rarer the more they cost.

    Completely mixed and regular equilibria are proper, imperfect ones are not. For two players most others are decided exactly, a few
    milliseconds to a second each (`negotiation_sim.equilibria.choice.trembles`), reading a payoff as the shortest decimal that rounds to
    it, and payoffs closer than the solver's tolerance as one.

    Parameters
    ----------
    equilibria : Equilibria
    most : int, default 1000
        Largest number of pairs of rankings of the players' errors to try for one equilibrium.

    Returns
    -------
    ndarray of int8, shape (entry,)
        0 for no, 1 for yes, 2 for undecided (an `Answer`): an equilibrium inside a continuum of them, one with too many ties for
        ``most``, and a degenerate one of three players or more.

    Examples
    --------
    >>> from negotiation_sim.equilibria.pure import PureNash
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> payoffs = [[1, 0, -9], [0, 0, -7], [-9, -7, -7]]
    >>> found = PureNash()(NormalFormGame.from_arrays(payoffs, payoffs))  # the example of Myerson 1978
    >>> perfect(found).tolist(), proper(found).tolist()
    ([1, 1, 0], [1, 0, 0])
    """
    need_strategies(equilibria, "proper")
    most = whole_number(most, "most must be a whole number of pairs of rankings to try, at least 0", 0)
    out = perfect(equilibria)
    certain = _completely_mixed(equilibria).all(axis=1) | (equilibrium_index(equilibria) != 0)
    open_ones = np.flatnonzero((out != Answer.NO) & ~certain)
    out[certain] = Answer.YES
    count = len(equilibria.game.players)
    if count == 1:
        return out
    out[open_ones] = Answer.UNDECIDED
    if count == 2:
        tolerance = Resolution.of(equilibria.game.tensor).tolerance(equilibria.rtol)
        for e in open_ones:
            g = equilibria.index[e]
            mixed = [x[e] for x in equilibria.strategies]
            own = [equilibria.game.tensor[0, ..., g], equilibria.game.tensor[1, ..., g].T]
            after = [payoffs @ mix for payoffs, mix in zip(own, reversed(mixed), strict=True)]
            supports = [np.flatnonzero(mix > USED).tolist() for mix in mixed]
            replies = [np.flatnonzero(value >= value.max() - t).tolist() for value, t in zip(after, tolerance[:, g], strict=True)]
            first, second = (_exact(payoffs, t) for payoffs, t in zip(own, tolerance[:, g], strict=True))
            verdict = survives(first, second, (supports[0], supports[1]), (replies[0], replies[1]), most)
            if verdict is not None:
                out[e] = Answer.YES if verdict else Answer.NO
    return out


def equilibrium_index(equilibria: Equilibria) -> NDArray[np.int8]:
    r"""Index of each equilibrium: 1 or -1 for a regular one, 0 where it is not defined because the equilibrium is degenerate.

    The sign of the determinant of minus the Jacobian of the players' gains from moving weight between actions in use. For two players
    with supports of size k it is :math:`(-1)^{k-1} \operatorname{sgn} (\det A' \det B')`, where A' and B' hold the payoffs on the supports
    less those of the first row and the first column. An equilibrium is regular when no unused action is a best reply and that determinant
    is not 0. The indices of all equilibria of a game add up to 1 if all are regular. Strict equilibria have 1. Those with -1 are
    unstable under every dynamic of adjustment whose rest points are the equilibria.

    Returns
    -------
    ndarray of int8, shape (entry,)

    References
    ----------
    K. Ritzberger (1994), "The theory of normal form games from the differentiable viewpoint", International Journal of Game Theory 23(3),
    207-236. S. Demichelis and K. Ritzberger (2003), "From evolutionary to strategic stability", Journal of Economic Theory 113(1), 51-75.

    Examples
    --------
    >>> from negotiation_sim.equilibria.bimatrix import AllNash
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> equilibrium_index(AllNash()(NormalFormGame.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]]))).tolist()
    [1, 1, -1]
    """
    need_strategies(equilibria, "equilibrium_index")
    return index_sign(equilibria, USED)


def _completely_mixed(equilibria: Equilibria) -> NDArray[np.bool_]:
    """Whether each player uses every action; shape ``(entry, player)``."""
    return np.stack([x.min(axis=1) > USED for x in equilibria.strategies], axis=1)


def _exact(payoffs: NDArray[np.float64], tolerance: float) -> list[list[Fraction]]:
    """Payoffs as fractions; those in a run of steps of at most the tolerance become one."""
    values, where = np.unique(payoffs, return_inverse=True)
    leader = np.maximum.accumulate(np.where(np.diff(values, prepend=-np.inf) > tolerance, np.arange(len(values)), 0))
    exact = [Fraction(repr(float(v))) for v in values]
    return [[exact[leader[k]] for k in row] for row in where.reshape(payoffs.shape)]
