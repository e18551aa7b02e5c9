"""Strategic games in Gambit's ``.nfg`` format: read tolerantly, written strictly.

A file lists players, their strategies and payoffs; **the first player's strategy varies fastest**. The payoff version lists the payoffs of
every profile, the outcome version lists outcomes and then the number of each profile's outcome (0: nobody gets anything). Numbers are
exact: ``1/3``, ``0.52``, ``1e3``.

Read all the same, though Gambit would not: comments (``#`` or ``//`` outside quotation marks, to the end of the line), commas anywhere
between words, a missing title, names without quotation marks, empty or repeated names (numbered), Latin-1 or a byte order mark.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import lock
from negotiation_sim.games.arguments import a_text, the_game
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.gambit_files import text_and_source, write_text
from negotiation_sim.games.gambit_text import LONGEST_NAME, GambitError, Words, quoted, row_of, to_float, to_fraction, writable
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["GambitError", "read_nfg", "read_nfg_exact", "write_nfg"]

MOST_PAYOFFS: Final = 10_000_000
MOST_NAMES: Final = 1_000_000  # of one player's strategies
MOST_TITLE_WORDS: Final = 100
MOST_PLAYERS: Final = 60  # numpy's arrays have at most 64 axes


def read_nfg(path_or_text: str | os.PathLike[str]) -> NormalFormGame:
    r"""Read a strategic game from a ``.nfg`` file or its text.

    Parameters
    ----------
    path_or_text : str or path-like
        A string that starts with ``NFG`` or holds a line break is the text itself, any other string a path.

    Returns
    -------
    NormalFormGame
        A single game; each payoff is the float nearest to the number in the file.

    Raises
    ------
    GambitError
        A ``ValueError`` of one line, ``file:line: what, expected, got``, if the file is broken or too large (100 MB, 10 million payoffs,
        60 players, a million names for the strategies of one).
    TypeError
        If it is neither a path nor a text.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> game = read_nfg('NFG 1 R "Chicken" { "Ann" "Bob" } { { "dare" "yield" } { "dare" "yield" } }\n 0 0  2 7  7 2  6 6')
    >>> game.payoffs[0]
    array([[0., 7.],
           [2., 6.]])
    """
    parsed = _Parsed.of(path_or_text)
    return parsed.game(parsed.array(to_float, np.float64))


def read_nfg_exact(path_or_text: str | os.PathLike[str]) -> ExactGame:
    r"""Read a strategic game with its payoffs as fractions too; the arguments and errors are those of `read_nfg`.

    Examples
    --------
    >>> third = read_nfg_exact('NFG 1 R "A third" { "Ann" } { 2 }\n 1/3 0.52')
    >>> third.exact.tolist(), third.title
    ([[Fraction(1, 3), Fraction(13, 25)]], 'A third')
    """
    parsed = _Parsed.of(path_or_text)
    game = parsed.game(parsed.array(to_float, np.float64))
    return ExactGame(game, lock(parsed.array(to_fraction, np.object_)), parsed.title, parsed.comment)


def write_nfg(
    game: NormalFormGame | ExactGame,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    comment: str | None = None,
    version: Literal["payoff", "outcome"] = "payoff",
) -> str:
    """Write a single game as Gambit's ``.nfg`` text, and to a file if a path is given.

    `read_nfg` gives back the same names and, bit for bit, the same payoffs; of an `ExactGame` the exact ones.

    Parameters
    ----------
    game : NormalFormGame or ExactGame
    path : str or path-like, optional
    title, comment : str, optional
        By default those of an `ExactGame`; as a comment else the note of the game, which `read_nfg_exact` gives back as `comment`. A note
        that Gambit could not read back is left out.
    version : {"payoff", "outcome"}, default "payoff"
        List the payoffs of every profile, or the outcomes that differ and the number of each profile's outcome.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the game is a batch, holds a payoff that is not finite, or a name that Gambit could not read back: one with a backslash at its
        end, or before a quotation mark or another backslash. Gambit has no way to write those.
    TypeError
        If it is no game.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> print(write_nfg(NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]]), title="Chicken"), end="")
    NFG 1 R "Chicken" { "player 1" "player 2" }
    <BLANKLINE>
    { { "1" "2" }
    { "1" "2" }
    }
    ""
    <BLANKLINE>
    0 0 2 7
    7 2 6 6
    """
    if version not in ("payoff", "outcome"):
        raise ValueError(f'version must be "payoff" or "outcome"; got {version!r}')
    plain = game.game if isinstance(game, ExactGame) else the_game(game, "write_nfg")
    if plain.batch_shape:
        raise ValueError(f"write_nfg takes a single game; got a batch {plain.batch_shape}. Pick one game of a batch with game[index].")
    payoffs: NDArray[Any] = plain.payoffs
    known_title, known_comment = "", plain.note
    if isinstance(game, ExactGame):
        payoffs, known_title, known_comment = game.exact, game.title, game.comment or plain.note
    title = known_title if title is None else a_text(title, "title")
    comment = (known_comment if writable(known_comment) else "") if comment is None else a_text(comment, "comment")
    if not np.isfinite(plain.payoffs).all():
        raise ValueError("write_nfg takes finite payoffs, the format has no word for others; got a payoff that is NaN or infinite")
    head = f"NFG 1 R {quoted(title, 'title')} {{ {_named(plain.players, 'players')} }}"
    lists = "\n".join(f"{{ {_named(labels, f'actions[{i}]')} }}" for i, labels in enumerate(plain.actions))
    profiles = [" ".join(map(_number, row)) for row in payoffs.T.reshape(-1, len(plain.players)).tolist()]
    first = plain.shape[0]
    if version == "outcome":
        known = {row: k + 1 for k, row in enumerate(dict.fromkeys(profiles))}
        outcomes = "\n".join(f'{{ "" {row.replace(" ", ", ")} }}' for row in known)
        profiles = [str(known[row]) for row in profiles]
    lines = "\n".join(" ".join(profiles[k : k + first]) for k in range(0, len(profiles), first))
    body = lines if version == "payoff" else f"{{\n{outcomes}\n}}\n{lines}"
    text = f"{head}\n\n{{ {lists}\n}}\n{quoted(comment, 'comment')}\n\n{body}\n"
    if path is not None:
        write_text(path, text)
    return text


@dataclass(frozen=True)
class _Parsed:
    """What a file says: names made distinct, and payoffs as text, one row an outcome."""

    title: str
    comment: str
    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    rows: list[str]
    outcome: NDArray[np.int64] | None

    @classmethod
    def of(cls, path_or_text: str | os.PathLike[str]) -> _Parsed:
        words = Words(*text_and_source(path_or_text))
        title = _header(words)
        players = words.names("players", MOST_PLAYERS, lambda k: f"player {k + 1}")
        sizes, labels = _strategies(words, players)
        comment = words.expect("name", "comment", "a comment") if words.kind == "name" else ""
        if words.kind == "name":
            words.fail("body", "payoffs or outcomes after at most one comment")
        if math.prod(sizes) > len(words.whole):  # each profile takes a character at least: do not even make room for them
            words.fail("body", f"payoffs or outcomes of {math.prod(sizes)} profiles", "a file too short to hold them")
        rows, outcome = _body(words, len(players), math.prod(sizes))
        if words.kind != "end":
            words.fail("body", f"the end of the file after the {math.prod(sizes)} profiles of a {' x '.join(map(str, sizes))} game")
        actions = tuple(given if given is not None else tuple(str(k + 1) for k in range(n)) for n, given in zip(sizes, labels, strict=True))
        return cls(title, comment, players, actions, rows, outcome)

    def array(self, convert: Callable[[str], Any], dtype: type[np.float64 | np.object_]) -> NDArray[Any]:
        """Payoffs ``(player, a_0, ..., a_{N-1})``."""
        sizes = tuple(map(len, self.actions))
        flat = np.fromiter(map(convert, self.rows), dtype=dtype, count=len(self.rows)).reshape((-1, len(sizes)))
        if self.outcome is not None:
            flat = flat[self.outcome]
        return np.ascontiguousarray(flat.reshape((*sizes[::-1], len(sizes))).T)  # the first player's strategy varies fastest

    def game(self, payoffs: NDArray[np.float64]) -> NormalFormGame:
        return NormalFormGame(payoffs, self.players, self.actions)


def _header(words: Words) -> str:
    """Step over everything before the players; the title."""
    kind = words.text.upper() if words.kind == "word" else ""
    if kind != "NFG":
        words.fail("file type", "NFG, a strategic game", words.shown() + _instead(kind))
    words.advance()
    if words.kind != "word" or words.text != "1":
        words.fail("format version", "1")
    words.advance()
    if words.kind == "word" and words.text.upper() in ("R", "D"):
        words.advance()
    if words.kind == "name":
        title = words.text
        words.advance()
        if words.kind in ("name", "word"):
            words.fail("title", "one text in quotation marks, then the players in braces", f"{words.shown()} after {title[:40]!r}")
        return title
    bare: list[str] = []
    while words.kind == "word":
        if len(bare) == MOST_TITLE_WORDS:
            words.fail("title", f"a text in quotation marks, or at most {MOST_TITLE_WORDS} words")
        bare.append(words.text)
        words.advance()
    if words.kind == "name":
        words.fail("number type", "R or D before the title", repr(" ".join(bare)[:40]))
    return " ".join(bare)


def _instead(kind: str) -> str:
    """Say what to do about a file of another kind, or with a word that is written nearly like NFG."""
    if kind == "EFG":
        return ", an extensive game. Let Gambit turn it into its strategic form: from_pygambit(pygambit.read_efg(path))"
    return "; did you mean NFG?" if difflib.get_close_matches(kind[:10], ["NFG"]) else ""


def _strategies(words: Words, players: tuple[str, ...]) -> tuple[list[int], list[tuple[str, ...] | None]]:
    """Step over the strategies: how many each player has, and their names where the file gives some."""
    words.expect("{", "strategies", "{")
    sizes: list[int] = []
    labels: list[tuple[str, ...] | None] = []
    named = words.kind == "{"
    for i, player in enumerate(players):
        what = f"strategies of player {i + 1} ({player[:40]!r})"
        if named:
            names = words.names(what, MOST_NAMES, lambda k: str(k + 1))
            labels.append(names)
            sizes.append(len(names))
        else:
            labels.append(None)
            sizes.append(words.whole_number(what, 1, MOST_PAYOFFS))
        if math.prod(sizes) * len(players) > MOST_PAYOFFS:
            words.fail(what, f"at most {MOST_PAYOFFS} payoffs in all", f"more with the {sizes[-1]} strategies of this player")
    words.expect("}", "strategies", f"}} after those of {len(players)} players")
    return sizes, labels


def _body(words: Words, players: int, profiles: int) -> tuple[list[str], NDArray[np.int64] | None]:
    """Step over payoffs or outcomes: payoffs as text, and which outcome each profile has (None: its own)."""
    if words.kind != "{":
        total = players * profiles
        return words.numbers(total, lambda k: f"payoff {k + 1} of {total}"), None
    words.advance()
    rows = ["0"] * players
    row = row_of(players)
    while words.kind == "{":
        many = words.rows(row)
        rows += many or _outcome(words, players, len(rows) // players)
    words.expect("}", "outcomes", "{ and another outcome, or }")
    indices = words.whole_numbers(profiles, lambda k: f"outcome of profile {k + 1} of {profiles}", 0, len(rows) // players - 1)
    return rows, np.fromiter(map(int, indices), dtype=np.int64, count=profiles)


def _outcome(words: Words, players: int, number: int) -> list[str]:
    """Step over one outcome word by word, to say what is wrong with it."""
    words.expect("{", f"outcome {number}", "{")
    if words.kind == "name":
        words.advance()
    row = [words.number(f"payoff {i + 1} of {players} of outcome {number}") for i in range(players)]
    words.expect("}", f"outcome {number}", f"}} after {players} payoffs")
    return row


def _named(names: Sequence[str], what: str) -> str:
    for k, name in enumerate(names):
        if not 0 < len(name) <= LONGEST_NAME:
            raise ValueError(f"{what}[{k}] cannot be written: expected 1 to {LONGEST_NAME} characters; got {len(name)}. Rename it.")
    return " ".join(quoted(name, f"{what}[{k}]") for k, name in enumerate(names))


def _number(value: object) -> str:
    """Write a float so that it reads back bit for bit, or a fraction."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
