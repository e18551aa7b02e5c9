"""Where in a TOML text each key stands, and whether the text is safe to hand to the parser.

Python's parser keeps no positions, calls itself for every bracket, and takes quadratic time on some texts. This scanner walks the text
once, without recursion, before the parser does. It judges only sizes: what is not TOML it skips, and the parser then says why.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Place", "TomlMap", "TomlRefused", "scan"]

_MOST_NESTED = 32
_MOST_ENTRIES = 20_000
_LONGEST_KEY = 200
_MOST_KEY_PARTS = 8
_LONGEST_SCALAR = 100

_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"([^"\\\n]*(?:\\.[^"\\\n]*)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_LONG_BASIC = re.compile(r'"""[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}", re.DOTALL)
_SCALAR = re.compile(r"[^\s,\[\]{}#\"'=]+")
_TO_LINE_END = re.compile(r"[^\n]*")
Path = tuple[str, ...]


class TomlRefused(ValueError):
    """A text too large or too nested to parse."""

    def __init__(self, what: str, expected: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.offset = offset


@dataclass(frozen=True)
class Place:
    """Offset of a key, and of the first character of its text where that stands on one line without escapes."""

    key: int
    text: int | None = None


@dataclass
class TomlMap:
    """Places of the keys of one text; the place in a list counts as a key ``"0"``, ``"1"``, ..."""

    text: str
    places: dict[Path, Place] = field(default_factory=dict)
    twice: list[tuple[Path, int, int]] = field(default_factory=list)
    unclosed: int | None = None
    _ends: list[int] = field(default_factory=list)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from 1."""
        if not self._ends:
            self._ends.extend(match.start() for match in re.finditer("\n", self.text))
        line = bisect.bisect_left(self._ends, offset)
        return line + 1, offset - (self._ends[line - 1] if line else -1)

    def line(self, where: Sequence[str]) -> int:
        """Line of a key path, or of the longest part of it that is there; 1 if none is."""
        for count in range(len(where), 0, -1):
            place = self.places.get(tuple(where[:count]))
            if place is not None:
                return self.position(place.key)[0]
        return 1

    def text_position(self, where: Sequence[str], column: int) -> tuple[int, int] | None:
        """Line and column of a character (from 1) of the text that stands at a key path; None if it cannot be counted."""
        place = self.places.get(tuple(where))
        return None if place is None or place.text is None else self.position(place.text + column - 1)


def scan(text: str) -> TomlMap:
    """Find the keys of a TOML text.

    Raises
    ------
    TomlRefused
        If brackets are nested too deeply, keys are too long, or there are too many entries.
    """
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.map = TomlMap(text)
        self.tables: dict[Path, int] = {}  # elements of each array of tables so far

    def run(self) -> TomlMap:
        table: Path = ()
        at = self._skip(_SPACE, 0)
        while at < len(self.text):
            start = at
            if self.text[at] == "[":
                double = self.text.startswith("[[", at)
                path, at = self._key(self._skip(_BLANK, at + 1 + double))
                if path:
                    table = self._header(path, double, start)
            else:
                path, at = self._key(at)
                at = self._skip(_BLANK, at)
                if path and self.text.startswith("=", at):
                    self._note((*table, *path), start, len(table))
                    at = self._value(self._skip(_BLANK, at + 1), (*table, *path))
            at = self._skip(_SPACE, self._skip(_TO_LINE_END, at))
        return self.map

    def _skip(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self.text, at)
        return match.end() if match else at

    def _header(self, path: Path, double: bool, start: int) -> Path:
        """Enter a table; keys that name an array of tables mean its last element."""
        full: Path = ()
        for part in path[:-1]:
            full = (*full, part)
            if full in self.tables:
                full = (*full, str(self.tables[full] - 1))
        full = (*full, path[-1])
        if double:
            count = self.tables.get(full, 0)
            self.tables[full] = count + 1
            self.map.places.setdefault(full, Place(start))
            full = (*full, str(count))
        self._note(full, start, 0)
        return full

    def _note(self, path: Path, start: int, known: int, text: int | None = None) -> None:
        places = self.map.places
        if len(places) > _MOST_ENTRIES:
            raise TomlRefused("too many entries", f"at most {_MOST_ENTRIES}", start)
        for count in range(known + 1, len(path)):
            places.setdefault(path[:count], Place(start))
        if path in places:
            self.map.twice.append((path, places[path].key, start))
        else:
            places[path] = Place(start, text)

    def _key(self, at: int) -> tuple[Path, int]:
        """Read a dotted key; an empty path if there is none."""
        parts: list[str] = []
        while True:
            start = at
            match = _BARE_KEY.match(self.text, at) or _BASIC.match(self.text, at) or _LITERAL.match(self.text, at)
            if match is None:
                return (), at
            at = match.end()
            if at - start > _LONGEST_KEY:
                raise TomlRefused("this key is too long", f"at most {_LONGEST_KEY} characters", start)
            parts.append(match.group(1) if match.re is not _BARE_KEY else match.group())
            if match.re is _BASIC and "\\" in parts[-1]:
                parts[-1] = _unescaped(parts[-1])
            if len(parts) > _MOST_KEY_PARTS:
                raise TomlRefused("this key has too many dots", f"at most {_MOST_KEY_PARTS} parts", start)
            dot = self._skip(_BLANK, at)
            if not self.text.startswith(".", dot):
                return tuple(parts), at
            at = self._skip(_BLANK, dot + 1)

    def _value(self, at: int, path: Path) -> int:
        """Walk one value with all that is nested in it; return where it ends."""
        open_: list[tuple[str, Path, int]] = []  # closing bracket, path, next place in a list
        opened_at: list[int] = []
        while True:
            at, opened = self._simple(at, path)
            if opened:
                if len(open_) >= _MOST_NESTED:
                    raise TomlRefused("brackets are nested too deeply", f"at most {_MOST_NESTED} levels", at - 1)
                open_.append((opened, path, 0))
                opened_at.append(at - 1)
            while open_:  # after a value or an opening bracket: what comes next in the innermost bracket?
                closing, outer, count = open_[-1]
                at = self._between(at, closing)
                if self.text.startswith(",", at) and count:
                    at = self._between(at + 1, closing)
                if self.text.startswith(closing, at):
                    open_.pop()
                    opened_at.pop()
                    at += 1
                    continue
                if at >= len(self.text):
                    self.map.unclosed = self.map.unclosed if self.map.unclosed is not None else opened_at[-1]
                    return at
                start = at
                if closing == "]":
                    path = (*outer, str(count))
                    self._note(path, start, len(outer))
                else:
                    inner, at = self._key(at)
                    at = self._skip(_BLANK, at)
                    if not inner or not self.text.startswith("=", at):
                        return at
                    path = (*outer, *inner)
                    self._note(path, start, len(outer))
                    at = self._skip(_BLANK, at + 1)
                open_[-1] = (closing, outer, count + 1)
                break
            else:
                return at

    def _between(self, at: int, closing: str) -> int:
        """Skip what may stand between two entries; inside { } that is no line end."""
        if closing == "]":
            return self._skip(_SPACE, at)
        at = self._skip(_BLANK, at)
        if at < len(self.text) and self.text[at] in "\r\n#":
            raise TomlRefused("a table in { } must stay on one line", "} before the line ends, or a [table] of its own", at)
        return at

    def _simple(self, at: int, path: Path) -> tuple[int, str]:
        """Walk a string or a scalar, or enter a bracket: return the place after it, and the bracket that closes it."""
        first = self.text[at : at + 1]
        if first in ("[", "{"):
            return at + 1, "]" if first == "[" else "}"
        if first in ('"', "'"):
            long = _LONG_BASIC if first == '"' else _LONG_LITERAL
            match = (long if self.text.startswith(first * 3, at) else _BASIC if first == '"' else _LITERAL).match(self.text, at)
            if match is None:
                self.map.unclosed = at
                return len(self.text), ""
            if match.re is _LITERAL or (match.re is _BASIC and "\\" not in match.group()):
                self.map.places[path] = Place(self.map.places[path].key, at + 1)
            return match.end(), ""
        match = _SCALAR.match(self.text, at)
        if match is None:
            return self._skip(_TO_LINE_END, at), ""
        if match.end() - at > _LONGEST_SCALAR:
            raise TomlRefused("this value is too long", f"a number of at most {_LONGEST_SCALAR} characters, or a text in quotes", at)
        return match.end(), ""


def _unescaped(raw: str) -> str:
    try:
        return str(tomllib.loads(f'key = "{raw}"')["key"])
    except tomllib.TOMLDecodeError:
        return raw
