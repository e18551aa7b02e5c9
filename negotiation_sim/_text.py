"""Numbers written in one way, and text made safe for HTML, Markdown, LaTeX and terminals."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

__all__ = ["NumberFormat", "as_html", "as_latex", "as_markdown", "decimals", "latex_number", "number_text", "without_controls"]

_DIGITS = 5
"""Significant digits of a number where nothing asks for more."""

_MOST_PLACES = 9
"""Decimal places; smaller numbers than these can show well have an exponent."""


@dataclass(frozen=True)
class NumberFormat:
    """How to write numbers that are read side by side, such as those of a column.

    Parameters
    ----------
    places : int
        Decimal places.
    digits : int
        Significant digits of the largest number: more than 5 where some are alike in the first 5.
    """

    places: int
    digits: int = _DIGITS

    @classmethod
    def of(cls, values: Sequence[float]) -> NumberFormat:
        """Return the shortest format that tells different numbers apart, with 5 significant digits of the largest at least.

        Numbers of more than 12 digits, such as sums, quotients and approximations, count as different only beyond the error that may be in
        them: 1e-6 of the largest; where that is 100,000 or more, 1e-13 of it or 1e-9 of the difference from the smallest.

        Examples
        --------
        >>> column = [1e9 + 2, 1e9 + 1, 1e9 + 2 / 3]
        >>> [NumberFormat.of(column).text(value) for value in column]
        ['1000000002.0', '1000000001.0', '1000000000.7']
        """
        made = cls(decimals(values))
        known = sorted({float(value) for value in values if math.isfinite(value)})
        alike = [pair for pair in _different(known) if made.text(pair[0]) == made.text(pair[1])]
        if not alike:
            return made
        most = max(abs(known[0]), abs(known[-1]))
        for digits in range(_DIGITS + 1, 21):
            made = cls(max(made.places, _places(most, digits, _MOST_PLACES if most < 10.0**-_MOST_PLACES else 20)), digits)
            alike = [pair for pair in alike if made.text(pair[0]) == made.text(pair[1])]
            if not alike:
                break
        fractions = (text.partition(".")[2].rstrip("0") for text in map(made.text, known) if "e" not in text)
        return cls(max(map(len, fractions), default=0), made.digits)

    def text(self, value: float) -> str:
        """Write a number; one too small for its column keeps an exponent instead of turning into zero."""
        if not math.isfinite(value):
            return str(float(value))
        if abs(value) >= max(1e9, 10.0**self.digits):
            return f"{value:.{min(self.digits, 17)}g}"
        text = _fixed(value, self.places, self.digits)
        if text.strip("-0.") and not (self.places >= _MOST_PLACES and abs(value) < 10.0 ** (1 - _MOST_PLACES)):
            return text
        return f"{value:.{self.digits - _DIGITS + 1}e}" if value else text.removeprefix("-")


def decimals(values: Sequence[float], digits: int = _DIGITS) -> int:
    """Return the decimal places that a column needs to show its largest number with ``digits`` significant digits.

    Zeros that every number would end in are left out. With the usual digits, a number that has no more than two decimals keeps them.

    Examples
    --------
    >>> decimals([0.36125, 0.0596875]), decimals([0.5, 0.25]), decimals([120, 7.5]), decimals([3, 4]), decimals([3000.75, 4001])
    (5, 2, 1, 0, 2)
    """
    finite = [value for value in values if math.isfinite(value) and value]
    if not finite:
        return 0
    places = _places(max(map(abs, finite)), digits, _MOST_PLACES)
    needed = max(len(_fixed(value, places).partition(".")[2].rstrip("0")) for value in finite)
    return max(needed, *map(_few_decimals, finite)) if digits >= _DIGITS and needed < 2 else needed


def number_text(value: float, places: int | None = None) -> str:
    """Write a number with a given number of decimals; with as many as 5 significant digits need when None.

    Halves are decided after rounding to 12 digits, so that the order of a sum does not change a printed table. Numbers that are read side
    by side need a `NumberFormat`, which tells them apart.

    Examples
    --------
    >>> number_text(0.0215), number_text(0.210625, 5), number_text(3e-17, 5), number_text(0.0, 2), number_text(float("inf"))
    ('0.0215', '0.21062', '3.0e-17', '0.00', 'inf')
    """
    return NumberFormat(decimals([value]) if places is None else places).text(value)


def _places(most: float, digits: int, limit: int) -> int:
    """Decimal places that show ``digits`` significant digits of a number."""
    return min(max(digits - 1 - math.floor(math.log10(most)), 0), limit)


def _fixed(value: float, places: int, digits: int = _DIGITS) -> str:
    return f"{Decimal(f'{value:.{min(max(digits, 12), 17)}g}'):.{places}f}"


def _few_decimals(value: float) -> int:
    """Decimals of a number that has one or two of them; 0 for others."""
    text = f"{value:.15g}"
    found = len(text.partition(".")[2])
    return found if found <= 2 and "e" not in text else 0


def _different(known: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Neighbours among ascending numbers that differ by more than what may be error."""
    if not known:
        return
    most = max(abs(known[0]), abs(known[-1]))
    # Numbers of 100,000 and more owe their size to a common part, if they are alike; smaller ones that are so alike are approximations.
    error = max(1e-13 * most, 1e-9 * known[-1] - 1e-9 * known[0]) if most >= 10.0**_DIGITS else 1e-6 * most
    for low, high in pairwise(known):
        if high - low > error or (_is_exact(low) and _is_exact(high)):
            yield low, high


def _is_exact(value: float) -> bool:
    """Whether a number is one that people write down, or a whole one: no rounding shows in it."""
    return value == float(f"{value:.12g}") or (value.is_integer() and abs(value) < 2**53)


def as_html(text: str) -> str:
    """Escape text for HTML, with its line ends."""
    return html.escape(text).replace("\n", "<br>")


def without_controls(text: str) -> str:
    """Replace control characters: a label from a file must not steer a terminal."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", " ", text)


def as_markdown(text: str) -> str:
    """Escape text for Markdown, on one line."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$])", r"\\\1", text.replace("&", "&amp;"))
    return " ".join(escaped.split())


_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}", '"': "''", "[": "{[}", "]": "{]}", "*": "{*}",
    "−": "$-$", "≤": r"$\le$", "≥": r"$\ge$", "∞": r"$\infty$", "×": r"$\times$", "→": r"$\rightarrow$",
} | {c: "\\" + c for c in "&%$#_{}"}  # fmt: skip


def as_latex(text: str) -> str:
    """Escape text. Brackets and stars are guarded since they may follow a line end, hyphens since two in a row would join."""
    return "".join(_LATEX.get(c, c) for c in " ".join(text.split())).replace("--", "-{}-{}")


def latex_number(text: str) -> str:
    """Write a formatted number; trailing spaces become the room of the decimals that it lacks."""
    bare = text.rstrip(" ")
    missing = len(text) - len(bare)
    shown = re.sub(r"(?<![e\d])-", "$-$", bare).replace("inf", r"$\infty$")
    shown = re.sub(r"e([+-])0*(\d+)", lambda m: rf"$\times10^{{{m[1].strip('+')}{m[2]}}}$", shown)
    return shown + (rf"\phantom{{.{'0' * (missing - 1)}}}" if missing else "")
