"""Why a play is or is not an equilibrium, in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from negotiation_sim._table import number_text

if TYPE_CHECKING:
    from negotiation_sim.scenario.explanation import Deviation

__all__ = ["reason_text", "term_text"]


def term_text(name: str, change: float) -> str:
    """A term of a payoff with its change."""
    return f"{name} {'+' if change > 0 else ''}{number_text(change)}"


def _best(deviations: Sequence[Deviation]) -> list[Deviation]:
    """The best deviation of each mover at each stage."""
    found: dict[tuple[str, str], Deviation] = {}
    for d in deviations:
        if (d.stage, d.actor) not in found or d.change > found[d.stage, d.actor].change:
            found[d.stage, d.actor] = d
    return list(found.values())


def reason_text(deviations: Sequence[Deviation], supported: bool, form: str, outcome: str) -> str:
    """Say why a play is or is not an equilibrium; ``form`` is empty for the simultaneous one."""
    concept = f"a path of a subgame-perfect equilibrium of {form}" if form else "a Nash equilibrium of the simultaneous form"
    if not supported:
        reasons = [_reason(d) for d in _best(deviations) if d.verdict in ("gains", "unanswered")]
        if not reasons:
            reasons = ["no single deviation pays, but after some other choices nothing goes on that is an equilibrium in pure strategies"]
        return f"Not {concept}: {'; '.join(reasons)}."
    reason = "the later movers can answer every deviation so that it does not pay" if form else "nobody gains by a change of their own"
    text = f"It is {concept}: {reason}."
    leaving = [d for d in deviations if d.verdict == "loses" and d.outcome != outcome]
    if leaving:
        nearest = max(leaving, key=lambda d: d.share)
        change = f"{nearest.actor_name} would lose {number_text(-nearest.change)} by “{nearest.instead_label}”{_terms(nearest)}"
        text += f" Closest to a change of outcome: {change}, which leads to “{nearest.outcome_label}”."
    tied = list(dict.fromkeys(d.actor_name for d in deviations if d.verdict == "ties"))
    if tied:
        names = " and ".join([", ".join(tied[:-1]), tied[-1]] if tied[1:] else tied)
        text += f" For {names} another choice does just as well."
    return text


def _reason(d: Deviation) -> str:
    when = f"at “{d.stage}” " if d.stage else ""
    if d.verdict == "unanswered":
        return f"{when}{d.actor_name} can choose “{d.instead_label}”, after which no equilibrium in pure strategies holds it back"
    gain = f"{when}{d.actor_name} gains {number_text(d.change)} by “{d.instead_label}” instead{_terms(d)}"
    if not d.stage:
        return f"{gain}, which leads to “{d.outcome_label}”"
    answer = f" ({', '.join(f'{key}: {option}' for key, option in d.answer)})" if d.answer else ""
    follows = "even the answer that is worst for it" if d.answers > 1 else "what follows"
    return f"{gain}; {follows}{answer} leads to “{d.outcome_label}”"


def _terms(d: Deviation) -> str:
    return f" ({', '.join(term_text(*term) for term in sorted(d.terms, key=lambda t: -abs(t[1])))})" if d.terms else ""
