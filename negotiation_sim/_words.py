"""Words for error messages, and for strategies."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

from negotiation_sim._text import number_text

__all__ = ["mixture", "nearest_name", "shown"]


def mixture(shares: Iterable[tuple[float, str]], digits: int = 5) -> str:
    """Write a mixed strategy from pairs of a probability and a name, the probability with ``digits`` significant digits.

    Names stand in brackets if one begins like a number: ``0.25 1`` would not be read as a quarter of "1". A probability below 1 is never
    written as 1, which would leave nothing for the others. Where probabilities are not known (NaN) the names stand in braces: the support.

    Examples
    --------
    >>> mixture([(0.25, "wait"), (0.75, "sanction")]), mixture([(0.536, "1"), (0.464, "2")]), mixture([(1.0, "wait")])
    ('0.25 wait + 0.75 sanction', '0.536 [1] + 0.464 [2]', 'wait')
    >>> mixture([(1e-7, "1"), (1 - 1e-7, "2")])
    '0.0000001 [1] + 0.9999999 [2]'
    >>> mixture([(math.nan, "1"), (math.nan, "2")])
    '{1, 2}'
    """
    pairs = list(shares)
    if len(pairs) == 1 and not pairs[0][0] < 1:
        return pairs[0][1]
    if any(math.isnan(share) for share, _ in pairs):
        return "{" + ", ".join(name for _, name in pairs) + "}"
    apart = any(name[:1] in "0123456789.+-−" for _, name in pairs)
    return " + ".join(f"{_share(share, digits)} {f'[{name}]' if apart else name}" for share, name in pairs)


def _share(share: float, digits: int) -> str:
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
