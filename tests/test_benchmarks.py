"""The benchmarks run and write what they say they write. How fast anything is, no test asserts."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_quick_run_writes_what_it_promises(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "quick.json"
    done = subprocess.run(
        [sys.executable, "benchmarks/run.py", "--quick", "--json", file],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["format"] == 1
    assert found["quick"] is True
    assert set(found["machine"]) == {"cpus", "architecture", "system", "python", "threads", "packages"}
    assert found["machine"]["packages"]["numpy"]

    for row in found["rows"] + found["growth"]:
        assert row["seconds_per_unit"] > 0
        assert row["spread"] >= 1
        assert row["units"] >= 1
    ours = [row for row in found["rows"] if row["who"] == "negotiation_sim"]
    subjects = {row["group"].split(",")[0] for row in ours}
    assert subjects >= {"every equilibrium", "pure equilibria", "subgame-perfect paths", "flagship scenario", "first use"}
    assert all(ratio > 0 for row in ours for ratio in row["ratios"].values())
    assert len({row["group"] for row in found["growth"]}) >= 6

    # The answers that are timed are the same answers.
    compared = [row["agrees"] for row in found["rows"] if row["agrees"] is not None]
    assert len(compared) > 10
    assert set(compared) == {1.0}

    assert "### Every equilibrium, 2 players" in done.stdout
    assert "AllNash" in done.stdout

    drawn = subprocess.run(
        [sys.executable, "-W", "error", "benchmarks/draw.py", file, tmp_path / "growth.png"],
        cwd=ROOT,
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
