"""A mediator's plan told at the command line."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import negotiation_sim as ns
from negotiation_sim.cli import app
from negotiation_sim.report.answers import is_verified, solution_dict, solution_table
from negotiation_sim.status import Status

CRISIS = ns.load("istanbul-2025")


@pytest.mark.parametrize("solver", ["correlated", "coarse-correlated"])
def test_a_plan_as_data_and_as_a_table(solver):
    plan = CRISIS.solve(solver)
    known = solution_dict(CRISIS, plan)
    json.dumps(known)
    assert known["verified"]
    assert is_verified(plan)
    assert sum(part["probability"] for part in known["plan"]) == pytest.approx(1)
    assert sum(known["outcomes"].values()) == pytest.approx(1)
    assert sum(known["payoffs"].values()) == pytest.approx(known["value"])
    text = str(solution_table(CRISIS, plan, ", with a case"))
    assert "with a case" in text
    assert "equilibrium of the simultaneous form, best by welfare" in text
    assert "Expected payoffs: Ukraine" in text
    assert CRISIS.note in text


def test_other_objectives_and_failures():
    plan = CRISIS.solve(ns.Correlated([1, 1, 0, 0]))
    assert "best by its own objective" in str(solution_table(CRISIS, plan))
    lost = dataclasses.replace(plan, status=np.array(Status.NOT_FINITE, dtype=np.int8), regret=np.array(np.nan))
    known = solution_dict(CRISIS, lost)
    assert (known["status"], known["verified"], known["count"]) == ("NOT_FINITE", False, 0)
    assert "NaN" in str(solution_table(CRISIS, lost))
    assert not is_verified(lost)


def test_the_command_line():
    done = CliRunner().invoke(app, ["solve", "istanbul-2025", "--solver", "correlated"])
    assert done.exit_code == 0, done.output
    assert "what is recommended" in done.output
