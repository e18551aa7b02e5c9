"""What a figure of a comparison shows: which concepts, actors and outcomes, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from negotiation_sim.plot.reading import as_names, unknown
from negotiation_sim.scenario.comparison import Comparison

__all__ = ["chosen_actors", "chosen_concepts", "outcome_order"]


def chosen_concepts(comparison: object, wanted: str | Sequence[str] | None) -> list[str]:
    """Return the concepts asked for, all by default."""
    if not isinstance(comparison, Comparison):
        raise ValueError(f"comparison must be what scenario.compare() returns; got {type(comparison).__name__}. For a sweep, draw lines.")
    there = list(dict.fromkeys(row.concept for row in comparison.rows))
    chosen = as_names(wanted) if wanted else there
    for name in chosen:
        if name not in there:
            raise unknown("concept", name, there)
    return chosen


def chosen_actors(comparison: Comparison, wanted: str | Sequence[str] | None) -> list[int]:
    """Return the places of the actors asked for, all by default."""
    chosen = as_names(wanted) if wanted else list(comparison.players)
    for name in chosen:
        if name not in comparison.players:
            raise unknown("actor", name, comparison.players)
    return [comparison.players.index(name) for name in chosen]


def outcome_order(comparison: Comparison, wanted: Sequence[str] | None) -> list[str]:
    """Return the outcomes in the order that colours and letters go by."""
    there = list(dict.fromkeys(row.outcome for row in comparison.rows if row.outcome))
    if wanted is None:
        return [*(name for name in comparison.outcomes if name), *(name for name in there if name not in comparison.outcomes)]
    missing = [name for name in there if name not in wanted]
    if missing:
        raise ValueError(f"outcomes must name every outcome of the comparison; {', '.join(missing)} missing. Use scenario.outcome_names.")
    return list(wanted)
