"""What all figures share to look at: colours, textures, stripes, and how a set of outcomes is named and keyed.

Nothing here reads or changes a global setting of matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.legend_handler import HandlerBase
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from negotiation_sim.plot.cells import NONE, REST, UNSOLVED, Case

if TYPE_CHECKING:
    from matplotlib.legend import Legend
    from matplotlib.transforms import Transform

__all__ = ["INK", "PALETTE", "CaseKey", "CaseKeyHandler", "case_label", "case_mark", "colour", "letter", "paint", "stripes"]

PALETTE = ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd")
"""Petroff's six colours: told apart with any colour vision. Outcome ``i`` has colour ``i % 6`` in every figure."""

INK = "#222222"
_TEXTURES = ("", "...", "--", "||", "++", "oo")  # diagonals are kept for "several outcomes"
_STRIPE = 6.0  # points, width of one outcome's stripe
_GAP = 0.9  # points, white line between stripes, so that they show in grey


def colour(index: int) -> str:
    """Colour of an outcome or a player by its place in the order."""
    return PALETTE[index % len(PALETTE)]


def letter(index: int) -> str:
    """A, B, ..., Z, AA, AB, ...

    Examples
    --------
    >>> [letter(i) for i in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def case_mark(case: Case) -> str:
    """What is written on the map: ``A``, ``A or B``, ``A, B or C``."""
    names = [letter(o) for o in case]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def case_label(case: Case, labels: Sequence[str]) -> str:
    """One line for the legend."""
    if len(case) == 1:
        return f"{letter(case[0])}: {labels[case[0]]}"
    return f"{case_mark(case)}: {'both' if len(case) == 2 else 'all'} supported"


def paint(case: Case) -> dict[str, Any]:
    """Patch properties of the ground of a case; stripes come on top where several outcomes are supported."""
    if case == UNSOLVED:
        return {"facecolor": "#d4d4d4", "edgecolor": "#8c8c8c", "hatch": "xxxx", "linewidth": 0.0}
    if case == NONE:
        return {"facecolor": "white", "linewidth": 0.0}
    if case == REST:
        return {"facecolor": "#ececec", "edgecolor": "#5a5a5a", "hatch": "...", "linewidth": 0.0}
    return _outcome(case[0])


def _outcome(index: int) -> dict[str, Any]:
    texture = _TEXTURES[index // len(PALETTE) % len(_TEXTURES)]
    return {"facecolor": colour(index), "linewidth": 0.0} | ({"hatch": texture, "edgecolor": "white"} if texture else {})


def stripes(case: Case, box: Bbox, transform: Transform, clip: Patch, points: float = 1.0, width: float = _STRIPE) -> list[PathPatch]:
    """Diagonal stripes for the second and later outcomes of a case, with white lines between all.

    Parameters
    ----------
    box : Bbox
        What to cover, in the coordinates of ``transform``.
    clip : Patch
        The stripes show inside this patch only.
    points : float
        Length of one point in the coordinates of ``transform``.
    """
    made = []
    slant = math.sqrt(2.0) * points  # a band at 45 degrees, measured along the x axis
    step, gap = width * slant, _GAP * slant
    period = step * len(case)
    begin = math.floor((box.x0 - box.height) / period) * period  # a fixed lattice: stripes of neighbouring parts line up
    count = math.ceil((box.x1 - begin) / period) + 1

    def bands(offset: float, breadth: float) -> Path:
        vertices, codes = [], []
        for k in range(count):
            x = begin + k * period + offset
            shift = box.height
            vertices += [(x, box.y0), (x + breadth, box.y0), (x + breadth + shift, box.y1), (x + shift, box.y1), (x, box.y0)]
            codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        return Path(vertices, codes)

    for j, outcome in enumerate(case[1:], start=1):
        made.append(PathPatch(bands(j * step, step), transform=transform, **_outcome(outcome)))
    for j in range(len(case)):
        made.append(PathPatch(bands(j * step - gap / 2, gap), transform=transform, facecolor="white", linewidth=0.0))  # noqa: PERF401
    for patch in made:
        patch.set_clip_path(clip)
    return made


class CaseKey(Patch):
    """Legend handle of a case: the same ground, stripes and texture as on the map."""

    def __init__(self, case: Case, label: str) -> None:
        super().__init__(label=label, **(paint(case) | {"linewidth": 0.0}))
        self.case = case


class CaseKeyHandler(HandlerBase):
    """Draws a `CaseKey` in a legend."""

    def create_artists(
        self,
        legend: Legend,
        orig_handle: Artist,
        xdescent: float,
        ydescent: float,
        width: float,
        height: float,
        fontsize: float,
        trans: Transform,
    ) -> Sequence[Artist]:
        assert isinstance(orig_handle, CaseKey)
        corner = (-xdescent, -ydescent)
        ground = Rectangle(corner, width, height, transform=trans, **paint(orig_handle.case))
        frame = Rectangle(corner, width, height, transform=trans, fill=False, edgecolor=INK, linewidth=0.7)
        made: list[Artist] = [ground]
        if len(orig_handle.case) > 1:
            box = Bbox.from_bounds(*corner, width, height)
            clip = Rectangle(corner, width, height, transform=trans)
            made += stripes(orig_handle.case, box, trans, clip, width=max(width / (2 * len(orig_handle.case)) / math.sqrt(2), 2.5))
        return [*made, frame]
