"""Tables as lines of text: sharing out the width of a terminal among columns."""

from __future__ import annotations

import math
import re
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Row", "lay_out"]

Row = str | tuple[str, ...]
"""A heading, or the texts of one row."""

_GAP = 2  # spaces between columns
_PIECES = (24, 12, 6, 3)  # longest unbroken pieces of text to try, in this order, for a table that is too wide
_LINES = (2, 3)  # lines that a cell is folded over: three where that keeps the table in one piece
_HEADINGS = (1, 2, 3, 4, 99)  # lines that headings over numbers may take, at best as few as that
_SAMPLE = 100  # rows by which the widths of columns are judged
_SPACE = re.compile(r" (?!\[)")  # where words end: what is in brackets stays with the number before it
_BREAK = re.compile(r"(?<= )(?!\[)|(?<=\n)|(?<=[A-Za-z0-9][_+/-])(?=[^\W\d_])")  # a line may end after a space and inside compound names


def lay_out(
    columns: Sequence[str], rows: Sequence[Row], numeric: Sequence[bool], width: int, rule: str, title: str = "", note: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the lines of a table, each with the name of a rich style.

    Text is folded to fit ``width``; numbers never are. Columns that still do not fit go to a second table below, under the same first
    columns. ``rule`` is the character of the line under the headings.
    """
    contents = [[columns[k], *(row[k] for row in rows if not isinstance(row, str))] for k in range(len(columns))]
    natural = [max((_length(line) for cell in cells for line in cell.split("\n")), default=0) for cells in contents]
    keys = next((k for k, n in enumerate(numeric) if n), len(numeric))
    plans = [[_least(contents, natural, numeric, widest, lines) for widest in _PIECES] for lines in _LINES]
    choices = next((plan for plan in plans if len(_panels(plan[0], keys, width)) == 1), plans[0])
    if title:
        yield from ((line, "bold") for line in [*_fold(title, width), ""])
    for number, panel in enumerate(_panels(choices[0], keys, width)):
        if number:
            yield "", ""
        least = next((c for c in choices if _wide([c[k] for k in panel]) <= width), choices[-1])
        widths = _shares(
            [contents[k] for k in panel], [natural[k] for k in panel], [least[k] for k in panel], [numeric[k] for k in panel], width
        )
        yield from _panel_lines(columns, rows, numeric, panel, widths, rule, width)
    if note:
        yield from ((line, "dim") for line in ["", *_fold(note, width)])


def _panel_lines(
    columns: Sequence[str], rows: Sequence[Row], numeric: Sequence[bool], panel: list[int], widths: list[int], rule: str, width: int
) -> Iterator[tuple[str, str]]:
    def lines(cells: list[list[str]]) -> Iterator[str]:
        for i in range(max(map(len, cells), default=0)):
            parts = [_pad(c[i] if i < len(c) else "", w, numeric[k]) for c, w, k in zip(cells, widths, panel, strict=True)]
            yield (" " * _GAP).join(parts).rstrip()

    heads = [_fold(columns[k], w) for k, w in zip(panel, widths, strict=True)]
    tall = max(map(len, heads), default=0)
    yield from ((line, "bold") for line in lines([[""] * (tall - len(head)) + head for head in heads]))
    yield rule * _wide(widths), ""
    for number, row in enumerate(rows):
        if isinstance(row, str):
            yield from ((line, "bold") for line in [*[""] * (number > 0), *_fold(row, width)])
        else:
            cells = [[row[k]] if numeric[k] else _fold(row[k], w) for k, w in zip(panel, widths, strict=True)]
            yield from ((line, "") for line in lines(cells))


def _least(contents: list[list[str]], natural: list[int], numeric: Sequence[bool], widest: int, lines: int) -> list[int]:
    """Return the least width of each column when text fills ``lines`` and pieces of it longer than ``widest`` may be broken anywhere."""
    out = []
    for cells, full, n in zip(contents, natural, numeric, strict=True):
        if n:
            out.append(max([_longest(cells[0]), *map(_length, cells[1:])]))
        else:
            out.append(min(max(*map(_longest, cells), math.ceil(full / lines), 10), full, widest))
    return out


def _wide(widths: list[int]) -> int:
    return sum(widths) + _GAP * max(len(widths) - 1, 0)


def _length(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * max(width - _length(text), 0)
    return space + text if right else text + space


def _longest(text: str) -> int:
    """Length of the longest piece that can't be folded without breaking a word."""
    return max(_length(piece.rstrip()) for piece in _BREAK.split(text))


def _fold(text: str, width: int) -> list[str]:
    """Break text into lines of at most ``width``: at spaces; inside a compound name, then anywhere, if it has no line to itself."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _SPACE.split(paragraph):
            joined = f"{line} {word}" if line else word
            if _length(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            line = ""
            for piece in _BREAK.split(word):
                if line and _length(line + piece) > width:
                    lines.append(line)
                    line = ""
                line += piece
                while _length(line) > width and len(line) > 1:
                    cut = max((n for n in range(1, len(line)) if _length(line[:n]) <= width), default=1)
                    lines.append(line[:cut])
                    line = line[cut:]
        lines.append(line)
    return lines


def _shares(contents: list[list[str]], natural: list[int], least: list[int], numeric: Sequence[bool], width: int) -> list[int]:
    """Give each column its natural width; if that is too much, fold headings over numbers and text so that the table gets few lines."""
    if _wide(full := [max(pair) for pair in zip(natural, least, strict=True)]) <= width:
        return full
    fallback = _reduced(least, least, width)
    best, fewest = None, math.inf
    for tall in _HEADINGS:
        floor = [max(low, _folded_width(cells[0], tall)) if n else low for cells, low, n in zip(contents, least, numeric, strict=True)]
        widths = _reduced([low if n else most for low, most, n in zip(floor, full, numeric, strict=True)], floor, width)
        if _wide(widths) <= width and (lines := _tall(contents, widths, numeric)) < fewest:
            best, fewest = widths, lines
    return best or fallback


def _reduced(widths: list[int], floor: list[int], width: int) -> list[int]:
    """Take from the widest columns until the table fits or nothing is left to take."""
    widths = list(widths)
    while _wide(widths) > width:
        spare = [(w, k) for k, (w, low) in enumerate(zip(widths, floor, strict=True)) if w > low]
        if not spare:
            break
        widths[max(spare)[1]] -= 1
    return widths


def _folded_width(text: str, tall: int) -> int:
    """Least width at which a text takes no more than ``tall`` lines, if its words allow."""
    longest, full = _longest(text), _length(text)
    return next((w for w in range(max(longest, 1), full) if len(_fold(text, w)) <= tall), full)


def _tall(contents: list[list[str]], widths: list[int], numeric: Sequence[bool]) -> int:
    """Lines that the headings and the first rows take."""
    some = [cells[:_SAMPLE] if not n else cells[:1] for cells, n in zip(contents, numeric, strict=True)]
    folded = [
        [len(_fold(cell, w)) if _length(cell) > w or "\n" in cell else 1 for cell in cells] for cells, w in zip(some, widths, strict=True)
    ]
    return sum(max(lines) for lines in zip_longest(*folded, fillvalue=1))


def _panels(least: list[int], keys: int, width: int) -> list[list[int]]:
    """Share out the columns over tables that fit the width; the first ``keys`` columns stand in each."""
    head = list(range(keys))
    panels: list[list[int]] = []
    current = head
    for k in range(keys, len(least)):
        if len(current) > keys and _wide([least[j] for j in (*current, k)]) > width:
            panels.append(current)
            current = head
        current = [*current, k]
    return [*panels, current]
