"""Sentences follow the results: other numbers, other sentences."""

from __future__ import annotations

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.report.findings import credibility_findings, map_findings, variant_findings
from negotiation_sim.report.orders import Situation, giving_way, order_findings, orders_of, situation_of, threshold_findings


@pytest.fixture(scope="module")
def crisis() -> ns.Scenario:
    return ns.load("istanbul-2025")


def test_situation(crisis):
    talks = situation_of(crisis)
    assert talks.outcomes == ("Talks without truce, Europe sanctions alone",)
    assert talks.choices["Russia"] == ("Talks without a truce",)
    assert talks.choices["United States"] == ("Does not follow through", "Presses Kyiv instead")
    assert talks.payoffs["Russia"] == pytest.approx((0.43275, 0.43275))
    truce = situation_of(crisis, "truce_first")
    assert truce.outcomes == ("Truce accepted",)
    assert giving_way(talks, truce) == ["Russia"]
    assert giving_way(truce, talks) == ["Ukraine"]


def test_who_gives_way_depends_on_the_order(crisis):
    said = order_findings(orders_of(crisis))
    assert len(said) == 4
    assert "the outcome is “Talks without truce, Europe sanctions alone”" in said[0]
    assert "Russia gives way: it chooses “Accepts the truce” instead of “Talks without a truce”" in said[1]
    assert "gets 0.41125 instead of 0.43275" in said[1]
    assert said[-1].startswith("So the order of moves decides who gives way: Ukraine and United States in “Russia proposes")
    assert said[-1].count("; Russia in “") == 1


def test_the_order_does_not_matter_without_regrouping(crisis):
    said = order_findings(orders_of(crisis.replace(rho=0.0)))
    assert all("“Truce accepted”" in sentence for sentence in said[:3])
    assert said[-1] == "So the order of moves does not matter to the outcome here: all 3 orders lead to the same."
    assert "gives way" not in " ".join(said)


def test_thresholds_name_value_cause_and_loser(crisis):
    said = threshold_findings(crisis, orders_of(crisis)[0])
    (truce,) = [sentence for sentence in said if "(a_US)" in sentence]
    assert "now 0.004: above 0.0094 (10.8% of its range away) the outcome is “Truce accepted”." in truce
    assert "United States then prefers “Sanctions if no truce” to “Does not follow through”." in truce
    assert "Russia gives way: it chooses “Accepts the truce” instead of “Talks without a truce”" in truce
    assert "Ukraine then prefers" not in truce, "what an earlier mover gains only follows from the last mover's choice"
    (europe,) = [sentence for sentence in said if "(a_E)" in sentence]
    assert "below 0.007 " in europe
    assert "gives way" not in europe, "on its own threshold a mover is indifferent"
    (edge,) = [sentence for sentence in said if "(tau_E)" in sentence]
    assert "at 0 (" in edge


def test_every_threshold_is_told(crisis):
    order = orders_of(crisis)[0]
    *full, rest = threshold_findings(crisis, order)
    assert len(full) == len({change.after for change in order.changes}) == 4
    assert rest.startswith(f"{len(order.changes) - 4} more parameters, moved alone, change the outcome")
    assert ": kap_E at 0.013 (7.5%), kap_US at " in rest
    for change in order.changes:
        assert (f" {change.parameter} at " in rest) != any(f"({change.parameter})" in sentence for sentence in full)


def test_thresholds_move_with_the_case(crisis):
    dear = crisis.replace(kap_US=0.012)  # the threshold is kap_US - w_US lam_U (tau_US + sigma)
    (truce,) = [sentence for sentence in threshold_findings(dear, orders_of(dear)[0]) if "(a_US)" in sentence]
    assert "above 0.0114 " in truce
    credible = crisis.variant("credible_joint_threat")
    (talks,) = [sentence for sentence in threshold_findings(credible, orders_of(credible)[0]) if "(a_US)" in sentence]
    assert "now 0.012: below 0.0094 " in talks
    assert "Russia then prefers “Talks without a truce” to “Accepts the truce”, for the answer would be: " in talks
    assert "United States “Does not follow through” and not “Sanctions if no truce”." in talks, "a threat acts off the path"


def test_threats_that_would_not_be_carried_out(crisis):
    (said,) = credibility_findings(crisis, crisis.compare([]))
    assert "“Truce accepted” is an equilibrium outcome too (7 of 9 equilibria in pure strategies)" in said
    assert "In the order “Russia proposes, Ukraine replies, then the threat falls due” it is not: " in said
    assert "Russia, at the stage “Sunday”, gains 0.0215 by “Talks without a truce”" in said
    assert "United States “Does not follow through” and not “Sanctions if no truce”" in said
    credible = crisis.replace(a_US=0.02)
    (said,) = credibility_findings(credible, credible.compare([]))
    assert said.startswith("Every outcome that is an equilibrium when all choose at once")


def test_variants(crisis):
    said = variant_findings(crisis.compare(["no_threat", "credible_joint_threat"]))
    assert "“Truce accepted”: Credible joint threat." in said
    assert "Russia does best in No threat (0.45275), worst in Credible joint threat (0.41125)." in said
    other = variant_findings(crisis.replace(rho=0.0).compare(["no_threat", "credible_joint_threat"]))
    assert "“Truce accepted”: Base case, No threat and Credible joint threat." in other
    assert not [sentence for sentence in other if sentence.startswith("Russia")], "nothing is best where all is the same"


def test_several_equilibria_with_different_payoffs_have_no_best():
    said = variant_findings(ns.load("ceasefire-game").compare())
    assert said == ["“Truce” or “War” or “One side attacks”: Base case.", "“War”: No sanctions and Weak sanctions."]


def test_map(crisis):
    result = ns.sweep(crisis, ns.grid(a_US=ns.span(0, 0.05, 21), tau_US=ns.span(0, 0.1, 21)))
    said = map_findings(result, "a_US", "tau_US", "subgame-perfect")
    talks = result.supported.sel(concept="subgame-perfect", outcome="talks_E")
    share = f"{100 * float(talks.mean()):.0f}%"
    most = float(talks.a_US[talks.any("tau_US")].max())
    assert (
        f"“Talks without truce, Europe sanctions alone” is an equilibrium outcome at {share} of the points, always alone; "
        f"it needs a_US of at most {most:g}." in said
    )
    assert map_findings(result, "a_US", "tau_US", "nash") != said


def test_map_says_what_could_not_be_solved(crisis):
    result = ns.sweep(crisis, ns.grid(a_US=[-1.0, 0.004], tau_US=[0.0, 0.03]))
    assert "At 50% of the points the game could not be solved." in map_findings(result, "a_US", "tau_US", "nash")


def test_no_equilibrium_is_said():
    pennies = ns.Scenario(
        "Pennies",
        parameters={"stake": ns.Parameter(1.0, range=(0.5, 2))},
        actors={
            "A": ns.Actor("A", options=["h", "t"], payoff={"x": "stake if A.h == B.h else -stake"}),
            "B": ns.Actor("B", options=["h", "t"], payoff={"x": "-stake if A.h == B.h else stake"}),
        },
        forms={"at_once": ns.Form((ns.Stage(("A", "B")),)), "A_first": ns.Form((ns.Stage(("A",)), ns.Stage(("B",))))},
        outcomes={"same": ns.Outcome("A.h == B.h", "Same"), "other_side": ns.Outcome("A.h != B.h", "Different")},
        form="at_once",
    )
    said = order_findings(orders_of(pennies))
    assert said[0] == "In the order “at once” there is no equilibrium in pure strategies."
    assert "“A first” the outcome is “Different”" in said[1]
    assert situation_of(pennies).outcomes == ()
    assert threshold_findings(pennies, orders_of(pennies)[0]) == ["No parameter, moved alone within its range, changes the outcome."]
    assert credibility_findings(pennies, pennies.compare()) == []


def test_giving_way_needs_another_choice_and_a_loss():
    before = Situation(("x",), {"A": ("p",), "B": ("q",), "C": ("r", "s")}, {"A": (1, 1), "B": (1, 1), "C": (1, 2)})
    after = Situation(("y",), {"A": ("p",), "B": ("other",), "C": ("other",)}, {"A": (0, 0), "B": (0.5, 0.5), "C": (1, 1)})
    assert giving_way(before, after) == ["B"], "A chooses the same, C may have had as little before"
    assert np.isfinite(before.payoffs["C"][1])
