"""Who gives way, at which threshold, under which order of moves: solutions of the timed forms, side by side, in sentences.

An actor **gives way** between two situations if it chooses something else and ends up with less. No sentence knows a particular
scenario.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from negotiation_sim._table import number_text
from negotiation_sim.report.words import capital, either, listed, number, quoted

if TYPE_CHECKING:
    from negotiation_sim.equilibria.entries import Paths
    from negotiation_sim.scenario.explanation import Deviation
    from negotiation_sim.scenario.model import Scenario
    from negotiation_sim.scenario.nearest import Change

__all__ = [
    "Order",
    "Situation",
    "because_of_answer",
    "giving_way",
    "order_findings",
    "order_label",
    "orders_of",
    "situation_of",
    "threshold_findings",
]

_EQUAL = 1e-9  # payoffs closer than this are equal
_SAME = 1e-3  # a payoff lost by less than this share of it is no loss: on a threshold the mover is indifferent
_STEP = 1e-4  # how far on both sides of a threshold to look, as a share of the parameter's range
_Choices = Sequence[tuple[str, str]]
_MOST = 4  # thresholds told in full sentences; the others follow in one line


@dataclass(frozen=True)
class Situation:
    """Where the subgame-perfect paths of one case lead.

    Attributes
    ----------
    outcomes : tuple of str
        Their labels.
    choices : mapping of str to tuple of str
        For each actor, in words, what it does on these paths.
    payoffs : mapping of str to (float, float)
        For each actor, lowest and highest payoff.
    """

    outcomes: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]]
    payoffs: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Order:
    """One order of moves: its name, what it leads to, and which parameters would change that, the least move first."""

    form: str
    label: str
    situation: Situation
    changes: tuple[Change, ...]


def situation_of(scenario: Scenario, form: str | None = None) -> Situation:
    """Solve one case and say where its subgame-perfect paths lead.

    Parameters
    ----------
    scenario : Scenario
        A single case.
    form : str, optional
        The timed form; the scenario's own by default.
    """
    paths = _paths(scenario, scenario.form if form is None else form)
    plays = paths.plays()
    free = [(k, i, dict(zip(i.options, i.labels, strict=True))) for k, i in enumerate(scenario.instruments) if len(i.options) > 1]
    choices: dict[str, tuple[str, ...]] = {}
    payoffs: dict[str, tuple[float, float]] = {}
    for player, (actor, name) in enumerate(zip(scenario.players, scenario.player_names, strict=True)):
        own = [(k, labels) for k, i, labels in free if i.actor == actor]
        choices[name] = tuple(dict.fromkeys(" + ".join(labels[play[k]] for k, labels in own) for play in plays if own))
        if plays:
            payoffs[name] = (float(paths.payoffs[:, player].min()), float(paths.payoffs[:, player].max()))
    reached = scenario.play_classes().reshape(-1)[paths.play]
    return Situation(tuple(label for k, label in enumerate(scenario.outcome_labels) if (reached == k).any()), choices, payoffs)


def _paths(scenario: Scenario, form: str) -> Paths:
    return cast("Paths", scenario.solve("subgame-perfect", form=form))


def orders_of(scenario: Scenario) -> tuple[Order, ...]:
    """Solve a scenario under each of its orders of moves, its own first, and search each for the nearest changes."""
    own = [scenario.form] if scenario.form in scenario.forms else []
    found = []
    for form in [*own, *(name for name in scenario.forms if name not in own)]:
        scans = [row.scan for row in scenario.compare([], form=form).nearest if row.scan.concept == "subgame-perfect"]
        found.append(Order(form, order_label(scenario, form), situation_of(scenario, form), scans[0].changes if scans else ()))
    return tuple(found)


def order_label(scenario: Scenario, form: str) -> str:
    """Name an order of moves: by its label, or else by the name of the form."""
    return scenario.forms[form].label or form.replace("_", " ")


def order_findings(orders: Sequence[Order]) -> list[str]:
    """Say what each order of moves leads to, and who gives way in which."""
    if not orders:
        return []
    first, *others = orders
    said = [f"In the order {quoted(first.label)} {_leads_to(first.situation)}.{_plays(first.situation)}"]
    for other in others:
        text = f"In the order {quoted(other.label)} {_leads_to(other.situation)}"
        same = other.situation.outcomes == first.situation.outcomes
        said.append(f"{text}, too." if same else " ".join([f"{text}.", *_changes(first.situation, other.situation)]))
    if not others:
        return said
    if all(o.situation.outcomes == first.situation.outcomes for o in others):
        said.append(f"So the order of moves does not matter to the outcome here: all {len(orders)} orders lead to the same.")
        return said
    ways: dict[str, list[str]] = {}
    for order in orders:
        losers = dict.fromkeys(actor for other in orders for actor in giving_way(other.situation, order.situation))
        if losers:
            ways.setdefault(listed(list(losers)), []).append(quoted(order.label))
    told = [f"{who} in {' and in '.join(where)}" for who, where in ways.items()]
    decides = f"who gives way: {'; '.join(told)}" if told else "the outcome"
    return [*said, f"So the order of moves decides {decides}."]


def threshold_findings(scenario: Scenario, order: Order) -> list[str]:
    """Say which single parameter, moved least, changes the outcome under one order of moves, and who then gives way.

    For each set of outcomes that can be reached, the parameter that needs the least move is told; all other parameters that change the
    outcome follow in one line.
    """
    nearest: dict[tuple[str, ...], Change] = {}
    for change in order.changes:
        nearest.setdefault(change.after, change)
    told = list(nearest.values())[:_MOST]
    said = [_threshold(scenario, order.form, change) for change in told]
    others = [f"{c.parameter} at {number(c.value)} ({_share(c)}%)" for c in order.changes if c not in told]
    if others:
        more = "1 more parameter, moved alone, changes" if len(others) == 1 else f"{len(others)} more parameters, moved alone, change"
        said.append(f"{more} the outcome; where, and how far away as a share of the range: {', '.join(others)}.")
    return said or ["No parameter, moved alone within its range, changes the outcome."]


def _share(change: Change) -> str:
    return number_text(round(100 * change.share, 1))


def _threshold(scenario: Scenario, form: str, change: Change) -> str:
    labels = dict(zip(scenario.outcome_names, scenario.outcome_labels, strict=True))
    parameter = scenario.parameters[change.parameter]
    low, high = parameter.range or (change.base, change.base)
    width = high - low
    edge = min((low, high), key=lambda end: abs(end - change.value))
    at_edge = abs(edge - change.value) < _STEP * width
    way = "at" if at_edge or change.only_there else "above" if change.value > change.base else "below"
    what = capital(parameter.meaning or change.parameter) + (f" ({change.parameter})" if parameter.meaning else "")
    text = f"{what}, now {number(change.base)}: {way} {number(edge if at_edge else change.value)} ({_share(change)}% of its range away)"
    if not change.after:
        return f"{text} there is no equilibrium in pure strategies."
    ends = f"the outcome is {either([labels[name] for name in change.after])}."
    return " ".join([text, ends, *(_across(scenario, form, change, _STEP * width) if way != "at" else [])])


def _across(scenario: Scenario, form: str, change: Change, step: float) -> list[str]:
    """Compare both sides of a threshold: who wants something else there, and who gives way because of it."""
    step = step if change.value > change.base else -step
    inside = scenario.replace(**{change.parameter: change.value - step})
    beyond = scenario.replace(**{change.parameter: change.value + step})
    before, after = situation_of(inside, form), situation_of(beyond, form)
    said, leaders = [], []
    for play in _paths(inside, form).plays()[:1]:
        old, new = inside.explain(play, form), beyond.explain(play, form)
        answers = {(d.stage, d.actor, d.instead): d.answer for d in old.deviations}
        gains = [d for d in new.deviations if d.verdict == "gains"]
        last = [d for d in gains if d.stage == gains[-1].stage]  # what earlier movers gain follows from it
        for d in sorted(last, key=lambda d: -d.change):
            if d.actor_name not in leaders:
                leaders.append(d.actor_name)
                why = because_of_answer(scenario, old.play, d.answer, answers[d.stage, d.actor, d.instead])
                said.append(f"{d.actor_name} then prefers {quoted(d.instead_label)} to {quoted(_dropped(scenario, play, d))}{why}.")
    return [*said, *_changes(before, after, leaders)]


def because_of_answer(scenario: Scenario, play: _Choices, answer: _Choices, otherwise: _Choices = ()) -> str:
    """Say which later movers answer a deviation from a play differently than in another answer; nothing if none does.

    Parameters
    ----------
    scenario : Scenario
    play : sequence of (str, str)
        Every instrument and its option.
    answer, otherwise : sequence of (str, str)
        Instruments and options where the two answers are not what the play says; by default the other answer is the play itself.
    """
    names = dict(zip(scenario.players, scenario.player_names, strict=True))
    now, before = dict(play) | dict(answer), dict(play) | dict(otherwise)
    told = []
    for i in scenario.instruments:
        labels = dict(zip(i.options, i.labels, strict=True))
        if now[i.key] != before[i.key]:
            told.append(f"{names[i.actor]} {quoted(labels[now[i.key]])} and not {quoted(labels[before[i.key]])}")
    return f", for the answer would be: {'; '.join(told)}" if told else ""


def _dropped(scenario: Scenario, play: Sequence[str], deviation: Deviation) -> str:
    """Label what an actor no longer does when it deviates from a play."""
    old, new = deviation.chosen.split("+"), deviation.instead.split("+")
    own = [(i, o) for i, o in zip(scenario.instruments, play, strict=True) if i.actor == deviation.actor and o in old and o not in new]
    return " + ".join(i.labels[i.options.index(option)] for i, option in own)


def _leads_to(situation: Situation) -> str:
    return f"the outcome is {either(situation.outcomes)}" if situation.outcomes else "there is no equilibrium in pure strategies"


def _plays(situation: Situation) -> str:
    told = [f"{actor}: {either(choices)}" for actor, choices in situation.choices.items() if choices]
    return f" {'; '.join(told)}." if told else ""


def giving_way(before: Situation, after: Situation) -> list[str]:
    """Name the actors that choose something else after than before, and end up with less."""
    return [actor for actor in _movers(before, after) if _loses(actor, before, after)]


def _changes(before: Situation, after: Situation, skip: Sequence[str] = ()) -> list[str]:
    """Say for each actor that chooses something else what it chooses, and whether it gives way."""
    told = []
    for actor in _movers(before, after):
        if actor not in skip:
            way = "gives way: it chooses" if _loses(actor, before, after) else "chooses"
            gets = f"gets {_ends(after.payoffs[actor])} instead of {_ends(before.payoffs[actor])}"
            told.append(f"{actor} {way} {either(after.choices[actor])} instead of {either(before.choices[actor])} and {gets}.")
    return told


def _movers(before: Situation, after: Situation) -> list[str]:
    """Actors that choose something else for sure: none of their choices is the same on both sides."""
    return [a for a in before.choices if before.choices[a] and after.choices[a] and not set(before.choices[a]) & set(after.choices[a])]


def _loses(actor: str, before: Situation, after: Situation) -> bool:
    return after.payoffs[actor][1] < before.payoffs[actor][0] - _SAME * max(map(abs, before.payoffs[actor]))


def _ends(pair: tuple[float, float]) -> str:
    return number(pair[0]) if pair[1] - pair[0] < _EQUAL else f"{number(pair[0])} to {number(pair[1])}"
