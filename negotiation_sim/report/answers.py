"""Answers for a terminal and for scripts: what a scenario holds, its equilibria, the shares of a sweep; each as a table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._table import Table, number_text
from negotiation_sim._words import mixture
from negotiation_sim.equilibria.entries import Paths
from negotiation_sim.equilibria.mediated.plans import CorrelatedEquilibria
from negotiation_sim.equilibria.quantal.responses import QuantalResponses, response_advice
from negotiation_sim.games.bimatrix_cells import bimatrix_table
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.report.plan_answers import plan_dict, plan_table
from negotiation_sim.report.response_answers import response_dict, response_table
from negotiation_sim.report.words import among_words
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    import xarray as xr

    from negotiation_sim.equilibria.entries import Equilibria
    from negotiation_sim.scenario.model import Scenario

    Answer = Equilibria | Paths | QuantalResponses | CorrelatedEquilibria

__all__ = [
    "MOST_ACTIONS",
    "MOST_ROWS",
    "VERIFIED",
    "bimatrix_tables",
    "contents_dict",
    "contents_tables",
    "is_verified",
    "mixture_text",
    "solution_dict",
    "solution_table",
    "sweep_dict",
    "sweep_table",
    "whole_words",
]

VERIFIED = 1e-6
"""An equilibrium counts as verified if no deviation gains more than this share of the player's payoff range."""

MOST_ACTIONS = 6
"""Actions of a player in a bimatrix that is shown unasked."""

MOST_ROWS = 60
"""Equilibria of one outcome that are shown in a terminal."""

_HEADS = {
    "nash": "Nash equilibria{among} of the simultaneous form",
    "subgame-perfect": "Subgame-perfect paths of {form}",
    "logit": "Logit quantal responses of the simultaneous form",
    "correlated": "Best correlated equilibrium of the simultaneous form",
    "coarse-correlated": "Best coarse correlated equilibrium of the simultaneous form",
}


def contents_dict(scenario: Scenario) -> dict[str, Any]:
    """Say what a sound scenario holds."""
    return {
        "ok": True,
        "source": scenario.source,
        "title": scenario.title,
        "note": scenario.note,
        "actors": dict(zip(scenario.players, scenario.player_names, strict=True)),
        "instruments": {i.key: dict(zip(i.options, i.labels, strict=True)) for i in scenario.instruments},
        "plays": int((scenario.play_classes() >= 0).sum()),
        "form": scenario.form,
        "has_simultaneous_form": scenario.has_simultaneous_form,
        "forms": {name: form.label for name, form in scenario.forms.items()},
        "outcomes": dict(zip(scenario.outcome_names, scenario.outcome_labels, strict=True)),
        "variants": {name: variant.label for name, variant in scenario.variants.items()},
        "parameters": {
            name: {"value": p.value, "range": p.range, "domain": [_finite(end) for end in p.domain], "unit": p.unit, "meaning": p.meaning}
            for name, p in scenario.parameters.items()
        },
        "problems": [],
    }


def contents_tables(scenario: Scenario) -> list[Table]:
    """Show what a sound scenario holds."""
    rows: list[Any] = []
    for key, actor in scenario.actors.items():
        rows.append(actor.name or key)
        for i in scenario.instruments:
            if i.actor == key:
                rows += [(i.key if k == 0 else "", *pair) for k, pair in enumerate(zip(i.options, i.labels, strict=True))]
    held = contents_dict(scenario)
    forms = ", ".join([*(["simultaneous"] if scenario.has_simultaneous_form else []), *scenario.forms])
    plays = f"{held['plays']} {'play' if held['plays'] == 1 else 'plays'}"
    count = f"{plays}. Forms: {forms or 'none'}; default {scenario.form}."
    if not scenario.has_simultaneous_form:
        rules = ", ".join(scenario.constraints)
        count += f" There is no simultaneous form: constraints ({rules}) tie the choices of different actors to each other."
    variants = f"Variants: {', '.join(scenario.variants) or 'none'}. Outcomes: {', '.join(scenario.outcome_names[:12])}"
    variants += f" and {len(scenario.outcome_names) - 12} more." if len(scenario.outcome_names) > 12 else "."
    parameters = [(name, p.value, p.range, p.unit, p.meaning) for name, p in scenario.parameters.items()]
    return [
        Table(("instrument", "option", "label"), rows, scenario.title, f"{count}\n{variants}"),
        Table(("parameter", "value", "range", "unit", "meaning"), parameters, "Parameters", scenario.note),
    ]


def is_verified(solution: Answer) -> bool:
    """Whether some equilibrium was found whose certificate holds."""
    if isinstance(solution, QuantalResponses):
        return bool((solution.status == Status.OK).any())
    return bool(solution.regret.size and (solution.regret <= VERIFIED).any())


def solution_dict(scenario: Scenario, solution: Answer) -> dict[str, Any]:
    """Return every equilibrium of a single game, with what it does, leads to and pays."""
    if isinstance(solution, CorrelatedEquilibria):
        return plan_dict(scenario, solution, _classes(scenario, solution))
    if isinstance(solution, QuantalResponses):
        return response_dict(scenario, solution)
    chance = solution.class_probability(_classes(scenario, solution), len(scenario.outcome_names))
    margin, between = solution.margin(_classes(scenario, solution)), solution.strict_between_outcomes(_classes(scenario, solution))
    entries = []
    for e, does in enumerate(_choices(solution)):
        entries.append(
            {
                "choices": does,
                "outcomes": {name: float(p) for name, p in zip(scenario.outcome_names, chance[e], strict=True) if p > 1e-9},
                "payoffs": dict(zip(scenario.players, map(float, solution.payoffs[e]), strict=True)),
                "strict": bool(solution.strict[e]),
                "strict_between_outcomes": bool(between[e]),
                "margin": _finite(float(margin[e])),
                "regret": float(solution.regret[e]),
            }
        )
    return listed_dict(solution, entries)


def listed_dict(solution: Paths | Equilibria, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is known of the list of a single game, and the list."""
    status = Status(int(solution.status))
    return {
        "concept": solution.concept,
        "form": solution.form,
        "solver": repr(solution.solver),
        "status": status.name,
        "advice": "" if status == Status.OK else solution.advice(status),
        "complete": Completeness(int(solution.complete)).name,
        "among": getattr(type(solution.solver), "among", ""),
        "count": len(entries),
        "verified": is_verified(solution),
        "equilibria": entries,
    }


def bimatrix_tables(scenario: Scenario, solutions: Sequence[Answer], case: str = "") -> list[Table]:
    """Show the payoffs of a game of two actors with few actions, best replies marked; nothing for other games."""
    for each in solutions:
        game = each.game
        if isinstance(game, NormalFormGame) and len(game.players) == 2 and max(game.shape) <= MOST_ACTIONS:
            named = NormalFormGame(game.payoffs, scenario.player_names, game.actions, note=scenario.note)
            return [replace(bimatrix_table(named), title=f"{scenario.title}{case}\nPayoffs, the row player's first")]
    return []


def solution_table(scenario: Scenario, solution: Answer, case: str = "") -> Table:
    """Show the equilibria of a single game, grouped by outcome; ``case`` is what the title says beyond the scenario's own."""
    if isinstance(solution, CorrelatedEquilibria):
        return plan_table(scenario, solution, _classes(scenario, solution), case)
    if isinstance(solution, QuantalResponses):
        return response_table(scenario, solution, case)
    known = solution_dict(scenario, solution)
    form = scenario.forms[solution.form].label if solution.form in scenario.forms else ""
    among = among_words(known["among"])
    title = _HEADS.get(solution.concept, solution.concept).format(form=solution.form, among=among) + (f" ({form})" if form else "")
    labels = dict(zip(scenario.outcome_names, scenario.outcome_labels, strict=True))
    groups: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, entry in enumerate(known["equilibria"], start=1):
        sure = len(entry["outcomes"]) == 1
        words = (labels[name] + ("" if sure else f" ({number_text(float(f'{p:.4g}'))})") for name, p in entry["outcomes"].items())
        groups.setdefault(" or ".join(words), []).append((number, entry))
    rows: list[Any] = []
    for heading, entries in groups.items():
        rows.append(heading)
        for number, entry in entries[:MOST_ROWS]:
            does = " / ".join(mixture_text(choice) for choice in entry["choices"].values())
            strict = "yes" if entry["strict"] else "between" if entry["strict_between_outcomes"] else "no"
            rows.append((number, does, *entry["payoffs"].values(), strict, entry["margin"]))
        if len(entries) > MOST_ROWS:
            rows.append(f"... and {len(entries) - MOST_ROWS} more, all of them with --json")
    order = list(known["equilibria"][0]["choices"]) if known["equilibria"] else list(scenario.players)
    notes = [known["advice"]] if known["advice"] else []
    if not known["equilibria"] and not notes:
        notes.append(f"There is no equilibrium{among}." if among else "No equilibrium was found.")
    elif known["equilibria"]:
        continua = [] if isinstance(solution, Paths) else _named(scenario, solution).component_lines()
        notes += [*continua, f"{whole_words(solution, among, bool(continua))} {_LEGEND}"]
    columns = ("", f"what is chosen: {' / '.join(order)}", *scenario.player_names, "strict", "margin")
    return Table(columns, rows, f"{scenario.title}{case}\n{title}", "\n".join([*notes, scenario.note]).strip())


def _named(scenario: Scenario, solution: Equilibria) -> Equilibria:
    """Return the same equilibria of a game whose players bear their full names, as the table calls them."""
    game = solution.game
    return replace(solution, game=NormalFormGame(game.payoffs, scenario.player_names, game.actions, game.form, game.note))


def whole_words(solution: Equilibria | Paths, among: str, continua: bool) -> str:
    """Say whether the equilibria of a single game are all there are."""
    whole = Completeness(int(solution.complete))
    if continua and whole == Completeness.PROVED:
        return "These are all, with all mixtures that the components allow."
    return _COMPLETE[whole].format(among=among)


_COMPLETE = {
    Completeness.PROVED: "These are all{among}.",
    Completeness.PROBABILITY_ONE: "These are all{among}, except in games too special to meet.",
    Completeness.NO: "There may be others.",
}
_LEGEND = (
    "strict: every deviation loses (yes), every one that leaves the outcome (between). margin: the smallest loss from a deviation that "
    "leaves the outcome, as a share of the payoff range."
)


def sweep_dict(result: xr.Dataset) -> dict[str, Any]:
    """Count, for each concept of a sweep, at what share of the points each outcome is supported.

    Of a concept that gives outcomes a probability, also its mean (``chance``) and where the outcome is the ``likeliest``.
    """
    dims = [d for d in result.supported.dims if d not in ("concept", "outcome")]
    names, labels = (list(map(str, np.atleast_1d(result[name].values))) for name in ("outcome", "outcome_label"))
    forms, among = (json.loads(str(result.attrs.get(name, "{}"))) for name in ("forms", "among"))
    concepts = {}
    for concept in map(str, result.concept.values):
        part = result.sel(concept=concept)
        supported = part.supported.transpose("outcome", *dims).values.reshape((len(names), -1))
        status = part.status.values.reshape(-1)
        alone = supported & (supported.sum(axis=0) == 1)
        failed = {Status(int(s)).name: int((status == s).sum()) for s in np.unique(status) if s != Status.OK}
        chance = _chances(part, dims, len(names))
        concepts[concept] = {
            "form": forms.get(concept, ""),
            "among": among.get(concept, ""),
            "outcomes": {
                name: {
                    "label": label,
                    "supported": float(supported[k].mean()),
                    "alone": float(alone[k].mean()),
                    **_chance_of(k, chance),
                }
                for k, (name, label) in enumerate(zip(names, labels, strict=True))
                if supported[k].any()
            },
            "no_equilibrium": int(((status == Status.OK) & ~supported.any(axis=0)).sum()),
            "unsolved": int((status != Status.OK).sum()),
            "why_unsolved": failed,
        }
    return {
        "title": str(result.attrs.get("title", "")),
        "note": str(result.attrs.get("note", "")),
        "points": math.prod(result.sizes[d] for d in dims),
        "axes": {str(d): result.sizes[d] for d in dims},
        "concepts": concepts,
    }


def _chances(part: xr.Dataset, dims: Sequence[Any], outcomes: int) -> Any:
    """Probability of each outcome at each point, 0 where it was not solved; None if the concept gives none."""
    if "probability" not in part or not np.isfinite(part.probability.values).any():
        return None
    return np.nan_to_num(part.probability.transpose("outcome", *dims).values.reshape((outcomes, -1)), nan=0.0)


def _chance_of(outcome: int, chance: Any) -> dict[str, float]:
    """Mean probability of an outcome, and the share of the points at which none is likelier."""
    if chance is None:
        return {}
    first = (chance.argmax(axis=0) == outcome) & (chance[outcome] > 0)
    return {"chance": float(chance[outcome].mean()), "likeliest": float(first.mean())}


def sweep_table(known: dict[str, Any], case: str = "") -> Table:
    """Show what `sweep_dict` counted; ``case`` is what the title says beyond the scenario's own."""
    rows: list[Any] = []
    notes = []
    chances = any("chance" in o for part in known["concepts"].values() for o in part["outcomes"].values())
    blank = (None, None) if chances else ()
    for concept, part in known["concepts"].items():
        rows.append(_HEADS.get(concept, concept).format(form=part["form"], among=among_words(part["among"])))
        for o in part["outcomes"].values():
            counted = (_percent(o["supported"]), _percent(o["alone"])) if "chance" not in o else (None, None)
            given = (_percent(o["likeliest"]), _percent(o["chance"])) if "chance" in o else (None, None)
            rows.append((o["label"], *counted, *(given if chances else ())))
        if part["no_equilibrium"]:
            rows.append((f"no equilibrium{among_words(part['among'])}", _percent(part["no_equilibrium"] / known["points"]), None, *blank))
        if part["unsolved"]:
            rows.append(("not solved", _percent(part["unsolved"] / known["points"]), None, *blank))
            told = response_advice if concept.startswith("logit") else _advice
            notes += [f"{count} points not solved: {told(Status[name])}" for name, count in part["why_unsolved"].items()]
    axes = " x ".join(f"{name} ({size})" for name, size in known["axes"].items())
    return Table(
        ("outcome", "% of points", "% alone", *(("% likeliest", "mean chance, %") if chances else ())),
        rows,
        f"{known['title']}{case}: {known['points']:,} games, {axes}",
        "\n".join([*dict.fromkeys(notes), known["note"]]).strip(),
    )


def _advice(status: Status) -> str:
    return status.advice


def _percent(share: float) -> float:
    return float(f"{100 * share:.3g}")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _classes(scenario: Scenario, solution: Answer) -> Any:
    """Outcome class of each play, or of each action profile of the simultaneous form."""
    if isinstance(solution, Paths):
        return scenario.play_classes()
    empty = np.zeros((len(scenario.players), *scenario.play_shape, 1))  # the plays behind the profiles don't depend on payoffs
    return scenario.play_classes().ravel()[scenario.staged_game(empty, (), "simultaneous").normal_form()[1]]


def _choices(solution: Equilibria | Paths) -> list[dict[str, dict[str, float]]]:
    """Option probabilities of each instrument with a choice (a path, in the order of the file) or of each actor (a profile)."""
    game = solution.game
    if isinstance(solution, Paths):
        order = [k for k, options in enumerate(solution.game.options) if len(options) > 1]
        return [{solution.game.instruments[k]: {play[k]: 1.0} for k in order} for play in solution.plays()]
    out = []
    for profile in solution.profiles():
        named = zip(game.players, solution.game.actions, profile, strict=True)
        out.append({player: {a: float(p) for a, p in zip(actions, x, strict=True) if p > 0} for player, actions, x in named})
    return out


def mixture_text(choice: dict[str, float]) -> str:
    """Write how likely each option is; a sure one by its name alone."""
    return next(iter(choice)) if len(choice) == 1 else mixture(((p, name) for name, p in choice.items()), 4)
