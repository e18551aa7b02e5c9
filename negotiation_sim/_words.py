"""Words for error messages, and for strategies."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

from negotiation_sim._text import number_text

__all__ = ["mixture", "nearest_name", "shown"]


def mixture(shares: Iterable[tuple[float, str]], digits: int = 5) -> str:
    """Write a mixed strategy from pairs of a probability and a name, the probability with ``digits`` significant digits.

    A name that begins like a number is set apart by a sign: ``0.25 1`` would not be read as a quarter of "1". A probability below 1 is
    never written as 1, which would leave nothing for the others; one that is not known is a question mark.

    Examples
    --------
    >>> mixture([(0.25, "wait"), (0.75, "sanction")]), mixture([(0.536, "1"), (0.464, "2")]), mixture([(1.0, "wait")])
    ('0.25 wait + 0.75 sanction', '0.536 × 1 + 0.464 × 2', 'wait')
    >>> mixture([(1e-7, "1"), (1 - 1e-7, "2")])
    '0.0000001 × 1 + 0.9999999 × 2'
    """
    pairs = list(shares)
    if len(pairs) == 1 and pairs[0][0] == 1:
        return pairs[0][1]
    sign = " × " if any(name[:1] in "0123456789.+-−" for _, name in pairs) else " "
    return " + ".join(f"{_share(share, digits)}{sign}{name}" for share, name in pairs)


def _share(share: float, digits: int) -> str:
    if math.isnan(share):
        return "?"
    text = number_text(float(f"{share:.{digits}g}"))
    if text != "1" or share >= 1:
        return text
    return next(more for places in range(digits, 18) if float(more := f"{share:.{places}f}") < 1)


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
