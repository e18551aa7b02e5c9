"""What comparisons and sweeps say, in sentences; none knows a particular scenario."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import numpy as np

from negotiation_sim.report.orders import because_of_answer, order_label
from negotiation_sim.report.words import among_words, capital, either, listed, number, percent, quoted
from negotiation_sim.scenario.comparison import BASE
from negotiation_sim.status import Status

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from negotiation_sim.equilibria.entries import Equilibria
    from negotiation_sim.scenario.comparison import Comparison, OutcomeRow
    from negotiation_sim.scenario.model import Scenario

__all__ = ["credibility_findings", "map_findings", "variant_findings"]

_SMALL = 1e-9  # payoffs closer than this are equal
_MOST_PROFILES = 50  # equilibria among which to look for the firmest


def variant_findings(comparison: Comparison) -> list[str]:
    """Say which variants end alike, and in which each actor does best and worst."""
    timed = [row for row in comparison.rows if row.concept != "nash"]
    rows = timed or list(comparison.rows)
    by_variant: dict[str, list[OutcomeRow]] = {}
    for row in rows:
        by_variant.setdefault(row.variant_label, []).append(row)
    groups: dict[tuple[str, ...], list[str]] = {}
    for label, own in by_variant.items():
        groups.setdefault(tuple(row.outcome_label for row in own), []).append(label)
    said = [f"{either(ends)}: {listed(labels)}." for ends, labels in groups.items()]
    for k, name in enumerate(comparison.player_names):
        ends = {label: {payoff for row in own for payoff in (row.payoff_min[k], row.payoff_max[k])} for label, own in by_variant.items()}
        values = {label: max(some) for label, some in ends.items() if max(some) - min(some) < _SMALL}
        if len(values) < len(ends) or len(values) < 2 or max(values.values()) - min(values.values()) < _SMALL:
            continue  # somewhere several equilibria pay differently: best and worst would mean little
        most, least = max(values.values()), min(values.values())
        best = listed([label for label, value in values.items() if value > most - _SMALL])
        worst = listed([label for label, value in values.items() if value < least + _SMALL])
        said.append(f"{name} does best in {best} ({number(most)}), worst in {worst} ({number(least)}).")
    return said


def credibility_findings(scenario: Scenario, comparison: Comparison) -> list[str]:
    """Say which outcomes of the simultaneous form fail in the scenario's own order of moves, and on which threats they rested."""
    base = [row for row in comparison.rows if row.variant == BASE and row.count]
    timed = {row.outcome for row in base if row.concept == "subgame-perfect"}
    if scenario.form not in scenario.forms or not timed:
        return []
    said = []
    nash = scenario.solve("nash") if any(row.concept == "nash" for row in base) else ()
    among = among_words(getattr(type(getattr(nash, "solver", None)), "among", ""))
    for row in base:
        if row.concept != "nash" or row.outcome in timed:
            continue
        share = f"({row.count} of {len(nash)} equilibria{among})"
        text = f"When all choose at once, {quoted(row.outcome_label)} is an equilibrium outcome too {share}."
        said.append(f"{text} {_why_not(scenario, row.outcome)}")
    if not said and any(row.concept == "nash" for row in base):
        said.append(f"Every outcome that is an equilibrium when all choose at once is also one {_in_order(scenario)}.")
    return said


def _in_order(scenario: Scenario) -> str:
    return f"in the order {quoted(order_label(scenario, scenario.form))}"


def _why_not(scenario: Scenario, outcome: str) -> str:
    """Name the deviation that breaks the firmest equilibrium of an outcome, and who then does not do as was threatened."""
    firmest, firmness = None, -np.inf
    nash = cast("Equilibria", scenario.solve("nash"))
    deciding = {i.actor for i in scenario.instruments if len(i.options) > 1}
    for profile in nash.profiles()[:_MOST_PROFILES]:
        named = zip(scenario.players, nash.game.actions, profile, strict=True)
        play = {actor: actions[int(x.argmax())] for actor, actions, x in named if actor in deciding and x.max() > 1 - _SMALL}
        if len(play) < len(deciding):
            continue  # mixed
        alone = scenario.explain(play, "simultaneous")
        margin = min((-d.share for d in alone.deviations if d.outcome != alone.outcome), default=np.inf)
        if alone.outcome == outcome and margin > firmness:
            firmest, firmness = play, margin
    broken = scenario.explain(firmest) if firmest else None
    gains = [d for d in broken.deviations if d.verdict == "gains"] if broken else []
    if broken is None or not gains:
        return f"{capital(_in_order(scenario))} it is not."
    best = max(gains, key=lambda d: d.change)
    when = f", at the stage {quoted(best.stage)}," if best.stage else ""
    text = f"{capital(_in_order(scenario))} it is not: {best.actor_name}{when} gains {number(best.change)} by {quoted(best.instead_label)}"
    return f"{text}{because_of_answer(scenario, broken.play, best.answer)}."


def map_findings(result: xr.Dataset, x: str, y: str, concept: str) -> list[str]:
    """Say how much of a map of two parameters each outcome holds, and how far along each axis one must go for it.

    Parameters
    ----------
    result : Dataset
        A sweep over exactly the two parameters.
    x, y : str
        The axes.
    concept : str
    """
    part = result.sel(concept=concept)
    among = json.loads(str(result.attrs.get("among", "{}"))).get(concept, "")
    supported = part.supported.transpose("outcome", y, x).values
    solved = part.status.transpose(y, x).values == Status.OK
    labels = [str(label) for label in result.outcome_label.values]
    alone = supported & (supported.sum(axis=0) == 1)
    said = []
    for k in np.argsort(-supported.reshape(len(labels), -1).sum(axis=1), kind="stable"):
        if not supported[k].any():
            continue
        text = f"{quoted(labels[k])} is an equilibrium outcome at {percent(supported[k].mean())} of the points"
        always = bool((alone[k] == supported[k]).all())
        text += ", always alone" if always else f", alone at {percent(alone[k].mean())}" if alone[k].any() else ", never alone"
        limits = [_limits(result[name].values, supported[k].any(axis=axis), name) for axis, name in ((0, x), (1, y))]
        found = [limit for limit in limits if limit]
        said.append(text + (f"; it needs {listed(found)}" if found else "") + ".")
    for words, where in (
        (f"there is no equilibrium{among_words(among)}", solved & ~supported.any(axis=0)),
        ("the game could not be solved", ~solved),
    ):
        if where.any():
            said.append(f"At {percent(where.mean())} of the points {words}.")
    return said


def _limits(values: NDArray[np.float64], where: NDArray[np.bool_], name: str) -> str:
    """Say between which values of an axis something occurs, where that is not its whole length."""
    low, high = float(values[where].min()), float(values[where].max())
    parts = [f"at least {number(low)}"] if low > values.min() else []
    parts += [f"at most {number(high)}"] if high < values.max() else []
    return f"{name} of {' and '.join(parts)}" if parts else ""
