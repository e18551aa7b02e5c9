"""A branch of logit equilibria, point by point, for figures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.quantal.limits import branch_limit
from negotiation_sim.equilibria.quantal.locating import log_odds
from negotiation_sim.equilibria.quantal.newton_steps import newton_step
from negotiation_sim.equilibria.quantal.response_system import ResponseSystem
from negotiation_sim.equilibria.quantal.responses import QuantalResponses
from negotiation_sim.equilibria.quantal.tracing import follow
from negotiation_sim.games.normal_form import NormalFormGame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LogitBranch", "trace_branch"]

Array = NDArray[np.float64]

CAUTION, STRIDE = 6.0, 0.1  # many short steps: a curve to be drawn


@dataclass(frozen=True, eq=False, repr=False)
class LogitBranch:
    """Points of a branch of logit equilibria of a single game, in the order in which the branch passes them.

    Parameters
    ----------
    game : NormalFormGame
    solver : object
    precision : ndarray, shape (point,)
        In units of 1 / payoff. It need not rise: the branch may fold back.
    strategies : tuple of ndarray, one for each player, shape (point, n_i)
        Probability of each action.
    principal : bool
        Whether the branch starts at precision 0.
    whole : bool
        Whether the branch was followed to the precision asked for.
    limit : tuple of ndarray, one for each player, shape (n_i,), optional
        The Nash equilibrium to which the principal branch tends, where it is known.
    """

    game: NormalFormGame
    solver: object
    precision: Array
    strategies: tuple[Array, ...]
    principal: bool
    whole: bool
    limit: tuple[Array, ...] | None

    @property
    def players(self) -> tuple[str, ...]:
        """Names of the players."""
        return self.game.players

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Names of each player's actions."""
        return self.game.actions

    @property
    def note(self) -> str:
        """The note of the game."""
        return self.game.note

    @property
    def folds(self) -> Array:
        """Precisions at which the branch turns back, or forward again; shape ``(fold,)``, the nearest point to each."""
        change = np.diff(self.precision)
        sure = np.flatnonzero(np.abs(change) > 1e-6 * self.precision[1:])  # next to a crossing of branches precision stands still
        rising = change[sure] > 0
        turned: Array = self.precision[sure[1:]][rising[1:] != rising[:-1]]
        return turned

    def __len__(self) -> int:
        return len(self.precision)

    def __repr__(self) -> str:
        kind = "principal" if self.principal else "other"
        return f"LogitBranch({kind}, {len(self)} points, precision {self.precision.min():.4g} to {self.precision.max():.4g})"

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a point: ``precision``, and a column ``(player, action)`` for each probability."""
        import pandas as pd

        columns: dict[Any, Array] = {("", "precision"): self.precision}
        for name, labels, p in zip(self.players, self.actions, self.strategies, strict=True):
            columns |= {(name, label): p[:, a] for a, label in enumerate(labels)}
        return pd.DataFrame(columns)


def trace_branch(
    game: NormalFormGame,
    solver: object,
    rationality: Sequence[Array] | None,
    start: QuantalResponses | None,
    last: float,
    max_iter: int,
) -> LogitBranch:
    """Trace the principal branch, or both ways the branch through a point, to precision ``last``."""
    system, unit = ResponseSystem.build(game.tensor, rationality)
    if not system.players:
        flat = tuple(np.ones((2, 1)) for _ in game.shape)
        return LogitBranch(game, solver, np.array([0.0, last]), flat, True, True, tuple(p[0] for p in flat))
    goal = np.maximum(last * unit, 1e-9)[None]
    if start is None:
        points, whole = _traced(system, goal, max_iter, None)
        points.insert(0, np.zeros(system.unknowns + 1))
    else:
        at = np.array([float(start.precision)]) * unit
        z = log_odds([np.asarray(start.strategies[i])[:, None] for i in system.players])
        y = np.vstack([z, at])
        border = np.zeros(y.shape)
        border[-1] = 1
        step = newton_step(system, y, border)
        y = y + step.change
        tangent = step.tangent / np.sqrt((step.tangent * step.tangent).sum(axis=0))
        up, whole = _traced(system, goal, max_iter, (y, tangent, step.orientation)) if at[0] < goal[0, 0] else ([], True)
        down, _ = _traced(system, goal, max_iter, (y, -tangent, -step.orientation))
        points = [*reversed(down), y[:, 0], *up]
    all_points = np.stack(points, axis=-1)
    mixed = iter(system.probabilities(all_points[:-1]))
    by_player = dict(zip(system.players, mixed, strict=True))
    strategies = tuple(by_player[i].T if i in by_player else np.ones((all_points.shape[-1], 1)) for i in range(len(game.shape)))
    limit = None
    if start is None and rationality is None:
        found = branch_limit(game, solver, max_iter).profiles()
        limit = found[0] if found else None
    precision = all_points[-1] / unit[0]
    if start is None and whole:
        precision[-1] = last
    return LogitBranch(game, solver, precision, strategies, start is None, whole, limit)


def _traced(system: ResponseSystem, goal: Array, max_iter: int, start: tuple[Array, Array, Array] | None) -> tuple[list[Array], bool]:
    points: list[Array] = []
    found = follow(system, goal, max_iter, CAUTION, start, lambda _, y: points.append(y[:, 0].copy()), STRIDE)
    return points, bool(found.reached[0, 0])
