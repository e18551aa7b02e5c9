"""Forms, variants and open options: does every form decide every instrument once, do variants change what exists?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from negotiation_sim.scenario.name_checks import check_number
from negotiation_sim.scenario.problem import Findings, close_name, shown

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["Case", "cases", "check_forms", "check_variants"]

_MOST_PLAYS = 200_000
Where = tuple[str, ...]
Case = tuple[Where, str, Mapping[str, tuple[str, ...]], str]
"""Where it is set, how to call it, the open options of each instrument, and the default form."""


def check_forms(scenario: Scenario, findings: Findings) -> None:
    """Check that each form decides every instrument exactly once."""
    keys = [i.key for i in scenario.all_instruments]
    owners = {i.key: i.actor for i in scenario.all_instruments}
    for name, form in scenario.forms.items():
        where = ("forms", name, "stages")
        decided: dict[str, str] = {}
        before = len(findings)
        if not form.stages:
            findings.add(where, "the form has no stages", "at least one stage")
            continue
        for n, stage in enumerate(form.stages):
            place = (*where, str(n), "decides")
            called = stage.name or f"stage {n + 1}"
            if not stage.decides:
                findings.add(place, f"nobody decides anything in {shown(called)}", "at least one actor or actor.instrument")
            for k, entry in enumerate(stage.decides):
                meant = [key for key in keys if entry in (key, owners[key])]
                if not meant:
                    _unknown_instrument(scenario, findings, (*place, str(k)), entry)
                for key in meant:
                    if key in decided:
                        findings.add((*place, str(k)), f"{key} is decided twice: in {shown(decided[key])} and in {shown(called)}", "once")
                    decided.setdefault(key, called)
        missing = [key for key in keys if key not in decided]
        if missing and len(findings) == before:
            findings.add(where, f"the form never decides {', '.join(missing)}", "every instrument once")
    _form_name(scenario, findings, ("form",), scenario.form)


def check_variants(scenario: Scenario, findings: Findings) -> None:
    """Check what variants and ``available`` change, and how many plays each case has."""
    _open_options(scenario, findings, ("available",), scenario.available)
    for name, variant in scenario.variants.items():
        where = ("variants", name)
        for parameter, value in variant.parameters.items():
            place = (*where, "parameters", parameter)
            if parameter in scenario.parameters:
                check_number(findings, place, value, scenario.parameters[parameter].domain)
            elif parameter in scenario.definitions:
                findings.add(place, f"{shown(parameter)} is a definition, which a variant cannot replace", "a parameter")
            else:
                close = close_name(parameter, scenario.parameters)
                findings.add(place, f"unknown parameter {shown(parameter)}", "one of [parameters]", hint=close)
        _open_options(scenario, findings, (*where, "options"), variant.options)
        if variant.form is not None:
            _form_name(scenario, findings, (*where, "form"), variant.form)
    if findings:
        return
    for place_of_case, called, options, _ in cases(scenario):
        plays = math.prod(len(names) for names in options.values())
        if plays > _MOST_PLAYS:
            findings.add(
                place_of_case, f"too many plays in {called}", f"at most {_MOST_PLAYS}, the product of all numbers of options", str(plays)
            )


def cases(scenario: Scenario) -> Iterator[Case]:
    """Walk the base case and the variants."""
    full = {i.key: i.options for i in scenario.all_instruments}

    def opened(changes: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        return {key: tuple(o for o in options if o in changes.get(key, options)) for key, options in full.items()}

    yield ("actors",), "the base case", opened(scenario.available), scenario.form
    for name, variant in scenario.variants.items():
        options = opened({**scenario.available, **variant.options})
        yield ("variants", name), f"the variant {name}", options, scenario.form if variant.form is None else variant.form


def _open_options(scenario: Scenario, findings: Findings, where: Where, options: Mapping[str, Sequence[str]]) -> None:
    full = {i.key: i.options for i in scenario.all_instruments}
    for key, names in options.items():
        place = (*where, key)
        if key not in full:
            _unknown_instrument(scenario, findings, place, key)
            continue
        if not names:
            findings.add(place, f"no option of {key} is left open", f"at least one of {', '.join(full[key])}")
        for n, name in enumerate(names):
            spot = (*place, str(n))
            if name not in full[key]:
                findings.add(spot, f"{key} has no option {shown(name)}", ", ".join(full[key][:10]), hint=close_name(name, full[key]))
            elif name in names[:n]:
                findings.add(spot, f"the option {shown(name)} is given twice", "each option once")


def _unknown_instrument(scenario: Scenario, findings: Findings, where: Where, entry: str) -> None:
    owners = {i.key: i.actor for i in scenario.all_instruments}
    first = entry.split(".")[0]
    of_actor = [key for key, actor in owners.items() if actor == entry]
    if of_actor:  # only where one instrument must be named
        findings.add(where, f"{entry} has several instruments", "the name of one", hint=" or ".join(f'"{key}"' for key in of_actor))
    elif first in owners and first != entry:
        findings.add(where, f"{first} decides one thing only, which has no name of its own", f'"{first}"', shown(entry))
    else:
        close = close_name(entry, [*owners, *scenario.actors])
        findings.add(where, f"unknown actor or instrument {shown(entry)}", "an actor or actor.instrument", hint=close)


def _form_name(scenario: Scenario, findings: Findings, where: Where, name: str) -> None:
    if name != "simultaneous" and name not in scenario.forms:
        choices = list(dict.fromkeys(["simultaneous", *scenario.forms]))
        findings.add(where, f"unknown form {shown(name)}", f"one of {', '.join(choices[:10])}", hint=close_name(name, choices))
