"""How likely each outcome of a case is when its actors err: the logit quantal response of the simultaneous form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Table
from negotiation_sim.equilibria.quantal.logit import LogitQRE
from negotiation_sim.equilibria.quantal.responses import response_advice
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["ChanceRow", "chance_row", "chance_table"]


@dataclass(frozen=True)
class ChanceRow:
    """The chances of one variant.

    Attributes
    ----------
    variant, variant_label : str
        Name and label of the variant.
    chances : tuple of float
        Probability of each outcome, in the order of the comparison's ``outcomes``; an outcome that the variant does not have has 0. NaN
        where the branch could not be followed to the precision.
    payoffs : tuple of float
        Expected payoff of each actor.
    precision, residual, regret : float
        Precision reached (1 / payoff); residual of the fixed point; largest gain from a deviation, as a share of the payoff range.
    status : str
        Name of the `Status`.
    """

    variant: str
    variant_label: str
    chances: tuple[float, ...]
    payoffs: tuple[float, ...]
    precision: float
    residual: float
    regret: float
    status: str


def chance_row(
    case: Scenario, precision: float, plays: NDArray[np.intp], outcomes: Sequence[str], variant: str, variant_label: str
) -> ChanceRow:
    """Solve one case at a precision; ``plays`` are the plays behind the profiles of its simultaneous form."""
    response = case.solve(LogitQRE(precision))
    classes = case.play_classes().ravel()[plays]
    known = dict(zip(case.outcome_names, response.class_probability(classes, len(case.outcome_names)), strict=True))
    solved = response.status == Status.OK
    return ChanceRow(
        variant,
        variant_label,
        tuple(float(known.get(name, 0.0)) if solved else float("nan") for name in outcomes),
        tuple(float(p) for p in response.payoffs),
        float(response.precision),
        float(response.residual),
        float(response.regret),
        Status(int(response.status)).name,
    )


def chance_table(rows: Sequence[ChanceRow], labels: Sequence[str], precision: float, note: str) -> Table:
    """Show a line for each variant and a column for each outcome that any of them can have."""
    seen = [k for k in range(len(labels)) if any(not row.chances[k] <= 0 for row in rows)]
    lines: list[Any] = []
    for row in rows:
        solved = row.status == Status.OK.name
        lines.append((row.variant_label, *(float(f"{row.chances[k]:.4g}") if solved else None for k in seen)))
    failed = [f"{row.variant_label}: {response_advice(Status[row.status])}" for row in rows if row.status != Status.OK.name]
    said = (
        f"Precision {precision:.6g} per unit of payoff: 0 is even play, infinity an equilibrium. Each actor chooses better actions more "
        "often, knowing that the others do the same; all decide at once."
    )
    title = "Chance of each outcome when actors err (logit quantal response of the simultaneous form)"
    return Table(("variant", *(labels[k] for k in seen)), lines, title, "\n".join([*failed, said, note]).strip())
