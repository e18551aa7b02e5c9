"""Numbers written in one way, and text made safe for HTML, Markdown, LaTeX and terminals."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from decimal import Decimal

__all__ = ["as_html", "as_latex", "as_markdown", "decimals", "latex_number", "number_text", "without_controls"]


def decimals(values: Sequence[float], digits: int = 5) -> int:
    """Return the decimal places that a column needs to show its largest number with ``digits`` significant digits.

    Zeros that every number would end in are left out.

    Examples
    --------
    >>> decimals([0.36125, 0.0596875]), decimals([0.5, 0.25]), decimals([120, 7.5]), decimals([3, 4])
    (5, 2, 1, 0)
    """
    finite = [value for value in values if math.isfinite(value) and value]
    if not finite:
        return 0
    places = min(max(digits - 1 - math.floor(math.log10(max(map(abs, finite)))), 0), 9)
    fractions = (_fixed(value, places).partition(".")[2].rstrip("0") for value in finite)
    return max(map(len, fractions))


def number_text(value: float, places: int | None = None) -> str:
    """Write a number with a given number of decimals; with as many as 5 significant digits need when None.

    A number too small for its column keeps an exponent instead of turning into zero. Halves are decided after rounding to 12
    digits, so that the order of a sum does not change a printed table.

    Examples
    --------
    >>> number_text(0.0215), number_text(0.210625, 5), number_text(3e-17, 5), number_text(0.0, 2), number_text(float("inf"))
    ('0.0215', '0.21062', '3.0e-17', '0.00', 'inf')
    """
    if not math.isfinite(value):
        return str(float(value))
    if abs(value) >= 1e9:
        return f"{value:.5g}"
    text = _fixed(value, decimals([value]) if places is None else places)
    if text.strip("-0."):
        return text
    return f"{value:.1e}" if value else text.removeprefix("-")


def _fixed(value: float, places: int) -> str:
    return f"{Decimal(f'{value:.12g}'):.{places}f}"


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
    "−": "$-$", "≤": r"$\le$", "≥": r"$\ge$", "∞": r"$\infty$", "→": r"$\rightarrow$",
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
