"""Words for error messages, and for strategies."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["mixture", "nearest_name", "shown"]


def mixture(shares: Iterable[tuple[str, str]]) -> str:
    """Write a mixed strategy from pairs of a probability, as text, and a name.

    A name that begins like a number is set apart by a sign: ``0.25 1`` would not be read as a quarter of "1".

    Examples
    --------
    >>> mixture([("0.25", "wait"), ("0.75", "sanction")]), mixture([("0.536", "1"), ("0.464", "2")])
    ('0.25 wait + 0.75 sanction', '0.536 × 1 + 0.464 × 2')
    """
    pairs = list(shares)
    sign = " × " if any(name[:1] in "0123456789.+-−" for _, name in pairs) else " "
    return " + ".join(f"{share}{sign}{name}" for share, name in pairs)


def nearest_name(name: str, choices: Iterable[str], *, most: int = 12) -> str:
    """Say what was expected instead of an unknown name: the nearest one first, then the choices.

    Examples
    --------
    >>> nearest_name("tau_us", ["tau_E", "tau_US"])
    "did you mean 'tau_US'? Expected one of tau_E, tau_US"
    """
    known = list(choices)
    folded = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower()[:80], list(folded), n=1, cutoff=0.6)
    listed = ", ".join(known[:most]) + (f", ... ({len(known)} in all)" if len(known) > most else "")
    return (f"did you mean {folded[close[0]]!r}? " if close else "") + (f"Expected one of {listed}" if known else "There is none")


def shown(value: object, most: int = 80) -> str:
    """Write a value on one line, shortened.

    Examples
    --------
    >>> shown(["a"] * 1000, 20)
    "['a', 'a', 'a', '..."
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= most else text[: most - 3] + "..."
