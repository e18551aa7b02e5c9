"""Mixed strategies in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from negotiation_sim._text import number_text

__all__ = ["mixture_text"]


def mixture_text(weights: Iterable[float], labels: Sequence[str]) -> str:
    """Write a mixture; a pure one by its label alone, the support in braces where probabilities are not known (NaN).

    Labels that are numbers themselves stand in brackets, which keeps them apart from the probabilities.

    Examples
    --------
    >>> mixture_text([0.5, 0, 0.5], ["Top", "Middle", "Bottom"]), mixture_text([0, 1], ["Top", "Bottom"])
    ('0.5 Top + 0.5 Bottom', 'Bottom')
    >>> mixture_text([1 / 3, 2 / 3], ["1", "2"]), mixture_text([float("nan"), float("nan")], ["1", "2"])
    ('0.33333 [1] + 0.66667 [2]', '{1, 2}')
    """
    used = [(float(p), label) for p, label in zip(weights, labels, strict=True) if not p <= 0]
    if len(used) == 1 and not used[0][0] < 1:
        return used[0][1]
    if any(p != p for p, _ in used):
        return "{" + ", ".join(label for _, label in used) + "}"
    apart = any(_is_number(label) for _, label in used)
    return " + ".join(f"{number_text(p)} {f'[{label}]' if apart else label}" for p, label in used)


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
