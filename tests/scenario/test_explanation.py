"""Explanations of plays against the solvers, and contrasts of plays."""

import itertools
import json
import math

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.scenario.explanation import Explanation
from negotiation_sim.scenario.plays import read_play

TALKS = ["talk_now", "talk_no_truce", "none", "no_commit", "cond_sanction"]
TRUCE = {"U": "truce_first", "R": "accept_truce", "US": "cond_sanction", "E": "cond_sanction"}


@pytest.fixture(autouse=True)
def terminal_of_100_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def crisis() -> ns.Scenario:
    return ns.load("istanbul-2025")


def every_play(scenario: ns.Scenario) -> list[tuple[str, ...]]:
    classes = scenario.play_classes()
    shape = [i.options for i in scenario.instruments]
    return [tuple(p) for p, c in zip(itertools.product(*shape), classes.ravel(), strict=True) if c >= 0]


@pytest.mark.parametrize("variant", [None, "us_presses_kyiv", "credible_joint_threat"])
@pytest.mark.parametrize("form", ["simultaneous", "talks_first", "truce_first", "binding_threat"])
def test_the_verdict_is_the_solver_s(crisis, variant, form):
    case = crisis if variant is None else crisis.variant(variant)
    game = case.with_form(form if form != "simultaneous" else case.form)
    if form == "simultaneous":
        nash = case.solve("pure")
        found = {tuple(a[int(x.argmax())] for a, x in zip(nash.game.actions, profile, strict=True)) for profile in nash.profiles()}
    else:
        found = set(game.solve("subgame-perfect").plays())
    assert found
    own = [[k for k, i in enumerate(case.instruments) if i.owner == player] for player in range(4)]
    for play in every_play(case)[:: 1 if variant is None else 5]:
        told = case.explain(play, form)
        free = [[k for k in ks if len(case.instruments[k].options) > 1] or ks for ks in own]
        key = tuple("+".join(play[k] for k in ks) for ks in free) if form == "simultaneous" else play
        assert told.equilibrium == (key in found)
        assert told.equilibrium == all(d.verdict in ("loses", "ties") for d in told.deviations)
        assert told.sentence.startswith("It is a" if told.equilibrium else "Not a")


@pytest.mark.parametrize("form", ["simultaneous", "talks_first"])
def test_terms_add_up_to_the_change(crisis, form):
    tensor = crisis.game("talks_first").payoffs
    for play in every_play(crisis)[::3]:
        told = crisis.explain(play, form)
        at = read_play(crisis, play)
        for d in told.deviations:
            player = crisis.players.index(d.actor)
            assert sum(change for _, change in d.terms) == pytest.approx(d.change, abs=1e-12)
            assert all(abs(change) > 1e-14 for _, change in d.terms)
            to = dict(told.play) | dict(d.answer)
            owned = [i.key for i in crisis.instruments if i.actor == d.actor and len(i.options) > 1]
            if form != "simultaneous":
                stage = next(s for s in crisis.forms[form].stages if s.name == d.stage)
                owned = [key for key in owned if key in stage.decides or d.actor in stage.decides]
            to |= dict(zip(owned, d.instead.split("+"), strict=True))
            there = read_play(crisis, to)
            assert d.change == pytest.approx(tensor[(player, *there)] - tensor[(player, *at)], abs=1e-12)
            assert d.outcome == crisis.outcome_names[crisis.play_classes()[there]]


def test_the_answer_is_the_worst_that_is_an_equilibrium(crisis):
    """The solver keeps a witness of every deviation on a path; ours must cost the mover the same."""
    paths = crisis.solve("subgame-perfect")
    for entry, play in enumerate(paths.plays()):
        told = {(d.stage, d.actor, d.instead): -d.change for d in crisis.explain(play).deviations}
        witness = {(w.stage, w.player, "+".join(w.choice)): w.loss for w in paths.witness(entry)}
        assert told.keys() == witness.keys()
        assert [told[k] for k in witness] == pytest.approx(list(witness.values()), abs=1e-12)


def test_why_talks_without_a_truce(crisis):
    told = crisis.explain(TALKS)
    assert (told.equilibrium, told.form, told.concept, told.outcome) == (True, "talks_first", "subgame-perfect", "talks_E")
    assert dict(told.payoffs)["Russia"] == pytest.approx(0.43275)
    by = {(d.actor, d.instead): d for d in told.deviations}
    assert by["R", "accept_truce"].change == pytest.approx(-0.0215)
    assert dict(by["R", "accept_truce"].terms) == pytest.approx({"war_or_deal": -0.0415, "sanctions": 0.02})
    assert by["US", "press_ukraine"].verdict == "ties"
    assert by["US", "press_ukraine"].terms == ()
    assert "Closest to a change of outcome: Europe would lose 0.003" in told.sentence
    assert told.sentence.endswith("For United States another choice does just as well.")


def test_why_no_truce(crisis):
    told = crisis.explain(TRUCE)
    assert not told.equilibrium
    assert told.sentence == (
        "Not a path of a subgame-perfect equilibrium of talks_first: at “Sunday” Russia gains 0.0215 by “Talks without a truce” instead "
        "(war_or_deal +0.0415, sanctions -0.02); even the answer that is worst for it (U: talk_now, US.stance: no_commit) leads to “Talks "
        "without truce, Europe sanctions alone”."
    )
    assert crisis.replace(a_US=0.0095).explain(TRUCE).equilibrium
    at_once = crisis.explain(TRUCE, "simultaneous")
    assert at_once.equilibrium
    assert at_once.concept == "nash"
    assert {d.stage for d in at_once.deviations} == {""}
    bluff = crisis.explain({"U": "talk_now", "R": "accept_truce", "US": "no_commit", "E": "cond_sanction"}, "simultaneous")
    assert bluff.sentence == (
        "Not a Nash equilibrium of the simultaneous form: Russia gains 0.0215 by “Talks without a truce” instead (war_or_deal +0.0415, "
        "sanctions -0.02), which leads to “Talks without truce, Europe sanctions alone”."
    )


def pennies_later(movers: int) -> ns.Scenario:
    """Who moves first can stop, or go on to a game of matching pennies, which has no pure equilibrium; two movers go on together."""
    go = " * ".join(f"M{k}.go" for k in range(movers))
    actors = {f"M{k}": ns.Actor(options=["stop", "go"], payoff={"stopping": f"1.0 * M{k}.stop"}) for k in range(movers)}
    match = "(1 if A.h == B.h else -1)"
    return ns.Scenario(
        "Pennies later",
        parameters={"unused": 1.0},
        actors=actors
        | {
            "A": ns.Actor(options=["h", "t"], payoff={"win": f"{match} * {go}"}),
            "B": ns.Actor(options=["h", "t"], payoff={"win": f"-1 * {match} * {go}"}),
        },
        forms={"timed": ns.Form((ns.Stage(tuple(f"M{k}" for k in range(movers)), "First"), ns.Stage(("A", "B"), "Then")))},
        form="timed",
        outcomes={"stopped": ns.Outcome("M0.stop", "Stopped"), "on": ns.Outcome("M0.go", "Goes on")},
    )


def test_a_deviation_that_no_pure_equilibrium_answers():
    told = pennies_later(1).explain(["stop", "h", "h"])
    assert not told.equilibrium
    deviation = told.deviations[0]
    assert (deviation.verdict, deviation.answers, deviation.change) == ("unanswered", 0, math.inf)
    assert "no equilibrium in pure strategies holds it back" in told.sentence
    assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["deviations"][0]["change"] is None
    assert "unanswered" in str(told)


def test_a_joint_deviation_that_no_pure_equilibrium_answers():
    scenario = pennies_later(2)
    told = scenario.explain(["stop", "stop", "h", "h"])
    assert scenario.solve("subgame-perfect").plays() == []
    assert not told.equilibrium
    assert "after some other choices nothing goes on that is an equilibrium in pure strategies" in told.sentence


def test_a_play_is_read_in_many_ways(crisis):
    expected = read_play(crisis, TALKS)
    assert read_play(crisis, ["talk_now", "talk_no_truce", "no_commit", "cond_sanction"]) == expected
    assert read_play(crisis, {"U": "talk_now", "R": "talk_no_truce", "US": "no_commit", "E": "cond_sanction"}) == expected
    assert read_play(crisis, {"U": "talk_now", "R": "talk_no_truce", "US": "none+no_commit", "E": "cond_sanction"}) == expected
    assert read_play(crisis, {"U": "talk_now", "R": "talk_no_truce", "US.stance": "no_commit", "E": "cond_sanction"}) == expected
    both = crisis.variant("us_presses_kyiv")
    assert both.instruments[2].options[read_play(both, TRUCE | {"US": "press + cond_sanction"})[2]] == "press"


@pytest.mark.parametrize(
    ("play", "message"),
    [
        (["talk_now"], r"expected 5 choices \(U, R, US.pressure, US.stance, E\), or 4 .*; got 1: talk_now"),
        ("talk_now", "must be a list of options.*got the text 'talk_now'"),
        ({**TRUCE, "US.stanc": "no_commit"}, "unknown instrument or actor 'US.stanc'; did you mean 'US.stance'"),
        ({**TRUCE, "R": "acept_truce"}, "R has no option 'acept_truce'; did you mean 'accept_truce'"),
        ({**TRUCE, "E": "energy_only"}, "E: 'energy_only' is not open in this case; open are no_commit, cond_sanction"),
        ({**TRUCE, "US": "none+no_commit+x"}, "US decides US.stance; got 'none.no_commit.x'"),
        ({"U": "talk_now", "R": "refuse"}, "no option given for US.stance, E"),
    ],
)
def test_errors_say_what_was_expected(crisis, play, message):
    with pytest.raises(ValueError, match=message):
        crisis.explain(play)


def test_other_errors(crisis):
    with pytest.raises(ValueError, match="unknown form 'talk_first'; did you mean 'talks_first'"):
        crisis.explain(TALKS, "talk_first")
    with pytest.raises(ValueError, match=r"single case; got a batch of shape \(2,\)"):
        crisis.replace(a_US=[0.0, 0.01]).explain(TALKS)
    with pytest.raises(ValueError, match="unknown actor 'us'; did you mean 'US'"):
        crisis.contrast(TALKS, TRUCE).changes("us")
    broken = ns.Scenario("x", {"y": 0.0}, {"A": ns.Actor(options=["a", "b"], payoff={"t": "1 / y * A.a"})})
    with pytest.raises(ValueError, match="finite payoffs"):
        broken.explain(["a"])


def test_plays_that_a_constraint_forbids():
    scenario = ns.Scenario(
        "Rules",
        {"y": 1.0},
        {"A": ns.Actor(options=["a", "b"], payoff={"t": "y * A.a"}), "B": ns.Actor(options=["c", "d"], payoff={"t": "y * B.d * A.a"})},
        forms={"timed": ns.Form((ns.Stage(("A",)), ns.Stage(("B",))))},
        form="timed",
        constraints={"rule": ns.Constraint("A.a and B.d", "after a comes c")},
    )
    with pytest.raises(ValueError, match="forbid it \\(after a comes c\\)"):
        scenario.explain(["a", "d"])
    told = scenario.explain(["a", "c"])
    assert told.equilibrium
    assert [(d.actor, d.instead) for d in told.deviations] == [("A", "b")]


def test_contrast_holds_every_term(crisis):
    told = crisis.contrast(TALKS, TRUCE)
    terms = crisis.terms()
    a, b = read_play(crisis, TALKS), read_play(crisis, TRUCE)
    for key, (first, second) in zip(crisis.players, told.totals, strict=True):
        rows = {row.term: row for row in told.rows if row.actor == key}
        assert sum(row.first for row in rows.values()) == pytest.approx(first, abs=1e-12)
        assert sum(row.second for row in rows.values()) == pytest.approx(second, abs=1e-12)
        assert sum(change for _, change in told.changes(key)) == pytest.approx(second - first, abs=1e-12)
        assert {t: (float(v[a]), float(v[b])) for t, v in terms[key].items() if v[a] or v[b]} == {
            t: (row.first, row.second) for t, row in rows.items()
        }
    assert dict(told.changes("R")) == pytest.approx({"war_or_deal": -0.0415, "sanctions": 0.02})
    assert (told.first_label, told.second_label) == ("Talks without truce, Europe sanctions alone", "Truce accepted")


def test_renderings(crisis):
    for told in (crisis.explain(TALKS), crisis.contrast(TALKS, TRUCE)):
        for text in (str(told), told._repr_html_(), told.to_markdown(), told.to_latex()):
            assert crisis.note in text
        assert told.to_pandas().attrs["note"] == crisis.note
        assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["note"] == crisis.note
        for width in (80, 120):
            assert max(map(len, told.tables[0].to_text(width).split("\n"))) <= width
    told = crisis.explain(TALKS)
    assert isinstance(told, Explanation)
    assert told.sentence in " ".join(told.tables[0].to_text(120).split())
    frame = told.to_pandas()
    sums = frame.groupby(["stage", "actor", "instead"])["term_change"].sum()
    changes = frame.groupby(["stage", "actor", "instead"])["change"].first()
    assert np.allclose(sums, changes, atol=1e-12)


@pytest.mark.parametrize("form", ["simultaneous", "in_turn"])
@pytest.mark.parametrize("step", ["5e-4", "1.0"])
def test_far_from_zero_verdicts_agree_with_the_solver(form, step):
    case = ns.Scenario(
        "Far",
        {},
        {
            "A": ns.Actor("A", options=["a", "b"], payoff={"x": f"1e12 + {step} * A.a"}),
            "B": ns.Actor("B", options=["c", "d"], payoff={"y": "B.c"}),
        },
        forms={"in_turn": ns.Form((ns.Stage(("B",)), ns.Stage(("A",))))},
    )
    for play in (["a", "c"], ["b", "c"], ["a", "d"], ["b", "d"]):
        told = case.explain(play, form)
        assert told.equilibrium == all(d.verdict in ("ties", "loses") for d in told.deviations)
        for d in told.deviations:
            assert (d.change == 0) == (d.verdict == "ties")
    noise = next(d for d in case.explain(["b", "c"], form).deviations if d.actor == "A")
    assert (noise.verdict, noise.change, noise.share, noise.terms) == (
        ("ties", 0.0, 0.0, ()) if step == "5e-4" else ("gains", 1.0, 1.0, (("x", 1.0),))
    )


@pytest.mark.parametrize(
    ("play", "message"),
    [
        ([0, 1, 0, 0], "options are given by name, such as 'truce_first'; got int 0"),
        ({"U": 0}, "options are given by name"),
        (None, "play must be a list of options.*or a mapping; got NoneType None"),
        (7, "got int 7"),
        ({1: "talk_now"}, "unknown instrument or actor 1"),
        (["Talks now", "accept_truce", "no_commit", "no_commit"], "U has no option 'Talks now'; did you mean 'talk_now'"),
        (["truce_first", "accepts the truce", "no_commit", "no_commit"], "did you mean 'accept_truce'"),
        ({"Russia": "accept_truce"}, "unknown instrument or actor 'Russia'; did you mean 'R'"),
        ({"Ukrane": "talk_now"}, "did you mean 'U'"),
        ({"united states": "no_commit"}, "did you mean 'US'"),
        ({"US.stanc": "no_commit"}, "did you mean 'US.stance'"),
    ],
)
def test_plays_are_read_with_help(play, message):
    with pytest.raises(ValueError, match=message):
        ns.load("istanbul-2025").explain(play)


def test_a_range_that_overflows_is_explained():
    actor = ns.Actor("A", options=["a", "b"], payoff={"x": "1.7e308 if A.a else -1.7e308"})
    case = ns.Scenario("Huge", {}, {"A": actor}, outcomes={"a": ns.Outcome("A.a")})
    with pytest.raises(ValueError, match=r"finite range.*huge number"):
        case.explain(["a"])
