"""The words of Gambit's text formats: braces, quoted names and numbers, each with its place, and numbers read exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final, NoReturn

from negotiation_sim._text import without_controls

__all__ = ["LONGEST_NAME", "GambitError", "Words", "quoted", "row_of", "to_float", "to_fraction", "writable"]

LONGEST_NAME: Final = 1000  # characters
LONGEST_NUMBER: Final = 1000  # characters
LARGEST_EXPONENT: Final = 400  # beyond the range of floats; 1e999999999 as an exact number would fill the memory

# White space, commas and comments come between words. Possessive repeats: a hostile file cannot make the search go back.
_COMMENT: Final = r"(?:#|//)[^\r\n]*+"
_BETWEEN: Final = rf"(?:[\s,\ufeff]++|{_COMMENT})*+"
_QUOTED: Final = r'"([^"\\]*+(?:\\[\s\S][^"\\]*+)*+)"'
_BARE: Final = r'(?:[^\s,{}"#/\ufeff]|/(?!/))++'
_WORD = re.compile(rf"{_BETWEEN}(?:([{{}}])|{_QUOTED}|({_BARE})|(\Z))?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?)")

# Numbers are read many at a time, a piece of the text after the other. What the first of these finds in a piece, together with `float`,
# is exactly what `_NUMBER` finds word by word; anything else is then looked at word by word.
_PIECE: Final = 1 << 16  # characters
_SPACE = re.compile(r"[\s,\ufeff]")
_LINE_END = re.compile(r"[\r\n]")
_ANY_COMMENT = re.compile(_COMMENT)
_NUMERALS = re.compile(r"[0-9+\-./eE\s]*+")
_DIGITS = re.compile(r"[0-9\s]*+")
_HIGH_EXPONENT = re.compile(r"[eE][+-]?0*+(?:40[1-9]|4[1-9][0-9]|[5-9][0-9]{2}|[1-9][0-9]{3})")
_SIGNED_FRACTION = re.compile(r"/[^0-9]|[^0-9]/")


class GambitError(ValueError):
    """A file that cannot be read: ``source:line: what, expected, got`` on one line.

    Parameters
    ----------
    source : str
        The path, or "text".
    line : int
        Counted from 1.
    message : str
    """

    def __init__(self, source: str, line: int, message: str) -> None:
        self.source = source
        self.line = line
        super().__init__(without_controls(" ".join(f"{source}:{line}: {message}".splitlines())))


class Words:
    """A cursor over the words of a text: `kind` and `text` are those of the word it stands on.

    Kinds: ``"{"``, ``"}"``, ``"name"`` (quoted; `text` without the quotes and escapes), ``"word"`` (bare, numbers among them), ``"end"``.
    """

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self.whole = text
        self.kind = ""
        self.text = ""
        self.at = 0
        self._next = 0
        self.advance()

    def advance(self) -> None:
        """Step to the next word."""
        match = _WORD.match(self.whole, self._next)
        assert match is not None  # every part of the pattern is optional
        self._next = match.end()
        brace, name, bare, end = match.groups()
        if bare is not None:
            self.kind, self.text, self.at = "word", bare, match.start(3)
        elif name is not None:
            self.kind, self.at = "name", match.start(2) - 1
            self.text = "\\".join(part.replace('\\"', '"') for part in name.split("\\\\"))
        elif brace is not None:
            self.kind, self.text, self.at = brace, brace, match.start(1)
        elif end is not None:
            self.kind, self.text, self.at = "end", "", len(self.whole)
        else:
            self.at = match.end()
            self.fail("a name", "a closing quotation mark", "the end of the file")

    def fail(self, what: str, expected: str, got: str | None = None) -> NoReturn:
        """Say what is wrong at the word that the cursor stands on."""
        ends = (self.whole.count(mark, 0, self.at) for mark in ("\n", "\r"))
        line = sum(ends) - self.whole.count("\r\n", 0, self.at) + 1
        raise GambitError(self.source, line, f"{what}: expected {expected}, got {self.shown() if got is None else got}")

    def shown(self) -> str:
        """The present word, as an error message quotes it."""
        if self.kind == "end":
            return "the end of the file"
        return repr(self.text if len(self.text) <= 40 else self.text[:40] + "...")

    def expect(self, kind: str, what: str, expected: str) -> str:
        """Step over a word of this kind and return its text."""
        if self.kind != kind:
            self.fail(what, expected)
        text = self.text
        self.advance()
        return text

    def names(self, what: str, most: int, default: Callable[[int], str]) -> tuple[str, ...]:
        """Step over names in braces; empty and repeated ones are numbered."""
        self.expect("{", what, "{ and names")
        found: list[str] = []
        while self.kind in ("name", "word"):
            if len(self.text) > LONGEST_NAME:
                self.fail(what, f"a name of at most {LONGEST_NAME} characters", f"{len(self.text)}")
            if len(found) == most:
                self.fail(what, f"at most {most}", "more")
            found.append(self.text)
            self.advance()
        if not found:
            self.fail(what, "at least one name")
        self.expect("}", what, "a name or }")
        return _distinct(found, default)

    def number(self, what: str) -> str:
        """Step over a number and return it as text that `to_float` and `to_fraction` take."""
        match = _NUMBER.fullmatch(self.text) if self.kind == "word" and len(self.text) <= LONGEST_NUMBER else None
        if match is None:
            self.fail(what, "a number such as -2, 0.52, 1e3 or 1/3")
        if match[1] and abs(int(match[1])) > LARGEST_EXPONENT:
            self.fail(what, f"an exponent of at most {LARGEST_EXPONENT}")
        if "/" in self.text and not self.text.rpartition("/")[2].strip("0"):
            self.fail(what, "a fraction whose denominator is not 0")
        if not math.isfinite(to_float(self.text)):
            self.fail(what, "a number that fits a float (below 1.8e308)")
        text = self.text
        self.advance()
        return text

    def whole_number(self, what: str, low: int, high: int) -> int:
        """Step over a whole number between two bounds."""
        digits = self.text if self.kind == "word" and self.text.isascii() and self.text.isdigit() and len(self.text) <= 18 else ""
        if not digits or not low <= int(digits) <= high:
            self.fail(what, f"a whole number from {low} to {high}")
        self.advance()
        return int(digits)

    def numbers(self, count: int, what: Callable[[int], str]) -> list[str]:
        """Step over numbers; ``what(k)`` says which number ``k`` is."""
        return self._many(count, _all_numbers, lambda k: self.number(what(k)))

    def whole_numbers(self, count: int, what: Callable[[int], str], low: int, high: int) -> list[str]:
        """Step over whole numbers between two bounds."""

        def fit(text: str, words: Sequence[str]) -> bool:
            return bool(_DIGITS.fullmatch(text)) and max(map(len, words)) <= 18 and all(low <= k <= high for k in map(int, words))

        return self._many(count, fit, lambda k: str(self.whole_number(what(k), low, high)))

    def rows(self, pattern: re.Pattern[str]) -> list[str]:
        """Step over rows such as `row_of` finds, and return their numbers; none if the next row but a few needs a closer look."""
        at = self.at
        texts: list[str] = []
        while len(texts) < 100 and (match := pattern.match(self.whole, at)):
            texts.append(match[2])
            at = match.end()
        text = _plain("\n".join(texts))
        words = text.split()
        if not words or not _all_numbers(text, words):
            return []
        self._next = at
        self.advance()
        return words

    def _many(self, count: int, fit: Callable[[str, Sequence[str]], bool], read: Callable[[int], str]) -> list[str]:
        """Step over ``count`` words: piece by piece where all words of a piece ``fit``, else one by one."""
        found: list[str] = []
        while len(found) < count:
            text, end = self._piece()
            words = text.split()
            if 0 < len(words) <= count - len(found) and fit(text, words):
                found += words
                self._next = end
                self.advance()
                continue
            found.append(read(len(found)))
            while len(found) < count and self.at < end:
                found.append(read(len(found)))
        return found

    def _piece(self) -> tuple[str, int]:
        """Some text from the cursor on that ends between words, without comments and commas; and where it ends."""
        space = _SPACE.search(self.whole, self.at + _PIECE)
        end = space.start() if space else len(self.whole)
        piece = self.whole[self.at : end]
        if "#" in piece or "//" in piece:  # the last comment may go on to the end of its line
            line_end = _LINE_END.search(self.whole, end)
            end = line_end.start() if line_end else len(self.whole)
            piece = self.whole[self.at : end]
        return _plain(piece), end


def row_of(numbers: int) -> re.Pattern[str]:
    """Return the pattern of some numbers in braces, after a name perhaps; group 2 has the numbers."""
    return re.compile(rf"{_BETWEEN}\{{{_BETWEEN}(?:{_QUOTED}{_BETWEEN})?((?:{_BARE}{_BETWEEN}){{{numbers}}})\}}")


def _plain(text: str) -> str:
    """Leave out what may stand between numbers."""
    if "#" in text or "//" in text:
        text = _ANY_COMMENT.sub(" ", text)
    return text.replace(",", " ").replace("\ufeff", " ")


def _all_numbers(text: str, words: Sequence[str]) -> bool:
    """Whether every word is a number that `Words.number` takes."""
    if not _NUMERALS.fullmatch(text) or _HIGH_EXPONENT.search(text) or max(map(len, words)) > LONGEST_NUMBER:
        return False
    fractions = "/" in text
    if fractions and _SIGNED_FRACTION.search(text):
        return False
    try:
        return all(map(math.isfinite, map(to_float if fractions else float, words)))
    except (ValueError, ZeroDivisionError):
        return False


def to_float(number: str) -> float:
    """Round a number of the format to the nearest float; infinite if it is too large for one.

    Examples
    --------
    >>> to_float("1/3"), to_float("-.5"), to_float("1e3")
    (0.3333333333333333, -0.5, 1000.0)
    """
    above, slash, below = number.partition("/")
    if not slash:
        return float(number)
    try:
        return int(above) / int(below)
    except OverflowError:
        return math.inf


def to_fraction(number: str) -> Fraction:
    """Read a number of the format exactly.

    Examples
    --------
    >>> to_fraction("0.52"), to_fraction("-2/6")
    (Fraction(13, 25), Fraction(-1, 3))
    """
    return Fraction(number)


def quoted(text: str, what: str) -> str:
    """Write a name between quotation marks so that Gambit reads it back; ValueError if it could not.

    Gambit knows one escape, the quotation mark. It loses its way in a backslash before a quotation mark, before another backslash or at
    the end, and a text that is no Unicode cannot be stored.
    """
    if re.search(r'\\(?:["\\]|$)', text) or text.endswith("\\"):
        raise ValueError(
            f"{what} cannot be written: expected no backslash at its end or before a quotation mark or another backslash, which Gambit "
            f"cannot read; got {text!r}. Rename it."
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} cannot be written: expected Unicode text; got {text!r}. Rename it.") from None
    return '"' + text.replace('"', '\\"') + '"'


def writable(text: str) -> bool:
    """Whether Gambit can read a name back."""
    try:
        quoted(text, "it")
    except ValueError:
        return False
    return True


def _distinct(names: Sequence[str], default: Callable[[int], str]) -> tuple[str, ...]:
    taken, last = set(names), dict.fromkeys(names, 1)
    out: dict[str, None] = {}
    for k, name in enumerate(names):
        if name and name not in out:
            out[name] = None
            continue
        base = name or default(k)
        new, number = base, last.get(base, 1)
        while new in taken:
            number += 1
            new = f"{base} ({number})"
        last[base] = number
        taken.add(new)
        out[new] = None
    return tuple(out)
