"""Selection: published choices, brute force over pairs, invariances, batches; the others stay listed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.choice import selection_criteria
from negotiation_sim.equilibria.choice.selection import CRITERIA, entropy, least_loss, nash_product, select, welfare
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Status

STAG_HUNT = [[[9.0, 0], [8, 7]], [[9, 8], [0, 7]]]  # Aumann (1990), "Nash equilibria are not self-enforcing"
SEXES = [[[3.0, 0], [0, 2]], [[2, 0], [0, 3]]]
PENNIES = [[[1.0, -1], [-1, 1]], [[-1, 1], [1, -1]]]
DILEMMA = [[[3.0, 0], [5, 1]], [[3, 5], [0, 1]]]
# Young (1993), "The evolution of conventions", Econometrica 61(1): the third convention is risk dominant pair by pair
YOUNG = [[6.0, 0, 0], [5, 7, 5], [0, 5, 8]]


def solved(*payoffs):
    return AllNash()(NormalFormGame(payoffs[0] if len(payoffs) == 1 else np.array(payoffs), ["A", "B"]))


def cells(selected, index=()):
    """The chosen profiles as pairs of actions; None stands for a mixture."""
    return [tuple(int(x.argmax()) if x.max() == 1 else None for x in profile) for profile in selected.profiles(index)]


def test_the_stag_hunt():
    found = solved(STAG_HUNT)
    assert len(found) == 3
    assert cells(select(found)) == [(0, 0)]
    assert cells(select(found, "payoff-dominance")) == [(0, 0)]
    assert cells(select(found, "risk-dominance")) == [(1, 1)]
    assert cells(select(found, "pareto")) == [(0, 0)]
    assert cells(select(found, "welfare")) == [(0, 0)]
    assert cells(select(found, "nash-product")) == [(0, 0)]
    assert cells(select(found, "entropy")) == [(None, None)]
    assert cells(select(found, "margin")) == [(1, 1)]  # 7 of a range of 9, against 1
    assert cells(select(found, "strict")) == [(0, 0), (1, 1)]


def test_the_battle_of_the_sexes_is_left_to_the_players():
    found = solved(SEXES)
    nothing = select(found, "payoff-dominance")
    assert cells(nothing) == []
    assert nothing.count == 0
    for by in ("risk-dominance", "pareto", "welfare", "nash-product"):  # 3 x 2 = 2 x 3: a tie, kept
        assert cells(select(found, by)) == [(0, 0), (1, 1)], by


@pytest.mark.parametrize(
    ("losses", "choice"),
    [(((2, 3), (1, 4)), [(0, 0)]), (((1, 4), (2, 3)), [(1, 1)]), (((1, 6), (2, 3)), [(0, 0), (1, 1)]), (((9, 1), (3, 4)), [(1, 1)])],
)
def test_risk_dominance_compares_products_of_losses(losses, choice):
    """Harsanyi and Selten (1988), chapter 3: the general 2 x 2 game with two strict equilibria, whatever is added to a column or row."""
    (u, v), (s, t) = losses
    first = np.diag([u, s]) + np.array([[4.0, -7], [4, -7]])
    second = np.diag([v, t]) + np.array([[3.0, 3], [-5, -5]])
    assert cells(select(solved([first, second]), "risk-dominance")) == choice


def test_risk_dominance_in_a_larger_game():
    found = solved([np.array(YOUNG), np.array(YOUNG).T])
    assert cells(select(found, "risk-dominance")) == [(2, 2)]
    assert cells(select(found, "payoff-dominance")) == [(2, 2)]
    assert cells(select(found, "margin")) == [(2, 2)]  # 3, 2 and 1 of a range of 8


def test_a_circle_of_risk_dominance_chooses_none():
    """Against the next one in the circle the first player's loss is 5 to 1; the second player's losses are 1."""
    found = solved([np.array([[0.0, -1, -5], [-5, 0, -1], [-1, -5, 0]]), np.eye(3) - 1])
    assert cells(select(found, "strict")) == [(0, 0), (1, 1), (2, 2)]
    assert cells(select(found, "risk-dominance")) == brute_risk(found) == []


def brute_risk(found):
    """The definition, on one game, with no arrays."""
    (a, b), pure = found.game.payoffs, [tuple(int(x.argmax()) for x in p) for p in found.profiles() if all(x.max() == 1 for x in p)]
    if len(found) == 1:
        return pure or [(None, None)]

    def product(mine, other):
        (r, c), (x, y) = mine, other
        return (a[r, c] - a[x, c]) * (b[r, c] - b[r, y])

    kept = [p for p in pure if all(product(p, q) >= product(q, p) - 1e-12 for q in pure if q != p)]
    return kept if len(pure) > 1 else []


INTEGERS = st.integers(2, 4).flatmap(lambda m: st.integers(2, 4).flatmap(lambda n: arrays(np.int64, (2, m, n), elements=st.integers(0, 5))))


@settings(max_examples=30)
@given(INTEGERS)
def test_choices_equal_their_definitions(payoffs):
    found = PureNash()(NormalFormGame(payoffs.astype(float), ["A", "B"]))
    every = found.payoffs

    def chosen(by):
        return select(found, by).chosen.tolist()

    assert chosen("payoff-dominance") == [bool((u >= every).all()) for u in every]
    assert chosen("pareto") == [not any((v >= u).all() and (v > u).any() for v in every) for u in every]
    assert chosen("welfare") == [bool(u.sum() == every.sum(axis=1).max()) for u in every]
    assert cells(select(found, "risk-dominance")) == brute_risk(found)
    secured = np.array([payoffs[0].min(axis=1).max(), payoffs[1].min(axis=0).max()])
    varies = np.ptp(payoffs, axis=(1, 2)) > 0
    products = np.where(varies, every - secured, 1).prod(axis=1)
    np.testing.assert_allclose(nash_product(found), products)
    assert chosen("nash-product") == (products == products.max(initial=0)).tolist()


@settings(max_examples=40)
@given(
    INTEGERS,
    st.lists(st.sampled_from([0.125, 1.0, 8.0, 1024.0]), min_size=2, max_size=2),
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
)
def test_the_units_of_a_player_do_not_matter(payoffs, scale, shift):
    game = NormalFormGame(payoffs.astype(float), ["A", "B"])
    other = NormalFormGame(payoffs * np.reshape(scale, (2, 1, 1)) + np.reshape(shift, (2, 1, 1)), ["A", "B"])
    here, there = PureNash()(game), PureNash()(other)
    for by in CRITERIA:
        if by != "welfare":
            np.testing.assert_array_equal(select(here, by).chosen, select(there, by).chosen, err_msg=by)


@settings(max_examples=40)
@given(INTEGERS, st.randoms())
def test_permuting_players_and_actions_permutes_the_choice(payoffs, random):
    rows, columns = (random.sample(range(n), n) for n in payoffs.shape[1:])
    here = PureNash()(NormalFormGame(payoffs.astype(float), ["A", "B"]))
    there = PureNash()(NormalFormGame(payoffs[:, rows][:, :, columns].astype(float), ["A", "B"]))
    swapped = PureNash()(NormalFormGame(payoffs[::-1].swapaxes(1, 2).astype(float), ["B", "A"]))
    for by in CRITERIA:
        chosen = set(cells(select(here, by)))
        assert {(rows[r], columns[c]) for r, c in cells(select(there, by))} == chosen, by
        assert {(r, c) for c, r in cells(select(swapped, by))} == chosen, by


def test_a_batch_is_its_games_one_by_one():
    rng = np.random.default_rng(5)
    payoffs = rng.integers(0, 4, (60, 2, 3, 3)).astype(float)
    payoffs[7, 0, 1, 1] = np.nan
    found = solved(payoffs)
    assert set(found.count.tolist()) >= {0, 1, 3}
    assert found.status[7] == Status.NOT_FINITE
    for by in [*CRITERIA, ["payoff-dominance", "risk-dominance", "nash-product"], lambda e: e.payoffs[:, 0]]:
        whole = select(found, by)
        alone = [select(solved(p), by) for p in payoffs]
        assert [cells(whole, g) for g in range(60)] == [cells(one) for one in alone]
        assert whole.count.tolist() == [int(one.count) for one in alone]
        assert whole.count[7] == 0


def test_pairs_are_made_in_pieces(monkeypatch):
    found = solved(np.random.default_rng(2).integers(0, 3, (40, 2, 3, 3)).astype(float))
    before = [select(found, by).chosen for by in ("pareto", "risk-dominance")]
    for size in (1, 7):
        monkeypatch.setattr(selection_criteria, "PAIRS", size)
        for was, by in zip(before, ("pareto", "risk-dominance"), strict=True):
            np.testing.assert_array_equal(select(found, by).chosen, was)


def test_nothing_to_choose_from():
    for game in (NormalFormGame(PENNIES), NormalFormGame(np.zeros((0, 2, 2, 2))), NormalFormGame([PENNIES, PENNIES])):
        found = PureNash()(game)
        for by in CRITERIA:
            selected = select(found, by)
            assert len(selected.chosen) == 0
            assert selected.count.shape == game.batch_shape
            assert not selected.count.any()
            assert str(selected)


def test_an_only_equilibrium_is_chosen_even_if_mixed():
    found = solved(PENNIES)
    for by in ("payoff-dominance", "risk-dominance", "pareto", "welfare", "nash-product", "entropy"):
        assert cells(select(found, by)) == [(None, None)], by
    assert cells(select(found, "strict")) == cells(select(found, "margin")) == []


def test_criteria_one_after_the_other():
    found = solved([STAG_HUNT, SEXES, DILEMMA])
    by = select(found, ["payoff-dominance", "risk-dominance"])
    assert [cells(by, g) for g in range(3)] == [[(0, 0)], [(0, 0), (1, 1)], [(1, 1)]]
    assert by.by == ("payoff-dominance", "risk-dominance")
    assert by.count.tolist() == [1, 2, 1]
    first_player = select(found, ["pareto", lambda e: e.payoffs[:, 0]])
    assert [cells(first_player, g) for g in range(3)] == [[(0, 0)], [(0, 0)], [(1, 1)]]
    assert select(found, ["payoff-dominance"]).count.tolist() == select(found).count.tolist() == [1, 0, 1]


def test_the_others_stay_listed():
    found = solved(STAG_HUNT)
    selected = select(found, "risk-dominance")
    assert selected.equilibria is found
    assert len(selected.chosen) == len(found) == 3
    assert not selected.chosen.flags.writeable
    text = str(selected)
    assert text.count("player") == 0
    assert "chosen" in text
    assert "Chosen by risk-dominance. All there are." in text
    assert len(text.splitlines()) >= 3 + 3
    assert "<table" in selected._repr_html_()
    assert repr(selected) == "Selected(risk-dominance: 1 of 3 in batch ())"
    assert "games" in str(select(solved([STAG_HUNT, SEXES])))


def test_a_function_of_ones_own():
    found = solved([STAG_HUNT, SEXES])

    def fairest(equilibria):
        return -np.abs(np.diff(equilibria.payoffs, axis=1))[:, 0]

    selected = select(found, fairest)
    assert selected.by == ("fairest",)
    assert selected.count.tolist() == [3, 1]
    assert cells(selected, 1) == [(None, None)]
    assert select(found, lambda e: e.strict).count.tolist() == [2, 2]
    assert select(found, lambda e: np.full(len(e), np.nan)).count.tolist() == [0, 0]
    assert select(found, lambda e: np.where(e.strict, -np.inf, np.nan)).count.tolist() == [2, 2]
    noisy = select(found, lambda e: 1 + 1e-16 * np.arange(len(e)))
    assert noisy.count.tolist() == [3, 3]
    with pytest.raises(ValueError, match=r"<lambda> must return a number or a bool for each of the 6 entries; got float64 of shape \(2,\)"):
        select(found, lambda e: np.zeros(2))
    with pytest.raises(ValueError, match="got <U1"):
        select(found, lambda e: ["a"] * 6)


def test_wrong_calls_are_explained():
    found = solved(STAG_HUNT)
    with pytest.raises(ValueError, match="did you mean 'risk-dominance'"):
        select(found, "risk_dominance")
    with pytest.raises(ValueError, match="at least one criterion"):
        select(found, [])
    with pytest.raises(TypeError, match="names of criteria and functions; got 3"):
        select(found, ["welfare", 3])
    with pytest.raises(ValueError, match='solve with want="all"'):
        select(AllNash(want="supports")(found.game))
    with pytest.raises(TypeError, match="got Paths"):
        select(SubgamePerfect()(StagedGame(DILEMMA, ["a", "b"], [0, 1], [[0], [1]])))
    three = PureNash()(NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b", "c"]))
    with pytest.raises(ValueError, match="games of 2 players; got 3"):
        select(three, "risk-dominance")
    assert select(three, "payoff-dominance").count == 8


def test_scores():
    found = solved(SEXES)
    np.testing.assert_allclose(welfare(found), [5, 5, 2.4])
    np.testing.assert_allclose(welfare(found, [1, 0]), [3, 2, 1.2])
    np.testing.assert_allclose(nash_product(found), [6, 6, 1.44], atol=1e-12)  # alone each secures 0
    np.testing.assert_allclose(nash_product(found, [1, 1]), [2, 2, 0.04], atol=1e-12)
    assert np.isnan(nash_product(found, [2.5, 0])).tolist() == [False, True, True]
    np.testing.assert_allclose(entropy(found), [0, 0, -2 * (0.6 * np.log(0.6) + 0.4 * np.log(0.4))])
    np.testing.assert_allclose(least_loss(found), [2 / 3, 2 / 3, 0], atol=1e-12)
    batch = solved([SEXES, STAG_HUNT])
    np.testing.assert_allclose(nash_product(batch, [[0, 0], [5, 5]])[:5], [6, 6, 1.44, 16, 4])
    with pytest.raises(ValueError, match="weights must hold 2 numbers"):
        welfare(found, [1, 2, 3])
    with pytest.raises(ValueError, match=r"disagreement must have shape \(2,\)"):
        nash_product(found, [1, 2, 3])


def test_a_player_who_cannot_gain_is_left_out_of_the_product():
    found = solved([[[3.0, 0], [0, 2]], [[1.0, 1], [1, 1]]])
    assert cells(select(found, "nash-product"))[0] == (0, 0)


def test_a_strict_equilibrium_survives_changes_of_less_than_half_its_least_loss():
    rng = np.random.default_rng(4)
    payoffs = rng.random((200, 2, 3, 3))
    found = PureNash()(NormalFormGame(payoffs, ["A", "B"]))
    size = 0.499 * least_loss(found)
    ranges = found.game.payoff_range[:, found.index]
    row, column = (x.argmax(axis=1) for x in found.strategies)
    for sign in (1, -1):
        changed = payoffs[found.index] + sign * (size * ranges).T[:, :, None, None]
        entry = np.arange(len(found))
        changed[entry, 0, row, column] -= sign * 2 * size * ranges[0]
        changed[entry, 1, row, column] -= sign * 2 * size * ranges[1]
        again = PureNash()(NormalFormGame(changed, ["A", "B"]))
        there = [(r, c) in cells_of(again, e) for e, (r, c) in enumerate(zip(row, column, strict=True))]
        assert all(there)


def cells_of(found, index):
    return [tuple(int(x.argmax()) for x in profile) for profile in found.profiles(index)]


def test_noise_in_the_payoffs_makes_no_difference():
    noise = np.array([[0.1 + 0.2, 0.0], [0.0, 0.3]])
    found = Equilibria.from_strategies(NormalFormGame.from_arrays(noise, noise), None, np.array([0, 2]), (np.eye(2), np.eye(2)), 0)
    for by in ("payoff-dominance", "risk-dominance", "pareto", "welfare", "nash-product", "margin"):
        assert select(found, by).chosen.all(), by


@pytest.mark.parametrize("scale", [1.0, 0.1, 0.7, 3.0, 1e-200, 1e200])
def test_gains_that_are_nothing_but_rounding_decide_nothing(scale):
    first = np.array([[1.0, -1, 1], [-1, 0, 1], [1, 0, 0]])
    second = np.array([[1.0, 1, 1], [1, 1, -1], [1, 0, 0]])
    found = AllNash()(NormalFormGame.from_arrays(first, second * scale))
    assert len(found) == 5
    assert select(found, "nash-product").chosen.all()  # every product is 0


@pytest.mark.parametrize("last", [0.3, 0.1 + 0.2])
def test_losses_that_are_nothing_but_rounding_decide_nothing(last):
    found = AllNash()(NormalFormGame.from_arrays([[1, 0], [1, 1]], [[0.3, 0.3], [0.3, last]]))
    assert select(found, "risk-dominance").chosen.tolist() == [True, True, True]
    assert select(found, "nash-product").chosen.all()


@pytest.mark.parametrize("constant", [0.0, 1.0, 1e12, 1e15, 1e200])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_a_player_whose_payoffs_never_vary_decides_nothing(constant, scale):
    row = AllNash()(NormalFormGame.from_arrays(np.array([[0.0, 2.0, 2.001]]).T * scale, [[constant]] * 3))
    assert select(row, "nash-product").chosen.sum() == 1
    one = AllNash()(NormalFormGame.from_arrays(np.array([[0.0, 2.0, 2.001]]) * scale, [[constant] * 3]))
    assert select(one, "nash-product").chosen.tolist() == [False, False, True]
    hunt = np.array([[9.0, 0], [0, 1]])[:, :, None] * scale
    found = PureNash()(NormalFormGame.from_arrays(hunt, hunt, np.full((2, 2, 1), constant)))
    assert select(found, "margin").chosen.tolist() == [True, False]
    assert select(found, "nash-product").chosen.tolist() == [True, False]


def test_scores_as_large_as_numbers_get():
    found = AllNash()(NormalFormGame.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]]))
    assert select(found, lambda _: np.array([1.7e308, -1.7e308, 0])).chosen.tolist() == [True, False, False]
    assert select(found, lambda _: np.array([-1.7e308, np.nan, np.inf])).chosen.tolist() == [False, False, True]


def test_a_product_that_is_zero_is_no_tie_with_one_that_is_not():
    found = AllNash()(NormalFormGame.from_arrays([[1e-5, -1], [0, 0.0]], [[1e-5, 0], [-1, 1.0]]))
    chosen = select(found, "nash-product").chosen
    assert nash_product(found).argmax() == np.flatnonzero(chosen)
