"""Names and values of a scenario: identifiers, reserved words, clashes, numbers within their domain, sizes."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim.scenario.formula_functions import FUNCTIONS
from negotiation_sim.scenario.problem import Findings, shown
from negotiation_sim.scenario.shape_checks import check_parameter_shapes

if TYPE_CHECKING:
    from negotiation_sim.scenario.actors import Actor, Parameter
    from negotiation_sim.scenario.model import Scenario

__all__ = ["RESERVED", "check_names", "check_number", "check_parameters", "check_sizes"]

RESERVED = frozenset(
    {"player", "outcome", "concept", "variant", "sample", "status", "count", "payoff", "self"}
    | {"supported", "certain", "complete", "payoff_min", "payoff_max", "regret_max", "margin", "strict", "outcome_label", "player_name"}
)
"""Names that results use for themselves; parameters, definitions and actors cannot have them."""

_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MOST = {"parameters": 500, "definitions": 500, "actors": 20, "forms": 50, "outcomes": 100, "constraints": 100, "variants": 100}
_MOST_INSTRUMENTS = 24
_MOST_OPTIONS = 50
_MOST_TERMS = 100
_MOST_STAGES = 50


def check_names(scenario: Scenario, findings: Findings) -> None:
    """Check every name that a file gives to something, and every number."""
    seen: dict[str, str] = {}
    for field, singular in (("parameters", "parameter"), ("definitions", "definition"), ("actors", "actor")):
        for name in getattr(scenario, field):
            _identifier(findings, (field, name), name, formula_name=True)
            if name in seen:
                findings.add((field, name), f"this {singular} has the name of a {seen[name]}", "a name of its own", shown(name))
            seen.setdefault(name, singular)
    for field in ("forms", "outcomes", "constraints", "variants"):
        for name in getattr(scenario, field):
            _identifier(findings, (field, name), name)
    if "simultaneous" in scenario.forms:
        findings.add(("forms", "simultaneous"), "the form 'simultaneous' always exists; no other form may have its name", "another name")
    if "other" in scenario.outcomes:
        findings.add(("outcomes", "other"), "the outcome 'other' is what no rule matches; no rule may have its name", "another name")
    if "base" in scenario.variants:
        findings.add(("variants", "base"), "the variant 'base' is the base case; no other variant may have its name", "another name")
    for name, parameter in scenario.parameters.items():
        _parameter(findings, name, parameter)
    _broadcast(findings, scenario.parameters)
    for key, actor in scenario.actors.items():
        _actor(findings, key, actor)


def check_sizes(scenario: Scenario, findings: Findings) -> None:
    """Refuse sizes at which every other check would be slow."""
    for field, most in _MOST.items():
        if len(getattr(scenario, field)) > most:
            findings.add((field,), f"too many {field}", f"at most {most}", str(len(getattr(scenario, field))))
    if not scenario.actors:
        findings.add(("actors",), "the scenario has no actors", "at least one table [actors.NAME]")
    count = 0
    for key, actor in scenario.actors.items():
        if len(actor.payoff) > _MOST_TERMS:
            findings.add(("actors", key, "payoff"), "too many payoff terms", f"at most {_MOST_TERMS}", str(len(actor.payoff)))
        for where, options in _option_lists(key, actor):
            count += 1
            if len(options) > _MOST_OPTIONS:
                findings.add(where, "too many options", f"at most {_MOST_OPTIONS}", str(len(options)))
    if count > _MOST_INSTRUMENTS:
        findings.add(("actors",), "too many instruments of all actors together", f"at most {_MOST_INSTRUMENTS}", str(count))
    for name, form in scenario.forms.items():
        if len(form.stages) > _MOST_STAGES:
            findings.add(("forms", name, "stages"), "too many stages", f"at most {_MOST_STAGES}", str(len(form.stages)))


def check_number(findings: Findings, where: tuple[str, ...], value: Any, domain: tuple[float, float]) -> None:
    """Check that a parameter's value is finite and within the parameter's domain."""
    number = _float(value)
    low, high = _float(domain[0]), _float(domain[1])
    if not math.isfinite(number):
        findings.add(where, "not a finite number", "a finite number", shown(value))
    elif low <= high and not low <= number <= high:
        findings.add(where, "the value lies outside the domain", f"a number in [{low:g}, {high:g}]", f"{number:g}")


def _option_lists(key: str, actor: Actor) -> list[tuple[tuple[str, ...], Collection[str]]]:
    found: list[tuple[tuple[str, ...], Collection[str]]] = []
    if actor.options is not None:
        found.append((("actors", key, "options"), actor.options))
    for name, options in (actor.instruments or {}).items():
        found.append((("actors", key, "instruments", name), options))
    return found


def check_parameters(parameters: Any, findings: Findings) -> None:
    """Check the parameters of a model that has no other parts to check."""
    check_parameter_shapes(findings, parameters)
    if findings:
        return
    for name, parameter in parameters.items():
        _identifier(findings, ("parameters", name), name, formula_name=True)
        _parameter(findings, name, parameter)
    _broadcast(findings, parameters)


def _identifier(findings: Findings, where: tuple[str, ...], name: str, formula_name: bool = False) -> None:
    expected = f"a letter, then letters, digits and _ (plain ASCII, at most {_LONGEST_NAME})"
    if len(name) > _LONGEST_NAME:
        findings.add(where, "the name is too long", f"at most {_LONGEST_NAME} characters", str(len(name)))
    elif not _NAME.fullmatch(name):
        suggestion = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
        findings.add(where, f"{shown(name)} cannot be a name", expected, hint=suggestion if _NAME.fullmatch(suggestion) else None)
    elif name.startswith("__"):
        findings.add(where, f"{shown(name)} cannot be a name: it begins with two underscores", expected)
    elif keyword.iskeyword(name):
        findings.add(where, f"{name!r} is a word of the formula language and cannot be a name", "another name", hint=f"{name}_")
    elif formula_name and name in FUNCTIONS:
        findings.add(where, f"{name!r} is a function of formulas and cannot be a name", "another name", hint=f"{name}_")
    elif formula_name and name in RESERVED:
        findings.add(where, f"{name!r} is reserved for results and cannot be a name here", "another name", hint=f"{name}_")


def _parameter(findings: Findings, name: str, parameter: Parameter) -> None:
    where = ("parameters", name)
    low, high = (_float(x) for x in parameter.domain)
    wanted = "[low, high] with low <= high"
    for field, pair in (("domain", parameter.domain), ("range", parameter.range or ())):
        if any(isinstance(x, int) and math.isinf(_float(x)) for x in pair):
            findings.add((*where, field), f"the {field} holds a number that is too large", "at most 1.79e308, or inf")
            return
    if math.isnan(low) or math.isnan(high) or low > high or low == math.inf or high == -math.inf:
        findings.add((*where, "domain"), "the domain is empty or reversed", wanted, _pair(parameter.domain))
        return
    if np.ndim(parameter.value) == 0:  # points of an array outside the domain get a status instead
        check_number(findings, (*where, "value"), parameter.value, (low, high))
    if parameter.range is None:
        return
    start, end = (_float(x) for x in parameter.range)
    if not (math.isfinite(start) and math.isfinite(end)):
        findings.add((*where, "range"), "the range is not finite", "two finite numbers [low, high]", _pair(parameter.range))
    elif start > end:
        findings.add((*where, "range"), "the range is reversed", wanted, _pair(parameter.range), _pair((end, start)))
    elif start < low or end > high:
        findings.add((*where, "range"), "the range leaves the domain", f"a range within [{low:g}, {high:g}]", _pair(parameter.range))


def _broadcast(findings: Findings, parameters: Mapping[str, Parameter]) -> None:
    shapes = {name: np.shape(p.value) for name, p in parameters.items() if np.ndim(p.value)}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        findings.add(("parameters",), "the arrays do not broadcast against each other", "one batch shape", shown(shapes))


def _actor(findings: Findings, key: str, actor: Actor) -> None:
    where = ("actors", key)
    if actor.options is not None and actor.instruments is not None:
        findings.add(where, "the actor has both options and instruments", "options for one instrument, or instruments for several")
    elif actor.options is None and not actor.instruments:
        findings.add(where, "the actor has nothing to decide", 'options = {name = "label", ...} or a table of instruments')
    for name in actor.instruments or {}:
        _identifier(findings, (*where, "instruments", name), name)
    for name in actor.payoff:
        _identifier(findings, (*where, "payoff", name), name)
    for place, options in _option_lists(key, actor):
        seen: set[str] = set()
        names = list(options)
        if not names:
            findings.add(place, "there are no options", "at least one option")
        for n, option in enumerate(names):
            spot = (*place, option if isinstance(options, Mapping) else str(n))
            _identifier(findings, spot, option)
            if option in seen:
                findings.add(spot, f"the option {shown(option)} is given twice", "different options")
            seen.add(option)


def _pair(values: tuple[float, float]) -> str:
    return "[" + ", ".join(f"{_float(x):g}" for x in values) + "]"


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
