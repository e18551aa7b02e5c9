import numpy as np
import pytest

from negotiation_sim.plot.cells import NONE, REST, UNSOLVED, Cells, borders, classify, edges, mark_places, rectangles, ties_as_borders


def cells_of(codes):
    codes = np.asarray(codes)
    cases = tuple((k,) for k in range(codes.max() + 1))
    return Cells(codes, cases, np.arange(codes.shape[1] + 1.0), np.arange(codes.shape[0] + 1.0))


def test_edges_are_midpoints_and_stop_at_the_outermost_points():
    assert edges(np.array([0.0, 1.0, 4.0])).tolist() == [0.0, 0.5, 2.5, 4.0]
    assert edges(np.array([2.0])).tolist() == [1.0, 3.0]
    assert edges(np.array([0.0])).tolist() == [-0.5, 0.5]


@pytest.mark.parametrize("outcomes", [1, 3, 8, 9, 70])
def test_classify_gives_each_point_its_set_of_outcomes(outcomes):
    rng = np.random.default_rng(outcomes)
    supported = rng.random((outcomes, 7, 5)) < 0.4
    solved = rng.random((7, 5)) < 0.8
    cells = classify(supported, solved, edges(np.arange(5.0)), edges(np.arange(7.0)))
    assert len(set(cells.cases)) == len(cells.cases)
    for r, c in np.ndindex(7, 5):
        expected = tuple(np.flatnonzero(supported[:, r, c]).tolist()) if solved[r, c] else UNSOLVED
        assert cells.cases[cells.codes[r, c]] == expected
    assert sum(cells.shares().values()) == pytest.approx(1.0)
    assert {case for case, share in cells.shares().items() if share == 0.0} == set()


def test_nothing_supported_is_a_case_of_its_own():
    cells = classify(np.zeros((2, 1, 1), dtype=bool), np.ones((1, 1), dtype=bool), np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert cells.cases == (NONE,)
    assert cells.count(NONE) == 1
    assert cells.count((0,)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 6), (6, 1), (9, 13)])
def test_rectangles_cover_every_cell_once(shape):
    codes = np.random.default_rng(1).integers(0, 3, shape)
    seen = np.full(shape, -1)
    for code, (left, right, low, high) in zip(*rectangles(cells_of(codes)), strict=True):
        assert (seen[low:high, left:right] == -1).all()
        seen[low:high, left:right] = code
    assert (seen == codes).all()


def test_rectangles_are_merged():
    codes = np.zeros((50, 60), dtype=int)
    codes[:, 30:] = 1
    assert len(rectangles(cells_of(codes))[0]) == 2


def test_borders_lie_exactly_between_cells_and_are_joined():
    codes = np.array([[0, 0, 1], [0, 0, 1], [2, 2, 2]])
    cells = Cells(codes, ((0,), (1,), (2,)), np.array([0.0, 1.0, 3.0, 7.0]), np.array([0.0, 10.0, 20.0, 25.0]))
    lines = {tuple(map(tuple, line)) for line in borders(cells).tolist()}
    assert lines == {((3.0, 0.0), (3.0, 20.0)), ((0.0, 20.0), (7.0, 20.0))}


def test_one_case_has_no_border():
    assert borders(cells_of(np.zeros((4, 4), dtype=int))).shape == (0, 2, 2)


def test_marks_stand_inside_their_part_and_away_from_the_point_to_avoid():
    codes = np.zeros((20, 20), dtype=int)
    codes[:, 8:12] = 1  # the first case is in two parts
    cells = cells_of(codes)
    places = mark_places(cells, (5.0, 3.0), {(0,): (0.3, 0.2), (1,): (0.3, 0.2)}, avoid=(4.0, 10.0), avoid_radius=0.2)
    assert sorted(case for case, *_ in places) == [(0,), (0,), (1,)]
    for case, x, y, scale in places:
        assert cells.at(x, y) == case
        assert scale == 1.0
        assert np.hypot((x - 4) / 20 * 5, (y - 10) / 20 * 3) > 0.2


def test_a_mark_shrinks_where_room_is_short_and_is_left_out_where_there_is_none():
    codes = np.zeros((20, 20), dtype=int)
    codes[:, 9:11] = 1
    wide = {(1,): (0.42, 0.2)}
    (place,) = mark_places(cells_of(codes), (5.0, 3.0), wide)
    assert 0.72 <= place[3] < 1.0
    assert mark_places(cells_of(codes), (5.0, 3.0), {(1,): (2.0, 0.2)}) == []


def test_lump_keeps_what_is_asked_and_the_special_cases():
    cells = Cells(np.array([[0, 1, 2, 3]]), ((0,), (1,), NONE, UNSOLVED), np.arange(5.0), np.arange(2.0))
    lumped = cells.lump(frozenset([(1,)]))
    assert [lumped.cases[k] for k in lumped.codes[0]] == [REST, (1,), NONE, UNSOLVED]


def test_thin_ties_between_two_parts_are_borders():
    cases = ((0,), (1,), (0, 1), (0, 2))
    codes = np.array([[0] * 6] * 3 + [[2] * 6] * 2 + [[1] * 6] * 3)
    cells = Cells(codes, cases, np.arange(7.0), np.arange(9.0))
    assert (ties_as_borders(cells, 1, 0).codes == codes).all()
    assert ties_as_borders(cells, 2, 0).codes[:, 0].tolist() == [0] * 5 + [1] * 3
    assert ties_as_borders(Cells(codes.T, cases, np.arange(9.0), np.arange(7.0)), 0, 2).codes[0].tolist() == [0] * 5 + [1] * 3
    assert (codes[3:5] == 2).all()
    # Kept: what a neighbour does not support, a line within one part, a strip at the edge, parts that are not solved or of one outcome.
    for column in ([0, 3, 1], [0, 2, 0], [2, 0, 0], [0, 0, 2], [2, 0, 1]):
        kept = np.repeat(np.array(column)[:, None], 3, axis=1)
        assert (ties_as_borders(Cells(kept, cases, np.arange(4.0), np.arange(4.0)), 1, 1).codes == kept).all()
    unsolved = Cells(np.array([[0], [1], [2]]), ((0,), UNSOLVED, (1,)), np.arange(2.0), np.arange(4.0))
    assert ties_as_borders(unsolved, 3, 3).codes.tolist() == [[0], [1], [2]]
