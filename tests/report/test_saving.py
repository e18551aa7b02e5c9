"""Files are whole or absent; tables hold what the sweep holds."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import negotiation_sim as ns
from negotiation_sim.report.saving import about_sweep, long_table, read_sweep, replacing, save_csv, save_sweep, save_text


@pytest.fixture(scope="module")
def result():
    design = ns.grid(ns.paired(a_US=[0.0, 0.0095, -1.0], tau_US=[0.02, 0.03, 0.04]), rho=[0.0, 0.05])
    return ns.sweep(ns.load("istanbul-2025"), design, keep=("payoffs", "margin", "strict"))


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    save_text("old", path)

    def interrupted() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_long_table_has_a_row_for_each_supported_outcome(result):
    frame = long_table(result)
    assert list(frame.columns[:4]) == ["a_US", "rho", "tau_US", "concept"] or list(frame.columns[:3]) == ["a_US", "tau_US", "rho"]
    supported = frame[frame.outcome != ""]
    assert len(supported) == int(result.supported.sum())
    assert (frame[frame.outcome == ""].a_US == -1.0).all()
    assert len(frame[frame.outcome == ""]) == 4
    for row in supported.itertuples():
        at = result.isel(a_US=list(result.a_US.values).index(row.a_US)).sel(rho=row.rho, concept=row.concept)
        assert row.tau_US == float(at.tau_US)
        assert bool(at.supported.sel(outcome=row.outcome))
        assert row.count == float(at["count"]) or callable(row.count)  # tuple.count hides the column
        assert row.payoff_min_R == float(at.payoff_min.sel(player="R"))
        assert row.payoff_max_US == float(at.payoff_max.sel(player="US"))
        np.testing.assert_equal(row.margin, float(at.margin.sel(outcome=row.outcome)))
        assert row.strict == bool(at.strict.sel(outcome=row.outcome))


def test_csv_round_trip_and_what_stands_beside_it(result, tmp_path):
    frame = long_table(result)
    path, beside = save_csv(frame, tmp_path / "result.csv", about_sweep(result))
    again = pd.read_csv(path, keep_default_na=False, na_values={"margin": [""], **{c: [""] for c in frame.columns if "payoff" in c}})
    pd.testing.assert_frame_equal(again, frame, check_dtype=False, check_exact=True)
    known = json.loads(beside.read_text())
    assert known["url"] == "result.csv"
    assert known["dc:description"] == "Stylised: every number is illustrative, not an estimate."
    assert [column["name"] for column in known["tableSchema"]["columns"]] == list(frame.columns)


def test_a_spreadsheet_runs_nothing(tmp_path):
    path, _ = save_csv(pd.DataFrame({"label": ["=1+1", "@x", "fine", "-", "a,b"], "n": [-1.0, 2, 3, 4, 5]}), tmp_path / "t.csv", {})
    assert path.read_text() == "label,n\n'=1+1,-1.0\n'@x,2.0\nfine,3.0\n'-,4.0\n\"a,b\",5.0\n"


def test_netcdf_round_trip(result, tmp_path):
    import xarray as xr

    save_sweep(result, tmp_path / "result.nc")
    again = read_sweep(tmp_path / "result.nc")
    xr.testing.assert_equal(again, result)
    assert again.supported.dtype == bool
    assert again.attrs["note"] == result.attrs["note"]
    assert ns.loads(again.attrs["scenario"]).title == "Istanbul, May 2025"
    with pytest.raises(FileNotFoundError):
        read_sweep(tmp_path / "other.nc")
