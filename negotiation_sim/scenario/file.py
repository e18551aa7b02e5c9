"""Read and write scenario files: TOML text in, a checked `Scenario` out, or one line for every problem."""

from __future__ import annotations

import dataclasses
import difflib
import errno
import os
import re
import stat
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any, NoReturn

from negotiation_sim.scenario.locate import TomlMap, TomlRefused, scan
from negotiation_sim.scenario.problem import Problem, ScenarioError, shown

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["builtin_names", "dumps", "load", "loads"]

_MOST_BYTES = 1_000_000


def builtin_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the library, for `load`.

    Examples
    --------
    >>> "istanbul-2025" in builtin_names()
    True
    """
    library = resources.files("negotiation_sim.scenario").joinpath("library")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in library.iterdir() if entry.name.endswith(".toml")))


def load(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario from a file, or one that comes with the library.

    Parameters
    ----------
    name_or_path : str or path
        A path object, a text with a separator or a suffix (``"crises/2025.toml"``), and the name of a file that exists are paths;
        any other text is one of `builtin_names`.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is no TOML, or describes no sound scenario: every problem with its line.

    Examples
    --------
    >>> crisis = load("istanbul-2025")
    >>> crisis.title
    'Istanbul, May 2025'
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise TypeError(f"load expected a path or the name of a built-in scenario; got {type(name_or_path).__name__}")
    name = os.fspath(name_or_path)
    if not isinstance(name, str):
        raise TypeError("load expected a path as text; got one as bytes")
    if isinstance(name_or_path, os.PathLike) or _is_path(name):
        return _from_bytes(_read(name), name)
    if name not in builtin_names():
        if os.path.isdir(name):
            return _from_bytes(_read(name), name)  # which says what is wrong with it
        close = difflib.get_close_matches(name[:80], [*builtin_names(), *_neighbours(name)], n=1)
        hint = close[0] if close else ""
        _fail(shown(name, plain=True) or "''", "no such built-in scenario", f"a file, or one of {', '.join(builtin_names())}", hint=hint)
    content = resources.files("negotiation_sim.scenario").joinpath("library", f"{name}.toml").read_bytes()
    return _from_bytes(content, name)


def loads(text: str, source: str = "<text>") -> Scenario:
    """Read a scenario from TOML text.

    Parameters
    ----------
    text : str
        The text of a scenario file.
    source : str
        What to call the text in messages.

    Raises
    ------
    ScenarioError
        If the text is no TOML or describes no sound scenario: every problem with its line.
    """
    if not isinstance(text, str):
        raise TypeError(f"loads expected a text; got {type(text).__name__}")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        _fail(source, "the text holds half a character", "whole Unicode characters", ascii(text[error.start]), _line(text, error.start))
    if size > _MOST_BYTES:
        _fail(source, "the text is too long", f"at most {_MOST_BYTES} bytes", str(size))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        places = scan(text)
    except TomlRefused as error:
        line, column = TomlMap(text).position(error.offset)
        _fail(source, error.what, error.expected, line=line, column=column)
    data = _parse(text, source, places)
    _check_format(data, source, places)

    from negotiation_sim.scenario.model import Scenario
    from negotiation_sim.scenario.schema import read_document  # pydantic is loaded here, and only here
    from negotiation_sim.scenario.validation import problems

    document = read_document(data)
    if isinstance(document, list):
        raise ScenarioError(_located(document, source, places))
    scenario = Scenario.unchecked(**document.fields(), source=source, text=text)
    found = problems(scenario)
    if found:
        raise ScenarioError(_located(found, source, places))
    return scenario


def dumps(scenario: Scenario) -> str:
    """Write a scenario as TOML text that `loads` reads back as the same scenario; comments of a file it came from are lost.

    Raises
    ------
    ScenarioError
        If a term is a Python function, or a parameter holds an array.

    Examples
    --------
    >>> crisis = load("istanbul-2025")
    >>> loads(dumps(crisis)).parameters == crisis.parameters
    True
    """
    from negotiation_sim.scenario.toml_text import scenario_text

    return scenario_text(scenario)


def _fail(
    file: str, what: str, expected: str = "", got: str = "", line: int | None = None, column: int | None = None, hint: str = ""
) -> NoReturn:
    raise ScenarioError([Problem((), what, expected, got, hint, file, line, column)]) from None


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


# Files -------------------------------------------------------------------------------------------------------------------------


def _is_path(name: str) -> bool:
    separators = {os.sep, os.altsep or os.sep, "/"}
    return any(s in name for s in separators) or os.path.splitext(name)[1] != "" or os.path.isfile(name.replace("\0", ""))


def _read(path: str) -> bytes:
    """Read a regular file; nothing that could block, and no more than a scenario can have."""
    shown_path = shown(path, plain=True, most=200)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if "\0" in path:
        _fail(shown(path, most=200), "cannot be read: not a possible path", "the path of a file")
    try:
        _refuse_other_kinds(path, shown_path, os.stat(path).st_mode)  # before opening: to open a device may already do something
        with open(os.open(path, flags), "rb") as file:
            _refuse_other_kinds(path, shown_path, os.fstat(file.fileno()).st_mode)
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        close = difflib.get_close_matches(os.path.basename(path)[:80], [*_neighbours(path), *builtin_names()], n=1)
        hint = close[0] if close and close[0] in builtin_names() else os.path.join(os.path.dirname(path), close[0]) if close else ""
        _fail(shown_path, "no such file", hint=hint)
    except OSError as error:
        expected = "a file that may be read" if error.errno == errno.EACCES else "the path of a file"
        _fail(shown_path, f"cannot be read: {(error.strerror or 'unknown reason').lower()}", expected)
    if len(content) > _MOST_BYTES:
        _fail(shown_path, "the file is too large", f"at most {_MOST_BYTES} bytes", "more")
    return content


def _refuse_other_kinds(path: str, shown_path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        held = [os.path.join(path, name) for name in _toml_files(path)]
        _fail(shown_path, "this is a folder", "a scenario file", hint=" or ".join(held[:3]))
    if not stat.S_ISREG(mode):
        _fail(shown_path, "not an ordinary file", "a scenario file", "a device, pipe or socket")


def _toml_files(folder: str) -> list[str]:
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for _, entry in zip(range(2000), entries, strict=False)]
    except (OSError, ValueError):
        return []
    return sorted(name for name in names if name.endswith(".toml"))[:200]


def _neighbours(path: str) -> list[str]:
    return _toml_files(os.path.dirname(path))


def _from_bytes(content: bytes, source: str) -> Scenario:
    source = shown(source, plain=True, most=200)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:1000]:
        _fail(source, "not UTF-8 text: it looks like UTF-16", "a file saved as UTF-8", line=1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        _fail(source, "not UTF-8 text", "a file saved as UTF-8", f"the byte 0x{content[error.start]:02x}", line)
    return loads(text, source)


# TOML --------------------------------------------------------------------------------------------------------------------------

_PARSER_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_EXPECTED = {
    "Invalid value": 'a number, [list], {table}, true, false, or a text (also a formula) in "quotes"',
    "Expected '=' after a key in a key/value pair": "NAME = VALUE",
    "Invalid statement": "NAME = VALUE or [TABLE]",
    "Expected newline or end of document after a statement": 'one NAME = VALUE a line, and texts and formulas in "quotes"',
    "Unclosed array": "] at the end of the list",
    "Unclosed inline table": "} at the end of the table",
    "Unterminated string": "a closing quote",
    "Illegal character '\\n'": "a closing quote in the same line",
}


def _parse(text: str, source: str, places: TomlMap) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        _fail(source, "brackets are nested too deeply", line=1)
    except ValueError as error:
        message = str(error)
    place = _PARSER_PLACE.search(message)
    message = message[: place.start()] if place else message
    if place and place.group(1):
        line, column = int(place.group(1)), int(place.group(2))
    elif places.unclosed is not None:
        line, column = places.position(places.unclosed)
        _fail(source, f"this {text[places.unclosed]} is never closed", line=line, column=column)
    else:
        line, column = places.position(len(text.rstrip()))
    for path, first, second in reversed(places.twice):
        if places.position(second)[0] == line and message.startswith(("Cannot", "Duplicate")):
            earlier = places.position(first)[0]
            raise ScenarioError([Problem(path, f"this is given twice, first on line {earlier}", "once", file=source, line=line)]) from None
    _fail(
        source, f"not TOML: {message[:1].lower()}{shown(message[1:], plain=True, most=120)}", _EXPECTED.get(message, ""), "", line, column
    )


def _check_format(data: dict[str, Any], source: str, places: TomlMap) -> None:
    if "format" not in data:
        _fail(source, "this is no scenario file of this library: format is missing", "format = 1 in the first line", line=1)
    if data["format"] != 1 or type(data["format"]) is not int:
        newer = type(data["format"]) is int and data["format"] > 1
        got = str(data["format"]).lower() if isinstance(data["format"], bool) else shown(data["format"])
        what = "this version reads format 1 only" + (": the file was written for a newer one, upgrade negotiation_sim" if newer else "")
        _fail(source, what, "format = 1", f"format = {got}", places.line(("format",)))


def _located(found: list[Problem], source: str, places: TomlMap) -> list[Problem]:
    """Give problems their lines, in the order of the file."""
    out = []
    for problem in found:
        line, column = places.line(problem.where), None
        if problem.column is not None:  # so far counted within the formula
            line, column = places.text_position(problem.where, problem.column) or (line, None)
        out.append(dataclasses.replace(problem, file=source, line=line, column=column))
    return sorted(out, key=lambda problem: problem.line or 0)
