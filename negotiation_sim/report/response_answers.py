"""A quantal response of one case for a terminal and for scripts: as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._table import Table
from negotiation_sim.equilibria.quantal.responses import response_advice
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    from negotiation_sim.equilibria.quantal.responses import QuantalResponses
    from negotiation_sim.scenario.model import Scenario

__all__ = ["response_dict", "response_table"]


def response_dict(scenario: Scenario, solution: QuantalResponses) -> dict[str, Any]:
    """Return the response of a single game, with what it leads to and pays."""
    empty = np.zeros((len(scenario.players), *scenario.play_shape, 1))  # the plays behind the profiles don't depend on payoffs
    classes = scenario.play_classes().ravel()[scenario.staged_game(empty, (), "simultaneous").normal_form()[1]]
    chance = solution.class_probability(classes, len(scenario.outcome_names))
    status = Status(int(solution.status))
    choices = {
        name: {action: float(p) for action, p in zip(actions, strategy, strict=True)}
        for name, actions, strategy in zip(scenario.players, solution.game.actions, solution.strategies, strict=True)
    }
    known = bool(np.isfinite(solution.regret))
    return {
        "concept": solution.concept,
        "form": solution.form,
        "solver": repr(solution.solver),
        "status": status.name,
        "advice": "" if status == Status.OK else response_advice(status),
        "complete": Completeness(int(solution.complete)).name,
        "count": int(solution.count),
        "verified": status == Status.OK,
        "precision": float(solution.precision) if known else None,
        "residual": float(solution.residual) if known else None,
        "regret": float(solution.regret) if known else None,
        "choices": choices if known else {},
        "outcomes": {name: float(p) for name, p in zip(scenario.outcome_names, chance, strict=True)} if known else {},
        "payoffs": dict(zip(scenario.players, map(float, solution.payoffs), strict=True)) if known else {},
    }


def response_table(scenario: Scenario, solution: QuantalResponses, case: str = "") -> Table:
    """Show how likely each outcome and each action is; ``case`` is what the title says beyond the scenario's own."""
    found = response_dict(scenario, solution)
    rows: list[Any] = []
    if found["outcomes"]:
        labels = dict(zip(scenario.outcome_names, scenario.outcome_labels, strict=True))
        rows += ["Outcomes", *((labels[name], p, None) for name, p in found["outcomes"].items())]
        for name, shown in zip(scenario.players, scenario.player_names, strict=True):
            actions = [(action.replace("_", " "), p, None) for action, p in found["choices"][name].items()]
            rows += [shown, (*actions[0][:2], found["payoffs"][name]), *actions[1:]]
    notes = [found["advice"]] if found["advice"] else []
    if rows:
        notes.append(
            f"Precision {found['precision']:.6g} per unit of payoff: players choose better actions more often, not always. Residual "
            f"{found['residual']:.1e}; Nash regret {found['regret']:.2g} of the payoff range. "
            + ("There is no other at this precision." if found["complete"] == "PROVED" else "There may be others at this precision.")
        )
    title = f"{scenario.title}{case}\nLogit quantal response of the {solution.form} form"
    return Table(("", "probability", "payoff"), rows, title, "\n".join([*notes, scenario.note]).strip())
