"""Lists of solutions: slicing, padding, labelling, showing."""

import numpy as np
import pytest

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.concepts import default_solver, solver_for
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.solution import Solution
from negotiation_sim.status import Completeness, Status

SEXES = [[[3.0, 0], [0, 2]], [[2, 0], [0, 3]]]
PENNIES = [[[1.0, -1], [-1, 1]], [[-1, 1], [1, -1]]]
DILEMMA = [[[3.0, 0], [5, 1]], [[3, 5], [0, 1]]]
KEEP = frozenset({"certain", "payoff_min", "payoff_max", "regret_max", "margin", "strict"})


@pytest.fixture
def found():
    """Every equilibrium of the battle of the sexes, matching pennies and the dilemma, listed by hand."""
    game = NormalFormGame([SEXES, PENNIES, DILEMMA], players=["R", "C"], actions=[["top", "low"], ["left", "right"]])
    rows = np.array([[1, 0], [0, 1], [0.6, 0.4], [0.5, 0.5], [0, 1]])
    columns = np.array([[1, 0], [0, 1], [0.4, 0.6], [0.5, 0.5], [0, 1]])
    return Equilibria.from_strategies(game, "by hand", np.array([0, 3, 4, 5]), (rows, columns), Completeness.PROVED)


def test_compressed_lists(found):
    assert isinstance(found, Solution)
    assert (found.concept, found.form, found.solver) == ("nash", "simultaneous", "by hand")
    assert len(found) == 5
    assert found.batch_shape == (3,)
    assert found.count.dtype == np.int32
    assert found.count.tolist() == [3, 1, 1]
    assert found.index.tolist() == [0, 0, 0, 1, 2]
    assert found.status.tolist() == [Status.OK] * 3
    assert [len(found.profiles(g)) for g in range(3)] == [3, 1, 1]
    assert found.profiles(-1)[0][0].tolist() == [0, 1]


def test_certificates_of_given_strategies(found):
    np.testing.assert_allclose(found.payoffs, [[3, 2], [2, 3], [1.2, 1.2], [0, 0], [1, 1]])
    np.testing.assert_allclose(found.regret, 0, atol=1e-15)
    assert found.strict.tolist() == [True, True, False, False, True]
    miss = (np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    wrong = Equilibria.from_strategies(found.game[0], None, np.array([0, 1]), miss, Completeness.NO)
    np.testing.assert_allclose(wrong.regret, [2 / 3])  # C would gain 2 of a range of 3, and so would R


def test_gains_within_the_rounding_of_payoffs_are_none():
    noise = np.array([[0.1 + 0.2, 0.3], [0.3, 0.3]])
    game = NormalFormGame.from_arrays(noise, -noise)
    profile = (np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))
    found = Equilibria.from_strategies(game, None, np.array([0, 1]), profile, Completeness.NO)
    assert found.regret.tolist() == [0]
    assert found.strict.tolist() == [False]


def test_status_given_by_a_solver(found):
    status = [Status.OK, Status.MAX_ITER, Status.OK]
    again = Equilibria.from_strategies(found.game, None, found.start, found.strategies, [2, 2, 1], status)
    assert again.status.tolist() == status
    assert again.complete.tolist() == [2, 0, 1]


def test_margins_of_mixed_equilibria(found):
    by_cell = np.array([[0, 1], [2, 3]], dtype=np.int8)
    np.testing.assert_allclose(found.margin(by_cell), [2 / 3, 2 / 3, 0, 0, 1 / 5], atol=1e-12)
    assert found.strict_between_outcomes(by_cell).tolist() == [True, True, False, False, True]
    one_class = np.zeros((2, 2), dtype=np.int8)
    assert (found.margin(one_class) == np.inf).all()
    # R's choice is all that matters: only R's deviations leave, and in the mixed ones they cost nothing
    np.testing.assert_allclose(found.margin(np.array([[0, 0], [1, 1]], dtype=np.int8)), [1, 2 / 3, 0, 0, 1 / 5], atol=1e-12)


def test_class_probabilities(found):
    classes = np.array([[0, 1], [1, -1]], dtype=np.int8)
    np.testing.assert_allclose(found.class_probability(classes, 2), [[1, 0], [0, 0], [0.24, 0.52], [0.25, 0.5], [0, 0]])


def test_summary_of_a_list(found):
    classes = np.array([[0, 1], [1, 2]], dtype=np.int8)
    summary = summarise_entries(found, classes, 4, KEEP)
    assert summary.supported.tolist() == [[True, True, False], [True, True, False], [True, True, True], [False] * 3]
    assert summary.certain.tolist() == [[True, False, False], [False, False, False], [True, False, True], [False] * 3]
    np.testing.assert_allclose(summary.payoff_min, [[1.2, 0, 1], [1.2, 0, 1]])
    np.testing.assert_allclose(summary.payoff_max, [[3, 0, 1], [3, 0, 1]])
    np.testing.assert_allclose(summary.margin[0], [2 / 3, 0, np.nan], atol=1e-12)
    assert summary.strict[:3].tolist() == [[True, False, False], [False, False, False], [True, False, True]]
    bare = summarise_entries(found, classes, 4, frozenset())
    assert bare.certain is bare.payoff_min is bare.regret_max is bare.margin is bare.strict is None
    np.testing.assert_array_equal(bare.supported, summary.supported)


def test_summary_from_entries_equals_summary_from_masks():
    rng = np.random.default_rng(1)
    game = NormalFormGame(np.round(rng.random((500, 3, 2, 3, 2)), 1), ["a", "b", "c"])
    classes = rng.integers(-1, 3, size=(2, 3, 2)).astype(np.int8)
    direct = PureNash().summarise(game, classes, 3, KEEP)
    listed = summarise_entries(PureNash()(game), classes, 3, KEEP)
    for name in ("status", "complete", "count", "supported", *KEEP):
        np.testing.assert_array_equal(getattr(direct, name), getattr(listed, name), err_msg=name)
        assert getattr(direct, name).dtype == getattr(listed, name).dtype


@pytest.mark.parametrize("classes", [np.zeros((2, 3), np.int8), np.full((2, 2), 4), np.full((2, 2), -2), np.zeros((2, 2))])
def test_wrong_classes_are_explained(found, classes):
    with pytest.raises(ValueError, match="classes must"):
        PureNash().summarise(found.game, classes, 4, frozenset())
    with pytest.raises(ValueError, match="classes must"):
        summarise_entries(found, classes, 4, frozenset())


def test_unknown_field_is_explained(found):
    with pytest.raises(ValueError, match="payoff_mean"):
        PureNash().summarise(found.game, np.zeros((2, 2), np.int8), 1, frozenset({"payoff_mean"}))


def test_padding(found):
    rows, columns = found.padded()
    assert rows.shape == columns.shape == (3, 3, 2)
    np.testing.assert_array_equal(rows[0], found.strategies[0][:3])
    np.testing.assert_array_equal(rows[1, 0], [0.5, 0.5])
    assert np.isnan(rows[1:, 1:]).all()
    assert found.padded(4)[0].shape == (3, 4, 2)
    with pytest.raises(ValueError, match="at least the largest count, 3"):
        found.padded(2)


def test_padded_paths():
    payoffs = np.zeros((2, 3, 2, 2, 2))
    payoffs[1, 1, 0, 0, 0] = np.nan
    paths = SubgamePerfect()(StagedGame(payoffs, ["a", "b"], [0, 1], [[0], [1]]))
    padded = paths.padded()
    assert padded.shape == (2, 3, 4)
    assert (padded[1, 1] == -1).all()
    assert padded[0, 0].tolist() == [0, 1, 2, 3]


def test_places_in_a_batch(found):
    with pytest.raises(ValueError, match="pick one game of the batch"):
        found.profiles()
    with pytest.raises(IndexError, match="outside the batch"):
        found.profiles(3)
    alone = PureNash()(NormalFormGame(DILEMMA))
    with pytest.raises(ValueError, match="0 integers"):
        alone.profiles(0)


def test_labelled_variables(found):
    variables = found.variables()
    assert list(variables) == ["status", "complete", "count", "payoff_min", "payoff_max", "regret_max"]
    assert variables["payoff_max"].dims == ("batch_0", "player")
    np.testing.assert_allclose(variables["payoff_max"].values, [[3, 3], [0, 0], [1, 1]])
    assert variables["status"].attrs["flag_meanings"].startswith("OK")
    assert list(found.variables(["count"])) == ["count"]
    with pytest.raises(ValueError, match="payoff_mean"):
        found.variables(["payoff_mean"])
    none = PureNash()(NormalFormGame([PENNIES, DILEMMA])).variables()
    assert np.isnan(none["payoff_min"].values[0]).all()
    assert none["payoff_min"].values[1].tolist() == [1, 1]


def test_what_a_reader_sees(found):
    single = Equilibria.from_strategies(found.game[0], None, np.array([0, 3]), tuple(x[:3] for x in found.strategies), 2)
    text = str(single)
    assert "0.6 top + 0.4 low" in text
    assert "All there are." in text
    assert repr(single) == "Equilibria(nash, simultaneous form, 3 in batch ())"
    assert "<table" in single._repr_html_()
    assert "None exists in pure strategies." in str(PureNash()(NormalFormGame(PENNIES)))
    assert "division by zero" in str(PureNash()(NormalFormGame(np.full((2, 2, 2), np.nan))))
    tally = str(found)
    assert "solutions" in tally
    assert "OK" in tally
    paths = SubgamePerfect()(StagedGame(DILEMMA, ["a", "b"], [0, 1], [[1], [0]], options=[["stay", "leave"], ["keep", "break"]]))
    assert repr(paths) == "Paths(subgame-perfect, form 'staged', 1 in batch ())"
    assert str(paths).index("break") < str(paths).index("leave")  # in the order of the stages
    assert "<table" in paths._repr_html_()


def test_names_of_solvers():
    two, three = NormalFormGame(DILEMMA), NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b", "c"])
    assert type(default_solver(two)).__name__ == "AllNash"
    assert type(default_solver(three)).__name__ == "PureNash"
    assert type(default_solver(StagedGame(DILEMMA, ["a", "b"], [0, 1], [[0], [1]]))).__name__ == "SubgamePerfect"
    assert type(solver_for("nash", 2)).__name__ == "AllNash"
    assert type(solver_for("nash", 4)).__name__ == "PureNash"
    assert type(solver_for("subgame-perfect", 2)).__name__ == "SubgamePerfect"
    own = PureNash(rtol=1e-6)
    assert solver_for(own, 2) is own
    with pytest.raises(ValueError, match="did you mean 'subgame-perfect'"):
        solver_for("subgame_perfect", 2)
    with pytest.raises(TypeError, match="NormalFormGame or a StagedGame"):
        default_solver("chess")
    for solver in (solver_for(name, 2) for name in ("nash", "pure", "subgame-perfect")):
        assert solver.concept in {"nash", "subgame-perfect"}
        assert solver.takes in {NormalFormGame, StagedGame}


def test_thousands_of_equilibria_are_shown_in_part_and_written_whole():
    found = AllNash()(NormalFormGame.from_arrays(np.eye(8), np.eye(8)))
    assert len(found) == 255
    for text in (str(found), found._repr_html_()):
        assert "... and 155 more rows: .to_pandas()" in text
        assert "All there are." in text
    assert len(found.to_pandas()) == 255
    assert "more rows" not in found.to_markdown() + found.to_latex()
