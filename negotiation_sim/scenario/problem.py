"""What a check reports: where, what, what was expected and what found instead, and a guess at what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["MOST_PROBLEMS", "Findings", "Problem", "ScenarioError", "close_name", "kind_name", "path_text", "shown"]

MOST_PROBLEMS = 20
"""Problems reported at once; more would only bury the first cause."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scenario.

    Parameters
    ----------
    where : tuple of str
        Path of keys, such as ``("actors", "U", "payoff", "bite")``; the place in a list is its number from 0.
    what, expected, got : str
        What is wrong; what would be right; what is there instead.
    hint : str
        What the author may have meant.
    file : str
        The file, or "" for a scenario made in Python.
    line, column : int or None
        Place in the file, from 1. Columns are given for mistakes in the TOML itself and in formulas.

    Examples
    --------
    >>> print(Problem(("actors", "U", "payoff", "bite"), "unknown name 'lamU'", hint="lam_U", file="crisis.toml", line=31))
    crisis.toml:31: actors.U.payoff.bite: unknown name 'lamU'; did you mean lam_U?
    """

    where: tuple[str, ...]
    what: str
    expected: str = ""
    got: str = ""
    hint: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column if self.line is not None else None) if part)
        start = "".join(f"{part}: " for part in (place, path_text(self.where)) if part)
        details = [f"{word} {value}" for word, value in (("expected", self.expected), ("got", self.got)) if value]
        guess = f"; did you mean {self.hint}?" if self.hint else ""
        return start + self.what + (f"; {', '.join(details)}" if details else "") + guess


class ScenarioError(ValueError):
    """A scenario that cannot be used, with every problem found.

    Attributes
    ----------
    problems : tuple of Problem
        At most `MOST_PROBLEMS`.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        if len(lines) > 1:
            more = " or more; these are the first" if len(lines) >= MOST_PROBLEMS else ""
            lines = [f"{len(lines)} problems{more}:", *(f"  {line}" for line in lines)]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class Findings:
    """Collects problems, each once, up to `MOST_PROBLEMS`; false while there is none."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(
        self, where: Sequence[str], what: str, expected: str = "", got: str = "", hint: str | None = None, column: int | None = None
    ) -> None:
        problem = Problem(tuple(where), what, expected, got, hint or "", column=column)
        if not self.full and problem not in self.problems:
            self.problems.append(problem)

    @property
    def full(self) -> bool:
        return len(self.problems) >= MOST_PROBLEMS

    def __len__(self) -> int:
        return len(self.problems)


def close_name(name: str, names: Iterable[str]) -> str | None:
    """Return the known name that is most like this one, if any is."""
    wanted = name[:80]
    near = sorted((n for n in names if abs(len(n) - len(wanted)) <= 6), key=lambda n: n[:1].lower() != wanted[:1].lower())
    # A hostile file may hold thousands of long names: comparing with all of them would take seconds.
    candidates = near[: 4000 // (len(wanted) + 4)]
    folded = {n.lower(): n for n in reversed(candidates)}
    found = difflib.get_close_matches(wanted.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def path_text(where: Sequence[str]) -> str:
    """Write a path of keys as a reader would: ``forms.talks_first.stages[1]``."""
    out = ""
    for part in where:
        if part.isdigit():
            out += f"[{part}]"
        else:
            plain = part.replace("_", "").replace("-", "").isalnum() and part.isascii()
            out += ("." if out else "") + (shown(part, plain=True) if plain else shown(part))
    return out


def shown(value: object, plain: bool = False, most: int = 60) -> str:
    """Show a user's value in a message: quoted, without control characters, not too long."""
    if isinstance(value, int) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    text = value if plain and isinstance(value, str) else _repr(value)
    if len(text) <= most:
        return text
    return text[: most - 4] + ("..." if plain or not text.endswith(("'", '"')) else "..." + text[-1])


def _repr(value: object) -> str:
    if isinstance(value, float):
        return repr(float(value))  # also numpy's
    if value is None or isinstance(value, str | bytes | int | complex):
        return repr(value)
    if isinstance(value, list | tuple | dict):
        try:
            return " ".join(repr(value).split())
        except (ValueError, RecursionError):  # a number too long to be written, a list in itself
            pass
    return kind_name(type(value))


def kind_name(kind: type) -> str:
    """Return the name of a type with its article."""
    return f"{'an' if kind.__name__[:1] in 'AEIOaeio' else 'a'} {kind.__name__}"
