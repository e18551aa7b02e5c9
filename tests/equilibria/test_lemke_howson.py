"""LemkeHowson against paths in exact arithmetic, independent enumeration, published games and the invariances of the definition."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation_sim.equilibria import lemke_howson
from negotiation_sim.equilibria.lemke_howson import LemkeHowson
from negotiation_sim.equilibria.pivoting import complementary_paths, short_paths
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Completeness, Status

SHAPES = list(itertools.product(range(1, 6), repeat=2))
NAMES = ["row", "column"]


def plain(label, **more):
    """The path from one label, nothing else."""
    return LemkeHowson(label, pure_first=False, capping=None, **more)


@pytest.fixture(params=["no tableau", "lane last", "lane first"])
def layout(request, monkeypatch):
    """Run a test without tableaux as far as that goes, then with both kinds of tableaux, whatever the size of its games."""
    for module in (complementary_paths, lemke_howson):
        monkeypatch.setattr(module, "WIDE", 0 if request.param == "lane first" else 10**9)
    if request.param != "no tableau":
        monkeypatch.setattr(lemke_howson, "LONGEST", 0)
    return request.param


def exact_scaled(rows):
    low, high = min(map(min, rows)), max(map(max, rows))
    return [[Fraction(v - low) / ((high - low) or 1) + 1 for v in row] for row in rows]


def exact_path(a, b, label):
    """Follow a path in exact arithmetic, on full tableaux, with the lexicographic rule as it is defined; mixtures and pivots."""
    m, n = len(a), len(a[0])
    bodies = exact_scaled([list(column) for column in zip(*b, strict=True)]), exact_scaled(a)
    tables = [[[Fraction(i == k) for k in range(len(body))] + body[i] + [Fraction(1)] for i in range(len(body))] for body in bodies]
    rows, columns = list(range(m)), list(range(m, m + n))
    names, basis = (columns + rows, rows + columns), (list(columns), list(rows))
    turn, entering, pivots = (0 if label < m else 1), label, 0
    while True:
        table, column = tables[turn], names[turn].index(entering)
        slacks = range(len(table))
        ratios = {i: [v / row[column] for v in (row[-1], *(row[k] for k in slacks))] for i, row in enumerate(table) if row[column] > 0}
        out = min(ratios, key=ratios.__getitem__)
        table[out] = [v / table[out][column] for v in table[out]]
        for i, row in enumerate(table):
            if i != out and row[column]:
                table[i] = [v - row[column] * w for v, w in zip(row, table[out], strict=True)]
        entering, basis[turn][out] = basis[turn][out], entering
        turn, pivots = 1 - turn, pivots + 1
        if entering == label:
            break
    mixtures = []
    for side, first, size in ((0, 0, m), (1, m, n)):
        values = {name: row[-1] for name, row in zip(basis[side], tables[side], strict=True)}
        weights = [values.get(k, Fraction(0)) for k in range(first, first + size)]
        mixtures.append(np.array([float(w / sum(weights)) for w in weights]))
    return *mixtures, pivots


def largest_gain(payoffs, x, y):
    """By the definition, cell by cell: the largest gain of either player from a pure deviation, as a share of the payoff range."""
    m, n = payoffs.shape[1:]
    gains = []
    for own, better in (
        (payoffs[0], lambda u: [sum(u[i][j] * y[j] for j in range(n)) for i in range(m)]),
        (payoffs[1], lambda u: [sum(u[i][j] * x[i] for i in range(m)) for j in range(n)]),
    ):
        value = sum(own[i][j] * x[i] * y[j] for i in range(m) for j in range(n))
        gains.append((max(better(own)) - value) / (np.ptp(own) or 1))
    return max(gains)


def gains(payoffs, x, y):
    """The same for many games, ``(games, 2, m, n)``."""
    rows, columns = np.einsum("gij,gj->gi", payoffs[:, 0], y), np.einsum("gij,gi->gj", payoffs[:, 1], x)
    lost = [rows.max(1) - np.einsum("gi,gi->g", rows, x), columns.max(1) - np.einsum("gj,gj->g", columns, y)]
    span = np.maximum(np.ptp(payoffs.reshape(len(payoffs), 2, -1), axis=2), 1e-300)
    return np.max([lost[i] / span[:, i] for i in (0, 1)], axis=0)


def all_proper(x):
    return (x >= 0).all() and np.abs(x.sum(axis=1) - 1).max(initial=0) < 1e-12


def check(payoffs, found):
    """Every game solved, every entry an equilibrium."""
    assert (found.status == Status.OK).all()
    assert (found.complete == Completeness.NO).all()
    assert (found.count >= 1).all()
    x, y = found.strategies
    assert all_proper(x)
    assert all_proper(y)
    assert gains(payoffs[found.index], x, y).max(initial=0) < 1e-9
    assert found.regret.max(initial=0) < 1e-9


def support_enumeration(a, b):
    """All equilibria of a game without ties, one linear system for each pair of supports of equal size."""
    m, n = a.shape
    found = []
    for k in range(1, min(m, n) + 1):
        for rows, columns in itertools.product(itertools.combinations(range(m), k), itertools.combinations(range(n), k)):
            mixtures = []
            for own, size, mine, other in ((b.T, m, columns, rows), (a, n, rows, columns)):
                system = np.ones((k + 1, k + 1))
                system[:k, :k] = own[np.ix_(mine, other)]
                system[:k, k], system[k, k] = -1, 0
                full = np.zeros(size)
                full[list(other)] = np.linalg.solve(system, np.append(np.zeros(k), 1))[:k]
                mixtures.append(full)
            x, y = mixtures
            if min(x.min(), y.min()) > -1e-12 and largest_gain(np.stack([a, b]), x, y) < 1e-10:
                found.append((x, y))
    return found


def among(profile, profiles, tolerance=1e-6):
    return any(all(np.abs(p - q).max() <= tolerance for p, q in zip(profile, other, strict=True)) for other in profiles)


@pytest.mark.parametrize("high", [1, 3])
def test_follows_the_exact_path_through_ties(layout, high):
    rng = np.random.default_rng(high)
    for m, n in SHAPES:
        payoffs = rng.integers(0, high + 1, (6, 2, m, n))
        label = int(rng.integers(m + n))
        found = plain(label)(NormalFormGame(payoffs, NAMES))
        for g, (a, b) in enumerate(payoffs.tolist()):
            x, y, _ = exact_path(a, b, label)
            ((u, v),) = found.profiles(g)
            np.testing.assert_allclose(u, x, rtol=0, atol=1e-12)
            np.testing.assert_allclose(v, y, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (4, 3), (4, 4), (6, 6)])
def test_max_iter_is_the_number_of_pivots(layout, shape):
    payoffs = np.random.default_rng(sum(shape)).integers(0, 8, (12, 2, *shape))
    game = NormalFormGame(payoffs, NAMES)
    for label in (0, shape[0]):
        pivots = np.array([exact_path(a, b, label)[2] for a, b in payoffs.tolist()])
        for limit in range(1, pivots.max() + 1):
            found = plain(label, max_iter=limit)(game)
            assert found.status.tolist() == np.where(pivots <= limit, Status.OK, Status.MAX_ITER).tolist()
            assert found.count.tolist() == (pivots <= limit).tolist()


def test_capping_goes_to_the_first_label_with_a_short_path(layout):
    payoffs = np.random.default_rng(3).integers(0, 10, (16, 2, 5, 4))
    game = NormalFormGame(payoffs, NAMES)
    for label, cap in ((0, 3), (2, 4), (4, 4), (7, 6)):
        found = LemkeHowson(label, pure_first=False, capping=cap)(game)
        for g, (a, b) in enumerate(payoffs.tolist()):
            paths = [exact_path(a, b, (label + k) % 9) for k in range(9)]
            x, y, _ = next((path for path in paths if path[2] <= cap), paths[0])
            assert among(found.profiles(g)[0], [(x, y)], 1e-9)


@pytest.mark.parametrize("high", [0, 1, 2, 3])
def test_degenerate_games_of_every_small_size_end_at_an_equilibrium(layout, high):
    rng = np.random.default_rng(10 + high)
    for m, n in SHAPES:
        payoffs = rng.integers(0, high + 1, (60, 2, m, n)).astype(float)
        game = NormalFormGame(payoffs, NAMES)
        check(payoffs, plain(int(rng.integers(m + n)))(game))
        check(payoffs, LemkeHowson("all")(game))
        check(payoffs, LemkeHowson()(game))


def test_every_cell_of_the_definition():
    rng = np.random.default_rng(4)
    for m, n in [(1, 1), (2, 2), (3, 5), (6, 4)]:
        payoffs = rng.integers(0, 4, (8, 2, m, n)).astype(float)
        found = LemkeHowson("all")(NormalFormGame(payoffs, NAMES))
        for g in range(8):
            for x, y in found.profiles(g):
                assert largest_gain(payoffs[g], x, y) < 1e-12


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (3, 3), (4, 3)])
def test_ends_are_among_all_equilibria(layout, shape):
    payoffs = np.random.default_rng(5).random((15, 2, *shape))
    game = NormalFormGame(payoffs, NAMES)
    every = LemkeHowson("all")(game)
    check(payoffs, every)
    single = [plain(label)(game) for label in range(sum(shape))]
    for g in range(len(payoffs)):
        expected = support_enumeration(*payoffs[g])
        listed = every.profiles(g)
        assert all(among(profile, expected) for profile in listed)
        ends = [found.profiles(g)[0] for found in single]
        assert all(among(end, listed) for end in ends)
        assert all(among(profile, ends) for profile in listed)
        assert not any(among(p, [q]) for p, q in itertools.combinations(listed, 2))


def test_reference_games(conformance, layout):
    cases = json.loads((conformance / "expected" / "bimatrix.json").read_text())
    assert len(cases) > 100
    for case in cases:
        a, b = (np.array([[float(Fraction(str(v))) for v in row] for row in case[key]]) for key in "AB")
        game = NormalFormGame.from_arrays(a, b)
        extreme = [[np.array([float(Fraction(v)) for v in entry[side]]) for side in "xy"] for entry in case["extreme"]]
        every = LemkeHowson("all")(game)
        check(np.stack([a, b])[None], every)
        for profile in every.profiles():
            assert among(profile, extreme, 1e-5), case["id"]
        one = LemkeHowson()(game)
        check(np.stack([a, b])[None], one)
        assert among(one.profiles()[0], extreme, 1e-5), case["id"]
        assert not case["pure"] or one.strategies[0].max() == 1


def test_different_labels_reach_different_equilibria_of_a_published_game():
    """B. von Stengel (2007), chapter 3 of Algorithmic Game Theory: the game of its figures, with three equilibria."""
    game = NormalFormGame.from_arrays([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    pure, mixed = ([1, 0, 0], [1, 0]), ([0, 1 / 3, 2 / 3], [1 / 3, 2 / 3])
    for label, end in enumerate((pure, mixed, pure, pure, mixed)):
        assert among(plain(label)(game).profiles()[0], [tuple(map(np.array, end))], 1e-12)
    assert [x.argmax() for x, _ in LemkeHowson("all")(game).profiles()] == [0, 2]
    assert LemkeHowson(1)(game).profiles()[0][0].tolist() == [1, 0, 0]  # the pure one first, unless told otherwise


def test_mixed_equilibria_of_pure_coordination_are_at_the_end_of_no_path():
    game = NormalFormGame.from_arrays(np.eye(4), np.eye(4))
    found = LemkeHowson("all")(game)
    assert found.strategies[0].tolist() == np.eye(4).tolist()
    assert found.strict.all()
    for label in range(8):
        assert plain(label)(game).profiles()[0][1].argmax() == label % 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 9), (1, 300), (250, 2)])
def test_thin_games(shape):
    payoffs = np.random.default_rng(6).integers(0, 5, (10, 2, *shape)).astype(float)
    game = NormalFormGame(payoffs, NAMES)
    for label in (0, shape[0] - 1, shape[0], sum(shape) - 1):
        check(payoffs, plain(label)(game))
    check(payoffs, LemkeHowson()(game))


@pytest.mark.parametrize(("size", "count"), [(10, 40), (14, 20), (15, 20), (30, 6), (60, 3), (100, 1)])
def test_large_games(size, count):
    rng = np.random.default_rng(size)
    for payoffs in (rng.random((count, 2, size, size)), rng.integers(0, 4, (count, 2, size, size)).astype(float)):
        game = NormalFormGame(payoffs, NAMES)
        check(payoffs, LemkeHowson()(game))
        check(payoffs, LemkeHowson(pure_first=False)(game))


@pytest.mark.parametrize("shape", [(3, 3), (5, 4), (17, 16)])
@pytest.mark.parametrize("solver", [LemkeHowson(), LemkeHowson(1, pure_first=False, capping=4), plain(4), LemkeHowson("all")])
def test_batch_equals_loop_bit_for_bit(shape, solver):
    rng = np.random.default_rng(7)
    payoffs = np.concatenate([rng.random((9, 2, *shape)), rng.integers(0, 3, (9, 2, *shape))])
    payoffs[4, 1, 0, 0] = np.nan
    batch = solver(NormalFormGame(payoffs.reshape(3, 6, 2, *shape), NAMES))
    assert batch.batch_shape == (3, 6)
    for g, one in enumerate(payoffs):
        alone = solver(NormalFormGame(one, NAMES))
        assert alone.status == batch.status.reshape(-1)[g]
        mine = batch.profiles((g // 6, g % 6))
        assert len(mine) == len(alone.profiles())
        for ours, theirs in zip(mine, alone.profiles(), strict=True):
            assert all((p == q).all() for p, q in zip(ours, theirs, strict=True))


def test_more_games_than_lanes(layout, monkeypatch):
    payoffs = np.random.default_rng(8).random((300, 2, 4, 4))
    game = NormalFormGame(payoffs, NAMES)
    whole = plain(2)(game)
    monkeypatch.setattr(complementary_paths.Systems, "lanes", property(lambda self: 7))
    monkeypatch.setattr(complementary_paths, "GROUP", 16 * 16 * 90)
    monkeypatch.setattr(short_paths, "BLOCK", 16 * 16 * 90)
    few = plain(2)(game)
    assert (whole.strategies[0] == few.strategies[0]).all()
    assert (whole.strategies[1] == few.strategies[1]).all()
    check(payoffs, few)


@pytest.mark.parametrize("solver", [LemkeHowson(), plain(0), plain(4), LemkeHowson("all")])
def test_units_and_origin_of_payoffs_do_not_matter(solver, layout):
    payoffs = np.random.default_rng(9).integers(0, 4, (80, 2, 3, 4)).astype(float)
    base = solver(NormalFormGame(payoffs, NAMES))
    exact = payoffs * np.array([2.0**-40, 2.0**33])[:, None, None] + np.array([2.0**-30, -(2.0**40)])[:, None, None]
    same = solver(NormalFormGame(exact, NAMES))
    assert (same.start == base.start).all()
    assert all((x == y).all() for x, y in zip(same.strategies, base.strategies, strict=True))
    for scale, shift in ((1e-12, 0), (1e12, 0), (0.3, 1e6), (7e-5, -3)):
        moved = solver(NormalFormGame(payoffs * scale + shift, NAMES))
        assert (moved.start == base.start).all()
        assert all(((x > 1e-6) == (y > 1e-6)).all() for x, y in zip(moved.strategies, base.strategies, strict=True))


def test_permuted_games_are_solved_alike():
    rng = np.random.default_rng(10)
    payoffs = rng.random((40, 2, 4, 5))
    rows, columns = rng.permutation(4), rng.permutation(5)
    permuted = payoffs[:, :, rows][..., columns]
    swapped = payoffs[:, ::-1].swapaxes(2, 3)
    base = LemkeHowson("all")(NormalFormGame(payoffs, NAMES))
    moved = LemkeHowson("all")(NormalFormGame(permuted, NAMES))
    turned = LemkeHowson("all")(NormalFormGame(swapped, NAMES))
    for g in range(40):
        expected = base.profiles(g)
        back = [(x[np.argsort(rows)], y[np.argsort(columns)]) for x, y in moved.profiles(g)]
        assert len(back) == len(expected)
        assert all(among(profile, expected, 1e-9) for profile in back)
        assert len(turned.profiles(g)) == len(expected)
        assert all(among((y, x), expected, 1e-9) for x, y in turned.profiles(g))
    x, y = LemkeHowson()(NormalFormGame(payoffs, NAMES)).strategies
    assert gains(permuted, x[:, rows], y[:, columns]).max() < 1e-12


def test_equal_payoffs_and_constants_far_from_zero():
    for value in (0.0, -3.0, 1e300, 5e-324):
        payoffs = np.full((1, 2, 3, 4), value)
        for solver in (LemkeHowson(), plain(5), LemkeHowson("all")):
            check(payoffs, solver(NormalFormGame(payoffs, NAMES)))
    noisy = 1e9 + np.random.default_rng(11).random((50, 2, 4, 4)) * 1e-7  # two or three digits left
    found = LemkeHowson("all")(NormalFormGame(noisy, NAMES))
    assert (found.count >= 1).all()
    assert found.regret.max() < 1.1


def test_statuses_in_one_batch(layout, monkeypatch):
    pennies, chicken = [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], [[[0, 7], [2, 6]], [[0, 2], [7, 6]]]
    payoffs = np.array([pennies, chicken, pennies, chicken, pennies, chicken], dtype=float)
    payoffs[3, 0, 0, 1] = np.nan
    payoffs[4, 1, 1, 0] = -np.inf
    game = NormalFormGame(payoffs, NAMES)
    found = LemkeHowson(max_iter=2)(game)
    ok, late, odd = Status.OK, Status.MAX_ITER, Status.NOT_FINITE
    assert found.status.tolist() == [late, ok, late, odd, odd, ok]
    assert found.count.tolist() == [0, 1, 0, 0, 0, 1]
    assert LemkeHowson()(game).status.tolist() == [ok, ok, ok, odd, odd, ok]
    every = LemkeHowson("all", max_iter=3)(game)
    assert every.status.tolist() == [late, ok, late, odd, odd, ok]
    assert every.count.tolist() == [0, 2, 0, 0, 0, 2]

    monkeypatch.setattr(lemke_howson, "LONGEST", 0)
    honest = complementary_paths.follow

    def lying(systems, games, labels, limit):
        """Lose the numbers of the first path, and end the second at no equilibrium."""
        ends = honest(systems, games, labels, limit)
        ends.status[:1], ends.first[:, :1] = Status.SINGULAR, 0
        ends.first[:, 1:2] = [[1], [0]]
        return ends

    monkeypatch.setattr(complementary_paths, "follow", lying)
    monkeypatch.setattr(lemke_howson, "follow", lying)
    assert LemkeHowson(max_iter=10)(game).status.tolist() == [ok, ok, ok, odd, odd, ok]  # followed once more, in integers
    assert LemkeHowson("all")(game).status.tolist() == [ok, ok, ok, odd, odd, ok]
    monkeypatch.setattr(lemke_howson, "exact_end", lambda payoffs, label, limit: None)
    assert LemkeHowson(max_iter=10)(game).status.tolist() == [Status.SINGULAR, ok, Status.SINGULAR, odd, odd, ok]
    assert LemkeHowson("all")(game).status.tolist()[0] == Status.SINGULAR


def test_other_labels_are_tried_when_the_certificate_fails(monkeypatch):
    payoffs = np.random.default_rng(12).random((30, 2, 3, 3))
    game = NormalFormGame(payoffs, NAMES)
    monkeypatch.setattr(lemke_howson, "LONGEST", 0)
    honest, asked = complementary_paths.follow, []

    def lying(systems, games, labels, limit):
        """Give labels 0 and 1 a wrong end, or none."""
        ends = honest(systems, games, labels, limit)
        asked.append(int(labels[0]))
        ends.first[:, labels == 0] = [[0.2], [0.3], [0.5]]
        ends.status[labels == 1] = Status.SINGULAR
        return ends

    monkeypatch.setattr(complementary_paths, "follow", lying)
    monkeypatch.setattr(lemke_howson, "follow", lying)
    exactly = plain(0)(game)
    check(payoffs, exactly)
    assert asked == [0]  # no other label was needed
    monkeypatch.setattr(lemke_howson, "exact_end", lambda payoffs, label, limit: None)
    asked.clear()
    found = plain(0)(game)
    check(payoffs, found)
    assert asked == [0, 1, 2]
    monkeypatch.undo()
    monkeypatch.setattr(lemke_howson, "LONGEST", 0)  # the same code: the same digits
    assert (found.strategies[0] == plain(2)(game).strategies[0]).all()
    np.testing.assert_allclose(exactly.strategies[0], plain(0)(game).strategies[0], atol=1e-12)


def test_a_lane_that_loses_its_numbers_spoils_no_other(layout):
    tensor = np.random.default_rng(14).random((2, 4, 3, 30))
    labels = np.full(30, 2)
    clean = complementary_paths.follow(complementary_paths.Systems.of(tensor, np.arange(30)), np.arange(30), labels, 100)
    tensor[1, 2, 2, 7] = np.nan
    spoilt = complementary_paths.follow(complementary_paths.Systems.of(tensor, np.arange(30)), np.arange(30), labels, 100)
    others = np.arange(30) != 7
    assert spoilt.status.tolist() == np.where(others, Status.OK, Status.SINGULAR).tolist()
    assert (spoilt.first[:, others] == clean.first[:, others]).all()
    assert (spoilt.first[:, 7] == 0).all()


def test_a_batch_of_none():
    found = LemkeHowson()(NormalFormGame(np.zeros((0, 2, 3, 3)), NAMES))
    assert len(found) == 0
    assert len(LemkeHowson("all")(NormalFormGame(np.zeros((0, 2, 3, 3)), NAMES))) == 0


def test_summary_is_that_of_the_entries():
    payoffs = np.random.default_rng(13).random((50, 2, 3, 3))
    payoffs[7, 0, 0, 0] = np.inf
    game = NormalFormGame(payoffs, NAMES)
    classes = np.array([[0, 1, 1], [2, -1, 0], [1, 1, 2]], dtype=np.int8)
    keep = frozenset({"certain", "payoff_min", "payoff_max", "regret_max", "margin", "strict"})
    for solver in (LemkeHowson(), LemkeHowson("all")):
        ours, theirs = solver.summarise(game, classes, 3, keep), summarise_entries(solver(game), classes, 3, keep)
        for name in ("status", "count", "supported", *keep):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
        assert ours.status[7] == Status.NOT_FINITE


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"label": -1}, "label must be"),
        ({"label": True}, "label must be"),
        ({"label": 1.5}, "label must be"),
        ({"label": np.arange(2)}, "label must be"),
        ({"label": "every"}, "label must be"),
        ({"max_iter": 0}, "max_iter must be"),
        ({"capping": 0}, "capping must be"),
        ({"capping": "30"}, "capping must be"),
        ({"pure_first": "no"}, "pure_first must be"),
        ({"rtol": -1e-9}, "rtol must"),
        ({"rtol": float("nan")}, "rtol must"),
        ({"rtol": None}, "rtol must"),
    ],
)
def test_wrong_choices(fields, message):
    with pytest.raises(ValueError, match=message):
        LemkeHowson(**fields)


def test_numbers_of_any_kind_are_choices():
    assert LemkeHowson(np.int64(1), True, np.int8(30), 1e5, np.float32(0)) == LemkeHowson(1, True, 30, 100_000, 0.0)


def test_wrong_games():
    with pytest.raises(ValueError, match=r"2 players; got 3.*PureNash"):
        LemkeHowson()(NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b", "c"]))
    with pytest.raises(ValueError, match=r"label must be from 0 to 4.*3 x 2 game; got 5"):
        LemkeHowson(5)(NormalFormGame(np.zeros((2, 3, 2)), NAMES))
    with pytest.raises(TypeError, match="StagedGame"):
        LemkeHowson()(StagedGame(np.zeros((2, 2, 2)), NAMES, range(2), [[0], [1]]))


@st.composite
def small_games(draw):
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells = st.lists(st.integers(-2, 2) | st.floats(-1e3, 1e3, width=32), min_size=2 * m * n, max_size=2 * m * n)
    return np.array(draw(cells), dtype=float).reshape(1, 2, m, n), draw(st.integers(0, m + n - 1))


@given(small_games())
def test_any_small_game_from_any_label(case):
    payoffs, label = case
    game = NormalFormGame(payoffs, NAMES)
    check(payoffs, plain(label)(game))
    check(payoffs, LemkeHowson(label)(game))
    check(payoffs, LemkeHowson("all")(game))


@pytest.mark.slow
@pytest.mark.parametrize("high", [1, 2, 3, 9])
def test_many_degenerate_games(layout, high):
    rng = np.random.default_rng(20 + high)
    for m, n in [*SHAPES, (7, 7), (12, 9)]:
        payoffs = rng.integers(0, high + 1, (2000, 2, m, n)).astype(float)
        game = NormalFormGame(payoffs, NAMES)
        for label in {0, m - 1, m, m + n - 1}:
            check(payoffs, plain(label)(game))


@pytest.mark.slow
def test_large_degenerate_games():
    rng = np.random.default_rng(30)
    for size, count in ((20, 300), (40, 60), (100, 6)):
        for high in (1, 3):
            payoffs = rng.integers(0, high + 1, (count, 2, size, size)).astype(float)
            check(payoffs, LemkeHowson(pure_first=False)(NormalFormGame(payoffs, NAMES)))
        zero_sum = rng.integers(-3, 4, (count, 1, size, size)) * np.array([1.0, -1.0])[:, None, None]
        check(zero_sum, LemkeHowson(pure_first=False)(NormalFormGame(zero_sum, NAMES)))


@pytest.mark.slow
def test_exact_paths_of_larger_games(layout):
    rng = np.random.default_rng(31)
    for size in (7, 9, 12):
        payoffs = rng.integers(0, 4, (15, 2, size, size))
        found = plain(3)(NormalFormGame(payoffs, NAMES))
        for g, (a, b) in enumerate(payoffs.tolist()):
            x, y, _ = exact_path(a, b, 3)
            assert among(found.profiles(g)[0], [(x, y)], 1e-9)
