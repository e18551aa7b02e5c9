"""Everything that can be wrong with a scenario, found at once: the one check behind Python scenarios and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from negotiation_sim.scenario.form_checks import check_forms, check_variants
from negotiation_sim.scenario.formula_checks import check_formulas
from negotiation_sim.scenario.name_checks import check_names, check_sizes
from negotiation_sim.scenario.play_checks import check_plays
from negotiation_sim.scenario.problem import MOST_PROBLEMS, Findings, Problem, ScenarioError
from negotiation_sim.scenario.shape_checks import check_shape

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["MOST_PROBLEMS", "Problem", "ScenarioError", "problems"]


def problems(scenario: Scenario) -> list[Problem]:
    """Find what is wrong with a scenario.

    Parameters
    ----------
    scenario : Scenario
        Made by `Scenario.unchecked`: nothing is taken for granted, not even the types.

    Returns
    -------
    list of Problem
        Empty if the scenario is sound; at most `MOST_PROBLEMS`.
    """
    findings = Findings()
    check_shape(scenario, findings)
    if findings:
        return findings.problems
    check_sizes(scenario, findings)
    if findings:
        return findings.problems
    check_names(scenario, findings)
    if any(problem.where[0] == "actors" for problem in findings.problems):
        return findings.problems  # formulas and forms read the actors' options: their problems would only repeat these
    check_formulas(scenario, findings)
    check_forms(scenario, findings)
    check_variants(scenario, findings)
    if not findings:
        check_plays(scenario, findings)
    return findings.problems
