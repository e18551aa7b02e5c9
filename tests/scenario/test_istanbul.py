"""The facts of the flagship scenario, each derived by hand from its payoff functions (see the scenario's own file)."""

from __future__ import annotations

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.games.normal_form import NormalFormGame

FORMS = ("talks_first", "truce_first", "binding_threat")


@pytest.fixture(scope="module")
def crisis() -> ns.Scenario:
    return ns.load("istanbul-2025")


def at(crisis: ns.Scenario, formula: str, **options: str) -> float:
    """Value of a formula at the play with these options (the first option of every other instrument)."""
    index = tuple(i.options.index(options.get(i.key.replace(".", "_"), i.options[0])) for i in crisis.instruments)
    return float(crisis.evaluate(formula)[index])


def payoff_rows(solution: ns.Equilibria | ns.Paths) -> list[tuple[float, ...]]:
    return [tuple(float(v) for v in row.round(5)) for row in solution.payoffs]


def outcomes(crisis: ns.Scenario, form: str | None = None) -> set[str]:
    """Outcomes of the subgame-perfect paths of a form."""
    paths = crisis.solve("subgame-perfect", form=form)
    classes = crisis.play_classes().ravel()
    return {crisis.outcome_names[classes[play]] for play in paths.play}


FIGHT = {"R": "talk_no_truce", "U": "talk_now"}
TRUCE = {"R": "accept_truce"}


def test_it_is_the_game_of_54_profiles(crisis: ns.Scenario) -> None:
    game = crisis.game("simultaneous")
    assert isinstance(game, NormalFormGame)
    assert game.shape == (3, 3, 3, 2)
    assert game.players == ("U", "R", "US", "E")
    assert crisis.play_shape == (3, 3, 1, 3, 2)
    assert "illustrative" in crisis.note


def test_flows_and_shares(crisis: ns.Scenario) -> None:
    assert [at(crisis, q, **FIGHT) for q in ("d_R", "d_U", "x_R")] == pytest.approx([0.395, 0.22, 0.5875], abs=1e-12)
    assert [at(crisis, q, **TRUCE) for q in ("d_R", "d_U", "x_R")] == pytest.approx([0.35, 0.30, 0.525], abs=1e-12)


def test_leverage_lost_by_truce_first(crisis: ns.Scenario) -> None:
    direct = at(crisis, "m + rho + beta * k_U - (1 - beta) * k_R")
    assert direct == pytest.approx(0.0625, abs=1e-12)
    assert at(crisis, "x_R", **FIGHT) - at(crisis, "x_R", **TRUCE) == pytest.approx(direct, abs=1e-12)


def test_sanctions_needed_and_critical_partner_credibility(crisis: ns.Scenario) -> None:
    accept = at(crisis, "payoff.R", **TRUCE)
    needed = at(crisis, "payoff.R", **FIGHT) - accept
    assert needed == pytest.approx(0.0415, abs=1e-12)
    assert at(crisis, "payoff.R", R="talk_no_truce") - accept == pytest.approx(-0.01625, abs=1e-12)  # Ukraine stays truce_first
    assert at(crisis, "payoff.R", R="refuse") - accept == pytest.approx(-0.02125, abs=1e-12)
    bite = {
        (us, e): at(crisis, "S", US_stance=us, E=e, **FIGHT)
        for us in ("no_commit", "cond_sanction")
        for e in ("no_commit", "cond_sanction")
    }
    assert [bite[k] for k in sorted(bite)] == pytest.approx([0.06, 0.03, 0.02, 0.0], abs=1e-12)
    assert bite["no_commit", "cond_sanction"] < needed
    assert bite["cond_sanction", "no_commit"] < needed < bite["cond_sanction", "cond_sanction"]

    # The partner follows through with chance phi: Russia is indifferent at phi*, for any chance phi_E that Europe follows through.
    def indifferent(phi_e: float) -> float:
        def gain(phi: float) -> float:
            expected = sum(
                weight * bite[us, e]
                for us, p in (("cond_sanction", phi), ("no_commit", 1 - phi))
                for e, weight in (("cond_sanction", p * phi_e), ("no_commit", p * (1 - phi_e)))
            )
            return needed - expected

        return gain(0) / (gain(0) - gain(1))

    assert indifferent(1.0) == pytest.approx(0.5375, abs=1e-9)
    tau_e, tau_us, sigma = (at(crisis, q) for q in ("tau_E", "tau_US", "sigma"))
    for phi_e in (0.0, 0.25, 0.5, 0.9, 1.0):
        assert indifferent(phi_e) == pytest.approx((needed - phi_e * tau_e) / (tau_us + phi_e * sigma), abs=1e-9)
    assert indifferent(0.0) > 1  # the United States alone can't reach it


@pytest.mark.parametrize(
    ("parameter", "actor", "threatens", "others", "threshold"),
    [
        ("a_US", "US", {"US_stance": "cond_sanction"}, {"E": "cond_sanction"}, 0.0094),
        ("a_US", "US", {"US_stance": "cond_sanction"}, {"E": "no_commit"}, 0.00955),
        ("a_E", "E", {"E": "cond_sanction"}, {"US_stance": "no_commit"}, 0.0070),
        ("a_E", "E", {"E": "cond_sanction"}, {"US_stance": "cond_sanction"}, 0.0055),
    ],
)
def test_ex_post_credibility(crisis: ns.Scenario, parameter: str, actor: str, threatens: dict, others: dict, threshold: float) -> None:
    for value, credible in ((threshold - 1e-7, False), (threshold + 1e-7, True)):
        case = crisis.replace(**{parameter: value})
        follow = at(case, f"payoff.{actor}", **FIGHT, **others, **threatens)
        back_down = at(case, f"payoff.{actor}", **FIGHT, **others)
        assert (follow > back_down) is credible


def test_kyivs_precondition_is_credible_above_its_threshold(crisis: ns.Scenario) -> None:
    for us, threshold in (("no_commit", 0.05775), ("press_ukraine", 0.13775)):
        for h_u, insists in ((threshold - 1e-7, False), (threshold + 1e-7, True)):
            case = crisis.replace(h_U=h_u)
            stay = at(case, "payoff.U", R="talk_no_truce", US_stance=us)
            talk = at(case, "payoff.U", R="talk_no_truce", U="talk_now", US_stance=us)
            assert (stay > talk) is insists


def test_nine_weak_nash_equilibria_in_two_outcomes(crisis: ns.Scenario) -> None:
    nash = crisis.solve()
    assert nash.count == 9
    assert nash.complete == ns.Completeness.PROVED
    assert not nash.strict.any()
    assert nash.regret.max() == 0
    truce, talks = (0.36125, 0.41125, 0.10306, 0.21062), (0.27375, 0.43275, 0.05969, 0.12687)
    rows = payoff_rows(nash)
    assert len([r for r in rows if r == pytest.approx(truce, abs=1.1e-5)]) == 7
    assert len([r for r in rows if r == pytest.approx(talks, abs=1.1e-5)]) == 2
    game, plays = crisis.game("simultaneous"), crisis.play_classes().reshape(3, 3, 3, 2)
    names = {crisis.outcome_names[plays[tuple(int(p.argmax()) for p in profile)]] for profile in nash.profiles()}
    assert names == {"truce", "talks_E"}
    assert game.payoff_range.shape == (4, 1)
    assert nash.strict_between_outcomes(plays).all()


def test_the_order_of_moves_decides(crisis: ns.Scenario) -> None:
    assert {form: outcomes(crisis, form) for form in FORMS} == {
        "talks_first": {"talks_E"},
        "truce_first": {"truce"},
        "binding_threat": {"truce"},
    }


def test_subgame_perfect_paths_of_talks_first(crisis: ns.Scenario) -> None:
    paths = crisis.solve("subgame-perfect")
    assert paths.form == "talks_first"
    assert sorted(paths.plays()) == [
        ("talk_now", "talk_no_truce", "none", "no_commit", "cond_sanction"),
        ("talk_now", "talk_no_truce", "none", "press_ukraine", "cond_sanction"),
    ]
    assert paths.regret.max() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"a_US": 0.0093}, {"talks_E"}),
        ({"a_US": 0.0095}, {"truce"}),
        ({"rho": 0.0}, {"truce"}),
        ({"a_US": 0.02, "tau_US": 0.015, "sigma": 0.0}, {"talks_joint"}),
    ],
)
def test_what_changes_the_outcome_of_talks_first(crisis: ns.Scenario, changes: dict, expected: set) -> None:
    assert outcomes(crisis.replace(**changes)) == expected


def test_without_a_precedent_no_threat_is_needed(crisis: ns.Scenario) -> None:
    case = crisis.replace(rho=0.0)
    assert at(case, "payoff.R", **FIGHT) - at(case, "payoff.R", **TRUCE) == pytest.approx(-0.0085, abs=1e-12)
    assert outcomes(case.variant("no_threat").replace(rho=0.0)) == {"truce"}


def test_nash_and_subgame_perfect_answer_two_games(crisis: ns.Scenario) -> None:
    case = crisis.replace(a_US=0.0095)
    paths, nash = case.solve("subgame-perfect"), case.solve()
    as_profiles = {tuple(int(p.argmax()) for p in profile) for profile in nash.profiles()}
    of_paths = [tuple(int(k) for k in np.unravel_index(play, (3, 3, 3, 2))) for play in paths.play]
    assert paths.count == 12
    assert sum(profile not in as_profiles for profile in of_paths) == 5


def test_sectors(crisis: ns.Scenario) -> None:
    joint = {"US_stance": "cond_sanction", "E": "cond_sanction", **FIGHT}
    assert [at(crisis, q, **joint) for q in ("S_energy", "S_banking")] == pytest.approx([0.036, 0.024], abs=1e-12)
    assert max(at(crisis, q, **joint) for q in ("S_energy", "S_banking")) < 0.0415 < at(crisis, "S", **joint)
    sectors = crisis.variant("sectors")
    assert sectors.play_shape == (3, 3, 1, 5, 4)
    one = {"US_stance": "energy_only", "E": "energy_only", **FIGHT}
    assert at(sectors, "S", **one) == pytest.approx(0.036, abs=1e-12)

    # Following through in sector k alone, given Europe in both, pays from a_US = [kap^k - w_US lam_U (tau^k + sigma^k)] tau/tau^k on.
    def credible_from(case: ns.Scenario, sector: str) -> float:
        given = {"E": "cond_sanction", **FIGHT}
        gain = [
            at(case.replace(a_US=a), "payoff.US", US_stance=sector, **given) - at(case.replace(a_US=a), "payoff.US", **given)
            for a in (0, 0.05)
        ]
        return 0.05 * gain[0] / (gain[0] - gain[1])

    assert [credible_from(sectors, s) for s in ("energy_only", "banking_only")] == pytest.approx([0.0094, 0.0094], abs=1e-12)
    uneven = sectors.replace(energy_tau_US=2 / 3)
    assert [credible_from(uneven, s) for s in ("energy_only", "banking_only")] == pytest.approx([0.008415, 0.01137], abs=1e-12)


def test_pressure_comes_before_kyivs_reply(crisis: ns.Scenario) -> None:
    pressed = crisis.variant("us_presses_kyiv")
    assert pressed.play_shape == (3, 3, 2, 2, 2)
    without = pressed.restrict({"US.pressure": ["none"]})
    replies = {play[0] for play in pressed.solve("subgame-perfect").plays() if play[1] == "talk_no_truce"}
    assert outcomes(pressed) == {"talks_E"}
    assert replies == {"talk_now"}
    assert outcomes(without) == {"truce"}  # nobody presses: Kyiv insists, and Russia prefers the truce to fighting on


def test_every_variant_solves(crisis: ns.Scenario) -> None:
    assert set(crisis.variants) == {
        "no_threat",
        "european_threat",
        "joint_threat",
        "credible_joint_threat",
        "us_presses_kyiv",
        "truce_first_US",
        "sectors",
    }
    found = {name: outcomes(crisis.variant(name)) for name in crisis.variants}
    assert found["no_threat"] == {"talks_none"}
    assert found["european_threat"] == found["joint_threat"] == {"talks_E"}
    assert found["credible_joint_threat"] == found["truce_first_US"] == {"truce"}
