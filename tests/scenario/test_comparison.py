"""Comparison of variants and the search for the nearest change of outcome."""

import json

import numpy as np
import pytest
from rich.console import Console

import negotiation_sim as ns
from negotiation_sim.scenario.comparison import Comparison, OutcomeRow
from negotiation_sim.scenario.nearest import Change, nearest_changes


@pytest.fixture(autouse=True)
def terminal_of_100_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


def threat(**changes) -> ns.Scenario:
    """Sender's threat against a target: complying with a threat to sanction is an equilibrium iff bite >= 1.5, defying one always is."""
    fields = {
        "title": "Sanctions threat",
        "parameters": {"bite": ns.Parameter(2.0, range=(0, 4)), "cost": 1.0, "fixed": ns.Parameter(1.0, range=(1, 1))},
        "actors": {
            "T": ns.Actor("Target", options=["comply", "defy"], payoff={"gain": "1.5 * T.defy", "loss": "-bite * T.defy * S.sanction"}),
            "S": ns.Actor(
                "Sender", options=["sanction", "wait"], payoff={"aim": "3 * T.comply", "cost": "-cost * fixed * S.sanction * T.defy"}
            ),
        },
        "forms": {"threat_first": ns.Form((ns.Stage(("S",)), ns.Stage(("T",))), "The sender commits")},
        "outcomes": {"comply": ns.Outcome("T.comply", "Target complies"), "defy": ns.Outcome("T.defy", "Target defies")},
        "form": "threat_first",
        "note": "Stylised: a toy.",
    }
    return ns.Scenario(**{**fields, **changes})


@pytest.fixture(scope="module")
def istanbul() -> Comparison:
    return ns.load("istanbul-2025").compare()


def rows(comparison: Comparison, concept: str, variant: str = "base") -> dict[str, OutcomeRow]:
    return {row.outcome: row for row in comparison.rows if row.concept == concept and row.variant == variant}


def nearest(comparison: Comparison, concept: str, variant: str = "base") -> Change | None:
    (found,) = (row.scan for row in comparison.nearest if row.scan.concept == concept and row.variant == variant)
    return found.nearest


def test_base_case_of_istanbul(istanbul):
    nash = rows(istanbul, "nash")
    assert list(nash) == ["truce", "talks_E"]
    assert [row.count for row in nash.values()] == [7, 2]
    assert nash["truce"].payoff_min == pytest.approx((0.36125, 0.41125, 0.1030625, 0.210625), abs=1e-12)
    assert nash["truce"].payoff_max == pytest.approx(nash["truce"].payoff_min, abs=1e-12)
    assert nash["talks_E"].payoff_min == pytest.approx((0.27375, 0.43275, 0.0596875, 0.126875), abs=1e-12)
    for row in nash.values():
        assert not row.strict
        assert row.strict_between_outcomes
        assert row.regret <= 1e-12
        assert row.margin > 0
        assert (row.status, row.complete) == ("OK", "PROVED")
    timed = rows(istanbul, "subgame-perfect")
    assert list(timed) == ["talks_E"]
    assert timed["talks_E"].count == 2
    assert timed["talks_E"].form == "talks_first"


def test_every_variant_stands_under_both_headings(istanbul):
    names = ["base", *ns.load("istanbul-2025").variants]
    for concept in ("nash", "subgame-perfect"):
        assert list(dict.fromkeys(row.variant for row in istanbul.rows if row.concept == concept)) == names
        assert [row.variant for row in istanbul.nearest if row.scan.concept == concept] == names


def test_rows_agree_with_the_solvers(istanbul):
    crisis = ns.load("istanbul-2025")
    for name in crisis.variants:
        case = crisis.variant(name)
        for concept in ("nash", "subgame-perfect"):
            assert sum(row.count for row in rows(istanbul, concept, name).values()) == len(case.solve(concept))


def test_thresholds_of_istanbul(istanbul):
    base = nearest(istanbul, "subgame-perfect")
    assert (base.parameter, base.before, base.after) == ("a_E", ("talks_E",), ("talks_none",))
    assert base.value == pytest.approx(0.0070, abs=1e-12)
    assert base.share == pytest.approx(0.06, abs=1e-10)
    (scan,) = (row.scan for row in istanbul.nearest if row.scan.concept == "subgame-perfect" and row.variant == "base")
    thresholds = {change.parameter: change for change in scan.changes}
    assert thresholds["a_US"].value == pytest.approx(0.0094, abs=1e-12)
    assert thresholds["a_US"].after == ("truce",)
    assert [change.share for change in scan.changes] == sorted(change.share for change in scan.changes)


@pytest.mark.parametrize("concept", ["nash", "subgame-perfect"])
def test_reported_changes_are_real_and_nothing_comes_before(istanbul, concept):
    """Solve just before and just beyond each threshold, and on a finer grid between base and threshold."""
    crisis = ns.load("istanbul-2025")

    def outcomes(values: dict[str, np.ndarray]) -> np.ndarray:
        result = ns.sweep(crisis, ns.grid(**values), solvers=(concept,))
        return result["supported"].transpose(..., "outcome").values.reshape(-1, result.sizes["outcome"])

    (scan,) = (row.scan for row in istanbul.nearest if row.scan.concept == concept and row.variant == "base")
    assert len(scan.changes) > 10
    names = np.array(crisis.outcome_names)
    for change in scan.changes:
        low, high = crisis.parameters[change.parameter].range
        step = np.sign(change.value - change.base) * (high - low) * 1e-5
        inside = np.linspace(change.base, change.value - step, 300)
        found = outcomes({change.parameter: np.append(inside, np.clip(change.value + step, low, high))})
        assert (found[:-1] == found[0]).all()
        assert tuple(names[found[0]]) == change.before
        assert tuple(names[found[-1]]) == change.after


def test_threshold_of_a_small_game_is_exact():
    nash, timed = nearest_changes(threat(), ["nash", "subgame-perfect"])
    assert nash.parameters == ("bite",)
    assert nash.nearest.parameter == "bite"
    assert nash.nearest.value == pytest.approx(1.5, abs=1e-8)  # the solver's tolerance
    assert timed.nearest.value == pytest.approx(1.5, abs=1e-8)
    assert nash.nearest.share == pytest.approx(0.125, abs=1e-8)
    assert (nash.nearest.before, nash.nearest.after) == (("comply", "defy"), ("defy",))
    assert (timed.nearest.before, timed.nearest.after) == (("comply",), ("defy",))
    assert (timed.form, nash.form) == ("threat_first", "simultaneous")


def test_changes_are_found_on_both_sides():
    below, above = (nearest_changes(threat().replace(bite=bite), ["subgame-perfect"])[0].nearest for bite in (1.4, 1.8))
    assert below.value == pytest.approx(1.5, abs=1e-9)
    assert below.share == pytest.approx(0.025, abs=1e-9)
    assert above.share == pytest.approx(0.075, abs=1e-9)
    assert (below.before, below.after) == (above.after, above.before)


def test_nothing_changes_within_the_ranges():
    comparison = threat(parameters={"bite": ns.Parameter(2.0, range=(1.6, 4)), "cost": 1.0, "fixed": 1.0}).compare()
    assert nearest(comparison, "nash") is None
    assert "no parameter changes the outcomes within its range" in str(comparison.tables[1].to_text(120))
    unmoved = threat(parameters={"bite": 2.0, "cost": 1.0, "fixed": 1.0}).compare()
    assert nearest(unmoved, "nash") is None
    assert json.loads(json.dumps(unmoved.to_dict()))["nearest"][0]["nearest"] is None


def test_parameters_that_tie_stand_in_file_order():
    both = {
        "second": ns.Parameter(1.0, range=(0, 2)),
        "first": ns.Parameter(1.0, range=(0, 2)),
        "cost": 1.0,
        "fixed": 1.0,
    }
    actors = threat().actors | {
        "T": ns.Actor(
            "Target", options=["comply", "defy"], payoff={"gain": "1.5 * T.defy", "loss": "-(first + second) * T.defy * S.sanction"}
        )
    }
    (scan,) = nearest_changes(threat(parameters=both, actors=actors), ["nash"])
    assert [change.parameter for change in scan.changes] == ["second", "first"]
    assert scan.changes[0].value == pytest.approx(0.5, abs=1e-8)


def test_a_tie_that_ends_at_once_is_called_so():
    """Defying costs (bite - 1)^2: it is as good as complying at 1 alone, a point of the grid."""
    actors = threat().actors | {
        "T": ns.Actor("Target", options=["comply", "defy"], payoff={"loss": "-T.defy * (bite - 1) ** 2"}),
        "S": ns.Actor("Sender", options=["sanction", "wait"], payoff={"aim": "1.0 * S.wait"}),
    }
    (scan,) = nearest_changes(threat(actors=actors), ["nash"])
    assert scan.nearest.only_there
    assert scan.nearest.value == pytest.approx(1.0, abs=1e-3)
    assert scan.nearest.after == ("comply", "defy")


def test_points_without_an_answer_are_counted_and_no_change():
    actors = threat().actors | {
        "T": ns.Actor("Target", options=["comply", "defy"], payoff={"gain": "1.5 * T.defy", "loss": "-2 / bite * T.defy * S.sanction"})
    }
    case = threat(actors=actors, parameters={"bite": ns.Parameter(1.0, range=(0, 1.2)), "cost": 1.0, "fixed": 1.0})
    (scan,) = nearest_changes(case, ["nash"])
    assert scan.unsolved == 1
    assert scan.changes == ()
    assert "could not be solved" in case.compare().tables[1].note


def test_a_case_without_an_answer_is_not_searched():
    actors = threat().actors | {
        "T": ns.Actor("Target", options=["comply", "defy"], payoff={"gain": "1.5 * T.defy", "loss": "-2 / bite * T.defy * S.sanction"})
    }
    comparison = threat(actors=actors, parameters={"bite": ns.Parameter(0.0, range=(0, 4)), "cost": 1.0, "fixed": 1.0}).compare()
    (row,) = rows(comparison, "nash").values()
    assert (row.status, row.count, row.outcome) == ("NOT_FINITE", 0, "")
    assert "division by zero" in row.outcome_label
    assert not comparison.nearest[0].scan.base_solved
    assert "not searched" in str(comparison)


def pennies(players: int = 2) -> ns.Scenario:
    """Matching pennies, perhaps watched by a third actor who does not care."""
    actors = {
        "A": ns.Actor("Even", options=["h", "t"], payoff={"win": "stake * (1 if A.h == B.h else -1)"}),
        "B": ns.Actor("Odd", options=["h", "t"], payoff={"win": "stake * (-1 if A.h == B.h else 1)"}),
        "C": ns.Actor("Watcher", options=["stay"], payoff={"none": "0"}),
    }
    outcomes = {"match": ns.Outcome("A.h == B.h", "Match"), "differ": ns.Outcome("A.h != B.h", "Differ")}
    kept = dict(list(actors.items())[:players])
    return ns.Scenario("Pennies", parameters={"stake": ns.Parameter(1.0, range=(0.5, 2))}, actors=kept, outcomes=outcomes)


def test_mixed_equilibria_show_how_likely_an_outcome_is():
    comparison = pennies().compare()
    assert [row.scan.concept for row in comparison.nearest] == ["nash"]
    for row in rows(comparison, "nash").values():
        assert row.count == 1
        assert row.probability_min == row.probability_max == pytest.approx(0.5)
        assert row.payoff_min == pytest.approx((0, 0), abs=1e-12)
        assert not row.strict
    assert "probability" in comparison.tables[0].columns


def test_no_pure_equilibrium_is_a_row():
    comparison = pennies(3).compare()
    (row,) = comparison.rows
    assert (row.outcome, row.count, row.status, row.complete) == ("", 0, "OK", "PROVED")
    assert row.outcome_label == "No equilibrium in pure strategies"
    assert np.isnan(row.payoff_min).all()
    entry = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))["rows"][0]
    assert entry["payoff_min"] == [None, None, None]
    assert entry["margin"] is None


def test_no_simultaneous_form_is_said_and_the_timed_one_is_shown():
    forms = {"talk_first": ns.Form((ns.Stage(("T",)), ns.Stage(("S",))))}
    never = {"no_pity": ns.Constraint("T.comply and S.sanction", "nobody sanctions who complied")}
    comparison = threat(forms=forms, form="talk_first", constraints=never).compare()
    assert {row.concept for row in comparison.rows} == {"subgame-perfect"}
    assert comparison.unavailable[0][0] == "Base case"
    assert "no simultaneous form" in comparison.tables[0].note


def test_variants_may_have_their_own_forms():
    forms = dict(threat().forms) | {"target_first": ns.Form((ns.Stage(("T",)), ns.Stage(("S",))))}
    variants = {"late": ns.Variant(form="target_first", label="Target moves first"), "mild": ns.Variant({"bite": 1.0})}
    scenario = threat(forms=forms, variants=variants)
    comparison = scenario.compare()
    assert [(row.concept, row.form, row.variant) for row in comparison.rows if row.concept != "nash"] == [
        ("subgame-perfect", "threat_first", "base"),
        ("subgame-perfect", "threat_first", "mild"),
        ("subgame-perfect", "target_first", "late"),
    ]
    text = str(comparison)
    assert "Subgame-perfect outcomes of threat_first (The sender commits)" in text
    assert "Subgame-perfect outcomes of target_first" in text
    same = scenario.compare(form="target_first")
    assert {row.form for row in same.rows if row.concept != "nash"} == {"target_first"}
    assert {row.concept for row in scenario.compare(form="simultaneous").rows} == {"nash"}
    assert list(dict.fromkeys(row.variant for row in scenario.compare(variants=["mild"]).rows)) == ["base", "mild"]


def test_errors_say_what_was_meant():
    crisis = ns.load("istanbul-2025")
    with pytest.raises(ValueError, match="unknown variant 'no_threats'; did you mean 'no_threat'"):
        crisis.compare(["no_threats"])
    with pytest.raises(ValueError, match="unknown form 'talk_first'; did you mean 'talks_first'"):
        crisis.compare([], form="talk_first")
    with pytest.raises(ValueError, match=r"single case; got a batch of shape \(2,\)"):
        crisis.replace(a_US=[0.0, 0.1]).compare()
    with pytest.raises(ValueError, match="single case"):
        nearest_changes(crisis.replace(a_US=[0.0, 0.1]), ["nash"])


def test_the_note_stands_on_every_rendering(istanbul):
    note = ns.load("istanbul-2025").note
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(istanbul)
    for text in (str(istanbul), istanbul._repr_html_(), istanbul.to_markdown(), istanbul.to_latex(), capture.get()):
        assert note in text
    assert istanbul.to_pandas().attrs["note"] == note
    assert istanbul.to_dict()["note"] == note


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_the_terminal(istanbul, width):
    for table in istanbul.tables:
        assert max(map(len, table.to_text(width).split("\n"))) <= width


def test_pandas_and_json_hold_the_numbers(istanbul):
    frame = istanbul.to_pandas()
    assert len(frame) == len(istanbul.rows)
    assert frame["U_min"][0] == istanbul.rows[0].payoff_min[0]
    content = json.loads(json.dumps(istanbul.to_dict(), allow_nan=False))
    assert content["rows"][0]["payoff_max"] == list(istanbul.rows[0].payoff_max)
    assert content["nearest"][0]["nearest"]["parameter"] == istanbul.nearest[0].scan.nearest.parameter


def test_one_variant_may_be_named_without_a_list():
    crisis = ns.load("istanbul-2025")
    assert crisis.compare("no_threat").to_dict() == crisis.compare(["no_threat"]).to_dict()
    with pytest.raises(ValueError, match="unknown variant 'no_treat'; did you mean 'no_threat'"):
        crisis.compare("no_treat")


def test_with_three_actors_it_says_that_only_pure_strategies_were_searched() -> None:
    crisis = ns.load("istanbul-2025")
    assert "Nash equilibria in pure strategies of the simultaneous form" in str(crisis.compare([]))
    assert "Nash equilibria of the simultaneous form" in str(ns.load("ceasefire-game").compare([]))
    assert "All there are in pure strategies." in str(crisis.solve())
