"""Two plays side by side: what each actor gets, and which terms of the payoff make the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from negotiation_sim._table import Shown, Table
from negotiation_sim._words import nearest_name
from negotiation_sim.scenario.plays import named_options, outcome_of, payoffs_of, read_play

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.scenario.model import Scenario

__all__ = ["Contrast", "ContrastRow", "contrast_plays"]


@dataclass(frozen=True)
class ContrastRow:
    """One term of one actor's payoff in two plays."""

    actor: str
    actor_name: str
    term: str
    first: float
    second: float

    @property
    def change(self) -> float:
        """Second minus first."""
        return self.second - self.first


@dataclass(frozen=True)
class Contrast(Shown):
    """Two plays, term by term: what `Scenario.contrast` returns.

    Attributes
    ----------
    title, note : str
        Of the scenario.
    first, second : tuple of (str, str)
        The plays: each instrument with its option.
    first_label, second_label : str
        Their outcomes.
    players : tuple of (str, str)
        Short and full name of each actor.
    totals : tuple of (float, float)
        Payoff of each actor in the two plays.
    rows : tuple of ContrastRow
        Every term that is not zero in both, by actor.
    """

    title: str
    note: str
    first: tuple[tuple[str, str], ...]
    second: tuple[tuple[str, str], ...]
    first_label: str
    second_label: str
    players: tuple[tuple[str, str], ...]
    totals: tuple[tuple[float, float], ...]
    rows: tuple[ContrastRow, ...]

    def to_pandas(self) -> pd.DataFrame:
        """Return ``rows`` as a DataFrame."""
        import pandas as pd

        frame = pd.DataFrame([{**asdict(row), "change": row.change} for row in self.rows])
        frame.attrs.update(title=self.title, note=self.note)
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists, dicts, numbers and text, fit for JSON."""
        content = asdict(self)
        content["first"], content["second"] = dict(self.first), dict(self.second)
        return content

    def changes(self, actor: str) -> tuple[tuple[str, float], ...]:
        """Return the terms of one actor that differ, with their change.

        Raises
        ------
        ValueError
            If there is no such actor.
        """
        if actor not in dict(self.players):
            raise ValueError(f"unknown actor {actor!r}; {nearest_name(actor, dict(self.players))}")
        own = [row for row in self.rows if row.actor == actor]
        return tuple((row.term, row.change) for row in own if abs(row.change) > 1e-13 * max(abs(row.first), abs(row.second)))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The terms, under a heading for each actor, with their sum."""
        rows: list[Any] = []
        for (key, name), (first, second) in zip(self.players, self.totals, strict=True):
            rows.append(name)
            rows += [(row.term, row.first, row.second, row.change) for row in self.rows if row.actor == key]
            rows.append(("sum", first, second, second - first))
        cases = (("A", self.first, self.first_label), ("B", self.second, self.second_label))
        plays = (f"{letter}: {label} ({', '.join(f'{k}: {o}' for k, o in play)})" for letter, play, label in cases)
        return (Table(["term", "A", "B", "B - A"], rows, "\n".join([self.title, *plays]), self.note),)


def contrast_plays(scenario: Scenario, first: Sequence[str] | Mapping[str, str], second: Sequence[str] | Mapping[str, str]) -> Contrast:
    """Compare two plays term by term (see `Scenario.contrast`); the arguments are read by `read_play`.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> crisis = ns.load("istanbul-2025")
    >>> told = contrast_plays(
    ...     crisis,
    ...     ["talk_now", "talk_no_truce", "no_commit", "cond_sanction"],
    ...     ["talk_now", "accept_truce", "no_commit", "cond_sanction"],
    ... )
    >>> [(term, round(change, 4)) for term, change in told.changes("R")]
    [('war_or_deal', -0.0415), ('sanctions', 0.02)]
    """
    a, b = read_play(scenario, first), read_play(scenario, second)
    terms, payoffs = scenario.terms(), payoffs_of(scenario)
    rows = tuple(
        ContrastRow(key, name, term, float(values[a]), float(values[b]))
        for key, name in zip(scenario.players, scenario.player_names, strict=True)
        for term, values in terms[key].items()
        if values[a] or values[b]
    )
    return Contrast(
        scenario.title,
        scenario.note,
        named_options(scenario, a),
        named_options(scenario, b),
        outcome_of(scenario, a)[1],
        outcome_of(scenario, b)[1],
        tuple(zip(scenario.players, scenario.player_names, strict=True)),
        tuple((float(v[a][0]), float(v[b][0])) for v in payoffs),
        rows,
    )
