"""Grids of 2 x 2 games whose payoffs vary along few axes of the grid each: signs are worked out on those axes alone.

The differences are those of `two_by_two`. Only whole bits meet on the full grid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._scratch import Scratch, kept_scratch
from negotiation_sim.equilibria.enumeration.two_by_two import CLEAR, HIGHEST, LOWEST, MIXED
from negotiation_sim.equilibria.summary import Summary
from negotiation_sim.status import Completeness, Status

__all__ = ["summarise_cells"]

Bits = NDArray[np.bool_]


def summarise_cells(
    cells: Sequence[Sequence[NDArray[np.float64]]],
    shape: tuple[int, ...],
    rtol: float,
    classes: NDArray[np.integer[Any]],
    out: Summary,
) -> NDArray[np.intp] | None:
    """Summarise the clear games of a grid, without ever writing all payoffs of a game side by side.

    Parameters
    ----------
    cells : for each player, payoffs of the four profiles (the second player's action varies fastest), each broadcasting to ``shape``
    shape : tuple of int
        Shape of the grid of games.
    rtol, classes
        As in `two_by_two.summarise_clear`.
    out : Summary
        Filled, games in C order; ``certain`` may be None.

    Returns
    -------
    ndarray of int or None
        The games that are not clear, of which the summary holds no truth; None if a payoff is not finite, or so large or small that only
        the general path is safe.
    """
    bounds = []
    for own in cells:
        largest = float(np.max([(p.max(), -p.min()) for p in own]))  # NaN if one is
        if not LOWEST <= largest <= HIGHEST:  # false for NaN, too
            return None
        bounds.append(max(CLEAR, 4 * rtol) * largest)
    with kept_scratch() as scratch:
        above: list[Bits] = []
        below: list[Bits] = []
        for player, ((p00, p01, p10, p11), least) in enumerate(zip(cells, bounds, strict=True)):
            for more, less in ((p00, p10), (p11, p01)) if player == 0 else ((p00, p01), (p11, p10)):
                higher, lower = _signs(more, less, least, scratch, str(len(above)))
                above.append(higher)
                below.append(lower)
        planes = [scratch(f"plane {k}", shape, np.bool_) for k in range(MIXED + 1)]
        spare, other = scratch("spare", shape, np.bool_), scratch("other", shape, np.bool_)
        np.logical_and(above[0], above[2], out=planes[0])
        np.logical_and(below[1], below[2], out=planes[1])
        np.logical_and(below[0], below[3], out=planes[2])
        np.logical_and(above[1], above[3], out=planes[3])
        np.logical_and(np.equal(above[0], above[1], out=spare), np.equal(above[2], above[3], out=other), out=planes[MIXED])
        out.status.fill(Status.OK)
        out.complete.fill(Completeness.PROVED)
        _add(planes, spare, out.count.reshape(shape))
        for c in range(len(out.supported)):
            found = np.flatnonzero(classes.ravel() == c).tolist()
            _any_plane(planes, [*found, MIXED] if found else [], out.supported[c].reshape(shape))
            if out.certain is not None:
                _any_plane(planes, [*found, MIXED] if len(found) == MIXED else found, out.certain[c].reshape(shape))
        unclear = [np.logical_or(a, b, out=a) for a, b in zip(above, below, strict=True)]
        unclear = [np.logical_not(each, out=each) for each in unclear if not each.all()]
        if not unclear:
            return np.zeros(0, dtype=np.intp)
        _any_plane(unclear, range(len(unclear)), spare)
        return np.flatnonzero(spare)


def _signs(more: NDArray[np.float64], less: NDArray[np.float64], least: float, scratch: Scratch, name: str) -> tuple[Bits, Bits]:
    """Where the difference of two payoffs is above ``least``, and where it is below minus that."""
    wide = np.broadcast_shapes(more.shape, less.shape)
    above, below = scratch(f"above {name}", wide, np.bool_), scratch(f"below {name}", wide, np.bool_)
    # Bounds are moved on the few axes of one payoff, rather than a difference taken on all of both. That rounds the bound, by less than
    # 2**-52 of the largest payoff: far less than the share of it from which games are clear.
    if less.size < more.size:
        np.greater(more, less + least, out=above)
        np.less(more, less - least, out=below)
    elif more.size < math.prod(wide):
        np.less(less, more - least, out=above)
        np.greater(less, more + least, out=below)
    else:
        difference = np.subtract(more, less, out=scratch("difference", wide))
        np.greater(difference, least, out=above)
        np.less(difference, -least, out=below)
    return above, below


def _add(planes: Sequence[Bits], spare: Bits, out: NDArray[np.int32]) -> None:
    """Count the planes that are true."""
    first, *others, last = [plane.view(np.uint8) for plane in planes]
    total = np.add(first, others[0], out=spare.view(np.uint8))
    for each in others[1:]:
        total += each
    np.add(total, last, out=out)


def _any_plane(planes: Sequence[Bits], chosen: Sequence[int], out: Bits) -> None:
    """Write whether a game has one of these equilibria."""
    if not chosen:
        out.fill(False)
        return
    if len(chosen) == 1:
        out[...] = planes[chosen[0]]
        return
    np.logical_or(planes[chosen[0]], planes[chosen[1]], out=out)
    for k in chosen[2:]:
        np.logical_or(out, planes[k], out=out)
