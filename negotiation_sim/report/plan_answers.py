"""What is said of a mediator's plan for a single game of a scenario: as a table, and as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Table, number_text
from negotiation_sim.equilibria.mediated.advice import NEVER
from negotiation_sim.equilibria.mediated.plans import CorrelatedEquilibria
from negotiation_sim.scenario.model import Scenario
from negotiation_sim.status import Status

__all__ = ["plan_dict", "plan_table"]


def plan_dict(scenario: Scenario, plan: CorrelatedEquilibria, classes: NDArray[Any]) -> dict[str, Any]:
    """Return the plan of a single game: what is drawn how often, what that leads to and pays, and its certificate."""
    status = Status(int(plan.status))
    known: dict[str, Any] = {
        "concept": plan.concept,
        "form": plan.form,
        "solver": repr(plan.solver),
        "status": status.name,
        "advice": "" if status == Status.OK else status.advice,
        "count": int(plan.count),
        "verified": status == Status.OK,
    }
    if status != Status.OK:
        return known
    chance = plan.class_probability(classes, len(scenario.outcome_names))
    drawn = [
        {
            "probability": float(plan.distribution[tuple(cell)]),
            "choices": {name: acts[k] for name, acts, k in zip(plan.game.players, plan.game.actions, cell, strict=True)},
            "outcome": scenario.outcome_names[int(classes[tuple(cell)])] if classes[tuple(cell)] >= 0 else "",
        }
        for cell in np.argwhere(plan.distribution > 0)
    ]
    return known | {
        "value": float(plan.value),
        "payoffs": dict(zip(scenario.players, map(float, plan.payoffs), strict=True)),
        "outcomes": {name: float(p) for name, p in zip(scenario.outcome_names, chance, strict=True) if p > 1e-9},
        "plan": drawn,
        "regret": float(plan.regret),
        "gap": float(plan.gap),
        "unique": bool(plan.unique),
    }


def plan_table(scenario: Scenario, plan: CorrelatedEquilibria, classes: NDArray[Any], case: str = "") -> Table:
    """Show what the mediator draws how often; ``case`` is what the title says beyond the scenario's own."""
    known = plan_dict(scenario, plan, classes)
    kind = "Correlated" if plan.concept == "correlated" else "Coarse correlated"
    title = f"{scenario.title}{case}\n{kind} equilibrium of the simultaneous form, best by {_objective(plan.solver)}"
    columns = ("probability", f"what is recommended: {' / '.join(scenario.players)}", "outcome")
    if known["advice"]:
        return Table(columns, [], title, "\n".join([known["advice"], scenario.note]).strip())
    labels = dict(zip(scenario.outcome_names, scenario.outcome_labels, strict=True))
    drawn = [part for part in known["plan"] if part["probability"] > NEVER]
    rows = [(part["probability"], " / ".join(part["choices"].values()), labels.get(part["outcome"], "")) for part in drawn]
    pays = ", ".join(f"{name} {number_text(payoff)}" for name, payoff in zip(scenario.player_names, known["payoffs"].values(), strict=True))
    best = "No plan is better, and no other as good." if known["unique"] else "No plan is better; others may be as good."
    return Table(columns, rows, title, "\n".join([f"Expected payoffs: {pays}. {best}", scenario.note]).strip())


def _objective(solver: object) -> str:
    objective = getattr(solver, "objective", "")
    return str(objective) if isinstance(objective, str) else "its own objective"
