import json

import numpy as np
import pytest
from typer.testing import CliRunner

import negotiation_sim as ns
from negotiation_sim.cli import app
from negotiation_sim.report.answers import is_verified, solution_dict, solution_table


def test_a_quantal_response_in_words_and_as_json():
    crisis = ns.load("istanbul-2025")
    found = crisis.solve(ns.LogitQRE(100))
    known = solution_dict(crisis, found)
    assert known["verified"]
    assert is_verified(found)
    assert known["precision"] == 100
    assert sum(known["outcomes"].values()) == pytest.approx(1)
    assert known["choices"]["E"]["cond_sanction"] == pytest.approx(float(found.strategies[3][1]))
    assert known["payoffs"]["R"] == pytest.approx(float(found.payoffs[1]))
    json.dumps(known)
    text = str(solution_table(crisis, found, ", base"))
    for part in ("Istanbul, May 2025, base", "Truce accepted", "Ukraine", "talk no truce", "Precision 100", "Stylised"):
        assert part in text


def test_a_response_that_was_not_found():
    family_like = ns.load("istanbul-2025")
    late = family_like.solve(ns.LogitQRE(1e4, max_iter=2))
    known = solution_dict(family_like, late)
    assert not known["verified"]
    assert known["status"] == "MAX_ITER"
    assert 0 < known["precision"] < 1e4
    assert "ask for a lower one" in " ".join(str(solution_table(family_like, late)).split())
    broken = family_like.replace(a_US=np.array(np.nan)[None]).solve(ns.LogitQRE(5))
    assert not is_verified(broken)


def test_at_the_command_line():
    ran = CliRunner().invoke(app, ["solve", "istanbul-2025", "--solver", "logit"])
    assert ran.exit_code == 0, ran.output
    assert "quantal response" in ran.output
    ran = CliRunner().invoke(app, ["solve", "istanbul-2025", "--solver", "logit", "--json"])
    assert json.loads(ran.output)["solutions"][0]["concept"] == "logit"
