"""Formulas of a scenario: can they be read, are all names known, does nothing depend on itself, do outcomes use options only?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from negotiation_sim.scenario.formula import Formula, FormulaError, FormulaLimits
from negotiation_sim.scenario.problem import Findings, close_name, shown

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["check_formulas"]

_MOST_CHARACTERS = 200_000
_DEEPEST = 100
_KNOWN = "a parameter, a definition, actor.option, actor.instrument.option or payoff.actor"
Where = tuple[str, ...]


def check_formulas(scenario: Scenario, findings: Findings) -> None:
    """Check definitions, payoff terms, outcomes and constraints."""
    written = list(_terms(scenario))
    total = 0
    for where, term in written:
        total += len(term) if isinstance(term, str) and len(term) <= FormulaLimits().length else 0  # longer ones are refused unread
        if total > _MOST_CHARACTERS:
            findings.add(where, "here all formulas together become too long", f"at most {_MOST_CHARACTERS} characters")
            return
    known = _known_names(scenario)
    reads: dict[str, dict[str, Where]] = {name: {} for name in scenario.definitions}
    reads |= {f"payoff.{actor}": {} for actor in scenario.actors}
    rules: list[tuple[Where, tuple[str, ...]]] = []
    for where, term in written:
        if findings.full:
            return
        names = _names_in(scenario, findings, where, term)
        for name in names:
            if name not in known:
                findings.add(where, f"unknown name {shown(name)}", _KNOWN, hint=_meant(scenario, name, known))
        if where[0] in ("definitions", "actors"):
            node = where[1] if where[0] == "definitions" else f"payoff.{where[1]}"
            for name in names:
                reads[node].setdefault(name, where)
        else:
            rules.append((where, names))
    if not _check_cycles(findings, reads):
        _check_rules(scenario, findings, reads, rules)


def _terms(scenario: Scenario) -> Iterator[tuple[Where, Any]]:
    for name, term in scenario.definitions.items():
        yield ("definitions", name), term
    for key, actor in scenario.actors.items():
        for name, term in actor.payoff.items():
            yield ("actors", key, "payoff", name), term
    for name, outcome in scenario.outcomes.items():
        yield ("outcomes", name, "when"), outcome.when
    for name, constraint in scenario.constraints.items():
        yield ("constraints", name, "never"), constraint.never


def _known_names(scenario: Scenario) -> dict[str, str]:
    """Every name that a formula may use, with its kind."""
    known = dict.fromkeys(scenario.parameters, "parameter") | dict.fromkeys(scenario.definitions, "definition")
    for key, actor in scenario.actors.items():
        known[f"payoff.{key}"] = "payoff"
        known |= dict.fromkeys((f"{key}.{option}" for option in actor.options or ()), "option")
        for instrument, options in (actor.instruments or {}).items():
            known |= dict.fromkeys((f"{key}.{instrument}.{option}" for option in options), "option")
    return known


def _meant(scenario: Scenario, name: str, known: Mapping[str, str]) -> str | None:
    """Guess what an unknown name was meant to be."""
    first, _, last = name.rpartition(".")
    ends = [full for full, kind in known.items() if kind == "option" and full.endswith(f".{last}")]
    if first in scenario.actors:  # US.sanction for US.stance.sanction
        ends = [full for full in ends if full.startswith(f"{first}.")] or ends
    if ends:
        return " or ".join(ends[:3])
    if name in scenario.actors:
        options = [full for full, kind in known.items() if kind == "option" and full.startswith(f"{name}.")]
        return " or ".join([*options[:2], f"payoff.{name}"])
    return close_name(name, known)


def _names_in(scenario: Scenario, findings: Findings, where: Where, term: str | Callable[..., Any]) -> tuple[str, ...]:
    if not isinstance(term, str):
        return _arguments(scenario, findings, where, term)
    try:
        return Formula.parse(term).names
    except FormulaError as error:
        findings.add(where, error.message, got=shown(term) if len(term) <= 60 else "", hint=error.hint, column=error.column)
        return ()


def _arguments(scenario: Scenario, findings: Findings, where: Where, function: Callable[..., Any]) -> tuple[str, ...]:
    """Names that a Python function reads, by its arguments: an actor stands for its options, ``payoff`` for every other actor's payoff."""
    try:
        arguments = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        findings.add(where, "cannot read the arguments of this function", "a function written in Python", shown(function))
        return ()
    names: list[str] = []
    for argument in arguments:
        name = argument.name
        if argument.kind not in (argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY):
            findings.add(where, f"the function cannot have the argument {shown(str(argument))}", "plain arguments, passed by name")
        elif name == "payoff":
            own = where[1] if where[0] == "actors" else None
            names += [f"payoff.{key}" for key in scenario.actors if key != own]
        elif name in scenario.actors:
            actor = scenario.actors[name]
            keys = {name: actor.options} if actor.options is not None else {f"{name}.{k}": v for k, v in (actor.instruments or {}).items()}
            names += [f"{key}.{option}" for key, options in keys.items() for option in options or ()]
        elif name in scenario.parameters or name in scenario.definitions:
            names.append(name)
        else:
            choices = [*scenario.parameters, *scenario.definitions, *scenario.actors, "payoff"]
            findings.add(
                where,
                f"the function has the unknown argument {shown(name)}",
                "names of parameters, definitions, actors, or payoff",
                hint=close_name(name, choices),
            )
    return tuple(names)


def _check_cycles(findings: Findings, reads: Mapping[str, Mapping[str, Where]]) -> bool:
    """Walk what reads what, without recursion; report each cycle and any chain too long to evaluate."""
    depth: dict[str, int] = {}
    found = False
    for root in reads:
        if root in depth:
            continue
        path = [root]
        pending = [iter([n for n in reads[root] if n in reads])]
        while path:
            name = next(pending[-1], None)
            if name is None:
                done = path.pop()
                pending.pop()
                depth[done] = 1 + max((depth.get(n, 0) for n in reads[done]), default=0)
                if depth[done] == _DEEPEST + 1:
                    place = ("actors", done.removeprefix("payoff.")) if done.startswith("payoff.") else ("definitions", done)
                    findings.add(place, "definitions build on each other too deeply", f"at most {_DEEPEST} levels")
                    found = True
            elif name in path:
                cycle = [*path[path.index(name) :], name]
                where = reads[cycle[0]][cycle[1]]
                findings.add(where, f"{name} depends on itself: {_arrows(cycle)}", "definitions and payoffs without a circle")
                found = True
            elif name not in depth:
                path.append(name)
                pending.append(iter([n for n in reads[name] if n in reads]))
    return found


def _arrows(cycle: list[str]) -> str:
    names = cycle if len(cycle) <= 12 else [*cycle[:8], "...", *cycle[-3:]]
    return " -> ".join(shown(name, plain=True, most=40) for name in names)


def _check_rules(
    scenario: Scenario, findings: Findings, reads: Mapping[str, Mapping[str, Where]], rules: list[tuple[Where, tuple[str, ...]]]
) -> None:
    """Outcomes and constraints sort plays once for all parameter values: they may read options only, directly or through definitions."""
    memo: dict[str, tuple[str, ...] | None] = {}

    def route(name: str) -> tuple[str, ...] | None:
        """Return the way from a name to a parameter or payoff, if there is one."""
        if name in scenario.parameters or name.startswith("payoff."):
            return (name,)
        if name not in memo:
            memo[name] = None
            for inner in reads.get(name, ()):
                way = route(inner)
                if way is not None:
                    memo[name] = (name, *way)
                    break
        return memo[name]

    for where, names in rules:
        for name in names:
            way = route(name)
            if way is not None:
                kind = "" if way[-1].startswith("payoff.") else "the parameter "
                through = f" through {' -> '.join(way[:-1])}" if len(way) > 1 else ""
                findings.add(where, f"uses {kind}{way[-1]}{through}", "options, and definitions that use options only")
                break
