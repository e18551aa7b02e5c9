"""What all figures share on the page: axes, wrapped text, legends below, the note, and words for those who can't see them.

Sizes are relative to the reader's own font size; no global setting of matplotlib is changed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from negotiation_sim._table import number_text
from negotiation_sim.plot.glyphs import drawable
from negotiation_sim.plot.style import INK, CaseKey, CaseKeyHandler

__all__ = [
    "MOST_LINES",
    "alt_text",
    "axes_inches",
    "axes_or_new",
    "drawable",
    "finish",
    "headline",
    "number",
    "room_below",
    "text_size",
    "wrapped",
]

MOST_LINES = 4
"""Lines of a title or a label of an axis: with more, little would be left of the figure."""

_WORD = 30
"""Characters of the longest word that is never cut."""

_ALT: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


def text_size(name: str = "small") -> float:
    """Points of a relative font size under the reader's settings."""
    return float(FontProperties(size=name).get_size_in_points())


def axes_inches(ax: Axes) -> tuple[float, float]:
    """Width and height of axes on paper, before any layout."""
    box = ax.get_window_extent()
    figure = ax.get_figure(root=True)
    assert figure is not None
    return box.width / figure.dpi, box.height / figure.dpi


def headline(title: str, text: str, width: float) -> str:
    """``title: text`` for axes ``width`` inches wide, on one line if it fits."""
    fits = int(width * 72 / (0.56 * text_size("medium")))
    if title and len(title) + len(text) + 2 <= fits:
        return f"{title}: {text}"
    return "\n".join(wrapped(part, fits, MOST_LINES) for part in (title, text) if part)


def number(value: float, places: int | None = None) -> str:
    """Write a number as tables do, with a true minus sign."""
    return number_text(value, places).replace("-", "−")


def room_below(ax: Axes) -> float:
    """Inches that tick labels and the axis label take under axes."""
    rows = ax.get_xlabel().count("\n") + 1 if ax.get_xlabel() else 0
    return (7 + text_size() * 1.2 + 4 + rows * text_size("medium") * 1.25 + 6) / 72


def axes_or_new(ax: object, width: float, height: float) -> Axes:
    """Return the reader's axes, or axes on a figure of their own, laid out without overlaps.

    Raises
    ------
    ValueError
        If something else than axes is given.
    """
    if ax is None:
        return plt.figure(figsize=(width, height), layout="constrained").add_subplot()
    if isinstance(ax, Axes):
        return ax
    advice = "give one of its axes, figure.axes[0], or figure.add_subplot()" if isinstance(ax, FigureBase) else "plt.subplots() makes one"
    raise ValueError(f"ax must be a single matplotlib Axes, or None for a new figure; got {type(ax).__name__}: {advice}.")


def finish(axes: Sequence[Axes], handles: Sequence[Artist], note: str, *, own: bool, alt: str, below: float = 0.0) -> None:
    """Put the legend and the note under the axes, and store the words that describe them.

    Parameters
    ----------
    own : bool
        Whether the figure is ours: it then grows by what the legend and the note need. Otherwise both hang under the axes.
    below : float
        Height in inches already taken under foreign axes by tick and axis labels.
    """
    for ax in axes:
        _ALT[ax] = alt
    figure = axes[0].get_figure(root=True)
    assert figure is not None
    note = drawable(note)
    for handle in handles:
        handle.set_label(drawable(str(handle.get_label())))
    for parent in (figure,) if own else axes:  # the texts of a foreign figure are not ours to change
        for text in parent.findobj(Text):
            if drawable(text.get_text()) != text.get_text():
                text.set_text(drawable(text.get_text()))
    if own:
        _finish_figure(figure, handles, note)
    else:
        _finish_axes(axes[0], figure, handles, note, below)


def _legend(parent: Axes | Figure, handles: Sequence[Artist], width: float, **place: Any) -> Legend:
    """Make a legend of as many columns as fit into ``width`` inches."""
    legend = None
    for columns in range(min(len(handles), 4), 0, -1):
        if legend is not None:
            legend.remove()
        legend = parent.legend(
            handles=list(handles),
            ncols=columns,
            fontsize="small",
            frameon=False,
            handlelength=2.4,
            handleheight=1.1,
            columnspacing=1.6,
            labelspacing=0.45,
            borderaxespad=0.3,
            borderpad=0.2,
            handler_map={CaseKey: CaseKeyHandler()},
            **place,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)  # a label may hold a dollar sign
        if _size(legend)[0] <= width:
            break
    assert legend is not None
    return legend


def _size(legend: Legend) -> tuple[float, float]:
    box = legend.get_window_extent()
    figure = legend.get_figure(root=True)
    assert figure is not None
    return box.width / figure.dpi, box.height / figure.dpi


def wrapped(text: str, width: int, most: int | None = None) -> str:
    """Break a text into as few lines as ``width`` characters allow, of about the same length.

    A word stays whole, even where it is a little longer than that; one of more than 30 characters is cut.
    Of more than ``most`` lines the rest is left out, and the last line says so by its dots.

    Examples
    --------
    >>> print(wrapped("one two three four", 16))
    one two
    three four
    """
    longest = max(width, _WORD)
    if any(len(word) > longest for word in text.split()):
        text = " ".join(word[k : k + longest] for word in text.split() for k in range(0, len(word), longest))

    def cut(at: int) -> list[str]:
        return textwrap.wrap(text, at, break_long_words=False, break_on_hyphens=False)

    lines = cut(max(width, 1))
    while width > 8 and len(tighter := cut(width - 1)) <= len(lines):
        if max(map(len, tighter), default=0) > width:
            break  # a word is longer than that
        lines, width = tighter, width - 1
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: max(width, 2) - 1].rstrip() + "…"]
    return "\n".join(lines)


def _wrapped(note: str, width: float) -> str:
    return textwrap.fill(note, max(int(width / (text_size() / 72 * 0.54)), 20))


def _finish_figure(figure: Figure, handles: Sequence[Artist], note: str) -> None:
    width, height = figure.get_size_inches()
    strip = 0.0
    if note:
        lines = _wrapped(note, width - 0.2)
        strip = (lines.count("\n") + 1) * text_size() * 1.25 / 72 + 0.1
    key = 0.0
    if handles:
        legend = _legend(figure, handles, width - 0.2, loc="lower center")
        key = _size(legend)[1] + 0.04
    total = height + strip + key
    figure.set_size_inches(width, total)
    if handles:
        legend.set_bbox_to_anchor((0.0, strip / total, 1.0, key / total), transform=figure.transFigure)
        legend.set_in_layout(False)
    if note:
        text = figure.text(
            0.1 / width, 0.06 / total, lines, fontsize="small", color=INK, ha="left", va="bottom", linespacing=1.2, parse_math=False
        )
        text.set_label("_note")
        text.set_in_layout(False)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(w_pad=0.07, rect=(0.0, (strip + key) / total, 1.0, 1.0 - (strip + key) / total))


def _finish_axes(ax: Axes, figure: Figure, handles: Sequence[Artist], note: str, below: float) -> None:
    width = ax.get_window_extent().width / figure.dpi
    offset = below
    if handles:
        place = ax.transAxes + ScaledTranslation(0, -offset, figure.dpi_scale_trans)
        legend = _legend(ax, handles, width, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=place)
        offset += _size(legend)[1]
    if note and not any(t.get_label() == "_note" for t in _texts(figure)):  # once a figure is enough
        ax.annotate(
            _wrapped(note, width),
            (0, 0),
            xycoords="axes fraction",
            xytext=(0, -offset * 72 - 3),
            textcoords="offset points",
            fontsize="small",
            color=INK,
            va="top",
            annotation_clip=False,
            label="_note",
            parse_math=False,
        )


def _texts(figure: Figure) -> list[Text]:
    return cast("list[Text]", figure.findobj(Text))


def alt_text(figure: Axes | Figure) -> str:
    """Describe in words what a figure of this library shows, for those who can't see it.

    Parameters
    ----------
    figure : Axes or Figure
        What a function of `negotiation_sim.plot` returned.

    Raises
    ------
    ValueError
        If the figure was not drawn by this library.
    """
    axes = figure.get_axes() if isinstance(figure, Figure) else [figure]
    words = list(dict.fromkeys(_ALT[ax] for ax in axes if ax in _ALT))
    if not words:
        raise ValueError("alt_text needs axes or a figure drawn by negotiation_sim.plot; got others. Describe them yourself.")
    return "\n".join(words)
