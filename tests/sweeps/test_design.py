from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.scenario.name_checks import RESERVED
from negotiation_sim.sweeps.run import blocks


def test_span_has_both_ends_and_may_descend() -> None:
    assert ns.span(0, 0.05, 201)[[0, -1]].tolist() == [0, 0.05]
    assert ns.span(1, 0, 3).tolist() == [1, 0.5, 0]
    assert ns.span(1, 100, 3, log=True) == pytest.approx([1, 10, 100])


@pytest.mark.parametrize("bad", [(0, 1, 1), (0, 1, 2.5), (0, 0, 3), (0, float("nan"), 3), (0, float("inf"), 3)])
def test_span_refuses(bad: tuple) -> None:
    with pytest.raises(ValueError, match="span"):
        ns.span(*bad)
    with pytest.raises(ValueError, match="positive"):
        ns.span(0, 1, 3, log=True)


def test_grid_makes_one_dim_a_parameter_and_paired_one_for_several() -> None:
    design = ns.grid(ns.paired(a=[1, 2, 3], b=[10, 20, 30]), c=[0, 1])
    assert design.sizes == {"a": 3, "c": 2}
    assert design.points == 6
    assert design.variables["b"][0] == ("a",)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ns.grid(), "at least one parameter"),
        (lambda: ns.grid(a=3), "list of values"),
        (lambda: ns.grid(a=[]), "at least one value"),
        (lambda: ns.grid(a=["x"]), "must be numbers"),
        (lambda: ns.grid([1, 2]), "paired"),
        (lambda: ns.grid(ns.paired(a=[1, 2], b=[1, 2]), a=[3]), "twice"),
        (lambda: ns.paired(a=[1, 2], b=[1, 2, 3]), "has 3 values"),
        (lambda: ns.paired(a=[1, 2]), "at least two"),
        (lambda: ns.grid(player=[1, 2]), "results use the name 'player'"),
        (lambda: ns.Design({"a": (("b",), [1.0]), "b": (("c",), [1.0])}), "bears the name of a parameter"),
    ],
)
def test_what_a_design_refuses(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_sample_is_balanced_seeded_and_within_the_ranges() -> None:
    crisis = ns.load("istanbul-2025")
    design = ns.sample(crisis, 64, names=["a_US", "tau_US"], seed=3)
    again = ns.sample(crisis, 64, names=["a_US", "tau_US"], seed=3)
    other = ns.sample(crisis, 64, names=["a_US", "tau_US"], seed=4)
    values = design.variables["tau_US"][1]
    assert design.dims == ("sample",)
    assert design.seed == 3
    assert values.min() >= 0
    assert values.max() <= 0.10
    assert np.array_equal(values, again.variables["tau_US"][1])
    assert not np.array_equal(values, other.variables["tau_US"][1])
    halves = np.histogram(values, bins=8, range=(0, 0.1))[0]
    assert halves.tolist() == [8] * 8  # Sobol points: every eighth of the range holds an eighth of the points
    swept = set(ns.sample(crisis, 2).variables)
    assert swept == {name for name, p in crisis.parameters.items() if p.range}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((100,), "try 128"), ((0,), "power of two"), ((4, ["nope"]), "unknown parameter"), ((4, ["w_E"]), "no range")],
)
def test_what_sample_refuses(arguments: tuple, message: str) -> None:
    points, names = arguments[0], arguments[1] if len(arguments) > 1 else None
    with pytest.raises(ValueError, match=message):
        ns.sample(ns.load("istanbul-2025"), points, names=names)


@pytest.mark.parametrize("size", [1, 2, 5, 7, 12, 24, 100])
def test_blocks_are_rectangles_that_cover_the_design_once(size: int) -> None:
    design = ns.Design({"a": (("a",), np.arange(4.0)), "b": (("b",), np.arange(6.0)), "ab": (("b", "a"), np.arange(24.0).reshape(6, 4))})
    seen = np.zeros(design.shape, dtype=int)
    for block in blocks(design, size):
        assert np.prod(block.shape) <= max(size, 1)
        seen[block.index] += 1
        a, b, ab = (np.broadcast_to(block.values[k], block.shape) for k in ("a", "b", "ab"))
        assert np.array_equal(ab, b * 4 + a)
        assert block.values["a"].shape == (block.shape[0], 1)
    assert (seen == 1).all()


@pytest.mark.parametrize("bad", [("0", 1, 5), (0, None, 5), (0, 1, float("inf")), (0, 1, "5"), (0, 1, None), (0, 1, float("nan"))])
def test_span_refuses_what_is_no_number(bad: tuple) -> None:
    with pytest.raises(ValueError, match="span: "):
        ns.span(*bad)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": "8"}, "power of two"),
        ({"points": None}, "power of two"),
        ({"points": float("inf")}, "power of two"),
        ({"points": 8, "seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ({"points": 8, "seed": "a"}, "seed must be a whole number"),
        ({"points": 8, "names": ["a_us"]}, "did you mean 'a_US'"),
    ],
)
def test_sample_refuses_what_is_no_number(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ns.sample(ns.load("istanbul-2025"), **arguments)


def test_one_name_is_a_name_and_not_its_letters() -> None:
    crisis = ns.load("istanbul-2025")
    assert list(ns.sample(crisis, 4, names="a_US").variables) == ["a_US"]
    assert ns.Design({"a_US": ("a_US", [0.0, 0.1])}).dims == ("a_US",)


def test_sample_needs_ranges_with_two_ends() -> None:
    model = SimpleNamespace(parameters={"a": ns.Parameter(1.0, range=(0, float("inf")))})
    with pytest.raises(ValueError, match="the range of a must have two finite ends"):
        ns.sample(model, 4)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_names_that_results_use_are_no_parameters_of_a_design(name: str) -> None:
    with pytest.raises(ValueError, match=f"results use the name '{name}'"):
        ns.grid(**{name: [1.0, 2.0]})
    if name != "sample":
        with pytest.raises(ValueError, match=f"results use the name '{name}'"):
            ns.Design({"a": ((name,), [1.0])})
