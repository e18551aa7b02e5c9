"""Read what users give to games: payoffs, names, positions of players; and say what to give instead."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._words import shown

if TYPE_CHECKING:
    from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["each_game", "option_names", "pick_games", "positions", "read_names", "read_stages", "real_array", "the_game"]


def the_game(given: object, taker: str) -> NormalFormGame:
    """Return the game that was given to ``taker``, or say how to make one of what was given instead.

    Raises
    ------
    TypeError
        If it is no `NormalFormGame`.

    Examples
    --------
    >>> the_game([[3, 0]], "to_arrays")
    Traceback (most recent call last):
    ...
    TypeError: to_arrays takes a NormalFormGame; got list [[3, 0]]. Make one of an array a player: NormalFormGame.from_arrays(A, B).
    """
    from negotiation_sim.games.normal_form import NormalFormGame  # that module reads its own arguments with this one

    if isinstance(given, NormalFormGame):
        return given
    raise TypeError(f"{taker} takes a NormalFormGame; got {_short(given)}. {_way_to_a_game(given)}")


def _way_to_a_game(given: object) -> str:
    """Say how to come from what was given to a game in normal form."""
    from negotiation_sim.games.normal_form import NormalFormGame
    from negotiation_sim.games.staged import StagedGame

    library, _, part = type(given).__module__.partition(".")
    if isinstance(given, StagedGame):
        return "A staged game has a simultaneous form: game, plays = staged.normal_form()."
    if library == "negotiation_sim":
        if part.startswith("scenario."):
            return f"A {type(given).__name__} makes its game: give .game()."
        held = getattr(given, "game", None)  # an exact game and the answers of solvers hold the game that they are about
        if isinstance(held, NormalFormGame):
            return "It holds the game: give .game."
        if isinstance(held, StagedGame):
            return "It holds a staged game, which has a simultaneous form: game, plays = given.game.normal_form()."
    if isinstance(given, str | bytes | os.PathLike):
        return "Read a game from a .nfg file with read_nfg(path)."
    if library in ("nashpy", "quantecon", "pygambit"):
        return {
            "nashpy": "Convert it: NormalFormGame.from_nashpy(game).",
            "quantecon": "Convert it: from_quantecon(game).",
            "pygambit": "Convert it: from_pygambit(game).game.",
        }[library]
    return "Make one of an array a player: NormalFormGame.from_arrays(A, B)."


def real_array(payoffs: ArrayLike) -> NDArray[np.float64]:
    """Read payoffs as floats.

    Raises
    ------
    ValueError
        For ragged lists, complex numbers, text, masked numbers.
    """
    if isinstance(payoffs, np.ma.MaskedArray) and np.ma.getmaskarray(payoffs).any():
        raise ValueError("payoffs must be a rectangular array of real numbers; got masked ones. Write NaN where a payoff is not known")
    try:
        array = np.asarray(payoffs)
        if array.dtype.kind == "c":
            raise TypeError("complex numbers")
        if array.dtype.kind in "US" or (array.dtype.kind == "O" and any(isinstance(x, str | bytes) for x in array.flat)):
            raise TypeError("text")
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"payoffs must be a rectangular array of real numbers; got {type(payoffs).__name__} ({error})") from None


def read_names(what: str, given: Sequence[str], count: int | None, each: str) -> tuple[str, ...]:
    """Read different names, one for ``each`` of ``count`` things (any number of them if that is not known yet).

    Raises
    ------
    ValueError
        If they are not names, not different, or not as many.
    """
    if not _is_sequence(given) or not all(isinstance(name, str) for name in given):
        raise ValueError(f"{what} must be a list of names (text), one for each {each}; got {_short(given)}")
    names = tuple(given)
    if (count is not None and len(names) != count) or len(set(names)) != len(names):
        number = "" if count is None else f"{count} "
        raise ValueError(f"{what} must hold {number}different names, one for each {each}; got {names}")
    return names


def option_names(
    what: str, given: Sequence[Sequence[str]] | None, sizes: Sequence[int], owners: Sequence[str], each: str
) -> tuple[tuple[str, ...], ...]:
    """Read one list of different names for each axis of ``sizes``; without any, they are numbered from 1."""
    if given is None:
        return tuple(tuple(str(k + 1) for k in range(n)) for n in sizes)
    if not _is_sequence(given) or len(given) != len(sizes):
        got = len(given) if _is_sequence(given) else _short(given)
        raise ValueError(f"{what} must hold {len(sizes)} lists of names, one for each {each}; got {got}")
    labels = []
    for i, (axis, n, owner) in enumerate(zip(given, sizes, owners, strict=True)):
        names = tuple(str(label) for label in axis) if _is_sequence(axis) else ()
        if len(names) != n or len(set(names)) != n:
            found = str(names) if _is_sequence(axis) else _short(axis)
            raise ValueError(f"{what}[{i}] ({owner}) must hold {n} different names, one for each of its {what}; got {found}")
        labels.append(names)
    return tuple(labels)


def positions(what: str, given: Sequence[Any], names: Sequence[str], each: str) -> tuple[int, ...]:
    """Read whole numbers that point into ``names``.

    Raises
    ------
    ValueError
        For names instead of numbers, and numbers that point nowhere.
    """
    wanted = f"{what} must be a list of whole numbers from 0 to {len(names) - 1}, one for each {each}"
    if not _is_sequence(given):
        raise ValueError(f"{wanted}; got {_short(given)}")
    out = []
    for item in given:
        try:
            out.append(operator.index(item))
        except TypeError:
            place = f": write {list(names).index(item)} for {item!r}" if isinstance(item, str) and item in names else ""
            raise ValueError(f"{wanted}; got {_short(item)}{place}") from None
    if not all(0 <= k < len(names) for k in out):
        raise ValueError(f"{wanted}; got {tuple(out)}")
    return tuple(out)


def read_stages(given: Sequence[Any], instruments: int) -> tuple[tuple[int, ...], ...]:
    """Read the instruments decided in each stage; each of them must stand exactly once.

    Raises
    ------
    ValueError
        For a flat list, names instead of numbers, an instrument that is left out or stands twice, an empty stage.
    """
    wanted = f"stages must decide each of the {instruments} instruments exactly once and hold at least one each"
    if not _is_sequence(given) or not all(_is_sequence(stage) and not isinstance(stage, str) for stage in given):
        raise ValueError(f"{wanted}; got {_short(given)}. Give a list of instruments for each stage, such as [[0], [1, 2]]")
    try:
        stages = tuple(tuple(operator.index(k) for k in stage) for stage in given)
    except TypeError:
        raise ValueError(f"{wanted}; got {_short(given)}. Instruments are given by their position: [[0], [1, 2]]") from None
    if sorted(k for stage in stages for k in stage) != list(range(instruments)) or not all(stages):
        raise ValueError(f"{wanted}; got {stages}")
    return stages


def pick_games(payoffs: NDArray[np.float64], index: Any, core: int) -> NDArray[np.float64]:
    """Index the batch axes of payoffs whose last ``core`` axes are those of one game.

    Raises
    ------
    IndexError
        If the index does not fit the batch.
    """
    key = index if isinstance(index, tuple) else (index,)
    if not any(k is Ellipsis for k in key):
        key = (*key, Ellipsis)
    try:
        picked: NDArray[np.float64] = payoffs[(*key, *(slice(None),) * core)]
    except IndexError as error:
        raise IndexError(f"index {index!r} does not fit the batch {payoffs.shape[: payoffs.ndim - core]}: {error}") from None
    return picked


class _Batch(Protocol):
    @property
    def batch_shape(self) -> tuple[int, ...]: ...
    def __getitem__(self, index: Any) -> Any: ...


_Game = TypeVar("_Game", bound=_Batch)


def each_game(game: _Game) -> Iterator[_Game]:
    """Iterate over the first batch axis, like an array.

    Raises
    ------
    TypeError
        For a single game, which is no sequence of anything.
    """
    if not game.batch_shape:
        kind = type(game).__name__
        raise TypeError(f"a single {kind} can't be iterated over; only a batch of games can. Its numbers are in game.payoffs")
    return (game[k] for k in range(game.batch_shape[0]))


def _is_sequence(given: object) -> bool:
    return given.ndim > 0 if isinstance(given, np.ndarray) else isinstance(given, Sequence)


def _short(value: object) -> str:
    return "None" if value is None else f"{type(value).__name__} {shown(value)}"
