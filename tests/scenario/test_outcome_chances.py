"""How likely outcomes are at a precision, in a comparison."""

import dataclasses
import json

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.scenario.outcome_chances import chance_table


@pytest.fixture(scope="module")
def comparison():
    return ns.load("istanbul-2025").compare(precision=80)


def test_chances_are_those_of_the_quantal_response(comparison):
    crisis = ns.load("istanbul-2025")
    by_name = {row.variant: row for row in comparison.chances}
    for name in ("base", "credible_joint_threat", "no_threat"):
        case = crisis.variant(name)
        response = case.solve(ns.LogitQRE(80))
        game, plays = case.staged_game(*_tensor(case), "simultaneous").normal_form()
        # Straight from the definition: the product of the strategies, added up over the plays of each outcome.
        joint = np.einsum("a,b,c,d->abcd", *response.strategies).ravel()
        classes = case.play_classes().ravel()[plays].ravel()
        expected = [joint[classes == case.outcome_names.index(k)].sum() if k in case.outcome_names else 0.0 for k in comparison.outcomes]
        assert by_name[name].chances == pytest.approx(expected, abs=1e-12)
        assert sum(by_name[name].chances) == pytest.approx(1, abs=1e-12)
        assert by_name[name].payoffs == pytest.approx([float((joint * u.ravel()).sum()) for u in game.payoffs], abs=1e-12)
        assert by_name[name].residual <= 1e-10


def _tensor(case):
    tensor, _ = case._tensor()
    return tensor, ()


def test_even_play_at_precision_zero():
    crisis = ns.load("istanbul-2025")
    row = crisis.compare(variants=[], precision=0).chances[0]
    classes = crisis.play_classes().ravel()
    shares = [(classes == crisis.outcome_names.index(name)).mean() for name in crisis.outcome_names]
    assert row.chances == pytest.approx(shares, abs=1e-12)


def test_tables_and_dict(comparison):
    assert len(comparison.tables) == 3
    text = str(comparison)
    assert "Chance of each outcome when actors err" in text
    assert "Precision 80 per unit of payoff" in text
    assert "Stylised" in str(comparison.tables[2])
    content = json.loads(json.dumps(comparison.to_dict()))
    assert content["precision"] == 80
    assert [row["variant"] for row in content["chances"]] == [row.variant for row in comparison.chances]


def test_without_a_precision_nothing_changes():
    plain = ns.load("istanbul-2025").compare(variants=[])
    assert plain.precision is None
    assert plain.chances == ()
    assert len(plain.tables) == 2


def test_a_variant_that_failed_is_told(comparison):
    row = dataclasses.replace(comparison.chances[0], chances=(np.nan,) * len(comparison.outcomes), status="MAX_ITER")
    said = str(chance_table([row], comparison.outcome_labels, 80.0, ""))
    assert "Base case: The branch of responses could not be followed to the precision asked for" in " ".join(said.split())


@pytest.mark.parametrize("wrong", [-1, np.inf, np.nan, "80", [80], True])
def test_a_wrong_precision_is_refused(wrong):
    with pytest.raises(ValueError, match=r"compare: precision must be one finite number of at least 0, in units of 1 / payoff; got"):
        ns.load("istanbul-2025").compare(precision=wrong)
