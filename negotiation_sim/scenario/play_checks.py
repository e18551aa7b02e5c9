"""Constraints over the plays of every case and form: they must leave a choice, and not tie together what is decided at once.

A constraint acts where the last of its instruments is decided: there it removes options that would complete a forbidden combination.
Work is done on the axes of the constraints only, so that a large scenario with a small rule is checked at once.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.scenario.form_checks import cases
from negotiation_sim.scenario.formula import Formula
from negotiation_sim.scenario.problem import Findings, shown

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Instrument, Scenario

__all__ = ["check_plays"]

_MOST_WORK = 500_000_000
"""Plays times characters of formulas: some tenths of a second."""

Mask = NDArray[np.bool_]


def check_plays(scenario: Scenario, findings: Findings) -> None:
    """Check the constraints in the base case and each variant, in each timed form and in the simultaneous form where it is the default."""
    if not scenario.constraints:
        return
    reads, length = _reads(scenario)
    union = sorted(frozenset().union(*reads.values()))
    done: set[tuple[Any, str]] = set()
    masks: dict[Any, dict[str, Mask]] = {}
    unsound: set[str] = set()  # forms already reported: other cases would only repeat it
    work = 0
    for where, called, options, default in cases(scenario):
        key = tuple(options.items())
        size = math.prod(len(key[k][1]) for k in union)
        forms = [form for form in dict.fromkeys([*scenario.forms, default]) if (key, form) not in done and form not in unsound]
        done.update((key, form) for form in forms)
        work += size * (length * (key not in masks) + 50 * sum(len(scenario.stages_of(form)[0]) for form in forms))
        if work > _MOST_WORK:
            findings.add(("constraints",), "too many plays, forms and variants to check the constraints in", "fewer of them")
            return
        case = _opened(scenario, options)
        if key not in masks:
            masks[key] = _forbidden(case)
        for form in forms:
            before = len(findings)
            _check_case(case, findings, masks[key], reads, form, "" if where == ("actors",) else f" in {called}")
            if len(findings) > before:
                unsound.add(form)


def _opened(scenario: Scenario, options: Mapping[str, tuple[str, ...]]) -> Scenario:
    fields = {f.name: getattr(scenario, f.name) for f in dataclasses.fields(scenario)}
    return type(scenario).unchecked(**{**fields, "available": options})


def _forbidden(case: Scenario) -> dict[str, Mask]:
    """For each constraint, the combinations that it forbids; size 1 on the axes of instruments that it does not read."""
    from negotiation_sim.scenario.evaluation import compiled, indicators

    known: dict[str, NDArray[Any]] = dict(indicators(case))

    def lookup(name: str) -> NDArray[Any]:
        if name not in known:
            known[name] = compiled(case.definitions[name], case, f"definition {name}").evaluate(lookup)
        return known[name]

    axes = len(case.instruments)
    found = {}
    for name, constraint in case.constraints.items():
        mask = Formula.parse(constraint.never).evaluate(lookup) != 0
        found[name] = mask.reshape((1,) * (axes - mask.ndim) + mask.shape)
    return found


def _reads(scenario: Scenario) -> tuple[dict[str, frozenset[int]], int]:
    """For each constraint, the instruments that it reads, directly or through definitions; and the length of all these formulas.

    An instrument counts even where it has one option left: a constraint never reaches back to an earlier decision.
    """
    from negotiation_sim.scenario.evaluation import compiled

    place = {instrument.key: k for k, instrument in enumerate(scenario.instruments)}
    found = {}
    used: set[str] = set()
    for name, constraint in scenario.constraints.items():
        pending = list(Formula.parse(constraint.never).names)
        seen: set[str] = set()
        while pending:
            read = pending.pop()
            if read not in seen and read in scenario.definitions:
                pending += compiled(scenario.definitions[read], scenario, f"definition {read}").names
            seen.add(read)
        found[name] = frozenset(place[read.rpartition(".")[0]] for read in seen if read not in scenario.definitions)
        used |= seen
    texts = [constraint.never for constraint in scenario.constraints.values()]
    texts += [str(scenario.definitions[name]) for name in used if name in scenario.definitions]
    return found, sum(len(text) for text in texts)


def _check_case(
    case: Scenario, findings: Findings, masks: Mapping[str, Mask], reads: Mapping[str, frozenset[int]], form: str, called: str
) -> None:
    stages, names = case.stages_of(form)
    stage_of = {k: s for s, stage in enumerate(stages) for k in stage}
    last = {name: max((stage_of[k] for k in reads[name]), default=0) for name in masks}
    reached: Mask = np.ones((1,) * len(case.instruments), dtype=bool)
    place = f"{called} of the form {form}" if called else f" in the form {form}"
    for s, stage in enumerate(stages):
        acting = [name for name in masks if last[name] == s]
        if not acting:
            continue
        legal = ~_any([masks[name] for name in acting])
        involved = [k for k in stage if any(k in reads[name] for name in acting)] or list(stage)
        who = " and ".join(dict.fromkeys(case.instruments[k].actor for k in involved))
        empty = reached & ~legal.any(axis=stage, keepdims=True)
        if empty.any():
            where = ("constraints", _to_blame({name: masks[name] for name in acting}, empty), "never")
            after = _history(case.instruments, empty)
            findings.add(where, f"leaves {who} no choice in {shown(names[s])}{after}{place}", "at least one open option at every history")
            return
        tied = reached & _product(case.instruments, stage, legal) & ~legal
        if tied.any():
            where = ("constraints", _to_blame({name: masks[name] for name in acting}, tied), "never")
            what = f"ties together what {who} choose at once in {shown(names[s])}{place}"
            findings.add(where, what, "a form in which one of them decides later, or a constraint on one actor only")
            return
        reached = reached & legal


def _to_blame(masks: Mapping[str, Mask], bad: Mask) -> str:
    """Return the last constraint that forbids something at the first bad place."""
    first = np.unravel_index(int(np.argmax(bad)), bad.shape)
    guilty = []
    for name, mask in masks.items():
        at = tuple(slice(None) if b == 1 else int(i) if m > 1 else 0 for b, m, i in zip(bad.shape, mask.shape, first, strict=True))
        if np.any(mask[at]):
            guilty.append(name)
    return guilty[-1]


def _any(masks: Sequence[Mask]) -> Mask:
    out = masks[0]
    for mask in masks[1:]:
        out = out | mask
    return out


def _axes(mask: Mask) -> list[int]:
    return [k for k, size in enumerate(mask.shape) if size > 1]


def _product(instruments: Sequence[Instrument], stage: Sequence[int], legal: Mask) -> Mask:
    """What would be legal if each actor who moves in the stage were restricted alone."""
    out: Mask = np.ones((1,) * legal.ndim, dtype=bool)
    for owner in {instruments[k].owner for k in stage}:
        others = tuple(k for k in stage if instruments[k].owner != owner)
        out = out & legal.any(axis=others, keepdims=True)
    return out


def _history(instruments: Sequence[Instrument], mask: Mask) -> str:
    """Name the first history at which a mask is true."""
    first = np.unravel_index(int(np.argmax(mask)), mask.shape)
    parts = [f"{instruments[k].key} = {instruments[k].options[int(first[k])]}" for k in _axes(mask)]
    return f" after {', '.join(parts)}" if parts else ""
