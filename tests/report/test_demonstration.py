"""The demonstration runs, says what it computed, and leaves whole files."""

from __future__ import annotations

import csv
import dataclasses
import functools
import html
import importlib.resources
import json

import pytest

import negotiation_sim as ns
from negotiation_sim.report import demonstration
from negotiation_sim.report.demonstration import demonstrate

NOTE = "Stylised: every number is illustrative, not an estimate."


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, demonstrate(folder, points=21)


def test_files(made):
    folder, found = made
    written = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert written == sorted(p.relative_to(folder).as_posix() for p in found.files)
    assert found.files[0] == folder / "report.html"
    figures = ["ceasefire_game", "payoffs_along_a_US", "payoffs_by_variant", "regimes", "talks_against_truce"]
    assert [name for name in written if "/" in name] == [f"figures/{name}.{kind}" for name in figures for kind in ("png", "svg")]
    for name in figures:
        assert NOTE in html.unescape((folder / f"figures/{name}.svg").read_text(encoding="utf-8")), "the note is drawn"


def test_the_page_is_safe_and_says_the_findings(made, check_safe):
    folder, found = made
    text = (folder / "report.html").read_text(encoding="utf-8")
    read = check_safe(text)
    images = [attributes for tag, attributes in read.tags if tag == "img"]
    assert len(images) == 5
    assert all(len(attributes["alt"]) > 40 for attributes in images)
    for _, sentences in found.findings:
        for sentence in sentences:
            assert sentence.split(": ", 1)[-1] in read.text
    tables = sum(tag == "table" for tag, _ in read.tags)
    assert read.text.count(NOTE) == tables + 2


def test_findings_are_computed(made):
    _, found = made
    told = dict(found.findings)
    own = "in the order “Russia proposes, Ukraine replies, then the threat falls due”"
    assert "now 0.004: above 0.0094 " in " ".join(told[f"Thresholds {own}"])
    assert "kap_E at 0.013 (7.5%)" in told[f"Thresholds {own}"][-1]
    assert len(told["Thresholds in the other orders"]) == 2
    assert f"Variants {own}" in told
    assert {f"The map of a_US and tau_US: {game}" for game in (f"{own} (subgame-perfect)", "all at once (Nash, in pure strategies)")} < set(
        told
    )
    assert told["The order of moves"][-1].startswith("So the order of moves decides who gives way")


def test_no_order_of_moves_stands_for_all_timed_games(made):
    folder, found = made
    page = html.unescape((folder / "report.html").read_text(encoding="utf-8"))
    said = " ".join(sentence for _, sentences in found.findings for sentence in sentences)
    for text in (page, said):
        for vague in ("With timed moves", "when moves are timed", "when the moves are timed", "Timed ("):
            assert vague not in text
    own = "in the order “Russia proposes, Ukraine replies, then the threat falls due”"
    for caption in (f"Payoffs along a_US {own}.", f"when all choose at once (left) and {own} (right)", f"at once and {own}; one bar"):
        assert caption in page
    assert "(7 of 9 equilibria in pure strategies)" in page


def test_every_column_of_the_tables_is_explained(made):
    folder, _ = made
    for name in ("compare.csv", "regime_map.csv"):
        known = json.loads((folder / f"{name}-metadata.json").read_text(encoding="utf-8"))
        assert all(column["dc:description"] for column in known["tableSchema"]["columns"]), name


def test_tables(made):
    folder, _ = made
    with (folder / "regime_map.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["concept"] for row in rows} == {"nash", "subgame-perfect"}
    assert len({(row["a_US"], row["tau_US"], row["concept"]) for row in rows}) == len(rows) == 2 * 21 * 21
    crisis = ns.load("istanbul-2025")
    with (folder / "compare.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["variant"] for row in rows} == {"base", *crisis.variants}
    for name in ("compare.csv", "regime_map.csv"):
        assert json.loads((folder / f"{name}-metadata.json").read_text())["dc:description"] == NOTE


def test_another_scenario_another_page_and_nothing_of_it_runs(tmp_path, monkeypatch, check_safe):
    hostile = '<script>alert(1)</script>"<img src=x onerror=alert(2)>'
    text = (importlib.resources.files("negotiation_sim.scenario") / "library" / "istanbul-2025.toml").read_text(encoding="utf-8")
    text = text.replace('title = "Istanbul, May 2025"', f"title = '{hostile}'").replace('name = "Russia"', f"name = '{hostile} R'")
    text = text.replace('"Truce accepted"', f"'{hostile} truce'").replace('"No threat"', f"'{hostile} variant'")
    changed = ns.loads(text).replace(rho=0.0)
    monkeypatch.setattr(demonstration, "load", lambda name: changed if name == demonstration.FLAGSHIP else ns.load(name))
    found = demonstrate(tmp_path, points=3)
    read = check_safe((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert f"{hostile} truce" in read.text
    assert "does not matter to the outcome here" in read.text
    assert "gives way:" not in " ".join(dict(found.findings)["The order of moves"])
    assert not list(tmp_path.glob("figures/talks_against_truce.*")), "nobody gives way, so there is nothing to hold against"


def test_an_interruption_leaves_whole_files(tmp_path, monkeypatch, capsys):
    from negotiation_sim.cli import main

    monkeypatch.chdir(tmp_path)
    save, seen = demonstration.save_figure, []

    def interrupted(*arguments):
        seen.append(arguments)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return save(*arguments)

    monkeypatch.setattr(demonstration, "save_figure", interrupted)
    monkeypatch.setattr(demonstration, "demonstrate", functools.partial(demonstrate, points=3))
    with pytest.raises(SystemExit) as left:
        main(["demo"])
    assert left.value.code == 3
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "stopped early" in said.err
    names = {p.name for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert "talks_against_truce.png" in names
    assert not [name for name in names if ".tmp" in name]
    assert "report.html" not in names


def test_the_same_demonstration_makes_the_same_page(made, tmp_path):
    _, found = made
    again = demonstrate(tmp_path, points=21)
    assert dataclasses.replace(again, files=()) == dataclasses.replace(found, files=())
    for first, second in zip(found.files, again.files, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name
