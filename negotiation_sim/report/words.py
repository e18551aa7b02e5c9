"""Words and numbers inside sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from negotiation_sim._table import number_text

__all__ = ["among_words", "capital", "either", "listed", "number", "percent", "quoted"]


def number(value: float) -> str:
    """Write a number with at most 5 significant digits."""
    return number_text(float(f"{value:.5g}"))


def percent(share: float) -> str:
    """Write a share as a percentage, never rounding a few points to none or all.

    Examples
    --------
    >>> percent(0.5), percent(0.0004), percent(1.0)
    ('50%', 'under 1%', '100%')
    """
    return f"{100 * share:.0f}%" if 0.01 <= share <= 0.99 or share in (0.0, 1.0) else "under 1%" if share < 0.01 else "over 99%"


def among_words(among: str) -> str:
    """Say among what a solver searched: a solver that sees pure strategies only must say so.

    Examples
    --------
    >>> among_words("pure strategies"), among_words("")
    (' in pure strategies', '')
    """
    return f" in {among}" if among else ""


def quoted(text: str) -> str:
    """Set a label of the scenario apart from the words around it."""
    return f"“{text}”"


def either(labels: Iterable[str]) -> str:
    """Join labels that are possible side by side."""
    return " or ".join(quoted(label) for label in labels)


def listed(parts: Sequence[str]) -> str:
    """Join parts with commas and a last "and"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]
