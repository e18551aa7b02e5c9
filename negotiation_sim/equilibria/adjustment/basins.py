"""Which share of the starts ends in each equilibrium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Shown, Table

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.equilibria.adjustment.ends import Adjustments
    from negotiation_sim.equilibria.entries import Equilibria

__all__ = ["Basins", "share_out"]


@dataclass(frozen=True, eq=False, repr=False)
class Basins(Shown):
    r"""The share of starts that end in each equilibrium, and what became of the others; the five add up to 1 for each game.

    Parameters
    ----------
    equilibria : Equilibria
        What was looked for, entries sorted by game.
    share : ndarray, shape (entry,)
        Share of the starts of its game that end in each equilibrium (in the nearest, where several are near).
    standard_error : ndarray, shape (entry,)
        Of that share, :math:`\sqrt{p (1 - p) / n}`: 0 if every pure profile was a start.
    elsewhere : ndarray, shape (*batch,)
        Share that ends in another equilibrium by its certificate: in the middle of a component, or one that is not listed.
    no_equilibrium : ndarray, shape (*batch,)
        Share that comes to rest where somebody could gain: on a face that the dynamics can't leave, or away from Nash by its nature.
    unsettled : ndarray, shape (*batch,)
        Share that does not come to rest. NaN, like the others, where the game is not finite.
    starts : int
    """

    equilibria: Equilibria
    share: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    elsewhere: NDArray[np.float64]
    no_equilibrium: NDArray[np.float64]
    unsettled: NDArray[np.float64]
    starts: int

    @property
    def tables(self) -> tuple[Table, ...]:
        """The shares of a single game, or their means over a batch."""
        rest = {"another equilibrium": self.elsewhere, "rest, no equilibrium": self.no_equilibrium, "does not settle": self.unsettled}
        found = self.equilibria
        title = f"Where {self.starts} starts end"
        if found.batch_shape:
            some = np.isfinite(self.unsettled)
            rows: list[Any] = [("a listed equilibrium", 1 - sum(float(v[some].mean()) for v in rest.values()), None)] if some.any() else []
            rows += [(name, float(values[some].mean()), None) for name, values in rest.items() if some.any()]
            return (Table(("ends at", "mean share", "standard error"), rows, f"{title}, {int(some.sum())} games", found.game.note),)
        rows = []
        for profile, share, error in zip(found.profiles(), self.share.tolist(), self.standard_error.tolist(), strict=True):
            play = []
            for x, actions in zip(profile, found.game.actions, strict=True):
                used = [(p, name) for p, name in zip(x.tolist(), actions, strict=True) if p > 0]
                play.append(used[0][1] if len(used) == 1 else " + ".join(f"{p:.3g} {name}" for p, name in used))
            rows.append((", ".join(play), share, error))
        rows += [(name, float(values), None) for name, values in rest.items() if float(values) > 0]
        return (Table(("ends at", "share", "standard error"), rows, title, found.game.note),)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a DataFrame."""
        return self.tables[0].to_pandas()

    def __repr__(self) -> str:
        return f"Basins({self.starts} starts, batch {self.equilibria.batch_shape})"


def share_out(ends: Adjustments, equilibria: Equilibria, within: float) -> Basins:
    """Assign each end to the nearest equilibrium of its game; see `Adjustments.basins`."""
    games, starts = equilibria.game.games, ends.starts
    counts = np.diff(equilibria.start)
    ended = [x.reshape((games, starts, x.shape[-1])) for x in ends.strategies]
    settled = ends.settled.reshape((games, starts))
    nash = settled & (ends.regret.reshape((games, starts)) <= ends.solver.allowance)
    nearest = np.full((games, starts), -1, dtype=np.int64)
    least = np.full((games, starts), within)
    for k in range(int(counts.max(initial=0))):  # over places in the list, not over games
        some = np.flatnonzero(counts > k)
        entry = equilibria.start[some] + k
        far = np.zeros((len(some), starts))
        for x, strategies in zip(ended, equilibria.strategies, strict=True):
            np.maximum(far, np.abs(x[some] - strategies[entry][:, None]).max(axis=-1), out=far)
        closer = far <= least[some] if k == 0 else far < least[some]
        nearest[some] = np.where(closer, entry[:, None], nearest[some])
        least[some] = np.where(closer, far, least[some])
    nearest[~nash] = -1
    share = np.bincount(nearest[nearest >= 0], minlength=len(equilibria)) / max(starts, 1)
    shape = equilibria.batch_shape
    bad = ~equilibria.game.finite

    def mean(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        out = which.mean(axis=1) if starts else np.zeros(games)
        out[bad] = np.nan
        return np.asarray(out.reshape(shape))

    return Basins(
        equilibria=equilibria,
        share=share,
        standard_error=np.zeros_like(share) if ends.solver.exhaustive else np.sqrt(share * (1 - share) / max(starts, 1)),
        elsewhere=mean(nash & (nearest < 0)),
        no_equilibrium=mean(settled & ~nash),
        unsettled=mean(~settled),
        starts=starts,
    )
