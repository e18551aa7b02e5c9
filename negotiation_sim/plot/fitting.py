"""Names in a given room: broken over lines, and set smaller, until they fit; cut only when nothing else helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from negotiation_sim.plot.glyphs import drawable

__all__ = ["fitted", "text_inches"]

_WHOLE, _BROKEN = (1.0, 0.9), (0.9, 0.8, 0.7)
"""Shares of the wanted size, down to what can still be read: first with whole words, then with words broken where they are too long."""


_LONGEST = 300
"""Characters of a name that are looked at: more have no room anywhere."""


@lru_cache(maxsize=1 << 12)
def text_inches(text: str, points: float) -> float:
    """Width of the widest line of a text on paper."""
    font = FontProperties(size=points)
    lines = (line for line in drawable(text).split("\n") if line)
    return max((float(text_to_path.get_text_width_height_descent(line, font, False)[0]) / 72 for line in lines), default=0.0)


def fitted(names: Sequence[str], inches: float, most: int, points: float) -> tuple[list[str], float]:
    """Break names so that each fits into ``inches`` and ``most`` lines, all of them in one size.

    Parameters
    ----------
    names : sequence of str
    inches : float
        Width on paper.
    most : int
        Lines of the longest name.
    points : float
        Size of the text; down to 0.7 of it is tried.

    Returns
    -------
    lines, points : list of str, float
        Names with line breaks, and their size. A word that is much too long is broken with a hyphen; a name that has more lines than there
        may be, even in the smallest size, ends in dots.

    Examples
    --------
    >>> lines, points = fitted(["Accept the ceasefire at once"], 1.2, 3, 8.0)
    >>> print(lines[0], points)
    Accept the
    ceasefire at once 8.0
    """
    names = [name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in names]
    for share in _WHOLE:
        whole = [_lines(name, inches, share * points) for name in names]
        if all(lines is not None and len(lines) <= most for lines in whole):
            return ["\n".join(lines or []) for lines in whole], share * points
    for share in _BROKEN:
        broken = [_lines(_hyphenated(name, inches, share * points), inches, share * points) or [""] for name in names]
        if all(len(lines) <= most for lines in broken):
            break
    return ["\n".join(_cut(lines, most)) for lines in broken], share * points


def _lines(text: str, inches: float, points: float) -> list[str] | None:
    """As few lines as the width allows, of about the same length; None if a word is too long."""
    lines = _filled(text, inches, points)
    if lines is None:
        return None
    tighter: list[str] | None = lines
    while tighter is not None and len(tighter) == len(lines) > 1:
        lines, inches = tighter, 0.97 * inches
        tighter = _filled(text, inches, points)
    return lines


def _filled(text: str, inches: float, points: float) -> list[str] | None:
    lines: list[str] = []
    for word in text.split():
        if text_inches(word, points) > inches:
            return None
        if lines and text_inches(f"{lines[-1]} {word}", points) <= inches:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _hyphenated(text: str, inches: float, points: float) -> str:
    return " ".join(piece for word in text.split() for piece in _pieces(word, inches, points))


def _pieces(word: str, inches: float, points: float) -> Iterator[str]:
    """Parts of a word that fit, each but the last with a hyphen."""
    while len(word) > 1 and text_inches(word, points) > inches:
        end = _longest_start(word, inches, points)
        yield word[:end].removesuffix("-") + "-"
        word = word[end:]
    yield word


def _longest_start(word: str, inches: float, points: float) -> int:
    """How many of its characters fit with a hyphen behind them; one at least."""
    low, high = 1, len(word) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if text_inches(f"{word[:middle]}-", points) <= inches:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1].rstrip('- ')}…"]
