"""Grids of 2 x 2 games on few axes: the same answers as with all payoffs side by side."""

import itertools

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.equilibria.enumeration.cell_grids import summarise_cells
from negotiation_sim.equilibria.summary import blank_signs

FIELDS = frozenset({"certain"})
CLASSES = [np.array([[0, 1], [2, 3]]), np.array([[0, 1], [1, 2]]), np.array([[0, 0], [0, 0]])]


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def cells_on(rng, shape, axes):
    """Payoffs of two players at four profiles, each on some of the axes; ``axes(k)``: which, for the k-th."""
    draw = [rng.standard_normal([n if d in axes(k) else 1 for d, n in enumerate(shape)]) for k in range(8)]
    return [draw[:4], draw[4:]]


def plain(cells, shape, classes, rtol=1e-9):
    tensor = np.stack([np.broadcast_to(c, shape).ravel() for own in cells for c in own]).reshape(2, 2, 2, -1)
    games = ns.NormalFormGame.from_tensor(tensor, (tensor.shape[-1],))
    return ns.AllNash(rtol=rtol).summarise(games, classes, int(classes.max()) + 1, FIELDS)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("status", "complete", "count", "supported", "certain"))


@pytest.mark.parametrize("classes", CLASSES, ids=["profiles", "three", "one"])
def test_whatever_axes_payoffs_vary_along(rng, classes):
    shape = (5, 7, 3)
    subsets = [s for n in range(4) for s in itertools.combinations(range(3), n)]
    for _ in range(40):
        chosen = rng.integers(len(subsets), size=8)
        cells = cells_on(rng, shape, lambda k, chosen=chosen: subsets[chosen[k]])
        found = ns.AllNash().summarise_cells(cells, shape, classes, int(classes.max()) + 1, FIELDS)
        assert found is not None
        assert same(found, plain(cells, shape, classes))


def test_grids_of_many_sizes_one_after_the_other(rng):
    for shape in [(4,), (50, 3), (2, 2), (1, 1), (), (60, 40)]:
        for along in ((), (0,), tuple(range(len(shape)))):
            cells = cells_on(rng, shape, lambda _, along=along: along)
            found = ns.AllNash().summarise_cells(cells, shape, CLASSES[0], 4, FIELDS)
            assert found is not None
            assert same(found, plain(cells, shape, CLASSES[0]))


def test_ties_and_games_near_one(rng):
    shape = (30, 40)
    near = np.array([0, 1e-13, 1e-9, -1e-9, 1e-6, 1e-4, 2.0**-12, -(2.0**-12), 0.5])
    for _ in range(20):
        cells = [[rng.choice(near, size=(30, 1)) + rng.integers(2, size=(30, 1)) for _ in range(4)] for _ in range(2)]
        for own in cells:
            for k in (1, 2):
                own[k] = rng.choice(near, size=(1, 40)) + rng.integers(2, size=(1, 40))
        found = ns.AllNash().summarise_cells(cells, shape, CLASSES[0], 4, FIELDS)
        assert found is not None
        assert same(found, plain(cells, shape, CLASSES[0]))


def test_says_which_games_it_has_not_decided(rng):
    shape = (6, 8)
    cells = [[np.array(x) * np.ones((1, 1)) for x in (2.0, 0, 0, 1)] for _ in range(2)]
    cells[1][0] = 2.0 - 2.0 * (np.arange(8) == 3)[None]
    cells[0][3] = (np.arange(6) != 1)[:, None] * 1.0
    left = summarise_cells(cells, shape, 1e-9, CLASSES[0], blank_signs(48, 4, True))
    assert left is not None
    rows, columns = np.unravel_index(left, shape)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(r, c) for r in range(6) for c in range(8) if r == 1 or c == 3}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308])
def test_leaves_what_only_the_general_path_can_do(rng, bad):
    for player, profile in itertools.product(range(2), range(4)):
        cells = cells_on(rng, (3, 4), lambda k: (k % 2,))
        cells[player][profile] = cells[player][profile].copy()
        cells[player][profile].flat[-1] = bad
        assert summarise_cells(cells, (3, 4), 1e-9, CLASSES[0], blank_signs(12, 4, True)) is None
    tiny = [[c * 1e-300 for c in own] for own in cells_on(rng, (3, 4), lambda _: (0,))]
    assert summarise_cells(tiny, (3, 4), 1e-9, CLASSES[0], blank_signs(12, 4, True)) is None


def test_a_single_game_with_ties():
    cells = [[np.array(1.0)] * 4, [np.array(float(k)) for k in range(4)]]
    found = ns.AllNash().summarise_cells(cells, (), CLASSES[0], 4, FIELDS)
    assert found is not None
    assert same(found, plain(cells, (), CLASSES[0]))
