"""A second opinion on two-player games, one game at a time: Nashpy's vertex enumeration, and its learning algorithms."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import nashpy
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import QhullError

from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.certificates.verified import verified
from negotiation_sim.equilibria.choices import tie_tolerance
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.summary import Summary, summarise_entries
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["NashpyVertexEnumeration", "nashpy_learning"]

Learning = Literal[
    "fictitious_play", "stochastic_fictitious_play", "replicator_dynamics", "asymmetric_replicator_dynamics", "introspection_dynamics"
]
_ALGORITHMS: tuple[Learning, ...] = (
    "fictitious_play",
    "stochastic_fictitious_play",
    "replicator_dynamics",
    "asymmetric_replicator_dynamics",
    "introspection_dynamics",
)


@dataclass(frozen=True)
class NashpyVertexEnumeration:
    """Find equilibria of two-player games with Nashpy, by enumerating the vertices of both best-reply polytopes.

    An independent check on `AllNash`: slow (milliseconds a game), in floating point, without a proof that the list is whole, so
    ``complete`` is always NO. In a degenerate game it lists the extreme points of continua of equilibria.

    Parameters
    ----------
    rtol : float, default 1e-6
        Profiles with a regret above this share of the payoff range are dropped, and profiles whose probabilities differ by no more count
        as one: vertices found in floating point are that uncertain, and degenerate ones come several times.

    Notes
    -----
    Nashpy gets each player's payoffs mapped to [1, 2], which changes no equilibrium, and its warnings are kept quiet. Games with a player
    who has one action get the status UNSUPPORTED, games on which the enumeration breaks down get SINGULAR.

    References
    ----------
    Algorithm 3.5 of Nisan, Roughgarden, Tardos and Vazirani (eds., 2007), Algorithmic Game Theory, as implemented by
    V. Knight and J. Campbell (2018), "Nashpy: A Python library for the computation of Nash equilibria", JOSS 3(30), 904.

    Examples
    --------
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> [(x.round(6), y.round(6)) for x, y in NashpyVertexEnumeration()(pennies).profiles()]
    [(array([0.5, 0.5]), array([0.5, 0.5]))]
    """

    rtol: float = 1e-6

    concept: ClassVar[str] = "nash"
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame

    def __post_init__(self) -> None:
        rtol = tie_tolerance(self.rtol, "NashpyVertexEnumeration", "lie in (0, 0.01], as a share of the payoff range", 0.01, "(]")
        object.__setattr__(self, "rtol", rtol)

    def __call__(self, game: NormalFormGame) -> Equilibria:
        """Solve every game of the batch, one after the other.

        Raises
        ------
        ValueError
            If the game has not two players.
        """
        if len(the_game(game, "NashpyVertexEnumeration").shape) != 2:
            raise ValueError(
                f"NashpyVertexEnumeration takes games of 2 players; got {len(game.shape)}. "
                "For pure equilibria with any number of players use PureNash()."
            )
        status = np.full(game.games, Status.OK, dtype=np.int8)
        counts = np.zeros(game.games, dtype=np.int64)
        kept = []
        scale = Resolution.of(game.tensor)
        for g in range(game.games):
            payoffs, unit = game.tensor[..., g], scale.unit[:, g]
            if not scale.finite[g]:
                status[g] = Status.NOT_FINITE
            elif min(game.shape) == 1:
                status[g] = Status.UNSUPPORTED
            else:
                mapped = 1.0 + (payoffs - payoffs.min(axis=(1, 2), keepdims=True)) / unit[:, None, None]
                found = _enumerate(mapped)
                if found is None:
                    status[g] = Status.SINGULAR
                else:
                    distinct = _distinct(found, game.shape[0], self.rtol)
                    counts[g] = distinct.shape[-1]
                    kept.append(distinct)
        profiles = np.concatenate([np.empty((sum(game.shape), 0)), *kept], axis=1)
        start = np.zeros(game.games + 1, dtype=np.int64)
        np.cumsum(counts, out=start[1:])
        mixtures = profiles[: game.shape[0]].T, profiles[game.shape[0] :].T
        return verified(Equilibria.from_strategies(game, self, start, mixtures, Completeness.NO, status, rtol=self.rtol), self.rtol)

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Return what a sweep keeps; see `Summary`.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (rows, columns)
            Outcome class of each profile; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count and supported.
        """
        return summarise_entries(self(game), classes, n_classes, keep)


def nashpy_learning(
    game: NormalFormGame,
    algorithm: Learning,
    *,
    rounds: int = 1000,
    time: ArrayLike | None = None,
    start: Sequence[ArrayLike] | None = None,
    noise: float = 0.1,
    perturbation: float = 0.01,
    seed: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Let two players learn as Nashpy has them do it: one game, one start.

    For many games or starts, more players, and answers that are certified and the same in any units, see `BestReplyDynamics`,
    `FictitiousPlay`, `LogitDynamics` and `ReplicatorDynamics`. Here payoffs are taken as they are.

    Parameters
    ----------
    game : NormalFormGame
        A single game of two players.
    algorithm : str
        Each of Nashpy's methods that follows two players with payoffs of their own, by its name:

        - ``"fictitious_play"``: best replies to the counts of what the other has played, ties broken at random;
        - ``"stochastic_fictitious_play"``: logit replies to these counts, from payoffs with a random perturbation;
        - ``"replicator_dynamics"``: one population that plays a symmetric game;
        - ``"asymmetric_replicator_dynamics"``: two populations;
        - ``"introspection_dynamics"``: in each round one player thinks of another action, and takes it with a logistic probability.
    rounds : int, default 1000
        How many; the replicators have no rounds.
    time : array_like, shape (step,), optional
        Points of time, for the replicators; by default 1000 from 0 to 10.
    start : sequence of array_like, one for each player, shape (n_i,), optional
        Of fictitious play, counts of what was played before, by default none; of the replicators, strategies, by default even (of
        ``"replicator_dynamics"``, the first player's); of introspection, strategies that are pure, by default random.
    noise : float, default 0.1
        Of stochastic fictitious play and introspection: in units of payoff, 1 over the precision of the logit (Nashpy's ``etha``; 1 over
        its ``beta``).
    perturbation : float, default 0.01
        Of stochastic fictitious play: largest random addition to a payoff.
    seed : int, default 0
        Nashpy draws from numpy's global generator. It is seeded for the call and then put back to where it was.

    Returns
    -------
    tuple of ndarray, one for each player, shape (step, n_i)
        Probabilities, the start first: of the fictitious plays, the frequencies of what was played (even where nothing was played yet); of
        introspection, the action; of the replicators, the shares.

    Raises
    ------
    ValueError
        If the game is a batch, has not two players or payoffs that are not finite, or arguments do not fit the algorithm.

    Notes
    -----
    Nashpy's imitation dynamics and regret minimisation are left out: as of Nashpy 0.0.43 they give the second player a payoff matrix whose
    axes are exchanged, and return the action with the largest probability instead of how it came about.

    References
    ----------
    V. Knight and J. Campbell (2018), "Nashpy: A Python library for the computation of Nash equilibria", JOSS 3(30), 904.

    Examples
    --------
    >>> dilemma = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> first, second = nashpy_learning(dilemma, "fictitious_play", rounds=4, start=[[1, 0], [1, 0]])
    >>> first[:, 1]
    array([0.        , 0.5       , 0.66666667, 0.75      , 0.8       ])
    >>> nashpy_learning(dilemma, "asymmetric_replicator_dynamics", time=[0, 20])[0].round(6)
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"algorithm must be one of {', '.join(_ALGORITHMS)}; got {algorithm!r}")
    if not game.finite.all():
        raise ValueError(f"nashpy_learning expected finite payoffs. {Status.NOT_FINITE.advice}")
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1; got {rounds}")
    if not noise > 0:
        raise ValueError(f"noise must be positive, in units of payoff; got {noise}")
    if not perturbation >= 0:
        raise ValueError(f"perturbation must be at least 0, in units of payoff; got {perturbation}")
    theirs, given = game.to_nashpy(), None if start is None else [np.asarray(x, dtype=np.float64) for x in start]
    if given is not None and tuple(x.shape for x in given) != tuple((n,) for n in game.shape):
        raise ValueError(f"start must hold one number an action, {game.shape}, for each player; got shapes {[x.shape for x in given]}")
    points = np.linspace(0, 10, 1000) if time is None else np.asarray(time, dtype=np.float64)
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    with _seeded(seed):
        if algorithm == "fictitious_play":
            first, second = _frequencies(theirs.fictitious_play(iterations=rounds, play_counts=given))
        elif algorithm == "stochastic_fictitious_play":
            steps = theirs.stochastic_fictitious_play(iterations=rounds, play_counts=given, etha=noise, epsilon_bar=perturbation)
            first, second = _frequencies(counts for counts, _ in steps)
        elif algorithm == "introspection_dynamics":
            if min(game.shape) < 2:
                raise ValueError(f"introspection_dynamics needs two actions to choose from, for each player; got {game.shape}")
            if given is not None and any(sorted(x) != [0] * (len(x) - 1) + [1] for x in given):
                raise ValueError(f"introspection_dynamics starts with pure strategies; got start {start!r}")
            actions = None if given is None else [int(x.argmax()) for x in given]
            chosen = np.array(list(theirs.introspection_dynamics(rounds, 1 / noise, actions)))
            first, second = (np.eye(n)[chosen[:, i]] for i, n in enumerate(game.shape))
        elif algorithm == "replicator_dynamics":
            own, other = game.payoffs
            if own.shape != other.T.shape or not np.array_equal(own, other.T):
                raise ValueError(
                    "replicator_dynamics follows one population that plays a symmetric game; got different payoffs for the two players. "
                    "Use asymmetric_replicator_dynamics, or ReplicatorDynamics()."
                )
            first = second = theirs.replicator_dynamics(y0=None if given is None else given[0], timepoints=points)
        else:
            x, y = (None, None) if given is None else given
            first, second = theirs.asymmetric_replicator_dynamics(x0=x, y0=y, timepoints=points)
    return first, second


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Numpy's global generator, which Nashpy uses, seeded; put back at the end."""
    kept = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(kept)  # noqa: NPY002


def _frequencies(steps: Iterable[Sequence[ArrayLike]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of each action from counts, round by round."""
    first, second = (np.array(counts, dtype=np.float64) for counts in zip(*steps, strict=True))
    for counts in (first, second):
        counts[counts.sum(axis=1) == 0] = 1
        counts /= counts.sum(axis=1, keepdims=True)
    return first, second


def _enumerate(payoffs: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Profiles that Nashpy finds in one game, (rows + columns, entry), or None if it breaks down."""
    _, rows, columns = payoffs.shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pairs: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]] = nashpy.Game(*payoffs).vertex_enumeration()
            profiles = [np.concatenate(pair) for pair in pairs]
    except (
        QhullError,
        ArithmeticError,
        TypeError,
        ValueError,
        IndexError,
    ):  # the ways in which Qhull and its callers fail on flat polytopes
        return None
    return np.array(profiles, dtype=np.float64).reshape(-1, rows + columns).T


def _distinct(profiles: NDArray[np.float64], rows: int, rtol: float) -> NDArray[np.float64]:
    """Profiles (rows + columns, entry) of probabilities, each once."""
    profiles = profiles[:, np.isfinite(profiles).all(axis=0)].clip(min=0.0)
    for part in (profiles[:rows], profiles[rows:]):
        part /= part.sum(axis=0)
    result: list[NDArray[np.float64]] = []
    for profile in profiles.T:
        if not any(np.abs(profile - other).max() <= rtol for other in result):
            result.append(profile)
    return np.array(result).reshape(-1, len(profiles)).T
