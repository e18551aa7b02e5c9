"""The example scripts run as their readers run them: in a fresh process, with a folder for what they write."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "examples"
WRITES = {
    "compare_variants": {"compare_variants.csv", "compare_variants.png"},
    "first_look": {"first_look.png"},
    "game_from_arrays": {"game_from_arrays.png"},
    "own_case": {"own_case.png"},
    "regime_map": {"regime_map.nc", "regime_map.png"},
    "who_ends_where": {"who_ends_where.png"},
}
SAYS = {
    "compare_variants": ("- Base case: Talks without truce, Europe sanctions alone.", "- Both bound to their threat: Truce accepted."),
    "first_look": ("0.004: Talks without truce, Europe sanctions alone.", "0.02: Truce accepted.", "begins at a cost of about 0.0095"),
    "game_from_arrays": ("has 3 equilibria", "0.00 to 0.50: 1 each", "0.50 to 1.50: 3 each", "X joins, Y joins, Z stays out"),
    "own_case": ("0.2: Sender backs down.", "0.5: Target gives in.", "works where it is both credible"),
    "regime_map": ("nash: some equilibrium ends in a truce at 100%", "subgame-perfect: some equilibrium ends in a truce at 72%"),
    "who_ends_where": ("share of starts", "0.75 act + 0.25 abstain", "sequential: 24% of starts end with both acting, 0% do not settle"),
}


def test_every_example_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(WRITES) == set(SAYS)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_an_example_runs_without_a_warning(name: str, tmp_path: Path) -> None:
    out = tmp_path / "a folder" / "figures"
    done = subprocess.run(
        [sys.executable, "-W", "error", FOLDER / f"{name}.py", out],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "illustrative, not an estimate" in done.stdout
    for words in SAYS[name]:
        assert words in done.stdout
    assert {path.name for path in out.iterdir()} == WRITES[name]
    assert all(path.stat().st_size > 2000 for path in out.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["a folder"]


@pytest.mark.parametrize("name", sorted(WRITES))
def test_an_example_is_short_and_safe_to_import(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert text.count("\n") < 80
    assert 'if __name__ == "__main__":' in text


def test_the_snippets_of_the_readme_run_one_after_the_other(tmp_path: Path) -> None:
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(snippets) >= 3
    script = tmp_path / "readme.py"
    script.write_text("\n".join(snippets), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "map.nc").exists()
