"""A second opinion on two-player games: Nashpy's vertex enumeration, one game at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import nashpy
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import QhullError

from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.equilibria.summary import Summary, summarise_entries
from negotiation_sim.equilibria.verified import verified
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["NashpyVertexEnumeration"]


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
