"""Degenerate two-player games: extreme equilibria, maximal Nash subsets and components against exact enumeration."""

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.certificates.certificate import regret
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.extreme.double_description import Budget, best_reply_vertices
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

NO, PROVED = Completeness.NO, Completeness.PROVED
SHAPES = [(m, n) for m in range(1, 5) for n in range(1, 5)]


# --- an independent oracle, in Fractions and by brute force --------------------------------------------------------------------------


def solved(rows):
    """Solve a square system of integers, rows with the right-hand side last, by Bareiss elimination; None if it is singular."""
    size, last = len(rows), 1
    rows = [list(row) for row in rows]
    for c in range(size):
        pivot = next((r for r in range(c, size) if rows[r][c]), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        for r in range(size):
            if r != c:
                rows[r] = [(rows[c][c] * v - rows[r][c] * w) // last for v, w in zip(rows[r], rows[c], strict=True)]
        last = rows[c][c]
    return tuple(Fraction(row[-1], row[r]) for r, row in enumerate(rows))


def vertices(a):
    """{mix of the columns: set of best rows}: every point at which n of the m + n inequalities y >= 0, A y <= v bind and fix it."""
    m, n = len(a), len(a[0])
    found = {}
    walls = [[*(int(j == c) for j in range(n)), 0, 0] for c in range(n)] + [[*row, -1, 0] for row in a]
    for tight in combinations(range(m + n), n):
        if all(t < n for t in tight):
            continue
        point = solved([walls[t] for t in tight] + [[1] * n + [0, 1]])
        if point is None or min(point[:n]) < 0:
            continue
        pay = [sum(u * p for u, p in zip(row, point[:n], strict=True)) for row in a]
        if max(pay) <= point[n]:
            found[point[:n]] = {i for i in range(m) if pay[i] == point[n]}
    return found


def used(mix):
    return {i for i, p in enumerate(mix) if p}


def extreme_equilibria(a, b):
    ys, xs = vertices(a), vertices([list(column) for column in zip(*b, strict=True)])
    return {(x, y) for x, best_y in xs.items() for y, best_x in ys.items() if used(x) <= best_x and used(y) <= best_y}


def nash_subsets(edges):
    """Maximal sets X x Y within ``edges``: grow each set of x that some set of y is joined to, by brute force over sets of y."""
    ys = {y for _, y in edges}
    near = {y: frozenset(x for x, other in edges if other == y) for y in ys}
    common = set(near.values())
    while True:
        more = {p & q for p in common for q in near.values()} - common - {frozenset()}
        if not more:
            break
        common |= more
    return {frozenset((x, y) for x in xs for y in ys if xs <= near[y]) for xs in common}


def connected(edges):
    """Connected components of the graph with these edges."""
    left, parts = set(edges), set()
    while left:
        part, new = set(), {left.pop()}
        while new:
            part |= new
            new = {e for e in left if any(e[0] == f[0] or e[1] == f[1] for f in new)}
            left -= new
        parts.add(frozenset(part))
    return parts


def rank(points):
    """Affine dimension of points in Fractions."""
    rows = [[p - q for p, q in zip(point, points[0], strict=True)] for point in points[1:]]
    dimension = 0
    for c in range(len(points[0])):
        pivot = next((row for row in rows if row[c]), None)
        if pivot is not None:
            dimension += 1
            rows = [[v - row[c] / pivot[c] * w for v, w in zip(row, pivot, strict=True)] for row in rows if row is not pivot]
    return dimension


def dimension(subset):
    return rank(sorted({x for x, _ in subset})) + rank(sorted({y for _, y in subset}))


# --- comparison ---------------------------------------------------------------------------------------------------------------------


def batch(payoffs):
    return NormalFormGame(payoffs, players=["row", "column"])


def rounded(profile):
    return tuple(float(round(float(p), 9)) + 0.0 for mix in profile for p in mix)


def check(found, g, a, b):
    """Compare everything that is said of game ``g`` of a solved batch with exact enumeration."""
    want = extreme_equilibria(a, b)
    exact = {rounded(e): e for e in want}
    first, last = found.start[g], found.start[g + 1]
    listed = [exact[rounded((found.strategies[0][e], found.strategies[1][e]))] for e in range(first, last)]
    assert len(listed) == len(want) == len(set(listed)), (a, b)
    for e, (x, y) in enumerate(listed, first):
        assert found.strategies[0][e].tolist() == pytest.approx(list(map(float, x)), abs=1e-12)
        assert ((found.strategies[0][e] > 0) == np.array([p > 0 for p in x])).all()
        assert ((found.strategies[1][e] > 0) == np.array([p > 0 for p in y])).all()
    parts = found.components()
    sets = {}
    for c in range(parts.start[g], parts.start[g + 1]):
        for s in np.flatnonzero(parts.subset_component == c):
            entry = parts.subset_entry[parts.subset_start[s] : parts.subset_start[s + 1]]
            sets[frozenset(listed[e - first] for e in entry)] = parts.subset_dimension[s]
            assert (parts.component[entry] == c).all()
        own = [sets[t] for t in nash_subsets([listed[e - first] for e in parts.entries(c)])]
        assert parts.dimension[c] == max(own)
        pay = found.payoffs[parts.entries(c)]
        assert np.array_equal(parts.payoff_min[c], pay.min(axis=0))
        assert np.array_equal(parts.payoff_max[c], pay.max(axis=0))
    assert set(sets) == nash_subsets(want), (a, b)
    assert all(size == dimension(subset) for subset, size in sets.items()), (a, b)
    got = {frozenset(listed[e - first] for e in parts.entries(c)) for c in range(parts.start[g], parts.start[g + 1])}
    assert got == connected(want), (a, b)


def check_batches(games, seed):
    """Check ``games`` games of integers from 0 to 3, all shapes in turn."""
    rng = np.random.default_rng(seed)
    for m, n in SHAPES:
        payoffs = rng.integers(0, 4, (games // len(SHAPES), 2, m, n))
        found = AllNash()(batch(payoffs))
        assert (found.status == Status.OK).all()
        assert (found.complete == PROVED).all()
        assert found.regret.max() < 1e-12
        for g, (a, b) in enumerate(payoffs.tolist()):
            check(found, g, a, b)


def integer_games(largest=4, top=3):
    shapes = st.tuples(st.just(2), st.integers(1, largest), st.integers(1, largest))
    return shapes.flatmap(lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, top)))


def test_two_thousand_games_of_small_integers():
    check_batches(2000, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_twenty_thousand_games_of_small_integers(seed):
    check_batches(2000, 100 + seed)


@settings(max_examples=100)
@given(integer_games())
def test_any_game_of_small_integers(payoffs):
    for solver in (AllNash(), AllNash(exact=True)):
        found = solver(batch(payoffs))
        assert found.complete == PROVED
        check(found, 0, *payoffs.tolist())


@settings(max_examples=20)
@given(integer_games(largest=6, top=2))
def test_both_ways_to_solve_agree(payoffs):
    """Larger and more degenerate games: signs of minors against integers, entry by entry."""
    fast, exact = AllNash()(batch(payoffs)), AllNash(exact=True)(batch(payoffs))
    assert np.array_equal(fast.labels > 0, np.broadcast_to(fast.labels[0] > 0, fast.labels.shape))
    assert len(fast) == len(exact)
    assert all(np.allclose(x, y, rtol=0, atol=1e-12) for x, y in zip(fast.strategies, exact.strategies, strict=True))
    one, other = fast.components(), exact.components()
    for name in ("component", "dimension", "subset_component", "subset_dimension", "subset_start", "subset_entry"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_conformance(conformance):
    wrong = []
    for case in json.loads((conformance / "expected" / "bimatrix.json").read_text()):
        texts = np.array([case["A"], case["B"]], dtype=object)
        want = np.array([[float(Fraction(v)) for v in e["x"] + e["y"]] for e in case["extreme"]])
        for solver, tolerance in ((AllNash(), 1e-9), (AllNash(exact=True), 0)):
            found = solver(ExactGame.of(texts))
            got = np.concatenate(found.strategies, axis=1)
            distance = np.abs(got[:, None] - want).max(axis=-1)
            if len(got) != len(want) or found.complete != PROVED or (distance.min(axis=0) > tolerance).any():
                wrong.append((case["id"], solver.exact, "equilibria"))
                continue
            name, parts = distance.argmin(axis=1), found.components()
            components = {frozenset(name[parts.entries(c)].tolist()) for c in range(len(parts))}
            subsets = sorted(sorted(name[s].tolist()) for c in range(len(parts)) for s in parts.subsets(c))
            if components != set(map(frozenset, case["connected_components"])):
                wrong.append((case["id"], solver.exact, "components"))
            if subsets != sorted(map(sorted, case["maximal_nash_subsets"])):
                wrong.append((case["id"], solver.exact, "subsets"))
    assert not wrong


# --- laws ----------------------------------------------------------------------------------------------------------------------------


def degenerate_batch(shape=(3, 3), games=200, seed=2, top=3):
    return np.random.default_rng(seed).integers(0, top, (games, 2, *shape)).astype(float)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (4, 4)])
def test_mixtures_within_a_subset_are_equilibria(shape):
    """And pay within the range of the component."""
    payoffs, rng = degenerate_batch(shape), np.random.default_rng(3)
    found = AllNash()(batch(payoffs))
    parts = found.components()
    for s in np.flatnonzero(np.diff(parts.subset_start) > 1)[:300]:
        entry = parts.subset_entry[parts.subset_start[s] : parts.subset_start[s + 1]]
        profile = [rng.dirichlet(np.ones(len(entry))) @ mix[entry] for mix in found.strategies]
        game = batch(payoffs[found.index[entry[0]]])
        assert regret(game, profile).max() < 1e-12
        c = parts.subset_component[s]
        for player in (0, 1):
            pay = profile[0] @ game.payoffs[player] @ profile[1]
            assert parts.payoff_min[c, player] - 1e-12 <= pay <= parts.payoff_max[c, player] + 1e-12


def test_mixtures_reach_no_class_that_a_summary_leaves_out():
    payoffs, rng = degenerate_batch((3, 4)), np.random.default_rng(10)
    classes = rng.permutation(12).reshape(3, 4).astype(np.int8)
    game = batch(payoffs)
    found, summary = AllNash()(game), AllNash().summarise(game, classes, 12, frozenset({"payoff_min", "payoff_max"}))
    parts = found.components()
    for s in np.flatnonzero(np.diff(parts.subset_start) > 1):
        entry = parts.subset_entry[parts.subset_start[s] : parts.subset_start[s + 1]]
        g = found.index[entry[0]]
        x, y = (rng.dirichlet(np.ones(len(entry))) @ mix[entry] for mix in found.strategies)
        assert summary.supported[classes[np.outer(x, y) > 0], g].all()
        pay = np.array([x @ payoffs[g, player] @ y for player in (0, 1)])
        assert (summary.payoff_min[:, g] <= pay + 1e-12).all()
        assert (summary.payoff_max[:, g] >= pay - 1e-12).all()


@pytest.mark.parametrize("factor", [1e-12, 2.0**-30, 1.0, 7.0, 1e12])
@pytest.mark.parametrize("shift", [0, 10**3, 10**9])
def test_units_change_nothing(factor, shift):
    for shape in ((2, 2), (3, 3), (4, 3)):
        payoffs = degenerate_batch(shape)
        plain, moved = AllNash()(batch(payoffs)), AllNash()(batch((payoffs + 2 * shift) * factor))
        assert np.array_equal(plain.start, moved.start)
        assert (moved.complete == PROVED).all()
        said = (plain.labels != 0) & (moved.labels != 0)  # isolated equilibria may have none
        assert np.array_equal(plain.labels[said], moved.labels[said])
        assert np.array_equal(plain.component, moved.component)
        assert np.array_equal(plain.components().dimension, moved.components().dimension)
        lost = 2.0**-53 * max(shift, 1) if factor in (1e-12, 1e12) else 0  # to the rounding of the payoffs, of their range
        for x, y in zip(plain.strategies, moved.strategies, strict=True):
            assert np.array_equal(x, y) if not lost else np.abs(x - y).max() < max(1e-9, 20 * lost)


@settings(max_examples=40)
@given(integer_games(), st.randoms(use_true_random=False))
def test_permuting_actions_and_players_permutes_the_answer(payoffs, random):
    _, m, n = payoffs.shape
    rows, columns = random.sample(range(m), m), random.sample(range(n), n)
    plain = AllNash()(batch(payoffs))
    moved = AllNash()(batch(payoffs[:, rows][:, :, columns]))
    swapped = AllNash()(NormalFormGame.from_arrays(payoffs[1].T, payoffs[0].T))
    want = sorted(map(rounded, plain.profiles()))
    assert sorted(rounded((x[np.argsort(rows)], y[np.argsort(columns)])) for x, y in moved.profiles()) == want
    assert sorted(rounded((y, x)) for x, y in swapped.profiles()) == want
    for other in (moved, swapped):
        assert sorted(other.components().dimension) == sorted(plain.components().dimension)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (1, 3), (5, 5)])
def test_a_batch_equals_its_games(shape):
    payoffs = degenerate_batch(shape, games=60, top=4)
    payoffs[::3] += np.random.default_rng(4).random((20, 2, *shape))
    payoffs[7, 0, 0, 0] = np.nan
    together = AllNash()(batch(payoffs))
    parts = together.components()
    assert together.status[7] == Status.NOT_FINITE
    for g in range(60):
        alone = AllNash()(batch(payoffs[g]))
        for one, other in zip(alone.profiles(), together.profiles(g), strict=True):
            assert all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))
        assert np.array_equal(alone.components().dimension, parts.dimension[parts.start[g] : parts.start[g + 1]])


def test_pure_equilibria_are_those_of_the_pure_solver():
    payoffs = degenerate_batch((3, 4)) + np.where(np.random.default_rng(5).random((200, 2, 3, 4)) < 0.3, 1e-11, 0)
    everything, pure = AllNash()(batch(payoffs)), PureNash()(batch(payoffs))
    assert (everything.complete == PROVED).all()
    for g in range(200):
        ours = [rounded(p) for p in everything.profiles(g)]
        assert {p for p in ours if set(p) <= {0.0, 1.0}} == {rounded(p) for p in pure.profiles(g)}


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4)])
@pytest.mark.parametrize("keep", [frozenset(), frozenset({"certain"}), frozenset({"certain", "payoff_min", "payoff_max", "margin"})])
def test_summary_equals_the_listed_equilibria(shape, keep):
    game = batch(degenerate_batch(shape, top=4))
    classes = (np.arange(shape[0] * shape[1]) % 4 - 1).astype(np.int8).reshape(shape)
    short, long = AllNash().summarise(game, classes, 3, keep), summarise_entries(AllNash()(game), classes, 3, keep)
    for name in {"status", "complete", "count", "supported", *keep}:
        assert np.array_equal(getattr(short, name), getattr(long, name), equal_nan=name.startswith(("payoff", "margin"))), name


def test_modes_agree():
    game = batch(degenerate_batch())
    found = {want: AllNash(want=want)(game) for want in ("all", "supports", "count")}
    for want in ("supports", "count"):
        assert np.array_equal(found["all"].start, found[want].start)
        assert np.array_equal(found["all"].complete, found[want].complete)
        with pytest.raises(ValueError, match="components need"):
            found[want].components()
    for x, y in zip(found["all"].strategies, found["supports"].strategies, strict=True):
        assert np.array_equal(x > 0, np.isnan(y))


# --- near-degenerate and exact -------------------------------------------------------------------------------------------------------


def test_fractions_and_decimals_decide_exactly():
    """The second row pays 1/3 or 10^-20 more: a tie only for who rounds."""
    tie = [[["1/3", "0.1"], ["1/3", "0.1"]], [["1", "1"], ["1", "1"]]]
    gap = [[["1/3", "0.1"], ["1/3", "0.10000000000000000000000000001"]], [["1", "1"], ["1", "1"]]]
    assert len(AllNash(exact=True)(ExactGame.of(tie))) == 4
    found = AllNash(exact=True)(ExactGame.of(gap))
    assert [rounded(p) for p in found.profiles()] == [(1, 0, 1, 0), (0, 1, 1, 0), (0, 1, 0, 1)]
    assert found.complete == PROVED
    assert len(AllNash()(ExactGame.of(gap))) == 4


def test_floats_are_binary_numbers_when_exact():
    payoffs = [[[0.1 + 0.2], [0.3]], [[0], [0]]]
    assert AllNash(exact=True)(batch(payoffs)).count == 1
    assert AllNash()(batch(payoffs)).count == 2


def test_the_last_digits_of_a_formula_make_no_difference():
    """Whoever gets the same up to rounding is indifferent, in small games and in large ones."""
    for n in (2, 3, 11):
        rng = np.random.default_rng(9)
        payoffs = np.stack([np.where(rng.random((n, n)) < 0.5, 0.1 + 0.2, 0.3), rng.integers(0, 3, (n, n)) / 10])
        found, flat = AllNash()(batch(payoffs)), AllNash()(batch(np.stack([np.zeros((n, n)), payoffs[1]])))
        assert found.complete == PROVED
        assert all(np.allclose(x, y, rtol=0, atol=1e-12) for x, y in zip(found.strategies, flat.strategies, strict=True))


@pytest.mark.parametrize("noise", [1e-12, 1e-10, 1e-9, 3e-9, 1e-8, 1e-4])
def test_noise_near_the_tolerance(noise):
    """Whatever is decided, all that is listed is an equilibrium, and both lists say that they are whole."""
    payoffs = degenerate_batch((3, 3), games=300)
    payoffs += np.random.default_rng(6).uniform(-noise, noise, payoffs.shape)
    found = AllNash()(batch(payoffs))
    assert (found.complete == PROVED).all()
    assert found.regret.max() <= 1e-9
    exact = AllNash(exact=True)(batch(payoffs))
    assert exact.regret.max() < 1e-12
    if noise == 1e-4:
        assert np.array_equal(found.count, exact.count)


def test_integers_decide_what_fails_the_certificate(monkeypatch):
    game, calls = batch(degenerate_batch((3, 3), games=20)), []
    right, kept = AllNash()(game), AllNash._kept

    def spoiled(solver, game, listed, *arguments):
        if not calls:
            listed.mixes[0][:, 5] = [0.2, 0.3, 0.5]
        calls.append(listed)
        return kept(solver, game, listed, *arguments)

    monkeypatch.setattr(AllNash, "_kept", spoiled)
    found = AllNash()(game)
    assert len(calls) == 2
    assert (found.complete == PROVED).all()
    assert np.array_equal(found.start, right.start)
    assert all(np.allclose(x, y, rtol=0, atol=1e-12) for x, y in zip(found.strategies, right.strategies, strict=True))


def test_large_games():
    for payoffs in (np.random.default_rng(7).integers(0, 3, (2, 10, 10)), np.stack([np.eye(10)] * 2), np.zeros((2, 14, 14))):
        found = AllNash()(batch(payoffs))
        assert found.complete == PROVED
        assert found.regret.max() == pytest.approx(0, abs=1e-12)
    assert len(found) == 14 * 14
    assert found.components().dimension.tolist() == [26]
    summary = AllNash().summarise(batch(payoffs), np.zeros((14, 14), dtype=np.int8), 1, frozenset())
    assert summary.count.tolist() == [196]


def test_large_games_of_decimals_keep_their_ties():
    decimals = np.random.default_rng(8).integers(1, 4, (2, 11, 10)) / 10
    sums = decimals + 0.1 + 0.2 - 0.3  # not the same floats
    assert (sums != decimals).any()
    for x, y in zip(AllNash()(batch(decimals)).strategies, AllNash()(batch(sums)).strategies, strict=True):
        assert np.array_equal(x, y)


@pytest.mark.parametrize("scale", [1e-300, 1e300, 1.7e308])
def test_the_largest_and_the_smallest_numbers(scale):
    payoffs = degenerate_batch((10, 10), games=2) / (2 if scale > 1 else 1) * scale
    plain, moved = AllNash()(batch(degenerate_batch((10, 10), games=2))), AllNash()(batch(payoffs))
    assert np.array_equal(plain.labels, moved.labels)
    payoffs[0, 0, 0, :2] = 1.7e308, -1.7e308
    for exact in (True, False):
        assert AllNash(exact=exact)(batch(payoffs)).status.tolist() == [Status.NOT_FINITE, Status.OK]


def test_limits():
    game = batch(np.stack([np.zeros((2, 3, 3)), np.stack([np.eye(3)] * 2), np.arange(18.0).reshape(2, 3, 3)]))
    for want in ("all", "supports", "count"):
        found = AllNash(max_equilibria=7, want=want)(game)
        assert found.count.tolist() == [7, 7, 1]
        assert found.status.tolist() == [Status.TRUNCATED, Status.OK, Status.OK]
        assert found.complete.tolist() == [NO, PROVED, PROVED]
    assert AllNash(max_equilibria=7).summarise(game, np.zeros((3, 3), dtype=np.int8), 1, frozenset()).count.tolist() == [7, 7, 1]
    late = AllNash(max_time=1e-9)(batch(np.stack([np.eye(10)] * 2)))
    assert late.status == Status.TIME
    assert late.complete == NO
    assert late.count == 0
    with pytest.raises(TimeoutError):
        best_reply_vertices(np.eye(3, dtype=np.int64).astype(object), Budget(0.0))


def test_too_many_vertices_for_the_memory(monkeypatch):
    monkeypatch.setattr("negotiation_sim.equilibria.extreme.double_description.RAYS", 100)
    found = AllNash()(batch(np.stack([np.eye(10)] * 2)))
    assert found.status == Status.UNSUPPORTED
    assert found.complete == NO
    for solver in (AllNash(), AllNash(exact=True)):
        assert solver(batch(np.zeros((2, 40, 23)))).status == Status.UNSUPPORTED


def test_no_tolerance_at_all():
    for n in (2, 10):
        assert AllNash(rtol=0)(batch(np.stack([np.eye(n)] * 2))).count == 2**n - 1


@pytest.mark.parametrize("wrong", [{"max_equilibria": 0}, {"max_time": 0.0}, {"max_time": float("nan")}])
def test_wrong_limits(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AllNash(**wrong)


# --- components for readers ----------------------------------------------------------------------------------------------------------


def test_a_component_is_one_line():
    threat = NormalFormGame.from_arrays([[0, 0], [-1, 2]], [[3, 3], [-1, 1]])
    found = AllNash()(threat)
    assert found.component.tolist() == found.components().component.tolist() == [0, 1, 0]
    assert [s.tolist() for s in found.components().subsets(0)] == [[0, 2]]
    text = str(found)
    assert "Component 1: spanned by 1, 3; dimension 1; payoff player 1 0, payoff player 2 3." in text
    assert "Component 2: isolated" in text
    assert "component" not in str(AllNash()(NormalFormGame.from_arrays(np.eye(2), np.eye(2)))).lower()


def test_components_need_all_extreme_equilibria():
    game = batch(np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="AllNash"):
        PureNash()(game).components()
    one = np.array([[1.0, 0.0]])
    with pytest.raises(ValueError, match="AllNash"):
        Equilibria.from_strategies(game, None, np.array([0, 1]), (one, one), NO).components()


def test_components_of_an_empty_batch():
    parts = AllNash()(batch(np.zeros((0, 2, 2, 2)))).components()
    assert len(parts) == 0
    assert parts.start.tolist() == [0]


def test_a_probability_too_small_for_a_number_is_positive():
    game = ExactGame.of([[["1e-400", 0], [0, 1]], [[1, 0], [0, 1]]])
    supports = AllNash(exact=True, want="supports")(game)
    assert np.isnan(supports.strategies[0][2]).all()
    assert np.isnan(supports.strategies[1][2]).all()
    assert AllNash(exact=True)(game).strategies[1][2].tolist() == [1.0, 5e-324]
