"""Write a scenario as the TOML text that loads back as the same scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim.scenario.problem import Problem, ScenarioError, shown

if TYPE_CHECKING:
    from negotiation_sim.scenario.actors import Form, Parameter, Term, Variant
    from negotiation_sim.scenario.model import Scenario

__all__ = ["scenario_text"]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
Lines = list[str]


def scenario_text(scenario: Scenario) -> str:
    """Return the TOML text of a scenario whose terms are all formulas and whose parameters are single numbers."""
    _refuse_unwritable(scenario)
    lines = ["format = 1", f"title = {_text(scenario.title)}"]
    lines += [f"{key} = {_text(value)}" for key, value in (("note", scenario.note), ("form", scenario.form)) if value]
    if scenario.parameters:
        lines += ["", "[parameters]", *(f"{name} = {_parameter(p)}" for name, p in scenario.parameters.items())]
    if scenario.definitions:
        lines += ["", "[definitions]", *_texts(scenario.definitions)]
    for key, actor in scenario.actors.items():
        lines += ["", f"[actors.{key}]"]
        if actor.name:
            lines.append(f"name = {_text(actor.name)}")
        if isinstance(actor.options, Mapping):
            lines += [f"[actors.{key}.options]", *_texts(actor.options)]
        elif actor.options is not None:
            lines.append(f"options = {_list(actor.options)}")
        if actor.instruments is not None:
            lines += _instruments(f"actors.{key}.instruments", actor.instruments)
        lines += [f"[actors.{key}.payoff]", *_texts(actor.payoff)]
    if scenario.available:
        lines += ["", "[available]", *(f"{_text(key)} = {_list(names)}" for key, names in scenario.available.items())]
    for name, form in scenario.forms.items():
        lines += ["", f"[forms.{name}]", *_form(form)]
    if scenario.outcomes:
        lines += ["", "[outcomes]"]
        lines += [f"{name} = {_inline({'when': o.when, 'label': o.label})}" for name, o in scenario.outcomes.items()]
    if scenario.constraints:
        lines += ["", "[constraints]"]
        lines += [f"{name} = {_inline({'never': c.never, 'meaning': c.meaning})}" for name, c in scenario.constraints.items()]
    for name, variant in scenario.variants.items():
        lines += ["", f"[variants.{name}]", *_variant(variant)]
    return "\n".join(lines) + "\n"


def _refuse_unwritable(scenario: Scenario) -> None:
    found = [
        Problem(("parameters", name), "a file holds one number for each parameter", "a number", "an array", file=scenario.source)
        for name, parameter in scenario.parameters.items()
        if np.ndim(parameter.value)
    ]
    terms: list[tuple[tuple[str, ...], Term]] = [(("definitions", name), term) for name, term in scenario.definitions.items()]
    terms += [(("actors", key, "payoff", name), term) for key, actor in scenario.actors.items() for name, term in actor.payoff.items()]
    found += [
        Problem(where, "a file cannot hold a Python function", "a formula", shown(term), file=scenario.source)
        for where, term in terms
        if not isinstance(term, str)
    ]
    if found:
        raise ScenarioError(found)


def _instruments(table: str, instruments: Mapping[str, Mapping[str, str] | Sequence[str]]) -> Lines:
    """Write instruments in their order; a table of its own for each would come after all lists."""
    named = [(name, options) for name, options in instruments.items() if isinstance(options, Mapping)]
    if len(named) == len(instruments):
        return [line for name, options in named for line in (f"[{table}.{name}]", *_texts(options))]
    lines = [f"[{table}]"]
    for name, options in instruments.items():
        written = "{" + ", ".join(_texts(options)) + "}" if isinstance(options, Mapping) else _list(options)
        lines.append(f"{name} = {written}")
    return lines


def _parameter(parameter: Parameter) -> str:
    parts = [f"value = {_number(parameter.value)}"]
    if parameter.range is not None:
        parts.append(f"range = {_list(parameter.range)}")
    if tuple(parameter.domain) != (-np.inf, np.inf):
        parts.append(f"domain = {_list(parameter.domain)}")
    parts += [f"{key} = {_text(value)}" for key, value in (("unit", parameter.unit), ("meaning", parameter.meaning)) if value]
    return f"{{{', '.join(parts)}}}"


def _form(form: Form) -> Lines:
    stages = []
    for stage in form.stages:
        name = f"name = {_text(stage.name)}, " if stage.name else ""
        stages.append(f"    {{{name}decides = {_list(stage.decides)}}},")
    return [*([f"label = {_text(form.label)}"] if form.label else []), "stages = [", *stages, "]"]


def _variant(variant: Variant) -> Lines:
    given = (("label", variant.label), ("meaning", variant.meaning), ("form", variant.form))
    lines = [f"{key} = {_text(value)}" for key, value in given if value]
    if variant.parameters:
        lines.append(f"parameters = {{{', '.join(f'{name} = {_number(value)}' for name, value in variant.parameters.items())}}}")
    if variant.options:
        lines.append(f"options = {{{', '.join(f'{_text(key)} = {_list(names)}' for key, names in variant.options.items())}}}")
    return lines


def _texts(entries: Mapping[str, Any]) -> Lines:
    return [f"{name} = {_text(value)}" for name, value in entries.items()]


def _inline(entries: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key} = {_text(value)}' for key, value in entries.items() if value)}}}"


def _list(values: Iterable[Any]) -> str:
    return f"[{', '.join(_text(value) if isinstance(value, str) else _number(value) for value in values)}]"


def _number(value: Any) -> str:
    """Write a number with as many digits as it takes to read the same one back."""
    return repr(float(value))


def _text(value: str) -> str:
    parts = [_ESCAPES.get(c) or (c if c.isprintable() or ord(c) >= 0xA0 else f"\\u{ord(c):04X}") for c in value]
    return f'"{"".join(parts)}"'
