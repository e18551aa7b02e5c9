"""Words, tables and JSON on a terminal. Numbers and labels come from elsewhere; text from a file can't steer the terminal."""

from __future__ import annotations

import json
import math
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["bullets", "complain", "print_json", "say", "show"]


def show(tables: Iterable[Any]) -> None:
    """Print tables, as wide as the terminal, with a line between them."""
    from rich.console import Console

    class Pipe(Console):
        def on_broken_pipe(self) -> None:  # rich would exit with code 1, which means something here
            raise BrokenPipeError

    console = Pipe(highlight=False, markup=False, emoji=False)
    for number, table in enumerate(tables):
        console.print(*([""] if number else []), table, sep="\n")


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    from negotiation_sim._text import without_controls

    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    return textwrap.fill(without_controls(text), width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def say(*lines: str) -> None:
    """Print paragraphs."""
    for line in lines:
        print(_wrapped(line))


def bullets(sentences: Iterable[str]) -> None:
    """Print a list."""
    for sentence in sentences:
        print(_wrapped(sentence, "  - ", "    "))


def complain(line: str) -> None:
    """Print one line to standard error."""
    from negotiation_sim._text import without_controls

    print(without_controls(" ".join(line.split())), file=sys.stderr)


def print_json(content: Any) -> None:
    """Print JSON; null stands for NaN and for infinity."""
    print(json.dumps(_finite(content), indent=2, allow_nan=False))


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
