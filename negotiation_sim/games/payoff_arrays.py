"""Read payoffs: as numbers, with as many players as their axes say, and not as another game than the one that was meant."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._words import shown
from negotiation_sim.games.arguments import is_list, read_names, short

__all__ = ["is_real", "number_of_players", "ragged", "real_array", "refuse_cells", "shared_labels"]


def real_array(payoffs: ArrayLike, what: str = "payoffs") -> NDArray[np.float64]:
    """Read payoffs as floats.

    Raises
    ------
    ValueError
        For ragged lists, complex numbers, text, dates, None, masked numbers; the message says where.

    Examples
    --------
    >>> real_array([[3, 0], [5]], "array 1")
    Traceback (most recent call last):
    ...
    ValueError: array 1 must be a rectangular array of real numbers; got a ragged list: 2 entries at [0], 1 at [1]
    """
    expected = f"{what} must be a rectangular array of real numbers"
    if isinstance(payoffs, np.ma.MaskedArray) and np.ma.getmaskarray(payoffs).any():
        raise ValueError(f"{expected}; got masked ones. Write NaN where a payoff is not known")
    try:
        array = np.asarray(payoffs)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{expected}; got {ragged(payoffs) or f'{type(payoffs).__name__} ({error})'}") from None
    if array.dtype.kind in "biuf":
        return array.astype(np.float64, copy=False)
    if array.dtype.kind in "cmM":
        raise ValueError(f"{expected}; got {'complex numbers' if array.dtype.kind == 'c' else f'dates or times ({array.dtype})'}")
    single = np.asarray(payoffs, dtype=np.object_)  # what stands there, before numpy made text of all of it
    for place, value in np.ndenumerate(single):
        if not is_real(value):
            where = f" at {list(place)}" if place else ""
            raise ValueError(f"{expected}; got {_named(value)}{where}{_what_to_write(value)}")
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise ValueError(f"{expected}; got a number too large for a float (1.8e308)") from None


def ragged(given: object) -> str:
    """Say where lists of lists are not rectangular; "" where they are.

    Examples
    --------
    >>> ragged([[[1, 2], [3, 4]], [[5, 6], 7]])
    'a ragged list: 2 entries at [0][0], a single number at [1][1]'
    """
    level: list[tuple[str, Any]] = [("", given)]
    while level:
        sizes = [len(item) if is_list(item) else -1 for _, item in level]
        for (place, _), size in zip(level, sizes, strict=True):
            if size != sizes[0]:
                other = "a single number" if size < 0 else f"{size}"
                first = "a single number" if sizes[0] < 0 else f"{sizes[0]} entries"
                return f"a ragged list: {first} at {level[0][0]}, {other} at {place}"
        level = [(f"{place}[{k}]", part) for place, item in level for k, part in enumerate(item)] if sizes[0] > 0 else []
    return ""


def refuse_cells(payoffs: object, known: int | None, advice: str) -> None:
    """Raise where the innermost lists are cells as textbooks print them, ``[[(3, 3), (0, 5)], [(5, 0), (1, 1)]]``.

    The sign is tuples in lists, as many numbers in each as there can be players: the axis of the players would be the last one, and
    reading it as actions makes another game of the same shape.

    Raises
    ------
    ValueError
    """
    depth, inner = 0, payoffs
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    if isinstance(inner, tuple) and 0 < len(inner) <= depth and known in (None, len(inner)) and not any(map(is_list, inner)):
        raise ValueError(
            f"payoffs must have one list a player, of that player's payoffs only; got cells (tuples) such as {shown(inner)} with a payoff "
            f"for each player, which would be read as another game. {advice}"
        )


def shared_labels(arrays: Sequence[object]) -> list[list[str]] | None:
    """Names of the two players' actions where every array is a pandas frame whose rows and columns have labels; None otherwise.

    A frame without labels, its rows and columns numbered from 0, says nothing; unless the other has these numbers in another order.

    Raises
    ------
    ValueError
        If frames have different labels, or the same ones in another order: they would be read by position, as another game.
    """
    pandas: Any = sys.modules.get("pandas")  # who has no pandas has no frame
    if pandas is None or len(arrays) != 2 or not all(isinstance(array, pandas.DataFrame) for array in arrays):
        return None
    frames: list[Any] = list(arrays)
    axes: tuple[tuple[str, Callable[[Any], Any]], ...] = (("index", lambda f: f.index), ("columns", lambda f: f.columns))
    found: list[list[str]] = []
    for axis, labels_of in axes:
        labels = [labels_of(frame) for frame in frames]
        first, second = (own.tolist() for own in labels)
        numbered = [own.equals(pandas.RangeIndex(len(own))) for own in labels]
        if all(numbered) or (any(numbered) and sorted(map(repr, first)) != sorted(map(repr, second))):
            continue
        if first != second:
            same = sorted(map(repr, first)) == sorted(map(repr, second))
            advice = (
                f"Bring them into its order: B.reindex({axis}=A.{axis})." if same else "Give both the same labels, or arrays without any."
            )
            raise ValueError(f"array 1 must have the {axis} of array 0, {shown(first)}, in the same order; got {shown(second)}. {advice}")
        found.append([str(label) for label in first])
    return found if len(found) == len(axes) else None


def number_of_players(shape: tuple[int, ...], players: Sequence[str] | None, actions: Sequence[Sequence[str]] | None) -> int:
    """Read N from ``(*batch, N, a_0, ..., a_{N-1})``, with the help of the names where several would fit.

    Raises
    ------
    ValueError
        If no number of players fits, several do, or the names are not as many.
    """
    fits = [n for n in range(1, len(shape)) if shape[len(shape) - 1 - n] == n]
    if not fits:
        raise ValueError(
            f"payoffs must end in axes (player, a_0, ..., a_N-1): one for players, then one per player's actions; got shape {shape}. "
            "Batch axes come first. From one array a player: NormalFormGame.from_arrays(A, B)."
        )
    fitting = f"payoffs of shape {shape} fit {' or '.join(map(str, fits))} player{'' if fits == [1] else 's'}"
    if players is not None:
        known = len(read_names("players", players, None, "player"))
        if known not in fits:
            raise ValueError(f"players must hold one name for each player; got {known}, {shown(list(players))}, but {fitting}.")
        return known
    if actions is not None:
        known = len(actions) if is_list(actions) else 0
        if known not in fits:
            got = f"{known}, {shown(actions)}" if known else short(actions)
            raise ValueError(f"actions must hold one list of names for each player; got {got}, but {fitting}.")
        return known
    if len(fits) > 1:
        raise ValueError(
            f"payoffs of shape {shape} fit {' and '.join(map(str, fits))} players: say which with players=[...], one name for each player."
        )
    return fits[0]


def is_real(value: object) -> bool:
    """Whether this is a number that has a place among the reals, NaN and infinity included."""
    return isinstance(value, Real | Decimal | np.bool_)


def _named(value: object) -> str:
    return f"text {shown(value)}" if isinstance(value, str | bytes) else short(value)


def _what_to_write(value: object) -> str:
    if value is None:
        return ". Write float('nan') where a payoff is not known"
    if isinstance(value, str):
        return ". Turn text into numbers first: float(text)"
    if is_list(value):
        return ". A pandas frame of pairs is for from_bimatrix_frame(frame)"
    return ""
