"""The base case and its variants side by side: equilibrium outcomes, who gets what, and the nearest change of outcome.

Nash equilibria of the simultaneous form and subgame-perfect paths of a timed form are answers to two games. They stand under separate
headings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._table import Shown, Table, number_text
from negotiation_sim._words import nearest_name
from negotiation_sim.scenario.nearest import Scan, nearest_changes
from negotiation_sim.scenario.outcome_chances import ChanceRow, chance_row, chance_table
from negotiation_sim.scenario.outcome_rows import OutcomeRow, outcome_rows

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.scenario.model import Scenario

__all__ = ["BASE", "Comparison", "NearestRow", "OutcomeRow", "compare_variants"]

BASE = "base"
"""Name of the unchanged case among the variants."""

_HEADINGS = {"nash": "Nash equilibria{pure} of the simultaneous form", "subgame-perfect": "Subgame-perfect outcomes of {form}"}


@dataclass(frozen=True)
class NearestRow:
    """The search for the nearest change of outcome, for one variant and one concept; ``scan.nearest`` is its answer."""

    variant: str
    variant_label: str
    scan: Scan
    outcome_labels: tuple[str, ...]
    """Labels of the outcomes after the nearest change."""


@dataclass(frozen=True)
class Comparison(Shown):
    """What `Scenario.compare` returns: print it, or read ``rows`` and ``nearest``.

    Attributes
    ----------
    title, note : str
        Of the scenario.
    players, player_names : tuple of str
        Short and full names of the actors, in the order of the payoffs.
    rows : tuple of OutcomeRow
        Grouped by concept and form, then by variant.
    nearest : tuple of NearestRow
        For each group and variant, the parameters that change the outcomes within their range.
    unavailable : tuple of (str, str)
        Variants whose simultaneous form does not exist, and why.
    form_labels : tuple of (str, str)
        Names and labels of the timed forms compared.
    outcomes, outcome_labels : tuple of str
        Names and labels of all outcomes of the scenario, in its order: what colours and letters in figures go by.
    precision : float, optional
        Precision of the quantal response, where one was asked for.
    chances : tuple of ChanceRow
        For each variant with a simultaneous form, how likely each outcome is at that precision.
    """

    title: str
    note: str
    players: tuple[str, ...]
    player_names: tuple[str, ...]
    rows: tuple[OutcomeRow, ...]
    nearest: tuple[NearestRow, ...]
    unavailable: tuple[tuple[str, str], ...] = ()
    form_labels: tuple[tuple[str, str], ...] = ()
    outcomes: tuple[str, ...] = ()
    outcome_labels: tuple[str, ...] = ()
    precision: float | None = None
    chances: tuple[ChanceRow, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """Return ``rows`` as a DataFrame, with columns ``<player>_min`` and ``<player>_max``; the nearest changes: ``tables[1]``."""
        import pandas as pd

        records = []
        for row in self.rows:
            record: dict[str, Any] = asdict(row)
            for name in ("payoff_min", "payoff_max"):
                values = record.pop(name)
                record |= {f"{p}_{name.removeprefix('payoff_')}": v for p, v in zip(self.players, values, strict=True)}
            records.append(record)
        frame = pd.DataFrame(records)
        frame.attrs.update(title=self.title, note=self.note)
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists, dicts, numbers and text, fit for JSON; None stands for NaN and for an infinite margin."""
        content = asdict(self)
        for entry, row in zip(content["nearest"], self.nearest, strict=True):
            del entry["outcome_labels"]
            entry["nearest"] = asdict(row.scan.nearest) if row.scan.nearest else None
        return _json(content)  # type: ignore[no-any-return]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The outcomes, the nearest changes, and the chances of each outcome if a precision was given."""
        tables = [self._outcome_table(), self._nearest_table()]
        if self.precision is not None:
            tables.append(chance_table(self.chances, self.outcome_labels, self.precision, self.note))
        return tuple(tables)

    def _heading(self, concept: str, form: str) -> str:
        label = dict(self.form_labels).get(form, "")
        pure = " in pure strategies" if len(self.players) > 2 else ""  # what the default solver looks for
        return _HEADINGS[concept].format(form=form, pure=pure) + (f" ({label})" if label and concept != "nash" else "")

    def _outcome_table(self) -> Table:
        mixed = any(row.probability_min < 1 for row in self.rows)
        columns = ["variant", "outcome", *self.player_names, *(["probability"] if mixed else []), "count", "strict", "margin", "regret"]
        rows: list[Any] = []
        group: tuple[str, str] | None = None
        variant = ""
        for row in self.rows:
            if (row.concept, row.form) != group:
                group, variant = (row.concept, row.form), ""
                rows.append(self._heading(*group))
            payoffs = [_range(low, high) for low, high in zip(row.payoff_min, row.payoff_max, strict=True)]
            chance = [_range(row.probability_min, row.probability_max)] if mixed else []
            strict = None if not row.count else "yes" if row.strict else "between" if row.strict_between_outcomes else "no"
            certificate = [row.count, strict, _number(row.margin), _number(row.regret)]
            rows.append(["" if row.variant == variant else row.variant_label, row.outcome_label, *payoffs, *chance, *certificate])
            variant = row.variant
        notes = dict.fromkeys(f"{name}: no simultaneous form: {reason}." for name, reason in self.unavailable)
        return Table(columns, rows, self.title, "\n".join([*notes, _LEGEND, self.note]).strip())

    def _nearest_table(self) -> Table:
        rows: list[Any] = []
        group: tuple[str, str] | None = None
        for row in self.nearest:
            scan = row.scan
            if (scan.concept, scan.form) != group:
                group = (scan.concept, scan.form)
                rows.append(self._heading(*group))
            change = scan.nearest
            if change is None:
                reason = "no parameter changes the outcomes within its range"
                if not scan.base_solved:
                    reason = "not searched: the case itself has no answer"
                rows.append([row.variant_label, "none", None, None, None, reason])
            else:
                then = "; ".join(row.outcome_labels) or "no equilibrium found"
                then += " (at this value only)" if change.only_there else ""
                rows.append([row.variant_label, change.parameter, change.base, change.value, float(f"{100 * change.share:.3g}"), then])
        columns = ["variant", "parameter", "now", "changes at", "% of range", "outcomes then"]
        return Table(columns, rows, "Nearest change: the parameter that moves least before the set of outcomes changes", self._scan_note())

    def _scan_note(self) -> str:
        if not self.nearest or not self.nearest[0].scan.parameters:
            return f"No parameter has a range to move in.\n{self.note}".strip()
        scan = self.nearest[0].scan
        text = (
            f"Each of {len(scan.parameters)} parameters with a range is moved alone over {scan.points} points of it; each change is then "
            f"closed in on. A change that begins and ends within {number_text(100 / (scan.points - 1))} % of a range can be missed."
        )
        unsolved = sum(row.scan.unsolved for row in self.nearest)
        if unsolved:
            text += f" {unsolved} points could not be solved; changes there are not seen."
        return f"{text}\n{self.note}".strip()


_LEGEND = (
    "count: equilibria (paths, for a timed form) that lead to the outcome; lo..hi where they differ in payoffs. strict: some of them lose "
    "by every deviation (yes), by every one that leaves the outcome (between). margin: smallest loss from a deviation that leaves the "
    "outcome; regret: largest gain from any deviation; both as a share of the mover's payoff range."
)


def compare_variants(
    scenario: Scenario, variants: str | Sequence[str] | None = None, form: str | None = None, precision: float | None = None
) -> Comparison:
    """Solve the base case and its variants and search each for the nearest change of outcome (see `Scenario.compare`).

    Parameters
    ----------
    scenario : Scenario
        A single case (no arrays among its parameters).
    variants : str or sequence of str, optional
        Which ones, by name, besides the base case; all by default.
    form : str, optional
        The timed form to solve; by default each variant's own.
    precision : float, optional
        Show, too, how likely each outcome is in the logit quantal response of this precision (1 / payoff).

    Raises
    ------
    ValueError
        For an unknown variant or form, a precision that is no single number of at least 0, or a scenario with arrays among its parameters.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> comparison = compare_variants(ns.load("istanbul-2025"), variants=[])
    >>> for row in comparison.rows:
    ...     print(row.concept, row.outcome, row.count)
    nash truce 7
    nash talks_E 2
    subgame-perfect talks_E 2
    >>> change = comparison.nearest[1].scan.nearest
    >>> change.parameter, round(change.value, 6), change.after
    ('a_E', 0.007, ('talks_none',))
    """
    if scenario.batch_shape:
        shape = scenario.batch_shape
        raise ValueError(f"compare expected a single case; got a batch of shape {shape}: replace arrays by numbers, or sweep")
    if precision is not None and not _is_precision(precision):
        raise ValueError(f"compare: precision must be one finite number of at least 0, in units of 1 / payoff; got {precision!r}")
    if isinstance(variants, str):
        variants = (variants,)
    for name in variants or ():
        if name not in scenario.variants and name != BASE:
            raise ValueError(f"compare: unknown variant {name!r}; {nearest_name(name, scenario.variants)}")
    cases = [(BASE, "Base case", scenario)]
    for name, variant in scenario.variants.items():
        if name in (scenario.variants if variants is None else variants):
            cases.append((name, variant.label or name, scenario.variant(name)))
    if form is not None:
        cases = [(name, label, case.with_form(form)) for name, label, case in cases]
    groups: dict[tuple[str, str], tuple[list[OutcomeRow], list[NearestRow]]] = {("nash", "simultaneous"): ([], [])}
    unavailable, chances = [], []
    for name, label, case in cases:
        try:
            plays = _action_plays(case)
        except ValueError as reason:
            unavailable.append((label, str(reason).removesuffix(".")))
            concepts = []
        else:
            concepts = ["nash"]
            if precision is not None:
                chances.append(chance_row(case, precision, plays, scenario.outcome_names, name, label))
        if case.form != "simultaneous":
            concepts.append("subgame-perfect")
        labels = dict(zip(case.outcome_names, case.outcome_labels, strict=True))
        for concept, scan in zip(concepts, nearest_changes(case, concepts), strict=True):
            rows, nearest = groups.setdefault((concept, scan.form), ([], []))
            classes = case.play_classes() if concept == "subgame-perfect" else case.play_classes().ravel()[plays]
            rows += outcome_rows(case, case.solve(concept), classes, scan.form, name, label)
            after = scan.nearest.after if scan.nearest else ()
            nearest.append(NearestRow(name, label, scan, tuple(labels[outcome] for outcome in after)))
    return Comparison(
        scenario.title,
        scenario.note,
        scenario.players,
        scenario.player_names,
        tuple(row for rows, _ in groups.values() for row in rows),
        tuple(row for _, nearest in groups.values() for row in nearest),
        tuple(unavailable),
        tuple((name, each.label) for name, each in scenario.forms.items()),
        scenario.outcome_names,
        scenario.outcome_labels,
        precision,
        tuple(chances),
    )


def _is_precision(given: object) -> bool:
    return isinstance(given, int | float | np.integer | np.floating) and not isinstance(given, bool) and 0 <= float(given) < math.inf


def _action_plays(case: Scenario) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Play of each action profile of the simultaneous form; payoffs don't matter to it."""
    return case.staged_game(np.zeros((len(case.players), *case.play_shape, 1)), (), "simultaneous").normal_form()[1]


def _range(low: float, high: float) -> float | tuple[float, float] | None:
    """Show a number where the ends agree to 12 digits, an empty cell for NaN."""
    if math.isnan(low):
        return None
    return low if f"{low:.12g}" == f"{high:.12g}" else (low, high)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
