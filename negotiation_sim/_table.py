"""Rows of text and numbers, shown in a terminal, a notebook, a paper: one layout, one way to write a number.

A table knows nothing of what it shows. Numbers in a column share their decimals, so that they line up on the decimal point; a pair
``(low, high)`` is a range; a plain string among the rows is a heading over the rows below it.
"""

from __future__ import annotations

import shutil
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._terminal import lay_out
from negotiation_sim._text import NumberFormat, as_html, as_latex, as_markdown, decimals, latex_number, number_text, without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

__all__ = ["Cell", "NumberFormat", "Shown", "Table", "decimals", "number_text"]

_MOST_ROWS = 100
"""Rows that are shown where nobody asked for all."""

Cell = str | int | float | bool | tuple[float, float] | None
"""What a table can hold; a pair is a range from low to high, None an empty cell."""


@dataclass(frozen=True)
class Table:
    """A table to be read by people.

    Parameters
    ----------
    columns : sequence of str
        Headings of the columns.
    rows : sequence
        Each a sequence of cells, one for each column, or a plain string: a heading over the rows below it. A cell is text, a number,
        a truth value, a pair ``(low, high)``, or None for an empty cell.
    title, note : str
        Printed above and below.

    Notes
    -----
    ``str`` and notebooks show the first 100 rows and say how many more there are; ``to_pandas``, ``to_markdown``, ``to_latex``, ``to_html``
    and ``to_text`` give all.

    Raises
    ------
    ValueError
        If a row has not one cell for each column.
    TypeError
        If a cell is of another type.

    Examples
    --------
    >>> print(Table(["actor", "payoff"], [("Ukraine", 0.36125), ("Russia", 0.4)], note="Stylised."))
    actor     payoff
    ────────────────
    Ukraine  0.36125
    Russia   0.40000
    <BLANKLINE>
    Stylised.
    """

    columns: tuple[str, ...]
    rows: tuple[str | tuple[Cell, ...], ...]
    title: str = ""
    note: str = ""

    def __init__(self, columns: Sequence[str], rows: Sequence[str | Sequence[Any]], title: str = "", note: str = "") -> None:
        heads = tuple(without_controls(name) for name in columns)
        clean: list[str | tuple[Cell, ...]] = []
        for k, row in enumerate(rows):
            if isinstance(row, str):
                clean.append(without_controls(row))
                continue
            if len(row) != len(heads):
                raise ValueError(f"rows[{k}] must have one cell for each of the {len(heads)} columns {heads}; got {len(row)}: {row!r}")
            clean.append(tuple(_plain(cell, f"rows[{k}], column {name!r}") for cell, name in zip(row, heads, strict=True)))
        for name, value in (
            ("columns", heads),
            ("rows", tuple(clean)),
            ("title", without_controls(title)),
            ("note", without_controls(note)),
        ):
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return self._in_short().to_text()

    def __rich__(self) -> RenderableType:
        return _Rendering(self)

    def _repr_html_(self) -> str:
        return self._in_short().to_html()

    def to_html(self) -> str:
        """Return an HTML table, with every row."""
        right = ["text-align:right;font-variant-numeric:tabular-nums" if n else "text-align:left" for n in self._numeric()]
        parts = [f"<caption>{as_html(self.title)}</caption>"] if self.title else []
        cells = (f'<th scope="col" style="{s}">{as_html(c)}</th>' for s, c in zip(right, self.columns, strict=True))
        parts.append("<thead><tr>" + "".join(cells) + "</tr></thead>")
        body = []
        for row in self._texts():
            if isinstance(row, str):
                head = f'<th scope="rowgroup" colspan="{len(self.columns)}" style="text-align:left">{as_html(row)}</th>'
                body.append(f"<tr>{head}</tr>")
            else:
                cells = (f'<td style="{s}">{as_html(c.rstrip())}</td>' for s, c in zip(right, row, strict=True))
                body.append("<tr>" + "".join(cells) + "</tr>")
        parts.append("<tbody>" + "\n".join(body) + "</tbody>")
        note = "".join(f"\n<p><small>{as_html(line)}</small></p>" for line in self.note.split("\n") if line)
        return "<table>\n" + "\n".join(parts) + "\n</table>" + note

    def to_text(self, width: int | None = None) -> str:
        """Return plain text, every row of it, at most ``width`` columns wide; by default as wide as the terminal.

        Text is folded. A table whose numbers do not fit is continued below with its first columns repeated: no number is ever cut.
        """
        size = width if width is not None else shutil.get_terminal_size((100, 24)).columns
        return "\n".join(line for line, _ in self._lines(size, "─" if _writes("─") else "-"))

    def to_markdown(self) -> str:
        """Return a Markdown table; a new one starts at each heading, since Markdown has no headings inside a table."""
        head = "| " + " | ".join(map(as_markdown, self.columns)) + " |\n"
        head += "|" + "|".join(" ---: " if n else " :--- " for n in self._numeric()) + "|"
        parts = [f"**{as_markdown(line)}**\n" for line in self.title.split("\n") if line]
        started = False
        for row in self._texts():
            if isinstance(row, str):
                parts.append(("\n" if started else "") + f"**{as_markdown(row)}**\n")
                started = False
                continue
            if not started:
                parts.append(head)
                started = True
            parts.append("| " + " | ".join(as_markdown(cell.strip()) for cell in row) + " |")
        if not self.rows:
            parts.append(head)
        return "\n".join(parts) + "".join(f"\n\n{as_markdown(line)}" for line in self.note.split("\n") if line)

    def to_latex(self) -> str:
        r"""Return a LaTeX ``table`` environment; needs ``\usepackage{booktabs}``. Letters outside Latin need XeLaTeX or LuaLaTeX."""
        numeric = self._numeric()
        lines = [r"\begin{table}[htbp]", r"\centering"]
        if self.title:
            lines.append(rf"\caption{{{as_latex(self.title)}}}")
        lines += [rf"\begin{{tabular}}{{{''.join('r' if n else 'l' for n in numeric)}}}", r"\toprule"]
        lines += [" & ".join(map(as_latex, self.columns)) + r" \\", r"\midrule"]
        for k, row in enumerate(self._texts()):
            if isinstance(row, str):
                lines += [r"\addlinespace"] * (k > 0) + [rf"\multicolumn{{{len(self.columns)}}}{{l}}{{\textit{{{as_latex(row)}}}}} \\"]
            else:
                lines.append(" & ".join(latex_number(c) if n else as_latex(c) for c, n in zip(row, numeric, strict=True)) + r" \\")
        lines += [r"\bottomrule", r"\end{tabular}"]
        notes = [as_latex(line) for line in self.note.split("\n") if line]
        lines += [rf"\par\smallskip{{\footnotesize {line}\par}}" for line in notes]
        return "\n".join([*lines, r"\end{table}"])

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame of the cells, unformatted; headings become a first column ``section``.

        Columns of the same name are numbered, ``x`` and ``x (2)``, so that each can be picked.
        """
        import pandas as pd

        headed = any(isinstance(row, str) for row in self.rows)
        section, records = "", []
        for row in self.rows:
            if isinstance(row, str):
                section = row
            else:
                records.append((section, *row) if headed else row)
        frame = pd.DataFrame(records, columns=_distinct(["section", *self.columns] if headed else self.columns))
        frame.attrs.update(title=self.title, note=self.note)
        return frame

    def _in_short(self) -> Table:
        """Return the first rows, and a line that says how many more there are: what a terminal or a notebook shows unasked."""
        places = [k for k, row in enumerate(self.rows) if not isinstance(row, str)]
        note = self.note.split("\n")
        if len(places) <= _MOST_ROWS and len(note) <= _MOST_ROWS:
            return self
        rows = self.rows[: places[_MOST_ROWS - 1] + 1] if len(places) > _MOST_ROWS else self.rows
        if len(rows) < len(self.rows):
            more = len(places) - _MOST_ROWS
            rows = (*rows, f"... and {more:,} more {'row' if more == 1 else 'rows'}: .to_pandas(), .to_markdown() and .to_latex() give all")
        if len(note) > _MOST_ROWS:  # the last lines hold the verdict
            note = [*note[: _MOST_ROWS - 10], f"... and {len(note) - _MOST_ROWS:,} more lines: .to_markdown() gives all", *note[-10:]]
        return Table(self.columns, rows, self.title, "\n".join(note))

    def _lines(self, width: int, rule: str) -> Iterator[tuple[str, str]]:
        return lay_out(self.columns, list(self._texts()), self._numeric(), width, rule, self.title, self.note)

    def _cells(self, column: int) -> list[Cell]:
        return [row[column] for row in self.rows if not isinstance(row, str)]

    def _numeric(self) -> list[bool]:
        """Whether each column holds numbers only (and empty cells)."""
        out = []
        for k in range(len(self.columns)):
            cells = [cell for cell in self._cells(k) if cell is not None]
            out.append(bool(cells) and all(isinstance(c, int | float | tuple) and not isinstance(c, bool) for c in cells))
        return out

    def _texts(self) -> Iterator[str | tuple[str, ...]]:
        """Yield the rows as text; trailing spaces stand in for decimals that a whole number does not have."""
        formats = [NumberFormat.of([v for cell in self._cells(k) for v in _floats(cell)]) for k in range(len(self.columns))]
        for row in self.rows:
            yield row if isinstance(row, str) else tuple(_text(cell, f) for cell, f in zip(row, formats, strict=True))


class Shown(ABC):
    """A result that shows itself as tables: in a terminal, a notebook, Markdown and LaTeX."""

    @property
    @abstractmethod
    def tables(self) -> tuple[Table, ...]:
        """The tables, in order."""

    def __str__(self) -> str:
        return "\n\n".join(str(table) for table in self.tables)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        return Group(*[part for table in self.tables for part in (table, Text(""))][:-1])

    def _repr_html_(self) -> str:
        return "\n".join(table._repr_html_() for table in self.tables)

    def to_markdown(self) -> str:
        """Return Markdown tables."""
        return "\n\n".join(table.to_markdown() for table in self.tables)

    def to_latex(self) -> str:
        r"""Return LaTeX tables; they need ``\usepackage{booktabs}``."""
        return "\n\n".join(table.to_latex() for table in self.tables)

    def to_pandas(self) -> pd.DataFrame:
        """Return the first table as a DataFrame; others, where there are some: ``tables[k].to_pandas()``."""
        return self.tables[0].to_pandas()


def _plain(cell: Any, where: str) -> Cell:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, tuple) and len(cell) == 2:
        return float(cell[0]), float(cell[1])
    if isinstance(cell, str):
        return without_controls(cell)
    if cell is None or isinstance(cell, int | float):
        return cell
    raise TypeError(f"{where} must be text, a number, a truth value, a pair (low, high) or None; got {type(cell).__name__}: {cell!r}")


def _distinct(names: Sequence[str]) -> list[str]:
    """Number the names that stand there already."""
    made: list[str] = []
    for name in names:
        free = (f"{name} ({k})" if k > 1 else name for k in count(1))
        made.append(next(other for other in free if other not in made))
    return made


def _floats(cell: Cell) -> tuple[float, ...]:
    if isinstance(cell, tuple):
        return cell
    return (cell,) if isinstance(cell, float) else ()


def _text(cell: Cell, numbers: NumberFormat) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, tuple):
        return numbers.text(cell[0]) + ".." + numbers.text(cell[1])
    if isinstance(cell, int):
        return str(cell) + " " * (numbers.places + 1 if numbers.places else 0)
    return numbers.text(cell)


@dataclass(frozen=True)
class _Rendering:
    """A table laid out for the width of a rich console."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        for line, style in self.table._lines(options.max_width, "-" if options.ascii_only else "─"):
            yield Text(line, style)


def _writes(character: str) -> bool:
    """Whether standard output can show a character; a redirected console often can't."""
    try:
        character.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
