from __future__ import annotations

import numpy as np
import pytest

import negotiation_sim as ns


def chicken(crash, gain=1.0):
    return [[[0, -1], [gain, -crash]], [[0, gain], [-1, -crash]]]


def family(**changes) -> ns.GameFamily:
    return ns.GameFamily(
        chicken, {"crash": ns.Parameter(5.0, (0, 10), (0, np.inf)), "gain": 1.0}, ["A", "B"], [["swerve", "dare"]] * 2, **changes
    )


def test_nested_lists_and_arrays_give_the_same_games() -> None:
    def as_array(crash, gain):
        crash, gain = np.broadcast_arrays(crash, gain)
        zero = np.zeros_like(crash)
        first = np.stack([np.stack([zero, zero - 1], -1), np.stack([gain, -crash], -1)], -2)
        return np.stack([first, np.swapaxes(first, -1, -2)], -3)

    arrays = ns.GameFamily(as_array, family().parameters, ["A", "B"], [["swerve", "dare"]] * 2)
    batch = {"crash": np.array([0.5, 2.0, 5.0])[:, None], "gain": np.array([1.0, 3.0])}
    one, two = family().replace(**batch).game(), arrays.replace(**batch).game()
    assert one.batch_shape == (3, 2)
    assert np.array_equal(one.payoffs, two.payoffs)
    assert arrays.solve().count == 3


def test_sweep_equals_solving_one_by_one() -> None:
    result = ns.sweep(family(), ns.grid(crash=ns.span(0, 3, 7), gain=[0.5, 1.5]), solvers=["nash", "pure"])
    for i, crash in enumerate(result.crash.values):
        for j, gain in enumerate(result.gain.values):
            case = family().replace(crash=crash, gain=gain)
            assert result["count"].values[i, j].tolist() == [case.solve().count, case.solve("pure").count]


def test_an_order_of_moves() -> None:
    ordered = family(order=[["A"], ["B"]])
    assert ordered.solve().plays() == [("dare", "swerve")]
    result = ns.sweep(ordered, ns.grid(crash=[2.0, 5.0]))
    assert list(result.concept.values) == ["nash", "subgame-perfect"]
    assert result.supported.sel(concept="subgame-perfect", outcome="dare+swerve").all()
    assert result["count"].sel(concept="nash").values.tolist() == [3, 3]


def test_named_outcomes() -> None:
    named = family(outcomes=lambda profile: "crash" if profile == ("dare", "dare") else "peace")
    result = ns.sweep(named, ns.grid(crash=[5.0, 0.5]), solvers="pure")
    assert list(result.outcome.values) == ["peace", "crash"]
    assert result.supported.values[:, 0].tolist() == [[True, False], [False, True]]


def test_points_outside_the_domain() -> None:
    result = ns.sweep(family(), ns.grid(crash=[-1.0, 5.0, np.nan]))
    assert result.status.values[:, 0].tolist() == [ns.Status.OUT_OF_DOMAIN, ns.Status.OK, ns.Status.NOT_FINITE]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ns.GameFamily(chicken, {"crush": 1.0}, ["A", "B"], [["x", "y"]] * 2), "differ in"),
        (lambda: ns.GameFamily(chicken, {"crash": 1.0}, ["A", "B"], [["x", "y"]]), "actions of each of the 2 players"),
        (lambda: ns.GameFamily(chicken, {"crash": 1.0}, ["A", "A"], [["x", "y"]] * 2), "all different"),
        (lambda: ns.GameFamily(chicken, {"crash": 1.0}, ["A", "B"], [["x", "x"], ["x", "y"]]), "all different"),
        (lambda: ns.GameFamily(lambda count: 0, {"count": 1.0}, ["A", "B"], [["x", "y"]] * 2), "reserved"),
        (lambda: ns.GameFamily(lambda c: 0, {"c": ns.Parameter(1.0, (2, 1))}, ["A", "B"], [["x", "y"]] * 2), "reversed"),
        (lambda: ns.GameFamily(3, {}, ["A", "B"], [["x", "y"]] * 2), "must be a function"),
        (lambda: ns.GameFamily(lambda: np.zeros((2, 2, 2), complex), {}, ["A", "B"], [["x", "y"]] * 2).solve(), "real numbers"),
        (lambda: ns.GameFamily(lambda: [[[1j, 1]] * 2] * 2, {}, ["A", "B"], [["x", "y"]] * 2).solve(), "must be a number"),
        (
            lambda: ns.GameFamily(lambda c: [[[c * 1j, c]] * 2] * 2, {"c": np.array([1.0, 2.0])}, ["A", "B"], [["x", "y"]] * 2).solve(),
            r"array of real numbers that broadcasts to \(2,\); got complex128 \(2,\)",
        ),
        (lambda: family(order=[["A"]]), "each player exactly once"),
        (lambda: ns.GameFamily(lambda: [[1, 2]], {}, ["A", "B"], [["x", "y"]] * 2).solve(), "one entry a player"),
        (lambda: ns.GameFamily(lambda: [[1, 2], [1, 2]], {}, ["A", "B"], [["x", "y"]] * 2).solve(), r"result\[0\]\[0\] must be a list"),
        (lambda: ns.GameFamily(lambda: [[["a", 1]] * 2] * 2, {}, ["A", "B"], [["x", "y"]] * 2).solve(), "must be a number"),
        (lambda: ns.GameFamily(lambda: np.zeros(3), {}, ["A", "B"], [["x", "y"]] * 2).solve(), "must return axes"),
        (lambda: family().replace(crush=1), "did you mean 'crash'"),
        (lambda: family().replace(crash=-1), "in its domain"),
        (lambda: ns.sweep(family(), ns.grid(crush=[1, 2])), "did you mean 'crash'"),
    ],
)
def test_what_a_family_refuses(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_action_names_that_hold_a_plus_do_not_merge_outcomes() -> None:
    plus = ns.GameFamily(lambda: [[[0, 1], [2, 3]]] * 2, {}, ["A", "B"], [["a", "a+b"], ["b+c", "c"]])
    assert len(set(plus.classes.names)) == 4
    numbered = ns.GameFamily(lambda x: [[[0, x], [2, 3]]] * 2, {"x": 1.0}, ["A", "B"], [[0, 1], [0, 1]])
    assert ns.sweep(numbered, ns.grid(x=[0.0, 5.0])).sizes["outcome"] == 4


def test_a_function_can_not_change_its_arguments() -> None:
    def greedy(x):
        x += 1
        return [[[x, 0], [0, 0]]] * 2

    with pytest.raises(ValueError, match="read-only"):
        ns.GameFamily(greedy, {"x": 1.0}, ["A", "B"], [["a", "b"]] * 2).replace(x=[1.0, 2.0]).solve()
