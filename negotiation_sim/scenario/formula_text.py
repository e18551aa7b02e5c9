"""What the text of a formula may hold: characters, words, numbers and brackets, checked before Python's parser sees it."""

from __future__ import annotations

import keyword
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FormulaError", "FormulaLimits", "check_text", "short", "syntax_error"]


class FormulaError(ValueError):
    """A formula that cannot be read.

    Attributes
    ----------
    message : str
        What is wrong and what was expected.
    column : int
        Where in the formula, counted from 1.
    hint : str
        What may have been meant.
    """

    def __init__(self, message: str, column: int = 1, hint: str = "") -> None:
        guess = f"; did you mean {hint}?" if hint else ""
        super().__init__(f"{message} (at character {column} of the formula){guess}")
        self.message = message
        self.column = column
        self.hint = hint

    def __reduce__(self) -> tuple[type[FormulaError], tuple[str, int, str]]:
        return type(self), (self.message, self.column, self.hint)


@dataclass(frozen=True)
class FormulaLimits:
    """How large a formula may be: characters, nested brackets, parts, and nesting of the parts."""

    length: int = 2000
    brackets: int = 40
    nodes: int = 600
    depth: int = 60


_WORDS = frozenset({"and", "or", "not", "if", "else", "True", "False"})
_UNFINISHED = frozenset({"and", "or", "not", "if", "else", ".", "+", "-", "*", "/", "%", "//", "**", "<", ">", "<=", ">=", "==", "!="})
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\*\*|//|[<>=!]=|[-+*/%<>(),.])",
    re.ASCII,
)
_INSTEAD = {
    "=": "write == to compare",
    "^": "write ** for powers",
    "&": "write and",
    "|": "write or",
    "~": "write not",
    "!": "write not, or != to compare",
    "?": "write a if condition else b",
    "[": "formulas have no lists and no subscripts",
    "]": "formulas have no lists and no subscripts",
    "{": "formulas have no sets and no tables",
    "}": "formulas have no sets and no tables",
    '"': "formulas have no texts",
    "'": "formulas have no texts",
    ":": "formulas assign nothing",
    ";": "one formula at a time",
    "#": "write comments outside the quotes",
    "\\": "a formula may simply go on in the next line",
    "\0": "remove the NUL character",
}


def check_text(text: str, limits: FormulaLimits) -> str:
    """Check size, characters and words; return the text with line ends and tabs as blanks, so that columns stay."""
    if len(text) > limits.length:
        raise FormulaError(f"the formula is too long; expected at most {limits.length} characters, got {len(text)}: use [definitions]")
    plain = re.sub(r"[\t\r\n]", " ", text)
    opened: list[int] = []
    for kind, token, column in _tokens(plain):
        if kind == "word" and keyword.iskeyword(token) and token not in _WORDS:
            raise FormulaError(f"the word {token!r} is not part of formulas; expected names, numbers, and, or, not, if, else", column)
        if kind == "word" and token.startswith("__"):
            raise FormulaError(f"{short(token)!r} is not allowed; names may not begin with two underscores", column)
        if kind == "number" and not math.isfinite(float(token)):
            raise FormulaError(f"the number {short(token)} is too large; expected at most 1.79e308", column)
        if token == "(":
            opened.append(column)
        elif token == ")" and not opened:
            raise FormulaError("this ')' closes nothing; remove it or add a '('", column)
        elif token == ")":
            opened.pop()
        if len(opened) > limits.brackets:
            raise FormulaError(f"brackets are nested too deeply; expected at most {limits.brackets} levels: use [definitions]", column)
    if opened:
        raise FormulaError("this '(' is never closed; add a ')'", opened[-1])
    if not plain.strip():
        raise FormulaError("the formula is empty; expected a number, a name or a formula")
    return plain


def _tokens(plain: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while at < len(plain):
        if plain[at] == " ":
            at += 1
            continue
        match = _TOKEN.match(plain, at)
        if match is None:
            raise _bad_character(plain, at)
        number = match.group("number")
        # Python reads 007 as a mistake and 0.07 or 0 as numbers.
        if number is not None and re.match(r"0\d+$", number):
            raise FormulaError(f"the number {short(number)} begins with 0; write {short(number.lstrip('0') or '0')}", at + 1)
        yield str(match.lastgroup), match.group(), at + 1
        at = match.end()


def _bad_character(plain: str, at: int) -> FormulaError:
    char = plain[at]
    if char.isdigit() and char.isascii():
        bad = short(re.match(r"[\w.]+", plain[at:], re.ASCII).group())  # type: ignore[union-attr]
        return FormulaError(f"{bad!r} is not a number; expected one like 12, 0.5 or 1e-3", at + 1)
    if not char.isascii():
        return FormulaError(f"{ascii(char)[1:-1]} is not allowed; names and signs use plain ASCII letters, digits and _", at + 1)
    shown = repr(char) if char.isprintable() else f"character {ord(char)}"
    return FormulaError(f"{shown} is not part of formulas; {_INSTEAD.get(char, 'expected numbers, names and + - * / // % **')}", at + 1)


def syntax_error(plain: str, column: int, parser: str) -> FormulaError:
    """Say in our words what Python's parser found wrong in a text that `check_text` passed."""
    words = list(_tokens(plain))
    if words[-1][1] in _UNFINISHED:
        return FormulaError(f"the formula ends after {words[-1][1]!r}; expected a value after it", words[-1][2])
    column = min(max(column, 1), len(plain) + 1)
    rest = plain[column - 1 :].lstrip()
    found = "the end of the formula" if not rest else repr(short(next(_tokens(rest))[1]))
    if "else" in parser:
        return FormulaError("a choice needs both sides; expected a if condition else b", column)
    return FormulaError(f"cannot read the formula at {found}; expected one operator between every two values", column)


def short(text: str, most: int = 40) -> str:
    """Cut a user's word to a length that fits into a message."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
