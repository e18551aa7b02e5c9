"""A second opinion on two-player games: Nashpy's vertex enumeration, one game at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import nashpy
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import QhullError

from negotiation_sim._words import nearest_name
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.equilibria.summary import Summary, summarise_entries
from negotiation_sim.equilibria.verified import verified
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["NashpyVertexEnumeration", "nashpy_learning"]

LEARNING = ("fictitious_play", "stochastic_fictitious_play", "replicator_dynamics", "asymmetric_replicator_dynamics")


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
        if not 0 < self.rtol <= 0.01:
            raise ValueError(f"rtol must lie in (0, 0.01], as a share of the payoff range; got {self.rtol}")

    def __call__(self, game: NormalFormGame) -> Equilibria:
        """Solve every game of the batch, one after the other.

        Raises
        ------
        ValueError
            If the game has not two players.
        """
        if len(game.shape) != 2:
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


def nashpy_learning(
    game: NormalFormGame,
    algorithm: Literal["fictitious_play", "stochastic_fictitious_play", "replicator_dynamics", "asymmetric_replicator_dynamics"],
    seed: int = 0,
    **arguments: Any,
) -> tuple[NDArray[np.float64], ...]:
    """Run one of Nashpy's learning algorithms on a single two-player game: a second opinion on our own dynamics.

    Parameters
    ----------
    game : NormalFormGame
        A single game of two players.
    algorithm : str
        ``"fictitious_play"`` and ``"stochastic_fictitious_play"`` (``iterations=``, default 100; ``play_counts=``; for the second ``etha=``
        and ``epsilon_bar=``), ``"replicator_dynamics"`` (one population that plays the row player's payoffs: ``y0=``, ``timepoints=``,
        ``mutation_matrix=``) or ``"asymmetric_replicator_dynamics"`` (``x0=``, ``y0=``, ``timepoints=``).
    seed : int, default 0
        Nashpy breaks ties, and draws, with numpy's global generator; it is seeded for the call and put back afterwards.
    **arguments
        Handed to Nashpy under its own names.

    Returns
    -------
    tuple of ndarray, shape (time, n_i)
        How often each action had been played after each iteration (fictitious play), or the shares at each time point; one array a
        player, or a single one for one population.

    Raises
    ------
    ValueError
        If the game is a batch or has not two players, or there is no such algorithm.

    Examples
    --------
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> rows, columns = nashpy_learning(pennies, "fictitious_play", iterations=1000)
    >>> rows.shape, bool(abs(rows[-1] / 1000 - 0.5).max() < 0.1)
    ((1001, 2), True)
    """
    if algorithm not in LEARNING:
        raise ValueError(f"unknown algorithm {algorithm!r}; {nearest_name(str(algorithm), LEARNING)}")
    played = game.to_nashpy()
    before = np.random.get_state()  # noqa: NPY002 (what nashpy draws from)
    np.random.seed(seed)  # noqa: NPY002
    try:
        if algorithm.endswith("fictitious_play"):
            # An iteration is a pair of play counts; the stochastic algorithm gives the mixtures from which it drew beside them.
            steps = list(getattr(played, algorithm)(**{"iterations": 100, **arguments}))
            counts = [step[0] if algorithm.startswith("stochastic") else step for step in steps]
            return tuple(np.array([count[i] for count in counts], dtype=np.float64) for i in (0, 1))
        found = getattr(played, algorithm)(**arguments)
    finally:
        np.random.set_state(before)  # noqa: NPY002
    return tuple(np.asarray(x, dtype=np.float64) for x in found) if isinstance(found, tuple) else (np.asarray(found, dtype=np.float64),)
