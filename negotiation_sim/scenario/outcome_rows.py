"""What equilibria come to, outcome by outcome: how many lead there, who gets what, and how firmly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from negotiation_sim.equilibria.entries import Paths
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    from typing import Any

    from negotiation_sim.equilibria.entries import Equilibria
    from negotiation_sim.scenario.model import Scenario

__all__ = ["OutcomeRow", "outcome_rows"]


@dataclass(frozen=True)
class OutcomeRow:
    """One outcome of one variant under one concept.

    Attributes
    ----------
    concept, form, variant, variant_label, outcome, outcome_label : str
        Where the row belongs. ``outcome`` is empty where there is no equilibrium or no answer; the label then says so.
    count : int
        Equilibria that lead to the outcome with positive probability; paths, for a timed form.
    payoff_min, payoff_max : tuple of float
        Lowest and highest payoff of each actor over these equilibria.
    probability_min, probability_max : float
        How likely they make the outcome; below 1 in mixed equilibria only.
    strict, strict_between_outcomes : bool
        Some equilibrium of the outcome loses by every deviation; by every deviation that leaves the outcome.
    regret : float
        Largest gain from a deviation, as a share of the player's payoff range: the certificate of the solver, 0 for an exact one.
    margin : float
        Largest margin of these equilibria: the smallest loss from a deviation that leaves the outcome, as a share of the mover's
        payoff range; infinite where no deviation leaves it.
    status, complete : str
        Names of the `Status` and of the `Completeness`.
    """

    concept: str
    form: str
    variant: str
    variant_label: str
    outcome: str
    outcome_label: str
    count: int
    payoff_min: tuple[float, ...]
    payoff_max: tuple[float, ...]
    probability_min: float
    probability_max: float
    strict: bool
    strict_between_outcomes: bool
    regret: float
    margin: float
    status: str
    complete: str


def outcome_rows(
    case: Scenario, found: Equilibria | Paths, classes: np.ndarray[Any, Any], form: str, variant: str, label: str
) -> Iterator[OutcomeRow]:
    """Yield a row for each outcome that some equilibrium leads to, in the order of the outcomes; one row if there is none."""
    status, complete = Status(int(found.status)), Completeness(int(found.complete))
    known = {"concept": found.concept, "form": form, "variant": variant, "variant_label": label}
    if not len(found):
        nan, nans = math.nan, (math.nan,) * len(case.players)
        text = status.advice if status != Status.OK else "No equilibrium in pure strategies" if _pure(found) else "No equilibrium found"
        ends = {"probability_min": 1.0, "probability_max": 1.0, "strict": False, "strict_between_outcomes": False}
        empty = {"outcome": "", "outcome_label": text, "count": 0, "payoff_min": nans, "payoff_max": nans, "regret": nan, "margin": nan}
        yield OutcomeRow(**known, **empty, **ends, status=status.name, complete=complete.name)  # type: ignore[arg-type]
        return
    chance = found.class_probability(classes, len(case.outcome_names))
    margin, between = found.margin(classes), found.strict_between_outcomes(classes)
    for k, (outcome, text) in enumerate(zip(case.outcome_names, case.outcome_labels, strict=True)):
        here = np.flatnonzero(chance[:, k] > 1e-9)
        if here.size:
            yield OutcomeRow(
                **known,
                outcome=outcome,
                outcome_label=text,
                count=int(here.size),
                payoff_min=tuple(map(float, found.payoffs[here].min(axis=0))),
                payoff_max=tuple(map(float, found.payoffs[here].max(axis=0))),
                probability_min=_share(chance[here, k].min()),
                probability_max=_share(chance[here, k].max()),
                strict=bool(found.strict[here].any()),
                strict_between_outcomes=bool(between[here].any()),
                regret=float(found.regret[here].max()),
                margin=float(margin[here].max()),
                status=status.name,
                complete=complete.name,
            )


def _pure(found: Equilibria | Paths) -> bool:
    return isinstance(found, Paths) or len(found.game.players) > 2


def _share(value: float) -> float:
    return 1.0 if value > 1 - 1e-9 else float(value)
