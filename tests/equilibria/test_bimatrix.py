"""All equilibria of two-player games: against exact arithmetic, published games and the conformance collection."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.certificates.verified import verified
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

NO, PROVED = Completeness.NO, Completeness.PROVED


# --- an independent oracle: vertices of the best-reply polyhedra in exact arithmetic ----------------------------------------------------


def solved(matrix, right):
    """Solve a square system of Fractions by elimination; None if it is singular."""
    size = len(matrix)
    rows = [[*map(Fraction, row), Fraction(value)] for row, value in zip(matrix, right, strict=True)]
    for c in range(size):
        pivot = next((r for r in range(c, size) if rows[r][c]), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        rows[c] = [v / rows[c][c] for v in rows[c]]
        for r in range(size):
            if r != c and rows[r][c]:
                rows[r] = [v - rows[r][c] * w for v, w in zip(rows[r], rows[c], strict=True)]
    return [row[-1] for row in rows]


def vertices(a):
    """{mix of the columns: set of best rows} for every vertex of the row player's best-reply polyhedron."""
    m, n = len(a), len(a[0])
    found = {}
    for k in range(1, min(m, n) + 1):
        for t in combinations(range(n), k):
            for s in combinations(range(m), k):
                z = solved([[a[i][j] for j in t] + [-1] for i in s] + [[1] * k + [0]], [0] * k + [1])
                if z is None or min(z[:k]) <= 0:
                    continue
                mix = [Fraction(0)] * n
                for j, p in zip(t, z[:k], strict=True):
                    mix[j] = p
                pay = [sum(u * p for u, p in zip(row, mix, strict=True)) for row in a]
                if max(pay) <= z[k]:
                    found[tuple(mix)] = {i for i in range(m) if pay[i] == z[k]}
    return found


def support(mix):
    return {i for i, p in enumerate(mix) if p}


def extreme_equilibria(a, b):
    """All extreme equilibria of an integer game, and whether each of them is isolated and without a spare best reply."""
    a, b = a.astype(int).tolist(), b.astype(int).tolist()
    columns, rows = vertices(a), vertices([list(c) for c in zip(*b, strict=True)])
    pairs = [(x, y) for x, best_y in rows.items() for y, best_x in columns.items() if support(x) <= best_x and support(y) <= best_y]
    return pairs, all(columns[y] == support(x) and rows[x] == support(y) for x, y in pairs)


def keys(profiles):
    return sorted(tuple(np.round(np.concatenate([np.asarray(x, dtype=float), np.asarray(y, dtype=float)]), 9) + 0.0) for x, y in profiles)


def bimatrix(a, b):
    return NormalFormGame.from_arrays(a, b)


def batch(payoffs):
    return NormalFormGame(payoffs, players=["row", "column"])


def integer_games(largest=4, top=4):
    """Payoffs (2, m, n) of small integers: many ties."""
    shapes = st.tuples(st.just(2), st.integers(1, largest), st.integers(1, largest))
    return shapes.flatmap(lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, top)))


# --- completeness ----------------------------------------------------------------------------------------------------------------------


@settings(max_examples=120)
@given(integer_games())
def test_equals_exact_enumeration(payoffs):
    found = AllNash()(batch(payoffs))
    want, _ = extreme_equilibria(*payoffs)
    assert keys(found.profiles()) == keys(want)
    assert found.complete == PROVED
    assert found.regret.max(initial=0) < 1e-12


@settings(max_examples=60)
@given(integer_games(largest=4, top=30))
def test_equals_exact_enumeration_with_few_ties(payoffs):
    found = AllNash()(batch(payoffs))
    want, _ = extreme_equilibria(*payoffs)
    assert keys(found.profiles()) == keys(want)
    assert found.complete == PROVED


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_coordination_with_nothing_off_the_diagonal(n):
    """Blocks of zeros make whole minors vanish; the game is not degenerate all the same."""
    found = AllNash()(bimatrix(np.diag(np.arange(1.0, n + 1)), np.diag(np.arange(n, 0.0, -1))))
    assert found.count == 2**n - 1
    assert found.complete == PROVED


def test_payoffs_that_add_a_term_for_each_player():
    """A cost of one's own action plus a harm done by the other's: every minor of order three vanishes; dominance decides."""
    own, other = np.array([0.1, 0.7, 0.2, 0.4]), np.array([0.3, 0.1, 0.6, 0.2])
    found = AllNash()(bimatrix(own[:, None] + other, own[:, None] - other))
    assert found.complete == PROVED
    assert keys(found.profiles()) == [(0, 1, 0, 0, 0, 1, 0, 0)]


@pytest.mark.parametrize(("gap", "count", "complete"), [(1e-12, 2, PROVED), (0.0, 2, PROVED), (1e-6, 1, PROVED)])
def test_a_tie_within_rounding_is_a_tie(gap, count, complete):
    found = AllNash()(bimatrix([[1, 0], [1 + gap, 0]], [[1, 0], [1, 0]]))
    assert found.count == count
    assert found.complete == complete


def test_ties_beside_differences_of_a_few_tolerances():
    """Each difference of payoffs is judged by the same rule, whatever lies near it."""
    first, second = [[3.000001, 2], [1, 1.0001]], [[3.0000000001, 3], [2.0000000001, 2.000000003]]  # row 1 ties, row 2 does not
    found = AllNash()(bimatrix(first, second))
    assert [(x.tolist(), y.tolist()) for x, y in found.profiles()] == [([1, 0], [1, 0]), ([1, 0], [0, 1])]
    rng = np.random.default_rng(20)
    base = rng.integers(0, 4, (400, 2, 2, 2)).astype(float)
    noisy = base + rng.choice([0, 1, -1], base.shape) * 10.0 ** rng.uniform(-11, -8, base.shape)
    span = np.ptp(noisy, axis=(2, 3))[..., None]
    ruled = noisy.copy()
    ruled[:, 0, 1] = np.where(abs(noisy[:, 0, 0] - noisy[:, 0, 1]) <= 1e-9 * span[:, 0], ruled[:, 0, 0], ruled[:, 0, 1])
    ruled[:, 1, :, 1] = np.where(abs(noisy[:, 1, :, 0] - noisy[:, 1, :, 1]) <= 1e-9 * span[:, 1], ruled[:, 1, :, 0], ruled[:, 1, :, 1])
    exact = AllNash(exact=True)(batch(ruled))
    assert np.array_equal(AllNash()(batch(noisy)).count, exact.count)
    assert np.array_equal(AllNash(want="count")(batch(noisy)).count, exact.count)


NEAR_TIES = [  # games that only mixes of nearly tied payoffs make degenerate: rtol, payoffs, and the number of equilibria by the rule
    (0.01, [[0.33, 0.28, 0.29], [0.16, 0.11, 0.52]], [[0.2, 0.23, 0.51], [0.5, 0.47, 0.22]], 1),
    (
        1e-9,
        [
            [1.0000000004854774, 0.9999999994421314, 0.9999999998734653, 2.9999999984247867],
            [0.9999999993954876, -1.0849364106802952e-09, 1.9999999991431439, 3.5903924850015777e-09],
        ],
        [
            [0.9999999983706273, 2.3096512933110257e-09, 0.999999998568462, 2.999999998997816],
            [-1.7725693442930671e-09, 3.000000000186402, 2.0000000001090803, -1.1174568572491162e-09],
        ],
        1,
    ),
]


@pytest.mark.parametrize(("rtol", "first", "second", "count"), NEAR_TIES)
def test_what_the_certificate_refuses_is_counted_nowhere(rtol, first, second, count):
    game = bimatrix(first, second)
    assert [int(AllNash(rtol=rtol, want=want)(game).count) for want in ("all", "supports", "count")] == [count] * 3
    assert AllNash(exact=True)(game).count == count
    classes = np.arange(game.payoffs[0].size, dtype=np.int8).reshape(game.shape)
    fast = AllNash(rtol=rtol).summarise(game, classes, classes.size, frozenset({"certain"}))
    slow = AllNash(rtol=rtol).summarise(game, classes, classes.size, frozenset({"certain", "regret_max"}))
    for name in ("count", "supported", "certain", "complete"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name


def near_ties(rng, rtol, shape, games):
    """Decimals beside a coarse tolerance, or integers with noise of the size of the tolerance and more."""
    if rtol > 1e-3:
        return np.round(rng.random((games, 2, *shape)), 2)
    return rng.integers(0, 4, (games, 2, *shape)) + rng.choice([0, 1e-9, -1e-9, 1e-8, -1e-8, 1e-7], (games, 2, *shape))


@pytest.mark.parametrize("games", [4000, pytest.param(40_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("rtol", "shape"), [(0.01, (2, 3)), (0.01, (3, 3)), (1e-9, (3, 3)), (1e-9, (2, 3))])
def test_modes_agree_where_mixes_are_nearly_tied(rtol, shape, games):
    payoffs = near_ties(np.random.default_rng(22), rtol, shape, games)
    game, classes = batch(payoffs), np.arange(np.prod(shape), dtype=np.int8).reshape(shape)
    found = {want: AllNash(rtol=rtol, want=want)(game) for want in ("all", "count")}
    assert np.array_equal(found["all"].count, found["count"].count)
    assert np.array_equal(found["all"].complete, found["count"].complete)
    fast = AllNash(rtol=rtol).summarise(game, classes, classes.size, frozenset({"certain"}))
    listed = summarise_entries(found["all"], classes, classes.size, frozenset({"certain"}))
    assert np.array_equal(fast.supported, listed.supported)
    assert np.array_equal(fast.certain, listed.certain)


def test_payoffs_of_very_different_size_are_no_tie():
    """A catastrophe of -2000 does not drown differences of 0.01 among the other payoffs, nor the products of three of them."""
    rng = np.random.default_rng(5)
    small = rng.random((200, 2, 3, 3)) * 0.01
    payoffs = np.full((200, 2, 4, 4), -1000.0)
    payoffs[:, :, :3, :3] = small
    payoffs[:, 0, 3, 3] = payoffs[:, 1, 3, 3] = -2000.0
    inner, outer = AllNash()(batch(small)), AllNash()(batch(payoffs))
    assert (outer.complete == PROVED).all()
    assert np.array_equal(inner.count, outer.count)
    assert np.allclose(inner.strategies[0], outer.strategies[0][:, :3], atol=1e-9)


def test_pure_equilibria_are_those_of_the_pure_solver():
    rng = np.random.default_rng(6)
    payoffs = rng.integers(0, 4, (300, 2, 3, 4)) + np.where(rng.random((300, 2, 3, 4)) < 0.2, 1e-11, 0)
    everything, pure = AllNash()(batch(payoffs)), PureNash()(batch(payoffs))
    for g in range(300):
        assert [k for k in keys(everything.profiles(g)) if set(k) <= {0.0, 1.0}] == keys(pure.profiles(g))


# --- published games -------------------------------------------------------------------------------------------------------------------

ROCK_PAPER_SCISSORS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
PUBLISHED = {
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], [((0.5, 0.5), (0.5, 0.5))]),
    "prisoner's dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], [((0, 1), (0, 1))]),
    "battle of the sexes": ([[2, 0], [0, 1]], [[1, 0], [0, 2]], [((1, 0), (1, 0)), ((0, 1), (0, 1)), ((2 / 3, 1 / 3), (1 / 3, 2 / 3))]),
    "chicken": ([[0, 7], [2, 6]], [[0, 2], [7, 6]], [((1, 0), (0, 1)), ((0, 1), (1, 0)), ((1 / 3, 2 / 3), (1 / 3, 2 / 3))]),
    "stag hunt": ([[4, 1], [3, 2]], [[4, 3], [1, 2]], [((1, 0), (1, 0)), ((0, 1), (0, 1)), ((0.5, 0.5), (0.5, 0.5))]),
    "rock paper scissors": (ROCK_PAPER_SCISSORS, -ROCK_PAPER_SCISSORS, [((1 / 3,) * 3, (1 / 3,) * 3)]),
    # von Stengel (2007), in Nisan et al., Algorithmic Game Theory, example 3.3: a 3 x 2 game with three equilibria
    "three by two": (
        [[3, 3], [2, 5], [0, 6]],
        [[3, 2], [2, 6], [3, 1]],
        [((1, 0, 0), (1, 0)), ((0.8, 0.2, 0), (2 / 3, 1 / 3)), ((0, 1 / 3, 2 / 3), (1 / 3, 2 / 3))],
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_games(name):
    a, b, want = PUBLISHED[name]
    found = AllNash()(bimatrix(a, b))
    assert keys(found.profiles()) == keys(want)
    assert found.complete == PROVED
    assert found.status == Status.OK


def test_three_by_three_with_seven_equilibria():
    found = AllNash()(bimatrix(np.eye(3), np.eye(3)))
    assert found.count == 7
    assert sorted(int((x > 0).sum()) for x, _ in found.profiles()) == [1, 1, 1, 2, 2, 2, 3]


def test_one_action_players():
    assert keys(AllNash()(bimatrix([[5]], [[-2]])).profiles()) == [(1, 1)]
    assert keys(AllNash()(bimatrix([[0, 0, 0]], [[1, 3, 2]])).profiles()) == [(1, 0, 1, 0)]
    tied = AllNash()(bimatrix([[1], [2], [2]], [[0], [0], [0]]))
    assert keys(tied.profiles()) == [(0, 0, 1, 1), (0, 1, 0, 1)]
    assert tied.complete == PROVED
    assert AllNash()(bimatrix([[1], [3], [2]], [[0], [0], [0]])).complete == PROVED


# --- laws ------------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    integer_games(largest=4, top=6), st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(-40, 40), st.integers(-40, 40)
)
def test_shifts_and_powers_of_two_change_nothing(payoffs, shift_a, shift_b, power_a, power_b):
    plain = AllNash()(batch(payoffs))
    moved = AllNash()(bimatrix((payoffs[0] + shift_a) * 2.0**power_a, (payoffs[1] + shift_b) * 2.0**power_b))
    assert moved.complete == plain.complete
    assert all(np.array_equal(x, y) for x, y in zip(plain.strategies, moved.strategies, strict=True))


@pytest.mark.parametrize("factor", [1e-12, 1e-3, 7.0, 1e12])
@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_supports_do_not_depend_on_units(factor, shift):
    payoffs = np.random.default_rng(7).random((500, 2, 3, 3))
    plain, moved = AllNash(want="supports")(batch(payoffs)), AllNash(want="supports")(batch((payoffs + shift) * factor))
    assert np.array_equal(plain.count, moved.count)
    assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(plain.strategies, moved.strategies, strict=True))
    assert (moved.complete == PROVED).mean() > 0.99
    listed = AllNash()(batch((payoffs + shift) * factor))  # the certificate allows payoffs their rounding
    assert np.array_equal(plain.count, listed.count)
    assert np.array_equal(moved.complete, listed.complete)


@settings(max_examples=40)
@given(integer_games(largest=4, top=6), st.randoms(use_true_random=False))
def test_permuting_actions_and_players_permutes_the_answer(payoffs, random):
    _, m, n = payoffs.shape
    rows, columns = random.sample(range(m), m), random.sample(range(n), n)
    plain = AllNash()(batch(payoffs))
    moved = AllNash()(batch(payoffs[:, rows][:, :, columns]))
    assert keys((x[rows], y[columns]) for x, y in plain.profiles()) == keys(moved.profiles())
    swapped = AllNash()(bimatrix(payoffs[1].T, payoffs[0].T))
    assert keys((y, x) for x, y in plain.profiles()) == keys(swapped.profiles())
    assert plain.complete == moved.complete == swapped.complete


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (4, 3), (5, 5), (1, 3)])
def test_a_batch_equals_its_games(shape):
    rng = np.random.default_rng(8)
    payoffs = rng.integers(0, 9, (3, 50, 2, *shape)).astype(float)
    payoffs[0] += rng.random(payoffs[0].shape)
    together = AllNash()(batch(payoffs))
    assert together.batch_shape == (3, 50)
    for i in range(3):
        for j in range(0, 50, 7):
            alone = AllNash()(batch(payoffs[i, j]))
            assert alone.complete == together.complete[i, j]
            for one, other in zip(alone.profiles(), together.profiles((i, j)), strict=True):
                assert all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))


def test_more_games_than_one_chunk():
    payoffs = np.random.default_rng(9).integers(0, 6, (40_000, 2, 2, 2)).astype(float)
    found = AllNash()(batch(payoffs))
    last = AllNash()(batch(payoffs[-100:]))
    assert np.array_equal(found.count[-100:], last.count)
    assert np.array_equal(found.complete[-100:], last.complete)
    assert np.array_equal(found.strategies[0][-int(last.count.sum()) :], last.strategies[0])


def test_a_game_that_is_not_finite_spoils_only_itself():
    payoffs = np.random.default_rng(10).random((130, 2, 3, 3))
    clean = AllNash()(batch(payoffs))
    payoffs[7, 0, 1, 1] = np.nan
    payoffs[64, 1, 2, 0] = np.inf
    payoffs[100, :, :, :] = -np.inf
    found = AllNash()(batch(payoffs))
    bad = np.isin(np.arange(130), [7, 64, 100])
    assert (found.status[bad] == Status.NOT_FINITE).all()
    assert (found.status[~bad] == Status.OK).all()
    assert (found.count[bad] == 0).all()
    assert (found.complete[bad] == NO).all()
    for g in np.flatnonzero(~bad):
        for one, other in zip(clean.profiles(g), found.profiles(g), strict=True):
            assert all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))


def test_every_status_and_completeness_in_one_batch():
    payoffs = np.stack([np.eye(2)] * 8).reshape(4, 2, 2, 2).copy()
    payoffs[1] = 0
    payoffs[2, 0, 0, 0] = np.nan
    found = AllNash()(batch(payoffs))
    assert found.status.tolist() == [Status.OK, Status.OK, Status.NOT_FINITE, Status.OK]
    assert found.complete.tolist() == [PROVED, PROVED, NO, PROVED]
    assert found.count.tolist() == [3, 4, 0, 3]


def test_games_too_large_say_so():
    payoffs = np.zeros((2, 2, 31, 32))
    payoffs[1, 0, 0, 0] = np.nan
    for want in ("all", "supports", "count"):
        found = AllNash(want=want)(batch(payoffs))
        assert found.status.tolist() == [Status.UNSUPPORTED, Status.NOT_FINITE]
        assert (found.count == 0).all()
        assert (found.complete == NO).all()
    summary = AllNash().summarise(batch(payoffs), np.zeros((31, 32), dtype=np.int8), 1, frozenset())
    assert summary.status.tolist() == [Status.UNSUPPORTED, Status.NOT_FINITE]


def test_an_empty_batch():
    for want in ("supports", "count"):
        found = AllNash(want=want)(batch(np.zeros((0, 2, 2, 3))))
        assert found.batch_shape == (0,)
        assert len(found) == 0


@pytest.mark.parametrize("shape", [(7, 7), (8, 4)])
def test_larger_games_have_an_odd_number_of_equilibria(shape):
    found = AllNash()(batch(np.random.default_rng(11).random((64, 2, *shape))))
    assert (found.complete == PROVED).all()
    assert (found.count % 2 == 1).all()
    assert found.regret.max() < 1e-10


# --- other modes -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 2), (4, 4)])
def test_modes_agree(shape):
    payoffs = np.random.default_rng(12).integers(0, 7, (300, 2, *shape)).astype(float)
    payoffs[3, 0, 0, 0] = np.nan
    game = batch(payoffs)
    found = {want: AllNash(want=want)(game) for want in ("all", "supports", "count")}
    for want in ("supports", "count"):
        assert np.array_equal(found["all"].start, found[want].start)
        assert np.array_equal(found["all"].complete, found[want].complete)
        assert np.array_equal(found["all"].status, found[want].status)
        assert np.isnan(found[want].payoffs).all()
        assert np.isnan(found[want].regret).all()
    for x, y, z in zip(*(found[want].strategies for want in found), strict=True):
        assert np.array_equal(x > 0, np.isnan(y))
        assert np.isnan(z).all()
        assert x.shape == y.shape == z.shape


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4)])
@pytest.mark.parametrize("keep", [frozenset(), frozenset({"certain"}), frozenset({"certain", "payoff_min", "payoff_max", "regret_max"})])
def test_summary_equals_the_listed_equilibria(shape, keep):
    rng = np.random.default_rng(13)
    payoffs = rng.integers(0, 5, (400, 2, *shape)) + np.where(rng.random((400, 1, 1, 1)) < 0.5, rng.random((400, 2, *shape)), 0)
    payoffs[5, 1, 0, 1] = np.inf
    classes = (np.arange(shape[0] * shape[1]) % 4 - 1).astype(np.int8).reshape(shape)
    game = batch(payoffs)
    short, long = AllNash().summarise(game, classes, 3, keep), summarise_entries(AllNash()(game), classes, 3, keep)
    for name in {"status", "complete", "count", "supported", *keep}:
        assert np.array_equal(getattr(short, name), getattr(long, name), equal_nan=name.startswith(("payoff", "regret"))), name
    assert (short.certain is None) == ("certain" not in keep)


def test_summary_of_a_probability_too_small_to_support_a_class():
    """Both players play their first action with probability 1e-5: the profile has 1e-10, which supports nothing."""
    game = bimatrix([[1, 0], [0, 1e-5]], [[-1, 0], [0, -1e-5]])
    classes = np.array([[0, 1], [1, 2]], dtype=np.int8)
    summary = AllNash().summarise(game, classes, 3, frozenset({"certain"}))
    assert summary.count.tolist() == [1]
    assert summary.supported[:, 0].tolist() == [False, True, True]
    assert not summary.certain.any()


# --- errors and guards -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        *({"rtol": odd} for odd in (-1e-9, 0.5, float("nan"), "1e-9", None)),
        *({"max_equilibria": odd} for odd in (0, 1.5, "2")),
        *({"max_time": odd} for odd in (0, -1, float("nan"), "1")),
        *({"exact": odd} for odd in ("no", 1)),
        {"want": "pure"},
    ],
)
def test_wrong_options(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must .*; got"):
        AllNash(**wrong)


def test_what_fails_the_certificate_does_not_leave():
    game = batch(np.stack([np.eye(2), np.eye(2)] * 2).reshape(2, 2, 2, 2))
    first = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    second = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    claimed = Equilibria.from_strategies(game, None, np.array([0, 2, 3]), (first, second), PROVED)
    left = verified(claimed, 1e-9)
    assert left.count.tolist() == [1, 1]
    assert left.complete.tolist() == [NO, PROVED]
    assert np.array_equal(left.strategies[0], first[[0, 2]])
    assert verified(left, 1e-9) is left


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3, 4), (4, 4)])
def test_probabilities_around_the_threshold_of_support(shape):
    """Signs alone do not say whether a class counts as supported where a probability is about 1e-9."""
    rng = np.random.default_rng(14)
    payoffs = rng.random((2000, 2, *shape))
    diagonal = np.arange(min(shape))
    size = 10.0 ** -rng.uniform(0, 7, (2000, 2, len(diagonal)))
    payoffs *= size.min(axis=-1)[..., None, None] * 0.1
    payoffs[:, :, diagonal, diagonal] += size
    game, classes = batch(payoffs), np.arange(np.prod(shape), dtype=np.int8).reshape(shape) % 5
    fast = AllNash().summarise(game, classes, 5, frozenset({"certain"}))
    listed = summarise_entries(AllNash()(game), classes, 5, frozenset({"certain"}))
    assert np.array_equal(fast.supported, listed.supported)
    assert np.array_equal(fast.certain, listed.certain)
    assert np.array_equal(fast.count, listed.count)
