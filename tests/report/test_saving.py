"""Files are whole or absent; tables hold what the sweep holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import negotiation_sim as ns
from negotiation_sim.report.saving import (
    about_columns,
    about_sweep,
    long_table,
    read_sweep,
    remove_earlier,
    replacing,
    save_csv,
    save_sweep,
    save_text,
)


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


def test_long_table_has_one_row_for_each_point_and_concept(result):
    frame = long_table(result)
    axes = ["a_US", "tau_US", "rho"]
    assert sorted(frame.columns[:3]) == sorted(axes)
    assert len(frame) == result["count"].size
    assert not frame.duplicated(["a_US", "rho", "concept"]).any()
    assert set(frame[frame.a_US == -1.0].status) == {"OUT_OF_DOMAIN"}
    assert set(frame[frame.a_US >= 0.0].status) == {"OK"}
    assert set(frame[frame.a_US >= 0.0].complete) == {"PROVED"}
    for _, row in frame.iterrows():
        at = result.isel(a_US=list(result.a_US.values).index(row.a_US)).sel(rho=row.rho, concept=row.concept)
        assert row.tau_US == float(at.tau_US)
        assert row["count"] == int(at["count"])
        np.testing.assert_equal(row.payoff_min_R, float(at.payoff_min.sel(player="R")))
        np.testing.assert_equal(row.payoff_max_US, float(at.payoff_max.sel(player="US")))
        for outcome in map(str, result.outcome.values):
            assert row[f"supported_{outcome}"] == int(at.supported.sel(outcome=outcome))
            assert row[f"strict_{outcome}"] == int(at.strict.sel(outcome=outcome))
            np.testing.assert_equal(row[f"margin_{outcome}"], float(at.margin.sel(outcome=outcome)))
    assert frame["count"].sum() == int(result["count"].sum()), "a sum counts every point once"


def test_csv_round_trip_and_what_stands_beside_it(result, tmp_path):
    frame = long_table(result)
    path, beside = save_csv(frame, tmp_path / "result.csv", about_sweep(result), about_columns(result))
    again = pd.read_csv(path)
    pd.testing.assert_frame_equal(again, frame, check_dtype=False, check_exact=True)
    assert set(again[[c for c in again if c.startswith("supported_")]].to_numpy().ravel()) == {0, 1}
    known = json.loads(beside.read_text())
    assert known["url"] == "result.csv"
    assert known["dc:description"] == "Stylised: every number is illustrative, not an estimate."
    columns = known["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == list(frame.columns)
    assert all(column["dc:description"] for column in columns)
    about = {column["name"]: column["dc:description"] for column in columns}
    assert about["supported_truce"].startswith("Truce accepted: 1 if ")
    assert about["a_US"] == "US audience cost of not following through"


def test_no_minus_zero(tmp_path):
    path, _ = save_csv(pd.DataFrame({"n": [-0.0, -1.0]}), tmp_path / "t.csv", {})
    assert path.read_text() == "n\n0.0\n-1.0\n"


def test_a_full_disk_is_told_with_the_file(result, tmp_path, monkeypatch):
    import errno

    def full(self, data):
        with self.open("wb") as file:
            file.write(bytes(data)[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as told:
        save_sweep(result, tmp_path / "result.nc")
    assert told.value.filename == str(tmp_path / "result.nc")
    assert list(tmp_path.iterdir()) == []


def test_netcdf_with_an_xarray_that_writes_to_files_only(result, tmp_path, monkeypatch):
    import xarray as xr

    write = xr.Dataset.to_netcdf

    def older(self, path=None, **options):
        if path is None:
            raise ValueError("invalid engine for creating bytes")
        return write(self, path, **options)

    monkeypatch.setattr(xr.Dataset, "to_netcdf", older)
    save_sweep(result, tmp_path / "result.nc")
    xr.testing.assert_equal(read_sweep(tmp_path / "result.nc"), result)


def test_only_files_of_known_names_are_removed(tmp_path):
    names = ["result.csv", "result.csv-metadata.json", "regimes.png", "lines_nash.svg", "mine.csv", "result.nc", "lines_mine.png"]
    for name in names:
        (tmp_path / name).write_text("x")
    removed = remove_earlier(tmp_path, [tmp_path / "result.csv"])
    assert sorted(p.name for p in removed) == ["lines_nash.svg", "regimes.png", "result.csv-metadata.json"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lines_mine.png", "mine.csv", "result.csv", "result.nc"]


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
