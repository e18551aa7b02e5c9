from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import xarray as xr

import negotiation_sim as ns
from negotiation_sim.sweeps import run


@pytest.fixture(scope="module")
def crisis() -> ns.Scenario:
    return ns.load("istanbul-2025")


@pytest.fixture(scope="module")
def result(crisis: ns.Scenario) -> xr.Dataset:
    grid = ns.grid(a_US=ns.span(0, 0.05, 11), tau_US=ns.span(0, 0.10, 7))
    return ns.sweep(crisis, grid, solvers=("nash", "subgame-perfect"), keep=("payoffs", "regret", "margin", "strict"))


def test_labels(result: xr.Dataset, crisis: ns.Scenario) -> None:
    assert dict(result.sizes) == {"a_US": 11, "tau_US": 7, "concept": 2, "outcome": 6, "player": 4}
    assert result.supported.dims == ("a_US", "tau_US", "concept", "outcome")
    assert result.payoff_min.dims == ("a_US", "tau_US", "concept", "player")
    assert result["count"].dtype == np.int32
    assert result.status.dtype == result.complete.dtype == np.int8
    assert result.supported.dtype == bool
    assert list(result.concept.values) == ["nash", "subgame-perfect"]
    assert list(result.player_name.values) == ["Ukraine", "Russia", "United States", "Europe"]
    assert result.a_US.attrs["base"] == 0.004
    assert result.attrs["note"] == crisis.note
    assert json.loads(result.attrs["forms"]) == {"nash": "simultaneous", "subgame-perfect": "talks_first"}
    assert "actors.U" in result.attrs["scenario"]


def test_every_point_is_the_game_solved_alone(result: xr.Dataset, crisis: ns.Scenario) -> None:
    classes = crisis.play_classes()
    for i, a in enumerate(result.a_US.values):
        for j, tau in enumerate(result.tau_US.values):
            case = crisis.replace(a_US=a, tau_US=tau)
            for concept in ("nash", "subgame-perfect"):
                alone = case.solve(concept)
                point = result.isel(a_US=i, tau_US=j).sel(concept=concept)
                assert point["count"] == alone.count
                assert (point.payoff_min == alone.payoffs.min(axis=0)).all()
                assert (point.payoff_max == alone.payoffs.max(axis=0)).all()
                of_class = classes.reshape(3, 3, 3, 2) if concept == "nash" else classes
                probability = alone.class_probability(of_class, 6)
                assert (point.supported.values == (probability > 1e-9).any(axis=0)).all()
                assert (point.certain.values == (probability > 1 - 1e-9).any(axis=0)).all()


@pytest.mark.parametrize("block_bytes", [1, 100_000, 1 << 30])
def test_the_size_of_a_block_changes_nothing(
    result: xr.Dataset, crisis: ns.Scenario, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(run, "BLOCK_BYTES", block_bytes)
    grid = ns.grid(a_US=ns.span(0, 0.05, 11), tau_US=ns.span(0, 0.10, 7))
    again = ns.sweep(crisis, grid, solvers=("nash", "subgame-perfect"), keep=("payoffs", "regret", "margin", "strict"))
    xr.testing.assert_identical(result, again)


def test_memory_shared_or_not(crisis: ns.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small results lie in one piece of memory, each variable apart from the others; large ones in one piece each."""
    design = ns.grid(a_US=ns.span(0, 0.05, 7), tau_US=ns.span(0, 0.10, 3))
    shared = ns.sweep(crisis, design, keep=("payoffs",))
    monkeypatch.setattr(run, "TOGETHER", 0)
    apart = ns.sweep(crisis, design, keep=("payoffs",))
    xr.testing.assert_identical(shared, apart)
    for result in (shared, apart):
        for name, other in itertools.permutations(result.data_vars, 2):
            assert not np.shares_memory(result[name].values, result[other].values), (name, other)


def test_netcdf_round_trip(result: xr.Dataset, tmp_path) -> None:
    result.to_netcdf(tmp_path / "result.nc")
    with xr.open_dataset(tmp_path / "result.nc") as loaded:
        xr.testing.assert_equal(result, loaded.load())
        for name in result.variables:
            assert loaded[name].dtype.kind == result[name].dtype.kind
        assert loaded.attrs["note"] == result.attrs["note"]
        assert loaded.a_US.attrs["base"] == 0.004


def test_paired_and_sampled_designs(crisis: ns.Scenario) -> None:
    together = ns.sweep(
        crisis, ns.grid(ns.paired(tau_E=[0.01, 0.02], tau_US=[0.02, 0.03]), rho=[0.0, 0.05, 0.06]), solvers=["subgame-perfect"]
    )
    assert dict(together.sizes)["tau_E"] == 2
    assert together.tau_US.dims == ("tau_E",)
    alone = crisis.replace(tau_E=0.01, tau_US=0.02, rho=0.06).solve("subgame-perfect")
    assert together["count"].isel(tau_E=0, rho=2, concept=0) == alone.count
    sampled = ns.sweep(crisis, ns.sample(crisis, 32, seed=1))
    assert sampled.supported.dims == ("sample", "concept", "outcome")
    assert sampled.attrs["seed"] == 1
    values = {name: float(sampled[name][5]) for name, p in crisis.parameters.items() if p.range}
    assert sampled["count"].sel(concept="nash")[5] == crisis.replace(**values).solve().count


def test_bad_points_get_a_status_and_spoil_nobody(crisis: ns.Scenario) -> None:
    result = ns.sweep(crisis, ns.grid(a_US=[-1.0, 0.004, float("nan"), 0.012, float("inf")]))
    expected = [ns.Status.OUT_OF_DOMAIN, ns.Status.OK, ns.Status.NOT_FINITE, ns.Status.OK, ns.Status.NOT_FINITE]
    for concept in result.concept.values:
        assert result.status.sel(concept=concept).values.tolist() == expected
    bad = np.array(expected) != ns.Status.OK
    assert (result["count"].values[bad] == 0).all()
    assert not result.supported.values[bad].any()
    assert (result.complete.values[bad] == ns.Completeness.NO).all()
    clean = ns.sweep(crisis, ns.grid(a_US=[0.004, 0.012]))
    assert (result.isel(a_US=[1, 3]).supported.values == clean.supported.values).all()


def test_what_is_kept(crisis: ns.Scenario) -> None:
    lean = ns.sweep(crisis, ns.grid(a_US=[0.0, 0.1]), keep=())
    assert set(lean.data_vars) == {"status", "complete", "count", "supported", "certain"}


def test_terms_that_do_not_vary_are_not_evaluated_again(crisis: ns.Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    from negotiation_sim.scenario import evaluation

    calls: dict[str, int] = {}
    sizes: dict[str, int] = {}
    original = evaluation.BlockCache.get

    def counted(self, name, parameters, compute):
        def computed():
            calls[name] = calls.get(name, 0) + 1
            value = compute()
            sizes[name] = value.size
            return value

        return original(self, name, parameters, computed)

    monkeypatch.setattr(evaluation.BlockCache, "get", counted)
    monkeypatch.setattr(run, "BLOCK_BYTES", 3500 * 40)
    ns.sweep(crisis, ns.grid(a_US=ns.span(0, 0.05, 20), tau_US=ns.span(0, 0.1, 20)), solvers=["nash"], keep=())
    assert calls["x_R"] == calls["R:war_or_deal"] == calls["U:aid_cut"] == 1
    assert calls["S"] == 1  # tau_US only: the whole axis is in every block
    assert calls["US:audience"] == 10  # a_US only: one slice a block
    assert sizes["S"] == 3 * 3 * 2 * 20  # Russia, US stance, Europe, tau_US
    assert sizes["x_R"] == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: ns.sweep(c, {"a_US": [1, 2]}), "grid, paired or sample"),
        (lambda c: ns.sweep(c, ns.grid(a_us=[1, 2])), "did you mean 'a_US'"),
        (lambda c: ns.sweep(c, ns.grid(a_US=[1, 2]), solvers=["nsh"]), "did you mean 'nash'"),
        (lambda c: ns.sweep(c, ns.grid(a_US=[1, 2]), keep=["all"]), "keep: unknown"),
        (lambda c: ns.sweep(c, ns.grid(a_US=[1, 2]), solvers=[]), "at least one solver"),
        (lambda c: ns.sweep(c.replace(a_US=[0.1, 0.2]), ns.grid(rho=[0, 1])), "single numbers"),
    ],
)
def test_what_a_sweep_refuses(crisis: ns.Scenario, call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(crisis)


def test_a_progress_bar_when_asked_for(crisis: ns.Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    ns.sweep(crisis, ns.grid(a_US=[0.0, 0.1]), progress=True)
    assert "2 of 2 games" in capsys.readouterr().err
    ns.sweep(crisis, ns.grid(a_US=[0.0, 0.1]))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("istanbul-2025", r"Load it first: ns.load\('istanbul-2025'\)"),
        (ns.NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]]), "got NormalFormGame. A game has no parameters"),
        (None, "got NoneType. Give a Scenario or a GameFamily"),
        (ns.Scenario, "Give a Scenario or a GameFamily"),
    ],
)
def test_what_is_no_model_is_refused(model, message) -> None:
    with pytest.raises(ValueError, match=message):
        ns.sweep(model, ns.grid(a=[0.0, 1.0]))


def test_a_set_of_solvers_has_no_order() -> None:
    with pytest.raises(ValueError, match="solvers must be a list"):
        ns.sweep(ns.load("istanbul-2025"), ns.grid(rho=[0.0, 0.05]), solvers={"nash"})
