"""Read what users give to games: games, names, positions of players, indices; and say what to give instead."""

from __future__ import annotations

import operator
import os
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._words import shown

if TYPE_CHECKING:
    from negotiation_sim.games.normal_form import NormalFormGame

__all__ = [
    "a_text",
    "each_game",
    "is_list",
    "option_names",
    "pick_games",
    "positions",
    "read_names",
    "read_stages",
    "short",
    "the_game",
]


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
    raise TypeError(f"{taker} takes a NormalFormGame; got {short(given)}. {_way_to_a_game(given)}")


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


def read_names(what: str, given: Sequence[str], count: int | None, each: str) -> tuple[str, ...]:
    """Read different names, one for ``each`` of ``count`` things (any number of them if that is not known yet).

    Raises
    ------
    ValueError
        If they are not names, not different, or not as many.
    """
    expected = f"{what} must be a list of names (text), one for each {each}"
    if isinstance(given, str):
        raise ValueError(f"{expected}; got text {shown(given)}. Write [{shown(given)}] for a single one")
    if not is_list(given):
        raise ValueError(f"{expected}; got {short(given)}")
    items: list[Any] = list(given)
    for k, name in enumerate(items):
        if not isinstance(name, str) or not name:
            raise ValueError(f"{expected}; got {short(name) if name != '' else 'an empty one'} at {what}[{k}]")
    names = tuple(map(str, items))
    if (count is not None and len(names) != count) or len(set(names)) != len(names):
        number = "" if count is None else f"{count} "
        raise ValueError(f"{what} must hold {number}different names, one for each {each}; got {names}")
    return names


def option_names(
    what: str, given: Sequence[Sequence[str]] | None, sizes: Sequence[int], owners: Sequence[str], each: str
) -> tuple[tuple[str, ...], ...]:
    """Read one list of different names for each axis of ``sizes``; without any, they are numbered from 1.

    A word with one letter for each is a list, too: "LMR".
    """
    if given is None:
        return tuple(tuple(str(k + 1) for k in range(n)) for n in sizes)
    if not is_list(given) or len(given) != len(sizes):
        got = len(given) if is_list(given) else short(given)
        raise ValueError(f"{what} must hold {len(sizes)} lists of names, one for each {each}; got {got}")
    labels = []
    for i, (axis, n, owner) in enumerate(zip(given, sizes, owners, strict=True)):
        listed = is_list(axis) or (isinstance(axis, str) and len(axis) == n)  # "CD" is short for ["C", "D"]
        names = tuple(_option_name(label, f"{what}[{i}][{k}] ({owner})") for k, label in enumerate(axis)) if listed else ()
        if len(names) != n or len(set(names)) != n:
            found = str(names) if listed else short(axis)
            raise ValueError(f"{what}[{i}] ({owner}) must hold {n} different names, one for each of its {what}; got {found}")
        labels.append(names)
    return tuple(labels)


def _option_name(label: object, place: str) -> str:
    """Read a name that need not be text: a number, say."""
    if isinstance(label, str) and label:
        return str(label)
    name = "" if label is None or isinstance(label, Collection) else str(label)
    if not name or label != label:
        raise ValueError(f"{place} must be a name, text or a number; got {'an empty one' if label == '' else short(label)}")
    return name


def a_text(given: object, what: str) -> str:
    """Read a text.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(given, str):
        raise ValueError(f"{what} must be text; got {short(given)}")
    return given


def positions(what: str, given: Sequence[Any], names: Sequence[str], each: str) -> tuple[int, ...]:
    """Read whole numbers that point into ``names``.

    Raises
    ------
    ValueError
        For names instead of numbers, and numbers that point nowhere.
    """
    wanted = f"{what} must be a list of whole numbers from 0 to {len(names) - 1}, one for each {each}"
    if not is_list(given):
        raise ValueError(f"{wanted}; got {short(given)}")
    out = []
    for item in given:
        try:
            out.append(operator.index(item))
        except TypeError:
            place = f": write {list(names).index(item)} for {item!r}" if isinstance(item, str) and item in names else ""
            raise ValueError(f"{wanted}; got {short(item)}{place}") from None
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
    if not is_list(given) or not all(is_list(stage) for stage in given):
        raise ValueError(f"{wanted}; got {short(given)}. Give a list of instruments for each stage, such as [[0], [1, 2]]")
    try:
        stages = tuple(tuple(operator.index(k) for k in stage) for stage in given)
    except TypeError:
        raise ValueError(f"{wanted}; got {short(given)}. Instruments are given by their position: [[0], [1, 2]]") from None
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
    except (IndexError, TypeError, ValueError):
        batch = payoffs.shape[: payoffs.ndim - core]
        places = ", ".join(f"from 0 to {n - 1}" if n else "none, it is empty" for n in batch)
        fits = (
            f"expected whole numbers, one an axis ({places}), slices or arrays" if batch else "this is a single game, with nothing to pick"
        )
        raise IndexError(f"index {shown(index)} does not fit the batch {batch}: {fits}") from None
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


def is_list(given: object) -> bool:
    """Whether this is a list, a tuple, an array, a pandas index or the like; text is not taken for the list of its letters."""
    if isinstance(given, tuple | list):
        return True
    if isinstance(given, np.ndarray):
        return given.ndim > 0
    if isinstance(given, Sequence):
        return not isinstance(given, str | bytes)
    return isinstance(given, Collection) and not isinstance(given, Mapping | Set) and np.ndim(given) == 1  # type: ignore[arg-type]


def short(value: object) -> str:
    """Write what was given on one line, with its type unless it says that itself."""
    kind, text = type(value).__name__, shown(value)
    return text if value is None or text.startswith(kind) else f"{kind} {text}"
