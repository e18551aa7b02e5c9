"""Games to and from numpy arrays, pandas frames, and the game objects of quantecon and pygambit.

nashpy has its own methods, `NormalFormGame.to_nashpy` and `NormalFormGame.from_nashpy`. quantecon and pygambit are imported only when
a function that needs them is called; nobody has to install them.
"""

from __future__ import annotations

import importlib
import io
import itertools
import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.games.arguments import is_list, short, the_game
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.gambit import read_nfg_exact, write_nfg
from negotiation_sim.games.long_columns import check_columns
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.payoff_arrays import is_real

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "from_bimatrix_frame",
    "from_long_frame",
    "from_pygambit",
    "from_quantecon",
    "to_arrays",
    "to_bimatrix_frame",
    "to_long_frame",
    "to_pygambit",
    "to_quantecon",
]

_PAYOFF = "payoff "


def to_arrays(game: NormalFormGame) -> tuple[NDArray[np.float64], ...]:
    """One payoff array a player, each of shape ``(*batch, a_0, ..., a_{N-1})``; `NormalFormGame.from_arrays` is the way back.

    Read-only views. With two players these are the two matrices, both in (row, column) order.

    Raises
    ------
    TypeError
        If it is no game in normal form.
    """
    game = the_game(game, "to_arrays")
    return tuple(np.moveaxis(game.payoffs, len(game.batch_shape), 0))


def to_bimatrix_frame(game: NormalFormGame) -> pd.DataFrame:
    """Write a single two-player game as a table of pairs of payoffs, rows by columns.

    Raises
    ------
    TypeError, ValueError
        If it is no game in normal form, a batch, or has not two players.

    Examples
    --------
    >>> game = NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]], players=["Ann", "Bob"], actions=[["dare", "yield"]] * 2)
    >>> to_bimatrix_frame(game)
    Bob          dare       yield
    Ann
    dare   (0.0, 0.0)  (7.0, 2.0)
    yield  (2.0, 7.0)  (6.0, 6.0)
    """
    import pandas as pd

    game = _single(game, "to_bimatrix_frame", 2)
    first, second = (array.tolist() for array in to_arrays(game))
    return pd.DataFrame(
        [list(zip(*rows, strict=True)) for rows in zip(first, second, strict=True)],
        index=pd.Index(game.actions[0], name=game.players[0]),
        columns=pd.Index(game.actions[1], name=game.players[1]),
    )


def from_bimatrix_frame(frame: pd.DataFrame) -> NormalFormGame:
    """Read a two-player game from a table of pairs of payoffs; the index holds the first player's actions, the columns the second's.

    The names of the index and the columns name the players.

    Raises
    ------
    TypeError
        If it is no pandas frame.
    ValueError
        If a cell is not a pair of numbers, or a label occurs twice.
    """
    frame = _frame(frame, "from_bimatrix_frame", "Cells in lists are for NormalFormGame.from_cells(cells).")
    rows = []
    for label, cells in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        for column, cell in zip(frame.columns, cells, strict=True):
            if not is_list(cell) or len(cell) != 2 or not all(map(is_real, cell)):
                raise ValueError(f"the cell at row {label!r}, column {column!r} must be a pair of payoffs; got {cell!r}")
        rows.append(cells)
    names = [f"player {i + 1}" if name is None else str(name) for i, name in enumerate((frame.index.name, frame.columns.name))]
    labels = [[str(label) for label in axis] for axis in (frame.index, frame.columns)]
    pairs = [[[cell[i] for cell in cells] for cells in rows] for i in (0, 1)]
    return NormalFormGame(pairs, names, labels)


def to_long_frame(game: NormalFormGame) -> pd.DataFrame:
    """Write a game or a batch as a table with a row for each action profile.

    Columns: ``batch_0``, ... (places in the batch), a column for each player's action (categories in the order of the game), and
    ``payoff <player>`` for each player's payoff.

    Raises
    ------
    TypeError, ValueError
        If it is no game in normal form, or two columns would have the same name.

    Examples
    --------
    >>> to_long_frame(NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]], players=["Ann", "Bob"]))
      Ann Bob  payoff Ann  payoff Bob
    0   1   1         0.0         0.0
    1   1   2         7.0         2.0
    2   2   1         2.0         7.0
    3   2   2         6.0         6.0
    """
    import pandas as pd

    game = the_game(game, "to_long_frame")
    batch = [f"batch_{k}" for k in range(len(game.batch_shape))]
    names = [*batch, *game.players, *(_PAYOFF + name for name in game.players)]
    if len(set(names)) != len(names):
        raise ValueError(f"columns of the table must have different names; got {names}. Rename the players.")
    places = np.indices((*game.batch_shape, *game.shape)).reshape((len(batch) + len(game.players), -1))
    columns: dict[str, Any] = dict(zip(batch, places, strict=False))
    for name, codes, labels in zip(game.players, places[len(batch) :], game.actions, strict=True):
        columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(labels))
    for name, payoffs in zip(game.players, to_arrays(game), strict=True):
        columns[_PAYOFF + name] = payoffs.reshape(-1)
    return pd.DataFrame(columns)


def from_long_frame(frame: pd.DataFrame) -> NormalFormGame:
    """Read a game or a batch from a table with a row for each action profile, in any order of the rows.

    A column ``X`` beside a column ``payoff X`` holds the actions of player ``X``. All further columns number the batch: ``batch_0``,
    ``batch_1``, ... whatever is in them, any others only numbers, and only beside two players or more, since else they are more likely
    the actions of a player whose payoffs are missing. Actions come in the order of their categories, or in that of their first
    appearance; places of the batch in ascending order.

    Raises
    ------
    TypeError
        If it is no pandas frame.
    ValueError
        If columns of actions and of payoffs do not match, a payoff is no number, or a profile is missing or occurs twice.
    """
    import pandas as pd

    frame = _frame(frame, "from_long_frame", "to_long_frame(game) shows what one looks like.")
    names = [c for c in frame.columns if f"{_PAYOFF}{c}" in frame.columns]
    check_columns(frame, names, _PAYOFF)
    taken = {*names, *(f"{_PAYOFF}{name}" for name in names)}
    codes: list[NDArray[np.intp]] = []
    labels: list[list[Hashable]] = []
    for name in [*(c for c in frame.columns if c not in taken), *names]:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            code, known = column.cat.codes.to_numpy(), column.cat.categories
        else:
            unfit = next((value for value in column if not isinstance(value, Hashable)), None) if column.dtype.kind == "O" else None
            if unfit is not None:
                raise ValueError(f"column {name!r} must hold names or numbers; got {short(unfit)}")
            code, known = pd.factorize(column, sort=name not in names)
        if (code < 0).any():
            raise ValueError(
                f"column {name!r} must have a value in every row; row {frame.index.tolist()[int(np.argmax(code < 0))]!r} has none"
            )
        codes.append(np.asarray(code, dtype=np.intp))
        labels.append(list(known))
    shape = tuple(map(len, labels))
    if math.prod(shape) > len(frame):  # not even room is made for them
        there = set(zip(*(code.tolist() for code in codes), strict=True))
        gap = next(place for place in itertools.product(*map(range, shape)) if place not in there)
        raise ValueError(_not_once(shape, len(frame), f", none for {[known[k] for known, k in zip(labels, gap, strict=True)]}"))
    row = np.full(shape, -1, dtype=np.intp)
    row[tuple(codes)] = np.arange(len(frame))
    if len(frame) != row.size or (row < 0).any():
        gaps = np.argwhere(row < 0)[:1]
        found = f", none for {[known[k] for known, k in zip(labels, gaps[0], strict=True)]}" if len(gaps) else ", some combination twice"
        raise ValueError(_not_once(shape, len(frame), found))
    payoffs = np.stack([_numbers(frame, f"{_PAYOFF}{name}")[row] for name in names], axis=-len(names) - 1)
    return NormalFormGame(payoffs, [str(name) for name in names], [[str(label) for label in known] for known in labels[-len(names) :]])


def _not_once(shape: tuple[int, ...], rows: int, found: str) -> str:
    """Say what is wrong with the rows of a long table."""
    return f"expected each of the {math.prod(shape)} combinations of {' x '.join(map(str, shape))} values once; got {rows} rows{found}"


def to_quantecon(game: NormalFormGame) -> Any:
    """Return a single game as a ``quantecon.game_theory.NormalFormGame``; names are lost, quantecon has none."""
    game = _single(game, "to_quantecon")
    library = _imported("quantecon.game_theory", "to_quantecon")
    count = len(game.players)
    # quantecon puts a player's own axis first, then the next player's, and so on around
    around = [array.transpose([(i + k) % count for k in range(count)]) for i, array in enumerate(to_arrays(game))]
    return library.NormalFormGame([library.Player(np.ascontiguousarray(array)) for array in around])


def from_quantecon(game: Any) -> NormalFormGame:
    """Build a game from a ``quantecon.game_theory.NormalFormGame``."""
    held: Any = getattr(game, "players", None)
    given = [getattr(player, "payoff_array", None) for player in held] if is_list(held) else []
    if not given or any(array is None for array in given):
        raise TypeError(f"from_quantecon takes a quantecon.game_theory.NormalFormGame; got {short(game)}")
    arrays = [np.asarray(array, dtype=np.float64) for array in given]
    count = len(arrays)
    return NormalFormGame.from_arrays(*(a.transpose([(j - i) % count for j in range(count)]) for i, a in enumerate(arrays)))


def to_pygambit(game: NormalFormGame | ExactGame, title: str | None = None) -> Any:
    """Return a single game as a strategic game of pygambit, 16 or 17, with its names.

    pygambit computes with exact numbers: it takes a float as the shortest decimal that reads back as that float, and the payoffs of
    an `ExactGame` as they are. The game travels as ``.nfg`` text, so names must be such as `write_nfg` can write.
    """
    _single(game.game if isinstance(game, ExactGame) else game, "to_pygambit")
    library = _imported("pygambit", "to_pygambit")
    return library.read_nfg(io.BytesIO(write_nfg(game, title=title).encode()))


def from_pygambit(game: Any) -> ExactGame:
    """Build a game from one of pygambit; a tree becomes its reduced strategic form. `ExactGame.game` has the payoffs as floats."""
    to_nfg = getattr(game, "to_nfg", None)
    if not callable(to_nfg):
        raise TypeError(f"from_pygambit takes a game of pygambit, 16 or 17; got {short(game)}")
    return read_nfg_exact(to_nfg())


def _frame(given: object, caller: str, advice: str) -> pd.DataFrame:
    import pandas as pd

    if not isinstance(given, pd.DataFrame):
        raise TypeError(f"{caller} takes a pandas DataFrame; got {short(given)}. {advice}")
    return given


def _numbers(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """The numbers of a column; NaN is one, nothing and text are none."""
    column = frame[name]
    if column.dtype == np.object_ or column.dtype.kind not in "biuf":
        for row, value in column.items():
            if not is_real(value):
                raise ValueError(f"column {name!r} must hold a number in every row; row {row!r} has {short(value)}")
    try:
        return column.to_numpy(dtype=np.float64)
    except OverflowError:
        raise ValueError(f"column {name!r} must hold numbers up to 1.8e308; got a larger one") from None


def _single(given: object, caller: str, players: int | None = None) -> NormalFormGame:
    game = the_game(given, caller)
    if game.batch_shape or (players is not None and len(game.players) != players):
        raise ValueError(
            f"{caller} takes a single game{'' if players is None else f' of {players} players'}; got {len(game.players)} players and "
            f"batch {game.batch_shape}. Pick one game of a batch with game[index]."
        )
    return game


def _imported(module: str, caller: str) -> Any:
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"{caller} needs {package}, which cannot be imported ({error}): pip install {package}") from error
