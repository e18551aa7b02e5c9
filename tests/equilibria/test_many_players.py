"""All equilibria of games of three or more players: against closed forms, multistart, the index theorem and published games."""

import json
from fractions import Fraction
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import root

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.choice.refinement import equilibrium_index
from negotiation_sim.equilibria.polynomial import bernstein
from negotiation_sim.equilibria.polynomial.cell_tests import locate
from negotiation_sim.equilibria.polynomial.cells import Cells, cut_corners, halve, whole
from negotiation_sim.equilibria.polynomial.elimination_by_minors import eliminates, roots_by_minors
from negotiation_sim.equilibria.polynomial.elimination_by_pairs import eliminated_pair, roots_by_pairs
from negotiation_sim.equilibria.polynomial.newton import newton
from negotiation_sim.equilibria.polynomial.row_reduction import reduce_rows
from negotiation_sim.equilibria.polynomial.screening import possible_supports
from negotiation_sim.equilibria.polynomial.search import Clock, find_roots, with_ties
from negotiation_sim.equilibria.polynomial.systems import SystemShape, group_items, system_payoffs
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

NO, PROVED = Completeness.NO, Completeness.PROVED
NAMES = "abcdefgh"


def game_of(payoffs, count=None):
    """Games from ``(*batch, player, a_0, ...)``; the number of players, if not given, is the largest that fits the axes."""
    array = np.asarray(payoffs, dtype=float)
    fits = next(n for n in range(array.ndim - 1, 0, -1) if array.shape[array.ndim - 1 - n] == n)
    return NormalFormGame(array, players=list(NAMES[: count or fits]))


def random_games(shape, games, seed=0):
    return np.random.default_rng(seed).random((games, len(shape), *shape))


def same_sets(first, second, within=1e-7):
    """Whether two lists of profiles agree, with multiplicity."""
    first, second = ([np.concatenate(p) for p in profiles] for profiles in (first, second))
    if len(first) != len(second):
        return False
    left = list(second)
    for one in first:
        near = [k for k, other in enumerate(left) if np.abs(one - other).max() <= within]
        if not near:
            return False
        del left[near[0]]
    return True


def after(payoffs, profile, player):
    """Payoff of each action of one player: the definition, term by term."""
    shape = payoffs.shape[1:]
    out = np.zeros(shape[player])
    for cell in product(*map(range, shape)):
        chance = np.prod([profile[j][a] for j, a in enumerate(cell) if j != player])
        out[cell[player]] += chance * payoffs[(player, *cell)]
    return out


def is_equilibrium(payoffs, profile, within):
    return all(after(payoffs, profile, i).max() - after(payoffs, profile, i) @ x <= within for i, x in enumerate(profile))


# --- an independent oracle: 2 x 2 x 2 in closed form -----------------------------------------------------------------------------------


def gain(payoffs, player, j, k):
    """Coefficients of player's gain from the second action: c0 + c1 y + c2 z + c3 y z, with y, z the second actions of j < k."""
    d = np.diff(np.moveaxis(payoffs[player], player, 0), axis=0)[0]
    return d[0, 0], d[1, 0] - d[0, 0], d[0, 1] - d[0, 0], d[1, 1] - d[1, 0] - d[0, 1] + d[0, 0]


def closed_form(payoffs):
    """Every equilibrium of a 2 x 2 x 2 game without ties."""
    candidates = [list(map(float, cell)) for cell in product((0, 1), repeat=3)]
    for i, j in combinations(range(3), 2):
        pure = 3 - i - j
        for action in (0.0, 1.0):
            chance = [0.0, 0.0, 0.0]
            chance[pure] = action
            for mover, other in ((i, j), (j, i)):
                low, high = (k for k in range(3) if k != mover)
                c = gain(payoffs, mover, low, high)
                constant, slope = (
                    (c[0] + c[2] * action, c[1] + c[3] * action) if other == low else (c[0] + c[1] * action, c[2] + c[3] * action)
                )
                chance[other] = -constant / slope
            candidates.append(chance)
    a, b, c = gain(payoffs, 0, 1, 2), gain(payoffs, 1, 0, 2), gain(payoffs, 2, 0, 1)
    # player 0: z = -(a0 + a1 y) / (a2 + a3 y); player 1: x = -(b0 + b2 z) / (b1 + b3 z); put into player 2: a quadratic in y
    top, bottom = np.array([-a[1], -a[0]]), np.array([a[3], a[2]])
    x_top, x_bottom = -(b[0] * bottom + b[2] * top), b[1] * bottom + b[3] * top
    y = np.array([1.0, 0.0])
    quadratic = np.polyadd(np.polyadd(c[0] * x_bottom, c[1] * x_top), np.polymul(y, np.polyadd(c[2] * x_bottom, c[3] * x_top)))
    for r in np.roots(quadratic):
        if abs(r.imag) < 1e-12:
            at = r.real
            candidates.append([np.polyval(x_top, at) / np.polyval(x_bottom, at), at, np.polyval(top, at) / np.polyval(bottom, at)])
    found = []
    for chance in candidates:
        if all(0 <= p <= 1 for p in chance):
            profile = [np.array([1 - p, p]) for p in chance]
            if is_equilibrium(payoffs, profile, 1e-9):
                found.append(profile)
    return found


def test_two_by_two_by_two_agrees_with_the_closed_form():
    payoffs = random_games((2, 2, 2), 400)
    found = AllNash()(game_of(payoffs))
    assert (found.complete == PROVED).all()
    assert (found.regret < 1e-12).all()
    for k, one in enumerate(payoffs):
        assert same_sets(found.profiles(k), closed_form(one)), k


# --- an independent oracle: many starts of another root finder on every support ---------------------------------------------------------


def multistart(payoffs, rng, starts):
    """Equilibria that scipy's root finder reaches from random starts, on all supports."""
    shape, found = payoffs.shape[1:], []
    subsets = [[s for k in range(1, n + 1) for s in combinations(range(n), k)] for n in shape]
    for supports in product(*subsets):
        sizes = [len(s) for s in supports]

        def spread(free, supports=supports):
            profile, begin = [], 0
            for n, s in zip(shape, supports, strict=True):
                x = np.zeros(n)
                x[list(s[1:])] = free[begin : begin + len(s) - 1]
                x[s[0]] = 1 - x.sum()
                profile.append(x)
                begin += len(s) - 1
            return profile

        def equations(free, supports=supports, spread=spread):
            profile, out = spread(free), []
            for i, s in enumerate(supports):
                if len(s) > 1:
                    own = payoffs[i]
                    for j in reversed(range(len(shape))):
                        if j != i:
                            own = np.tensordot(own, profile[j], axes=(j, 0))
                    out += list(own[list(s[1:])] - own[s[0]])
            return out

        for _ in range(starts if max(sizes) > 1 else 1):
            start = np.concatenate([np.zeros(0), *(rng.dirichlet(np.ones(k))[1:] for k in sizes)])
            solved = root(equations, start).x if len(start) else start
            profile = spread(solved)
            proper = all((x > -1e-9).all() for x in profile) and all(
                (x[list(s)] > 1e-9).all() for x, s in zip(profile, supports, strict=True)
            )
            if proper and is_equilibrium(payoffs, profile, 1e-9) and not any(same_sets([profile], [p]) for p in found):
                found.append(profile)
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("shape", "starts"), [((3, 3, 3), 8), ((2, 2, 2, 2), 12), ((4, 3, 2), 8)])
def test_multistart_finds_nothing_more(shape, starts):
    rng = np.random.default_rng(3)
    for payoffs in random_games(shape, 2, seed=4):
        profiles = AllNash()(game_of(payoffs)).profiles()
        found = multistart(payoffs, rng, starts)
        assert len(found) > 0
        assert all(any(same_sets([p], [q]) for q in profiles) for p in found)


# --- the index theorem ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "games"), [((2, 2, 2), 500), ((3, 3, 3), 40), ((2, 2, 2, 2), 60), ((4, 2, 3), 20), ((2, 1, 3, 2), 40), ((2,) * 5, 7)]
)
def test_indices_sum_to_one(shape, games):
    """Regular equilibria have an odd number, and their indices sum to 1 (Gül, Pearce and Stacchetti 1993): a missing one would show."""
    found = AllNash()(game_of(random_games(shape, games, seed=7), len(shape)))
    assert (found.status == Status.OK).all()
    assert (found.complete == PROVED).all()
    index = equilibrium_index(found)
    assert (index != 0).all()
    assert (np.bincount(found.index, weights=index, minlength=games) == 1).all()
    assert (found.count % 2 == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "games"), [((2, 2, 2), 20_000), ((3, 3, 3), 1000), ((2,) * 4, 2000), ((4, 4, 4), 4), ((3,) * 4, 4), ((5, 4, 3), 4)]
)
def test_indices_sum_to_one_in_larger_games(shape, games):
    test_indices_sum_to_one(shape, games)


# --- published games --------------------------------------------------------------------------------------------------------------------


def test_mckelvey_and_mclennan_nine_equilibria():
    """McKelvey and McLennan (1996), "Computation of equilibria in finite games": the most that a regular 2 x 2 x 2 game has."""
    payoffs = np.zeros((3, 2, 2, 2))
    for cell, pay in {(0, 0, 0): (9, 8, 12), (1, 1, 0): (9, 8, 2), (0, 1, 1): (3, 4, 6), (1, 0, 1): (3, 4, 4)}.items():
        payoffs[(slice(None), *cell)] = pay
    found = AllNash()(game_of(payoffs))
    assert found.count == 9
    assert found.complete == PROVED
    full = [p for p in found.profiles() if all((x > 0).all() for x in p)]
    assert len(full) == 2
    assert all(is_equilibrium(payoffs, p, 1e-12) for p in found.profiles())


def test_nau_canovas_and_hansen_irrational_equilibrium():
    """Nau, Gomez Canovas and Hansen (2004), "On the geometry of Nash equilibria and correlated equilibria": one, with rational payoffs."""
    rows = [[[(3, 0, 2), (1, 0, 0)], [(0, 2, 0), (0, 1, 0)]], [[(0, 1, 0), (0, 3, 0)], [(1, 0, 0), (2, 0, 3)]]]
    found = AllNash()(game_of(np.moveaxis(np.array(rows, dtype=float), -1, 0)))
    assert found.count == 1
    assert found.complete == PROVED
    assert found.profiles()[0][1][0] == pytest.approx((601**0.5 - 13) / 24, abs=1e-15)


@pytest.mark.parametrize(("count", "value"), [(3, 2.0), (4, 2.0), (5, 2.0), (4, 5.0)])
def test_anticoordination(count, value):
    """Action 0 pays 1, action 1 pays `value` to whoever is alone in it: all choose 0 with probability value ** (-1 / (N - 1))."""
    payoffs = np.zeros((count, *(2,) * count))
    for cell in product((0, 1), repeat=count):
        for i in range(count):
            payoffs[(i, *cell)] = 1 if cell[i] == 0 else value * (sum(cell) == 1)
    found = AllNash()(game_of(payoffs))
    assert found.complete == PROVED
    assert found.count == 2**count - 1  # whoever mixes does so symmetrically; nobody else is needed
    symmetric = found.profiles()[-1]
    for x in symmetric:
        assert x[0] == pytest.approx(value ** (-1 / (count - 1)), abs=1e-14)


def test_three_player_matching_pennies():
    """Jordan (1993): each wants to match the next, the last one not; the only equilibrium is uniform."""
    payoffs = np.zeros((3, 2, 2, 2))
    for a, b, c in product((0, 1), repeat=3):
        payoffs[:, a, b, c] = a == b, b == c, c != a
    found = AllNash()(game_of(payoffs))
    assert found.count == 1
    assert found.complete == PROVED
    assert np.allclose(np.concatenate(found.profiles()[0]), 0.5, atol=1e-15)


def number(text):
    return float(Fraction(str(text)))


def conformance_games(folder):
    for case in json.loads((folder / "expected" / "nplayer.json").read_text()):
        if "payoffs" in case:
            arrays = [np.vectorize(number, otypes=[float])(np.array(u, dtype=object)).reshape(case["shape"]) for u in case["payoffs"]]
            yield case, NormalFormGame.from_arrays(*arrays)


def test_every_known_equilibrium_of_the_conformance_games(conformance):
    for case, game in conformance_games(conformance):
        wanted = [[np.eye(n)[a] for n, a in zip(case["shape"], cell, strict=True)] for cell in case["pure"]]
        searched = case.get("multistart", {})
        if searched.get("all_regular"):
            wanted += [[np.array(x) for x in e["profile"]] for e in searched["equilibria"]]
        for known in case.get("known", []):
            wanted += [[np.array(list(map(number, x))) for x in profile] for profile in known["equilibria"]]
        found = AllNash()(game)
        profiles = found.profiles()
        assert (found.regret <= 1e-9).all(), case["id"]
        for profile in wanted:
            assert any(same_sets([profile], [p], 1e-6) for p in profiles), case["id"]
        if found.complete == PROVED and searched.get("all_regular"):
            assert len(profiles) == len(searched["equilibria"]), case["id"]
        assert all(not same_sets([p], [q]) for p, q in combinations(profiles, 2)), case["id"]


# --- ties, and players without a choice --------------------------------------------------------------------------------------------------


def test_a_component_is_flagged_and_every_pure_equilibrium_listed():
    found = AllNash()(game_of(np.zeros((3, 2, 2, 2))))
    assert found.status == Status.SINGULAR
    assert found.complete == NO
    assert found.count == 8
    with pytest.raises(ValueError, match="games of two players"):
        found.components()


def test_ties_up_to_rounding_are_ties():
    """Duplicated actions with noise in the last digits: their mixtures are a component, not whatever the noise says."""
    rng = np.random.default_rng(4)
    for shape in ((2, 2, 2), (3, 2, 2), (3, 3, 3)):
        payoffs = rng.random((8, 3, *shape))
        payoffs[:, :, 1] = payoffs[:, :, 0] + rng.normal(size=payoffs[:, :, 0].shape) * 1e-14
        exact = payoffs.copy()
        exact[:, :, 1] = exact[:, :, 0]
        noisy, clean = AllNash()(game_of(payoffs, 3)), AllNash()(game_of(exact, 3))
        assert noisy.status.tolist() == clean.status.tolist()
        assert (noisy.complete == clean.complete).all()
        assert (noisy.status == Status.SINGULAR).any()
        for k in range(8):
            assert same_sets(noisy.profiles(k), clean.profiles(k))


def test_isolated_equilibria_beside_a_component():
    """The first player's third action turns the game off: everything ties there. The mixed equilibrium without it must be found."""
    payoffs = np.zeros((3, 3, 2, 2))
    for a, b, c in product((0, 1), repeat=3):
        payoffs[:, a, b, c] = a == b, b == c, c != a
    payoffs[0, 2] = 0.5
    found = AllNash()(game_of(payoffs))
    assert found.status == Status.SINGULAR
    assert any(np.allclose(np.concatenate(p), [0.5, 0.5, 0, 0.5, 0.5, 0.5, 0.5]) for p in found.profiles())
    payoffs[0, 2] = 0.4
    apart = AllNash()(game_of(payoffs))
    assert (apart.status, apart.complete, apart.count) == (Status.OK, PROVED, 1)


def test_a_double_root_is_not_claimed_to_be_all():
    """x y = 1/4 and x + y = 1 meet in one point twice: player 0 and 1 mix so that 2 is indifferent there; move it and there are 0 or 2."""
    base = np.zeros((3, 2, 2, 2))
    y, z = np.meshgrid([0, 1], [0, 1], indexing="ij")
    base[0, 1] = y - z  # y = z
    base[1, :, 1, :] = [[1, 0], [0, -1]]  # x + z = 1
    for shift, count in ((0.0, None), (0.01, 2), (-0.01, 0)):
        payoffs = base.copy()  # (at corners there are components, so none is complete)
        payoffs[2, :, :, 1] = np.array([[0.25, 0.25], [0.25, -0.75]]) - shift  # 1/4 - x y - shift
        found = AllNash()(game_of(payoffs))
        full = [p for p in found.profiles() if all((x > 0).all() for x in p)]
        if count is None:
            assert found.complete == NO
            assert found.status == Status.SINGULAR
        else:
            assert len(full) == count


def test_players_without_a_choice():
    a, b = np.array([[0, 7], [2, 6]]), np.array([[0, 2], [7, 6]])
    two = AllNash()(NormalFormGame.from_arrays(a, b))
    for place in range(3):
        arrays = [a, b]
        arrays.insert(place, np.full((2, 2), 3.0))
        found = AllNash()(NormalFormGame.from_arrays(*(np.expand_dims(u, place) for u in arrays)))
        wanted = [[*p[:place], np.ones(1), *p[place:]] for p in two.profiles()]
        assert same_sets(found.profiles(), wanted)
        assert found.complete == PROVED
        assert (found.payoffs[:, place] == 3).all()


def test_one_player():
    found = AllNash()(NormalFormGame([[1, 3, 2.0]], players=["a"]))
    assert found.profiles()[0][0].tolist() == [0, 1, 0]
    assert found.complete == PROVED
    tied = AllNash()(NormalFormGame([[1, 3, 3.0]], players=["a"]))
    assert tied.count == 2
    assert tied.components().dimension.tolist() == [1]
    assert AllNash()(NormalFormGame([[[[5.0]]]] * 3, players=["a", "b", "c"])).count == 1


def test_a_component_between_two_players_is_described():
    threat = NormalFormGame.from_arrays([[[0, 0], [-1, 2]]], [[[3, 3], [-1, 1]]], [[[1, 1], [1, 1]]], players=["a", "b", "c"])
    moved = NormalFormGame(np.moveaxis(np.asarray(threat.payoffs), 0, 0)[[2, 0, 1]], players=["a", "b", "c"])
    found = AllNash()(moved)
    assert found.count == 3
    assert found.components().dimension.tolist() == [1, 0]


# --- laws ---------------------------------------------------------------------------------------------------------------------------------


def integer_games(shape, top):
    return hnp.arrays(float, (len(shape), *shape), elements=st.integers(0, top).map(float))


@settings(max_examples=40)
@given(integer_games((2, 3, 2), 30), st.randoms(use_true_random=False))
def test_permuting_players_and_actions_permutes_the_answer(payoffs, random):
    order = random.sample(range(3), 3)
    acts = [random.sample(range(n), n) for n in payoffs.shape[1:]]
    plain = AllNash()(game_of(payoffs))
    shuffled = payoffs[np.ix_(range(3), *acts)]
    moved = AllNash()(game_of(shuffled[order].transpose([0, *(1 + i for i in order)])))
    wanted = [[p[i][acts[i]] for i in order] for p in plain.profiles()]
    assert plain.complete == moved.complete
    if plain.complete == PROVED:
        assert same_sets(wanted, moved.profiles())


@settings(max_examples=40)
@given(integer_games((2, 2, 3), 20), st.integers(-300, 300), st.integers(-50, 50))
def test_affine_changes_change_nothing(payoffs, power, shift):
    plain = AllNash()(game_of(payoffs))
    moved = AllNash()(game_of((payoffs + shift) * 2.0**power))
    assert (plain.status, plain.complete) == (moved.status, moved.complete)
    assert same_sets(plain.profiles(), moved.profiles(), 1e-9)


def test_extreme_scales():
    payoffs = random_games((2, 2, 2), 50)
    plain = AllNash()(game_of(payoffs))
    scale = np.array([1e-300, 1e300, 1.0]).reshape(3, 1, 1, 1)
    moved = AllNash()(game_of(payoffs * scale))
    assert np.array_equal(plain.count, moved.count)
    assert (moved.complete == PROVED).all()
    far = AllNash()(game_of(payoffs + 1e6))
    assert np.array_equal(plain.count, far.count)
    for k in range(50):
        assert same_sets(plain.profiles(k), far.profiles(k), 1e-6)


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 2, 3), (2, 2, 2, 2)])
def test_a_batch_equals_its_games(shape):
    rng = np.random.default_rng(8)
    payoffs = rng.integers(0, 9, (2, 20, len(shape), *shape)).astype(float)
    payoffs[0] += rng.random(payoffs[0].shape)
    together = AllNash()(game_of(payoffs))
    for i, j in product(range(2), range(0, 20, 3)):
        alone = AllNash()(game_of(payoffs[i, j]))
        assert (alone.status, alone.complete) == (together.status[i, j], together.complete[i, j])
        for one, other in zip(alone.profiles(), together.profiles((i, j)), strict=True):
            assert all(np.allclose(x, y, rtol=0, atol=1e-13) for x, y in zip(one, other, strict=True))


def test_pure_equilibria_are_always_listed():
    payoffs = np.random.default_rng(2).integers(0, 3, (200, 3, 2, 2, 2)).astype(float)
    game = game_of(payoffs)
    every, pure = AllNash()(game), PureNash()(game)
    ours = [e for e in range(len(every)) if all(x[e].max() == 1 for x in every.strategies)]
    assert np.array_equal(np.bincount(every.index[ours], minlength=200), pure.count)
    assert ((every.status == Status.OK) == (every.complete == PROVED)).all()


def test_degenerate_games_claim_nothing_false():
    """Integer games with many ties: what is called complete has indices that sum to 1 if all are regular."""
    payoffs = np.random.default_rng(5).integers(0, 4, (300, 3, 2, 2, 2)).astype(float)
    found = AllNash()(game_of(payoffs))
    index = equilibrium_index(found)
    regular = np.bincount(found.index, weights=index == 0, minlength=300) == 0
    proved = (found.complete == PROVED) & regular
    assert proved.sum() > 30
    assert (np.bincount(found.index, weights=index, minlength=300)[proved] == 1).all()


# --- choices and statuses -----------------------------------------------------------------------------------------------------------------


def test_every_status_in_one_batch():
    pool = random_games((2, 2, 2), 30, seed=1)
    alone = np.flatnonzero(AllNash()(game_of(pool)).count == 1)[:3]
    payoffs = np.concatenate([pool[alone], np.zeros((1, 3, 2, 2, 2))])
    payoffs[1, 0, 0, 0, 0] = np.nan
    crowded = np.zeros((1, 3, 2, 2, 2))
    for cell in product((0, 1), repeat=3):
        crowded[(0, slice(None), *cell)] = [cell[0] == cell[1] == cell[2]] * 3
    batch = np.concatenate([payoffs, crowded])
    found = AllNash(max_equilibria=2)(game_of(batch))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE, Status.OK, Status.SINGULAR, Status.TRUNCATED]
    assert found.complete.tolist() == [PROVED, NO, PROVED, NO, NO]
    assert found.count.max() == 2
    alone = AllNash()(game_of(payoffs[2]))
    assert same_sets(found.profiles(2), alone.profiles(), 0)


def test_time_runs_out():
    payoffs = random_games((3, 3, 3), 2, seed=1)
    found = AllNash(max_time=1e-9)(game_of(payoffs))
    assert (found.status == Status.TIME).all()
    assert (found.complete == NO).all()
    assert np.array_equal(found.count >= PureNash()(game_of(payoffs)).count, [True, True])


def test_games_that_are_too_large_are_refused_with_a_status():
    found = AllNash()(game_of(np.zeros((2, 3, 6, 6, 6))))
    assert (found.status == Status.UNSUPPORTED).all()
    assert len(found) == 0
    assert "PureNash" in Status.UNSUPPORTED.advice


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 1, 3)])
def test_what_is_wanted(shape):
    game = game_of(random_games(shape, 30), 3)
    every, supports, counts = (AllNash(want=want)(game) for want in ("all", "supports", "count"))
    assert np.array_equal(every.count, supports.count)
    assert np.array_equal(every.count, counts.count)
    for x, y, z in zip(every.strategies, supports.strategies, counts.strategies, strict=True):
        assert np.array_equal(x > 0, np.isnan(y))
        assert np.isnan(z).all()
    for found in (supports, counts):
        assert np.isnan(found.payoffs).all()
        assert np.isnan(found.regret).all()
        assert not found.strict.any()
        assert np.array_equal(found.complete, every.complete)
    with pytest.raises(ValueError, match=r"exact=True is for games of 2 players; got 3.*PureNash"):
        AllNash(exact=True)(game)
    with pytest.raises(ValueError, match=r"exact=True is for games of 2 players"):
        AllNash(exact=True).summarise(game, np.zeros(shape, dtype=np.int8), 1, frozenset())
    assert AllNash()(ExactGame.of(np.zeros((3, 2, 2, 2)).tolist(), players=["a", "b", "c"])).count == 8


def test_summaries_for_sweeps():
    game = game_of(random_games((2, 2, 2), 30))
    classes = np.arange(8, dtype=np.int8).reshape(2, 2, 2) % 3
    keep = frozenset({"certain", "payoff_min", "payoff_max", "regret_max", "margin", "strict"})
    ours, reference = AllNash().summarise(game, classes, 3, keep), summarise_entries(AllNash()(game), classes, 3, keep)
    for field in ("status", "complete", "count", "supported", *keep):
        assert np.array_equal(getattr(ours, field), getattr(reference, field), equal_nan=True)


# --- the parts ----------------------------------------------------------------------------------------------------------------------------


def test_row_reduction():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(4, 4, 50))
    matrix[:, :, 0] = 0
    matrix[2, :, 1] = matrix[0, :, 1] + matrix[1, :, 1]
    matrix[:, 1, 2] = 0
    reduced = reduce_rows(matrix)
    product_ = np.einsum("rek,eck->rck", reduced.rows, matrix)
    assert reduced.pivoted[:, 3:].all()
    assert np.allclose(product_[..., 3:], np.eye(4)[..., None], atol=1e-8)
    assert reduced.pivoted[:, :3].sum(axis=0).tolist() == [0, 3, 3]
    for k in range(3):
        for c in range(4):
            expected = np.eye(4)[c] if reduced.pivoted[c, k] else np.zeros(4)
            assert np.allclose(product_[c, reduced.pivoted[:, k], k], expected[reduced.pivoted[:, k]], atol=1e-9)
        assert np.linalg.matrix_rank(reduced.rows[..., k]) == 4  # nothing that the equations say is lost


@settings(max_examples=30)
@given(integer_games((3, 2, 2), 3))
def test_screening_excludes_no_equilibrium(payoffs):
    """Straight from the definition, support by support."""
    tensor = payoffs[..., None]
    possible = possible_supports(tensor, np.zeros((3, 1)))[..., 0]
    for index in product(*(range(s) for s in possible.shape)):
        supports = [[a for a in range(n) if (m + 1) >> a & 1] for m, n in zip(index, payoffs.shape[1:], strict=True)]
        fine = True
        for i, own in enumerate(supports):
            among = [range(payoffs.shape[1 + i]) if j == i else s for j, s in enumerate(supports)]
            rows = np.moveaxis(payoffs[i][np.ix_(*among)], i, 0).reshape(payoffs.shape[1 + i], -1)
            for a in own:
                for b in range(len(rows)):
                    gains = rows[b] - rows[a]
                    if (gains > 0).all() or (b in own and a != b and (gains != 0).any() and not ((gains > 0).any() and (gains < 0).any())):
                        fine = False
        assert possible[index] == fine


def a_system(seed=0, games=5):
    """A system of every support of random 3 x 3 x 2 games, as cells."""
    tensor = np.moveaxis(random_games((3, 3, 2), games, seed), 0, -1).copy()
    profile, owner = np.nonzero(np.ones((7 * 7 * 3, games), dtype=bool))
    return tensor, group_items((3, 3, 2), profile, owner)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (2, 2, 2), (3, 2, 2), (3, 3, 2), (4, 4, 2), (2, 2, 2, 2), (3, 3, 3), (3, 3, 2, 2)])
@pytest.mark.parametrize("integers", [False, True])
def test_eliminations_agree_with_the_search(sizes, integers):
    """With one more action of each player, unused, and (in the integer games) ties and void equations."""
    shape = SystemShape(sizes, tuple(k + 1 for k in sizes))
    rng, count = np.random.default_rng(11), 12 if len(sizes) * max(sizes) > 8 else 60
    draw = (lambda size: rng.integers(0, 4, size) / 3) if integers else rng.random
    payoffs = [draw((n, *(k for j, k in enumerate(sizes) if j != i), count)) for i, n in enumerate(shape.actions)]
    for u, k in zip(payoffs, sizes, strict=True):
        u[k] *= 0.8  # so that it is not always better
    tolerance, pair = np.full((len(sizes), count), 1e-9), eliminated_pair(shape)
    assert eliminates(shape) or pair is not None
    hopeless = with_ties(shape, payoffs, tolerance)
    if eliminates(shape):
        quick = roots_by_minors(shape, payoffs, tolerance)
    else:
        quick = roots_by_pairs(shape, pair, payoffs, tolerance)
    assert quick.left.sum() <= (count * 0.8 if integers else 3)
    rest = find_roots(shape, payoffs, tolerance, np.arange(count), Clock(count, 60.0), hopeless, quick.cells) if quick.cells else None
    slow = find_roots(shape, payoffs, tolerance, np.arange(count), Clock(count, 60.0), hopeless)
    solved = ~quick.left & slow.resolved & (rest is None or rest.resolved)
    for e in np.flatnonzero(solved):
        sets = []
        for parts in ((quick, rest), (slow,)):
            profiles = [[x[:, r] for x in p.mixes] for p in parts if p is not None for r in np.flatnonzero(p.item == e)]
            sets.append([p for k, p in enumerate(profiles) if not any(same_sets([p], [q]) for q in profiles[:k])])  # some come twice
        assert same_sets(*sets), e
    assert solved.sum() >= (1 if integers else count - 3)


def test_bernstein_coefficients():
    """Products, slopes and halves against values at random points."""
    rng, sizes, first, second = np.random.default_rng(0), (3, 2), (2, 1), (1, 3)
    degrees = (3, 4)
    at = [rng.dirichlet(np.ones(m), 5).T for m in sizes]
    a, b = (rng.normal(size=(len(bernstein.multinomials(sizes, d)), 5)) for d in (first, second))

    def value(coefficients, d, points):
        return (coefficients * bernstein.basis(sizes, d, points)).sum(axis=0)

    scaled, found = bernstein.multiply(
        sizes, a * bernstein.multinomials(sizes, first), first, b * bernstein.multinomials(sizes, second), second
    )
    assert found == degrees
    c = scaled / bernstein.multinomials(sizes, degrees)
    assert np.allclose(value(c, degrees, at), value(a, first, at) * value(b, second, at))
    assert np.allclose(bernstein.basis(sizes, degrees, at).sum(axis=0), 1)
    for simplex, p, q in ((0, 0, 2), (0, 2, 1), (1, 1, 0)):
        half = bernstein.halving(sizes, degrees, simplex, p, q) @ c
        there = [x.copy() for x in at]
        there[simplex][q] += at[simplex][p] / 2  # corner p lies in the middle now
        there[simplex][p] /= 2
        assert np.allclose(value(half, degrees, at), value(c, degrees, there))
        down, up = bernstein.differences(sizes, degrees, simplex, p, q)
        lower = tuple(d - (r == simplex) for r, d in enumerate(degrees))
        slope = value((c[up] - c[down]) * degrees[simplex], lower, at)
        step = [x.copy() for x in at]
        step[simplex][q] += 1e-6
        step[simplex][p] -= 1e-6
        assert np.allclose((value(c, degrees, step) - value(c, degrees, at)) / 1e-6, slope, atol=1e-3)


def test_systems_hold_the_payoffs_of_their_supports():
    tensor, groups = a_system()
    for items in groups:
        payoffs = system_payoffs(tensor, items)
        for e in range(0, len(items.game), 7):
            order, shape = items.order[e], items.shape
            for i, u in enumerate(payoffs):
                among = [None] * 3
                for place, player in enumerate(order):
                    acts = items.acts[place][e]
                    among[player] = acts if place == i else acts[: shape.used[place]]
                wanted = tensor[(order[i], *np.ix_(*among), items.game[e])]
                wanted = wanted.transpose([order[i], *(p for p in order if p != order[i])])
                assert np.array_equal(u[..., e].reshape(-1), wanted.reshape(-1))


def value_at(cells, mixes, player):
    """What each action of a player pays in cells of one item at barycentric coordinates, from the payoffs at the corners."""
    out = cells.payoffs[player][..., 0]
    for j in reversed(cells.shape.others(player)):
        out = np.tensordot(out, mixes[j], axes=(cells.shape.axis(player, j), 0))
    return out


def test_cells_cover_what_they_divide_and_keep_the_payoffs():
    shape = SystemShape((3, 2, 2), (3, 3, 2))
    rng = np.random.default_rng(0)
    payoffs = [rng.random((3, 2, 2, 1)), rng.random((3, 3, 2, 1)), rng.random((2, 3, 2, 1))]
    start = whole(shape, payoffs, np.zeros(1, dtype=np.intp))
    low = [np.full((k, 1), 0.1) for k in shape.sizes]
    for cells in (halve(start, np.array([1]))[0], cut_corners(start, low)):
        mixes = [rng.dirichlet(np.ones(k)) for k in shape.sizes]
        inside = [cells.corners[j][..., 0].T @ mixes[j] for j in range(3)]
        assert all(x.min() >= 0 and np.isclose(x.sum(), 1) for x in inside)
        for i in range(3):
            assert np.allclose(value_at(cells, mixes, i), value_at(start, inside, i))
    halves = Cells.joined(halve(start, np.array([0])))
    both = [np.linalg.det(halves.corners[0][..., k]) for k in range(2)]
    assert np.isclose(sum(map(abs, both)), 1)


def test_bounds_hold_every_root():
    """Roots from Newton's method lie within the bounds, wherever the cell."""
    rng = np.random.default_rng(1)
    shape = SystemShape((2, 2, 2), (2, 2, 2))
    payoffs = [rng.random((2, 2, 2, 400)) for _ in range(3)]
    cells = whole(shape, payoffs, np.arange(400))
    for _ in range(3):
        at = locate(cells)
        roots = newton(shape, cells.payoffs, [np.full((2, len(cells)), 0.5)] * 3)
        inside = roots.isolated & np.all([(x >= 0).all(axis=0) for x in roots.mixes], axis=0)
        assert inside.sum() > 20
        assert at.possible[inside].all()
        for low, x in zip(at.low, roots.mixes, strict=True):
            assert (x[:, inside] >= low[:, inside] - 1e-12).all()
        cells = Cells.joined(halve(cells, np.full(len(cells), 1)))


def test_the_order_of_players_does_not_matter_for_the_shape():
    """Systems of the same sizes are solved together whoever mixes."""
    profile = np.array([np.ravel_multi_index([m - 1 for m in p], (3, 3, 3)) for p in set(permutations((3, 3, 1)))])
    groups = group_items((2, 2, 2), profile, np.zeros(3, dtype=np.intp))
    assert [g.shape.sizes for g in groups] == [(2, 2)]
