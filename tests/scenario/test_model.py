from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.games.staged import StagedGame


def threat(**changes) -> ns.Scenario:
    """A target that may comply or defy, a sender that may sanction in one of two ways and may also speak first."""
    fields = {
        "title": "Threat",
        "parameters": {"bite": ns.Parameter(2.0, (0, 4), (0, np.inf)), "cost": ns.Parameter(1.0, (0, 3)), "w": 0.5},
        "actors": {
            "T": ns.Actor(
                "Target", options={"comply": "Complies", "defy": "Defies"}, payoff={"gain": "1.5 * T.defy", "loss": "-bite * hit"}
            ),
            "S": ns.Actor(
                "Sender",
                instruments={"voice": ["quiet", "loud"], "act": ["wait", "soft", "hard"]},
                payoff={"aim": "3 * T.comply", "cost": "-cost * hit", "pride": "0.1 * S.voice.loud * S.act.hard", "other": "w * payoff.T"},
            ),
        },
        "definitions": {"hit": "(0.5 * S.act.soft + S.act.hard) * T.defy"},
        "forms": {
            "warned": ns.Form((ns.Stage(("S.voice",), "Warning"), ns.Stage(("T",)), ns.Stage(("S.act",)))),
            "bound": ns.Form((ns.Stage(("S",)), ns.Stage(("T",)))),
        },
        "outcomes": {"complied": ns.Outcome("T.comply", "Target complies"), "punished": ns.Outcome("S.act.soft or S.act.hard")},
        "variants": {
            "dear": ns.Variant({"cost": 3.0}, label="Dear sanctions"),
            "blunt": ns.Variant(options={"S.act": ("wait", "hard")}, form="bound"),
        },
        "form": "warned",
    }
    return ns.Scenario(**{**fields, **changes})


def test_payoffs_by_hand() -> None:
    case = threat()
    assert case.play_shape == (2, 2, 3)
    t, s = case.evaluate("payoff.T"), case.evaluate("payoff.S")
    for defy, loud, act in np.ndindex(2, 2, 3):
        hit = (0.0, 0.5, 1.0)[act] * defy
        target = 1.5 * defy - 2.0 * hit
        assert t[defy, loud, act] == pytest.approx(target)
        assert s[defy, loud, act] == pytest.approx(3 * (1 - defy) - hit + 0.1 * loud * (act == 2) + 0.5 * target)


def test_terms_sum_to_payoffs() -> None:
    case = threat().replace(bite=[1.0, 2.0, 3.0])
    game = case.game("warned")
    assert isinstance(game, StagedGame)
    for i, terms in enumerate(case.terms().values()):
        assert game.payoffs[:, i] == pytest.approx(np.moveaxis(sum(terms.values()), -1, 0))


def test_functions_stand_for_formulas() -> None:
    written = threat()

    def hit(T, S):
        return (0.5 * S.act.soft + S.act.hard) * T.defy

    def other(w, payoff):
        return w * payoff.T

    actors = dict(written.actors)
    actors["S"] = dataclasses.replace(actors["S"], payoff={**actors["S"].payoff, "other": other})
    coded = threat(actors=actors, definitions={"hit": hit})
    assert np.array_equal(coded.game("warned").payoffs, written.game("warned").payoffs)
    result = ns.sweep(coded, ns.grid(bite=[1.0, 2.0], cost=[0.1, 2.0]))
    assert np.array_equal(result["count"], ns.sweep(written, ns.grid(bite=[1.0, 2.0], cost=[0.1, 2.0]))["count"])
    with pytest.raises(ValueError, match=r"definition hit: the function raised AttributeError: S has no .hard. here; it has act\.hard"):
        threat(actors=actors, definitions={"hit": lambda S: S.hard}).game()


def test_batch_axes_are_those_of_the_parameters() -> None:
    case = threat().replace(bite=np.array([1.0, 2.0, 4.0])[:, None], cost=[0.5, 1.5])
    assert case.batch_shape == (3, 2)
    game = case.game("simultaneous")
    assert game.payoffs.shape == (3, 2, 2, 2, 6)
    assert game.actions[1] == ("quiet+wait", "quiet+soft", "quiet+hard", "loud+wait", "loud+soft", "loud+hard")
    assert case.solve("subgame-perfect").count.shape == (3, 2)
    one = threat().replace(bite=4.0, cost=1.5).game("simultaneous")
    assert np.array_equal(game.payoffs[2, 1], one.payoffs)


def test_instruments_with_one_open_option_leave_the_names_alone() -> None:
    assert threat().restrict({"S.voice": ["quiet"]}).game("simultaneous").actions[1] == ("wait", "soft", "hard")
    assert threat().restrict({"S.voice": ["quiet"], "S.act": ["hard"]}).game("simultaneous").actions[1] == ("quiet",)


def test_variants() -> None:
    case = threat()
    assert case.variant("dear").values["cost"] == 3.0
    blunt = case.variant("blunt")
    assert blunt.form == "bound"
    assert blunt.play_shape == (2, 2, 2)
    assert np.array_equal(blunt.evaluate("payoff.S"), case.evaluate("payoff.S")[:, :, [0, 2]])
    assert blunt.outcome_names == case.outcome_names == ("complied", "punished", "other")


def test_outcomes_first_match_wins_and_the_rest_is_other() -> None:
    case = threat()
    classes = case.play_classes()
    assert (classes[0] == 0).all()
    assert (classes[1, :, 1:] == 1).all()
    assert (classes[1, :, 0] == 2).all()
    assert case.outcome_labels == ("Target complies", "punished", "Other")


def test_without_outcomes_plays_of_equal_payoffs_are_one_class() -> None:
    case = threat(outcomes={})
    classes = case.play_classes()
    assert (classes[0] == [[0, 0, 0], [0, 0, 1]]).all()  # complied, but for the pride of a loud hard stance
    assert len(case.outcome_names) == 6
    assert (threat(outcomes={}).play_classes() == classes).all()


def test_constraints_within_a_stage_drop_combined_actions() -> None:
    case = threat(
        constraints={"bluff": ns.Constraint("S.voice.loud and S.act.soft")}, form="bound", forms={"bound": threat().forms["bound"]}
    )
    game = case.game("simultaneous")
    assert game.actions[1] == ("quiet+wait", "quiet+soft", "quiet+hard", "loud+wait", "loud+hard")
    assert (case.play_classes()[:, 1, 1] == -1).all()
    full = threat().game("simultaneous").payoffs
    assert np.array_equal(game.payoffs, full[..., [0, 1, 2, 3, 5]])
    result = ns.sweep(case, ns.grid(bite=[0.5, 2.0]), solvers=["nash", "subgame-perfect"])
    for k, bite in enumerate((0.5, 2.0)):
        assert result["count"].values[k].tolist() == [case.replace(bite=bite).solve(c).count for c in ("nash", "subgame-perfect")]


def test_constraints_across_stages_remove_later_options() -> None:
    mercy = {"mercy": ns.Constraint("T.comply and S.act.hard", "Nobody punishes a target that complies.")}
    case = threat(constraints=mercy, forms={"warned": threat().forms["warned"]}, variants={})
    with pytest.raises(ValueError, match="name a timed form"):
        case.game("simultaneous")
    spiteful = case.replace(cost=-1.0)
    plays = spiteful.solve("subgame-perfect").plays()
    assert plays
    assert not any(play[0] == "comply" and play[2] == "hard" for play in plays)
    own = {"word": ns.Constraint("S.voice.loud and S.act.wait")}  # ties only the sender's own choices: combined actions drop out
    case = threat(constraints=own, forms={"warned": threat().forms["warned"]}, variants={})
    assert case.game("simultaneous").shape == (2, 5)
    assert not any(play[1] == "loud" and play[2] == "wait" for play in case.solve("subgame-perfect").plays())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.replace(bit=1), "did you mean 'bite'"),
        (lambda c: c.replace(bite=-1), "in its domain"),
        (lambda c: c.replace(bite=float("nan")), "finite number"),
        (lambda c: c.replace(bite="x"), "must be a number"),
        (lambda c: c.replace(bite=[1, 2], cost=[1, 2, 3]), "broadcast"),
        (lambda c: c.variant("deer"), "did you mean 'dear'"),
        (lambda c: c.with_form("warn"), "did you mean 'warned'"),
        (lambda c: c.game("warn"), "did you mean 'warned'"),
        (lambda c: c.restrict({"S": ["wait"]}), "S.voice, S.act"),
        (lambda c: c.restrict({"Q": ["wait"]}), "unknown instrument"),
        (lambda c: c.restrict({"S.act": "wait"}), "needs a list"),
        (lambda c: c.replace(bite=None), "must be a number"),
        (lambda c: c.variant(None), "unknown variant"),
        (lambda c: c.restrict({"S.act": ["hart"]}), "did you mean 'hard'"),
        (lambda c: c.restrict({"S.act": []}), "at least one option"),
        (lambda c: c.evaluate("bite + nope"), "unknown name 'nope'"),
        (lambda c: c.solve("nash", form="warned"), "simultaneous form"),
        (lambda c: c.solve("nahs"), "did you mean 'nash'"),
    ],
)
def test_a_callers_mistakes(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(threat())


def test_mistakes_in_the_scenario_are_all_told_at_once() -> None:
    with pytest.raises(ns.ScenarioError) as caught:
        threat(definitions={"hit": "S.act.sotf * T.defy"}, form="wraned", variants={"x": ns.Variant({"bitte": 1.0})})
    text = str(caught.value)
    for part in ("sotf", "soft", "wraned", "warned", "bitte", "bite"):
        assert part in text


def test_nan_in_an_array_of_parameters_spoils_only_its_own_game() -> None:
    case = threat().replace(bite=[1.0, float("nan"), -1.0, 2.0])
    for concept in ("nash", "subgame-perfect"):
        solution = case.solve(concept)
        assert solution.status.tolist() == [ns.Status.OK, ns.Status.NOT_FINITE, ns.Status.OUT_OF_DOMAIN, ns.Status.OK]
        assert solution.count.tolist() == [
            threat().replace(bite=1.0).solve(concept).count,
            0,
            0,
            threat().replace(bite=2.0).solve(concept).count,
        ]


def two(payoff: dict, parameters: dict | None = None, **more) -> ns.Scenario:
    actors = {"A": ns.Actor("A", ["a", "b"], payoff=payoff), "B": ns.Actor("B", ["c", "d"])}
    return ns.Scenario("two", parameters or {}, actors, **more)


def test_truth_values_are_added_as_numbers() -> None:
    case = two({"one": "A.a", "two": "not A.b", "cost": "-1.5 * A.a"})
    assert case.game().payoffs[0].tolist() == [[0.5, 0.5], [0, 0]]
    assert two({"one": "A.a", "two": "A.a and B.c"}).game().payoffs[0].tolist() == [[2, 1], [0, 0]]
    assert case.terms()["A"]["one"].dtype == np.float64
    swept = ns.sweep(two({"one": "A.a", "two": "A.a", "x": "x * A.b"}, {"x": 1.0}), ns.grid(x=[1.5, 2.5]), solvers="pure")
    assert swept["payoff_max"].values[:, 0, 0].tolist() == [2, 2.5]
    assert not two({"one": "A.a"}).explain(["b", "c"], "simultaneous").equilibrium


def test_functions_get_numbers_that_they_can_not_change() -> None:
    doubled = two({"f": lambda hit: hit + hit, "g": lambda hit: -hit}, definitions={"hit": "A.a and A.a"})
    assert doubled.game().payoffs[0].tolist() == [[1, 1], [0, 0]]

    def greedy(x):
        x += 1
        return x

    with pytest.raises(ValueError, match=r"payoff 'f' of A: the function raised ValueError: .*read-only"):
        two({"f": greedy, "g": "x"}, {"x": 1.0}, outcomes={"o": ns.Outcome("A.a")}).game()


@pytest.mark.parametrize("wrong", [lambda x: [1, 2], lambda x: None, lambda x: 1j * x, lambda x: "1"])
def test_what_a_function_must_not_return(wrong) -> None:
    with pytest.raises(ValueError, match="payoff 'f' of A: the function must return"):
        two({"f": wrong}, {"x": 1.0}, outcomes={"o": ns.Outcome("A.a")}).game()


def test_a_function_that_fails_is_named_and_told_about_arrays() -> None:
    with pytest.raises(ValueError, match=r"payoff 'f' of A: the function raised ValueError.*np\.where") as caught:
        two({"f": lambda x: 1 if x > 0 else 0}, {"x": 0.5}).solve()
    assert "simultaneous form" not in str(caught.value)


def test_a_payoff_function_reads_other_payoffs_not_its_own() -> None:
    with pytest.raises(ValueError, match="payoff has no 'A' here; it has B"):
        two({"f": lambda payoff: 2 * payoff.A}).game()


def test_default_outcomes_are_not_fooled_by_accidents_at_the_base() -> None:
    found = ns.sweep(two({"p": "x * A.a"}, {"x": 0.0}), ns.grid(x=[-1.0, 1.0]), solvers="pure")
    assert list(found.outcome.values) == ["a+c", "b+c"]
    assert found.supported.values[:, 0].tolist() == [[False, True], [True, False]]
    assert two({"p": "1e10 + A.a"}).outcome_names == ("a+c", "b+c")
    assert threat(outcomes={}).variant("blunt").outcome_names == tuple(
        name for name in threat(outcomes={}).outcome_names if "soft" not in name
    )


def test_a_scenario_keeps_what_it_was_given() -> None:
    payoff, value = {"p": "x * A.a"}, np.array([1.0, 2.0])
    parameters, options = {"x": ns.Parameter(value)}, ["a", "b"]
    actors = {"A": ns.Actor("A", options, payoff=payoff), "B": ns.Actor("B", ["c", "d"])}
    case = ns.Scenario("kept", parameters, actors)
    payoff["p"] = "99"
    value[:] = 7
    options.append("z")
    actors["C"] = actors["B"]
    assert case.game().payoffs[:, 0, 0, 0].tolist() == [1, 2]
    assert case.play_shape == (2, 2)


def test_a_timed_form_without_a_simultaneous_one_is_swept_by_its_own_concept() -> None:
    mercy = {"mercy": ns.Constraint("T.comply and S.act.hard")}
    case = threat(constraints=mercy, forms={"warned": threat().forms["warned"]}, variants={})
    assert not case.has_simultaneous_form
    assert list(ns.sweep(case, ns.grid(bite=[1.0, 2.0])).concept.values) == ["subgame-perfect"]
    assert threat().has_simultaneous_form


def test_a_payoff_that_mirrors_another_survives_the_next_block(monkeypatch: pytest.MonkeyPatch) -> None:
    from negotiation_sim.sweeps import run

    actors = {"A": ns.Actor("A", ["a", "b"], payoff={"p": "x * A.a"}), "B": ns.Actor("B", ["c", "d"], payoff={"mirror": "payoff.A"})}
    parameters = {"x": ns.Parameter(1.0), "y": ns.Parameter(1.0, domain=(0, 9))}
    case = ns.Scenario("mirror", parameters, actors, outcomes={"o": ns.Outcome("A.a")})
    monkeypatch.setattr(run, "BLOCK_BYTES", 3 * 128)
    found = ns.sweep(case, ns.grid(y=[1.0, -1.0, 2.0, 3.0], x=[-1.0, 1.0, 2.0]), solvers="pure")
    assert found.status.values[:, 0, 0].tolist() == [ns.Status.OK, ns.Status.OUT_OF_DOMAIN, ns.Status.OK, ns.Status.OK]
    assert found.payoff_max.sel(player="B", concept="nash").values[[0, 2, 3]].tolist() == [[0, 1, 2]] * 3
