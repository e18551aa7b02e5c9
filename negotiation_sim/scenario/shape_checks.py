"""Is a scenario made of the right kinds of parts? Asked first, so that all other checks can rely on it."""

from __future__ import annotations

import math
import numbers
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim.scenario.actors import Actor, Constraint, Form, Outcome, Parameter, Stage, Variant
from negotiation_sim.scenario.problem import Findings, kind_name, shown

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["check_parameter_shapes", "check_shape", "is_number"]

Where = tuple[str, ...]
Check = Callable[[Findings, Where, Any], None]


def is_number(value: object) -> bool:
    """Whether a value is one real number; truth values are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_shape(scenario: Scenario, findings: Findings) -> None:
    """Check kinds only: no names, no values."""
    for field in ("title", "note", "form", "source", "text"):
        _text(findings, (field,), getattr(scenario, field))
    for field, kind, check in (
        ("parameters", Parameter, _parameter),
        ("actors", Actor, _actor),
        ("forms", Form, _form),
        ("outcomes", Outcome, _outcome),
        ("constraints", Constraint, _constraint),
        ("variants", Variant, _variant),
    ):
        _each(findings, (field,), getattr(scenario, field), _of_kind(kind, check))
    _each(findings, ("definitions",), scenario.definitions, _term)
    _each(findings, ("available",), scenario.available, _names)


def check_parameter_shapes(findings: Findings, parameters: Any) -> None:
    """Check that parameters are a mapping of names to `Parameter`, and the kinds of what each holds."""
    _each(findings, ("parameters",), parameters, _of_kind(Parameter, _parameter))


def _each(findings: Findings, where: Where, found: Any, check: Check) -> None:
    """Check a mapping from names to parts."""
    if not isinstance(found, Mapping):
        findings.add(where, "not a table", "a mapping of names", shown(found))
        return
    for name, part in found.items():
        if not isinstance(name, str):
            findings.add((*where, shown(name)), "this name is not a text", "text", type(name).__name__)
        else:
            check(findings, (*where, name), part)
        if findings.full:
            return


def _of_kind(kind: type, check: Check) -> Check:
    def checked(findings: Findings, where: Where, part: Any) -> None:
        if isinstance(part, kind):
            check(findings, where, part)
        else:
            findings.add(where, "wrong kind of value", kind_name(kind), shown(part))

    return checked


def _parameter(findings: Findings, where: Where, parameter: Parameter) -> None:
    value: Any = parameter.value
    if isinstance(value, np.ndarray) and value.ndim:
        if value.dtype.kind not in "iuf":
            findings.add((*where, "value"), "not an array of real numbers", "numbers", f"an array of {value.dtype}")
    elif not is_number(value.item() if isinstance(value, np.ndarray) else value):
        findings.add((*where, "value"), "not a number", "a number", shown(value))
    for field in ("range", "domain"):
        pair: Any = getattr(parameter, field)
        if pair is None and field == "range":
            continue
        if not _is_list(pair) or len(pair) != 2 or not all(is_number(x) for x in pair):
            findings.add((*where, field), f"the {field} is not a pair of numbers", "[low, high]", shown(pair))
    _text(findings, (*where, "unit"), parameter.unit)
    _text(findings, (*where, "meaning"), parameter.meaning)


def _actor(findings: Findings, where: Where, actor: Actor) -> None:
    _text(findings, (*where, "name"), actor.name)
    if actor.options is not None:
        _options(findings, (*where, "options"), actor.options)
    if actor.instruments is not None:
        _each(findings, (*where, "instruments"), actor.instruments, _options)
    _each(findings, (*where, "payoff"), actor.payoff, _term)


def _options(findings: Findings, where: Where, options: Any) -> None:
    if isinstance(options, Mapping):
        _each(findings, where, options, _text)
    else:
        _names(findings, where, options)


def _form(findings: Findings, where: Where, form: Form) -> None:
    _text(findings, (*where, "label"), form.label)
    if not _is_list(form.stages):
        findings.add((*where, "stages"), "the stages are not a list", "a list of stages", shown(form.stages))
        return
    stages: Sequence[Any] = form.stages
    for n, stage in enumerate(stages):
        place = (*where, "stages", str(n))
        if not isinstance(stage, Stage):
            findings.add(place, "wrong kind of value", "a Stage", shown(stage))
            continue
        _names(findings, (*place, "decides"), stage.decides)
        _text(findings, (*place, "name"), stage.name)


def _outcome(findings: Findings, where: Where, outcome: Outcome) -> None:
    _text(findings, (*where, "when"), outcome.when)
    _text(findings, (*where, "label"), outcome.label)


def _constraint(findings: Findings, where: Where, constraint: Constraint) -> None:
    _text(findings, (*where, "never"), constraint.never)
    _text(findings, (*where, "meaning"), constraint.meaning)


def _variant(findings: Findings, where: Where, variant: Variant) -> None:
    _each(findings, (*where, "parameters"), variant.parameters, _number)
    _each(findings, (*where, "options"), variant.options, _names)
    if variant.form is not None:
        _text(findings, (*where, "form"), variant.form)
    _text(findings, (*where, "label"), variant.label)
    _text(findings, (*where, "meaning"), variant.meaning)


def _term(findings: Findings, where: Where, term: Any) -> None:
    if not isinstance(term, str) and not callable(term):
        hint = f'"{shown(term, plain=True)}"' if is_number(term) else None
        findings.add(where, "not a formula", "a formula in quotes (or, in Python, a function)", shown(term), hint)


def _number(findings: Findings, where: Where, value: Any) -> None:
    if not is_number(value):
        findings.add(where, "not a number", "a number", shown(value))


def _names(findings: Findings, where: Where, names: Any) -> None:
    if not _is_list(names):
        hint = f'["{shown(names, plain=True)}"]' if isinstance(names, str) else None
        findings.add(where, "not a list of names", "a list of names", shown(names), hint)
        return
    for n, name in enumerate(names):
        if not isinstance(name, str):
            findings.add((*where, str(n)), "not a name", "a name in quotes", shown(name))


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # turn the direction of the text that follows
_LONGEST = {"note": 4000, "meaning": 4000, "source": 4096, "text": 2_000_000, "when": math.inf, "never": math.inf}


def _text(findings: Findings, where: Where, value: Any) -> None:
    """Check a text for readers: it may end up in a terminal, where control characters do harm."""
    if not isinstance(value, str):
        findings.add(where, "not a text", "text in quotes", shown(value))
        return
    longest = _LONGEST.get(where[-1], 400)
    if len(value) > longest:
        findings.add(where, "the text is too long", f"at most {longest:.0f} characters", str(len(value)))
    elif where[-1] not in ("text", "when", "never"):
        bad = next((c for c in value if c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Cs") or c in _TURNING)), None)
        if bad is not None:
            findings.add(where, "the text holds a control character", "printable characters", ascii(bad))
