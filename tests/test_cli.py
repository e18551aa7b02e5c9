"""The command line: exit codes, one line for every complaint, pure JSON, files that are whole or absent."""

from __future__ import annotations

import concurrent.futures
import errno
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import negotiation_sim as ns
from negotiation_sim.cli import main
from negotiation_sim.report import demonstration
from negotiation_sim.report.stopping import Stoppable, stopped_by_interrupt
from negotiation_sim.status import Status
from negotiation_sim.sweeps import run as sweep_module

ROOT = Path(__file__).resolve().parents[1]
CORPUS = sorted((ROOT / "tests" / "scenario" / "corpus").glob("*.toml"))

PENNIES = """\
format = 1
title = "Matching pennies"
note = "Stylised: a toy."
[parameters]
stake = {value = 1.0, range = [0.5, 2]}
[actors.A]
options = ["heads", "tails"]
payoff = {stake = "stake if A.heads == B.heads else -stake"}
[actors.B]
options = ["heads", "tails"]
payoff = {stake = "-stake if A.heads == B.heads else stake"}
"""


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Run a command in an empty folder; its exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(left.value.code), said.out, said.err

    return run


def one_line(error: str) -> str:
    assert error.count("\n") == 1, error
    return error.strip()


# ---------------------------------------------------------------- a shell's view


def shell(*arguments: str, cwd: Path, **options) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "negotiation_sim", *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60, **options,
    )  # fmt: skip


def test_the_module_is_the_command(tmp_path):
    done = shell("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"negotiation-sim {ns.__version__}\n")
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"negotiation-sim": "negotiation_sim.cli:main"}


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom negotiation_sim.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('heavy:', *sorted({'numpy', 'scipy', 'pandas', 'xarray', 'matplotlib', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == ["heavy:"]
    for command in ("demo", "new", "check", "solve", "compare", "sweep", "plot", "explain"):
        assert f"\n  {command} " in done.stdout
    assert "..." not in done.stdout.replace("[ARGS]...", ""), "the summaries of the commands must fit 80 columns"


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently")
@pytest.mark.parametrize("arguments", [["compare", "istanbul-2025"], ["solve", "istanbul-2025", "--json"]])
def test_a_reader_that_leaves_early_is_no_trouble(arguments, tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-m", "negotiation_sim", *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait(30) == 0


def test_no_colour_and_no_letters_that_the_terminal_lacks(tmp_path):
    done = shell("solve", "ceasefire-game", cwd=tmp_path)
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "negotiation_sim", "explain", "ceasefire-game"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    done.stdout.decode("ascii")


def test_help_and_version(cli):
    assert cli("--version") == (0, f"negotiation-sim {ns.__version__}\n", "")
    assert cli() == cli("--help")
    assert "--axis" in cli("sweep", "--help")[1]


# ---------------------------------------------------------------- complaints


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_hostile_files_are_refused_in_lines_and_in_time(cli, path):
    began = time.perf_counter()
    code, out, error = cli("check", path)
    assert time.perf_counter() - began < 2
    assert (code, out) == (2, "")
    for line in error.splitlines():
        assert line.startswith(f"{path}:"), line
    assert "\x1b" not in error


WRONG = {
    "unknown command": (["swep"], "'sweep'"),
    "unknown option": (["solve", "istanbul-2025", "--jsn"], "--json"),
    "no file": (["solve"], "missing argument 'FILE'"),
    "unknown name": (["solve", "istanbul"], "did you mean istanbul-2025?"),
    "missing file": (["check", "nowhere.toml"], "nowhere.toml: no such file"),
    "folder": (["check", "./"], "this is a folder"),
    "unknown parameter": (["solve", "istanbul-2025", "--set", "a_us=1"], "did you mean 'a_US'?"),
    "no value": (["solve", "istanbul-2025", "--set", "a_US"], "NAME=VALUE"),
    "no number": (["solve", "istanbul-2025", "--set", "a_US=much"], "got 'much'"),
    "not finite": (["solve", "istanbul-2025", "--set", "a_US=inf"], "finite"),
    "out of domain": (["solve", "istanbul-2025", "--set", "a_US=-1"], "domain"),
    "unknown variant": (["solve", "istanbul-2025", "--variant", "no_threats"], "did you mean 'no_threat'?"),
    "unknown variant to compare": (["compare", "istanbul-2025", "--variant", "no_threats"], "did you mean 'no_threat'?"),
    "unknown form": (["solve", "istanbul-2025", "--form", "talk_first"], "did you mean 'talks_first'?"),
    "unknown solver": (["solve", "istanbul-2025", "--solver", "nahs"], "--concept nahs: did you mean 'nash'? Expected one of nash,"),
    "precision of another concept": (["solve", "istanbul-2025", "--concept", "nash", "--precision", "3"], "is for --concept logit; got"),
    "negative precision": (["solve", "istanbul-2025", "--precision", "-3"], "--precision -3: expected a finite number"),
    "precision that is no number": (["solve", "istanbul-2025", "--precision", "high"], "--precision high: expected a finite number"),
    "infinite precision": (
        ["sweep", "istanbul-2025", "--precision", "inf", "--axis", "rho", "--out", "o"],
        "--precision inf: expected a finite",
    ),
    "precision in a comparison": (
        ["compare", "istanbul-2025", "--precision", "-3"],
        "--precision -3: expected a finite number of at least 0",
    ),
    "no axis": (["sweep", "istanbul-2025", "--out", "o"], "--axis a_US=0:0.05:201"),
    "no folder": (["sweep", "istanbul-2025", "--axis", "a_US"], "missing option '--out'"),
    "unknown axis": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_us=0:1:3"], "did you mean 'a_US'?"),
    "half an axis": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US=0:1"], "NAME=LOW:HIGH:COUNT"),
    "flat axis": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US=1:1:3"], "two different"),
    "half a point": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US=0:1:2.5"], "whole number"),
    "axis twice": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US", "--axis", "a_US=0:1:3"], "stands twice"),
    "axis without range": (["sweep", "istanbul-2025", "--out", "o", "--axis", "w_US"], "no range"),
    "empty axis": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US="], "got 'nothing'"),
    "too many points": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US=0:1:9e6", "--axis", "p=0:1:9e6"], "GB"),
    "axis and value": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US", "--set", "a_US=0.01"], "leave one of them out"),
    "value twice": (["solve", "istanbul-2025", "--set", "a_US=0.01", "--set", "a_US=0.02"], "stands twice"),
    "play names twice": (["explain", "ceasefire-game", "--play", "A=hold,A=attack,B=hold"], "A stands twice, with hold and with attack"),
    "unknown keep": (["sweep", "istanbul-2025", "--out", "o", "--axis", "a_US", "--keep", "payoff"], "did you mean 'payoffs'?"),
    "out is a file": (["sweep", "istanbul-2025", "--out", "taken", "--axis", "a_US=0:1:3"], "taken is a file; expected a folder"),
    "out is in a file": (["sweep", "istanbul-2025", "--out", "taken/x", "--axis", "a_US=0:1:3"], "taken is a file; expected a folder"),
    "demo out is a file": (["demo", "--out", "taken"], "--out taken: taken is a file; expected a folder"),
    "plot of a file": (["plot", "taken"], "this is a file; expected the folder"),
    "folder without a separator": (["solve", "folder"], "folder: this is a folder; expected a scenario file"),
    "too few choices": (
        ["explain", "istanbul-2025", "--play", "talk_now,talk_no_truce,none,no_commit"],
        "expected 5 choices (U, R, US.pressure, US.stance, E), or 4 without those that leave no choice (U, R, US.stance, E); got 4: t",
    ),
    "form of a game": (["solve", "taken.nfg", "--form", "x"], "--form: taken.nfg is one game"),
    "value of a game": (["solve", "taken.nfg", "--set", "x=1"], "leave --set out"),
    "precision of a game": (["solve", "taken.nfg", "--precision", "1"], "leave --precision out"),
    "paths of a game": (["solve", "taken.nfg", "--concept", "subgame-perfect"], "expected nash, pure or mixed"),
    "broken game": (["solve", "taken.nfg"], "taken.nfg:1: file type: expected NFG"),
    "broken game to check": (["check", "taken.nfg"], "taken.nfg:1: file type: expected NFG"),
    "no such game": (["check", "nowhere.nfg"], "no file 'nowhere.nfg'"),
    "game to compare": (["compare", "taken.nfg"], "expected a scenario file here"),
    "nothing to plot": (["plot", "o"], "result.nc: no such file"),
    "no play": (["explain", "istanbul-2025", "--play", "R=refuse"], "no option given for"),
    "no such option": (["explain", "ceasefire-game", "--play", "hold/atack"], "did you mean 'attack'?"),
    "half named": (["explain", "ceasefire-game", "--play", "A=hold,attack"], "everywhere or nowhere"),
    "file exists": (["new", "taken"], "there is such a file already"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_option_costs_one_line(cli, case):
    Path("folder").mkdir()
    for name in ("taken", "taken.nfg"):
        Path(name).write_text("mine")
    arguments, expected = WRONG[case]
    code, out, error = cli(*arguments)
    assert (code, out) == (2, "")
    assert expected in one_line(error)
    assert Path("taken").read_text() == "mine"
    assert not Path("o").exists()


CHICKEN = """NFG 1 R "Chicken" { "Ann" "Bob" } { { "dare" "yield" } { "1" "2" } }\n0 0  2 7  7 2  6 6\n"""


def test_a_game_file_is_solved_and_checked(cli):
    Path("chicken.nfg").write_text(CHICKEN, encoding="utf-8")
    code, out, error = cli("solve", "chicken.nfg")
    assert (code, error) == (0, "")
    assert "[7*, 2*]" in out
    assert "0.3333 dare +" in out
    assert "0.3333 [1] +" in out
    assert "These are all." in out
    (solution,) = json.loads(cli("solve", "chicken.nfg", "--json")[1])["solutions"]
    assert (solution["status"], solution["complete"], solution["count"], solution["verified"]) == ("OK", "PROVED", 3, True)
    game = ns.read_nfg(Path("chicken.nfg"))
    for entry, profile in zip(solution["equilibria"], ns.solve(game).profiles(), strict=True):
        for name, actions, x in zip(game.players, game.actions, profile, strict=True):
            assert entry["choices"][name] == {a: p for a, p in zip(actions, x, strict=True) if p > 0}
    assert json.loads(cli("solve", "chicken.nfg", "--concept", "pure", "--json")[1])["solutions"][0]["count"] == 2
    code, out, error = cli("check", "chicken.nfg")
    assert (code, error) == (0, "")
    assert "Ann           2  dare, yield" in out
    assert "No problems." in out
    assert json.loads(cli("check", "chicken.nfg", "--json")[1])["players"] == {"Ann": ["dare", "yield"], "Bob": ["1", "2"]}
    Path("broken.nfg").write_text(CHICKEN.replace("7 2", "x 2"), encoding="utf-8")
    code, out, error = cli("check", "broken.nfg", "--json")
    assert (code, error) == (2, "")
    (problem,) = json.loads(out)["problems"]
    assert (problem["file"], problem["line"]) == ("broken.nfg", 2)


def test_a_game_file_of_three_players_and_one_without_equilibrium(cli):
    zeros = " ".join(["0"] * 24)
    Path("three.nfg").write_text(f'NFG 1 R "" {{ "a" "b" "c" }} {{ 2 2 2 }}\n{zeros}', encoding="utf-8")
    code, out, _ = cli("solve", "three.nfg")
    assert code == 0
    assert "in pure strategies" in out
    assert "--concept mixed lists mixed ones too." in " ".join(out.split())
    Path("pennies.nfg").write_text('NFG 1 R "" { "a" "b" } { 2 2 } 1 -1 -1 1 -1 1 1 -1', encoding="utf-8")
    code, out, _ = cli("solve", "pennies.nfg", "--concept", "pure")
    assert code == 1
    assert "There is no equilibrium in pure strategies." in out
    assert "0.5 [1] + 0.5 [2]" in cli("solve", "pennies.nfg")[1]


def test_a_value_outside_the_range_is_told_and_taken(cli):
    code, out, error = cli("solve", "istanbul-2025", "--set", "a_US=99", "--concept", "pure")
    assert code == 0
    assert "a_US = 99" in out
    assert one_line(error) == "note: --set a_US=99: outside the range that the file gives, 0 to 0.05; taken all the same"
    assert cli("solve", "istanbul-2025", "--set", "a_US=0.05", "--concept", "pure")[2] == ""


def test_components_name_players_as_the_table_does(cli):
    cli("new", "crisis.toml")
    out = " ".join(cli("solve", "crisis.toml")[1].split())
    assert "payoff Side A 0, payoff The allies of side B 3." in out


def test_what_a_file_says_can_not_steer_the_terminal(cli, tmp_path):
    path = tmp_path / "escape.toml"
    path.write_text(PENNIES.replace("Matching pennies", "\\u001b[2Jgone\\u0007"), encoding="utf-8")
    for command in ("check", "solve", "compare", "explain"):
        _, out, error = cli(command, path)
        assert "\x1b" not in out + error
        assert "\x07" not in out + error


def test_a_mistake_of_ours_is_no_traceback_unless_asked_for(cli, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("negotiation_sim.scenario.file.load", broken)
    code, out, error = cli("solve", "istanbul-2025")
    assert (code, out) == (70, "")
    assert "ZeroDivisionError: oops" in one_line(error)
    monkeypatch.setenv("NEGOTIATION_SIM_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main(["solve", "istanbul-2025"])


@pytest.mark.parametrize(("error", "code", "said"), [(MemoryError(), 2, "memory"), (PermissionError(13, "Denied", "f"), 2, "f: denied")])
def test_what_the_system_refuses(cli, monkeypatch, error, code, said):
    def refused(*_):
        raise error

    monkeypatch.setattr("negotiation_sim.scenario.file.load", refused)
    left, out, complaint = cli("solve", "istanbul-2025")
    assert (left, out) == (code, "")
    assert said in one_line(complaint)


# ---------------------------------------------------------------- commands


def test_demo_says_what_was_found(cli, monkeypatch):
    found = demonstration.Demonstration(
        "Crisis", "Stylised.", (("Order", ("who " * 30, "gives way")),), (Path("o/report.html"), Path("o/a"))
    )
    monkeypatch.setattr(demonstration, "demonstrate", lambda out: found)
    code, out, error = cli("demo", "--out", "o")
    assert (code, error) == (0, "")
    assert out.splitlines()[:4] == ["Crisis", "Stylised.", "", "Order"]
    assert "\n  - who who" in out
    assert "\n    who" in out
    assert "\n  - gives way\n" in out
    assert f"Open {found.files[0]} in a browser. 1 more files" in out


def test_new_check_solve(cli):
    assert cli("new", "mine.toml")[0] == 0
    code, out, _ = cli("check", "mine.toml")
    assert code == 0
    assert out.rstrip().endswith("No problems.")
    known = json.loads(cli("check", "mine.toml", "--json")[1])
    assert known["ok"]
    assert known["parameters"]["bite"]["value"] == ns.load("mine.toml").parameters["bite"].value
    assert cli("solve", "mine.toml")[0] == 0


def test_check_reports_every_problem_with_its_line(cli):
    cli("new", "mine.toml")
    text = Path("mine.toml").read_text()
    Path("mine.toml").write_text(text.replace('form = "threat_first"', 'form = "threat_frist"').replace("-bite *", "-bit *"))
    code, out, error = cli("check", "mine.toml")
    assert (code, out) == (2, "")
    first, second = error.splitlines()
    assert first.startswith("mine.toml:4: ")
    assert "did you mean threat_first?" in first
    assert "did you mean bite?" in second
    code, out, error = cli("check", "mine.toml", "--json")
    assert (code, error) == (2, "")
    assert [problem["line"] for problem in json.loads(out)["problems"]] == [4, 22]


def test_solve_shows_both_concepts_under_their_own_headings(cli):
    code, out, error = cli("solve", "istanbul-2025")
    assert (code, error) == (0, "")
    assert out.index("Nash equilibria in pure strategies of the simultaneous form") < out.index("Subgame-perfect paths of talks_first")
    assert out.count("Stylised: every number is illustrative, not an estimate.") == 2
    assert max(map(len, out.splitlines())) <= 80


def test_solve_json_is_the_solution(cli):
    code, out, error = cli("solve", "istanbul-2025", "--set", "a_US=0.0095", "--json")
    assert (code, error) == (0, "")
    nash, paths = json.loads(out)["solutions"]
    assert (nash["concept"], nash["form"], nash["count"], nash["complete"]) == ("nash", "simultaneous", len(nash["equilibria"]), "PROVED")
    assert (paths["concept"], paths["form"], paths["count"], paths["verified"]) == ("subgame-perfect", "talks_first", 12, True)
    for entry in paths["equilibria"]:
        assert entry["outcomes"] == {"truce": 1.0}
        assert entry["choices"]["R"] == {"accept_truce": 1.0}
        assert entry["payoffs"]["R"] == pytest.approx(0.41125)


def test_mixed_equilibria_and_none(cli):
    Path("pennies.toml").write_text(PENNIES)
    code, out, _ = cli("solve", "pennies.toml", "--json")
    (solution,) = json.loads(out)["solutions"]
    assert code == 0
    assert solution["equilibria"][0]["choices"]["A"] == pytest.approx({"heads": 0.5, "tails": 0.5})
    code, out, _ = cli("solve", "pennies.toml")
    assert "0.5 heads + 0.5 tails" in out
    code, out, _ = cli("solve", "pennies.toml", "--solver", "pure")
    assert code == 1
    assert "There is no equilibrium in pure strategies." in out
    assert cli("solve", "pennies.toml", "--solver", "pure", "--json")[0] == 1
    code, out, error = cli("explain", "pennies.toml")
    assert (code, out) == (1, "")
    assert "--play" in one_line(error)
    assert cli("sweep", "pennies.toml", "--axis", "stake=1,2", "--solver", "pure", "--out", "o")[0] == 1


def test_variant_set_and_form(cli):
    credible = json.loads(cli("solve", "istanbul-2025", "--variant", "credible_joint_threat", "--solver", "subgame-perfect", "--json")[1])
    back = cli(
        "solve", "istanbul-2025", "--variant", "credible_joint_threat", "--set", "a_US=0.004", "--solver", "subgame-perfect", "--json"
    )
    other = json.loads(cli("solve", "istanbul-2025", "--form", "truce_first", "--solver", "subgame-perfect", "--json")[1])
    assert {o for e in credible["solutions"][0]["equilibria"] for o in e["outcomes"]} == {"truce"}
    assert {o for e in json.loads(back[1])["solutions"][0]["equilibria"] for o in e["outcomes"]} == {"talks_E"}
    assert {o for e in other["solutions"][0]["equilibria"] for o in e["outcomes"]} == {"truce"}


def test_compare(cli):
    code, out, error = cli("compare", "istanbul-2025", "--variant", "no_threat", "--json")
    assert (code, error) == (0, "")
    assert {row["variant"] for row in json.loads(out)["rows"]} == {"base", "no_threat"}
    code, out, _ = cli("compare", "istanbul-2025", "--variant", "no_threat")
    assert code == 0
    assert "Truce accepted" in out


TIED = """\
format = 1
title = "The boss allows"
form = "boss_first"
[parameters]
x = 1.0
[actors.B]
options = ["allow", "forbid"]
payoff = {x = "x * B.allow"}
[actors.W]
options = ["stay", "go"]
payoff = {x = "x * W.go"}
[constraints]
leave = {never = "W.go and B.forbid", meaning = "nobody goes unless allowed"}
[forms.boss_first]
stages = [{decides = ["B"]}, {decides = ["W"]}]
"""


def test_a_scenario_without_a_simultaneous_form(cli):
    Path("tied.toml").write_text(TIED)
    code, out, error = cli("solve", "tied.toml", "--json")
    assert (code, error) == (0, "")
    assert [s["concept"] for s in json.loads(out)["solutions"]] == ["subgame-perfect"]
    assert cli("sweep", "tied.toml", "--axis", "x=1,2", "--out", "o")[0] == 0
    said = " ".join(cli("check", "tied.toml")[1].split())
    assert "Forms: boss_first; default boss_first. There is no simultaneous form: constraints (leave) tie the choices" in said
    assert not json.loads(cli("check", "tied.toml", "--json")[1])["has_simultaneous_form"]
    for arguments in (["--solver", "nash"], ["--form", "simultaneous"]):
        code, out, error = cli("solve", "tied.toml", *arguments)
        assert (code, out) == (2, "")
        assert "simultaneous" in one_line(error)


def test_many_equilibria_are_cut_in_the_table_only(cli):
    options = ", ".join(f'"o{k}"' for k in range(10))
    Path("many.toml").write_text(
        'format = 1\ntitle = "All alike"\n[parameters]\nx = 1.0\n'
        + "".join(f'[actors.{a}]\noptions = [{options}]\npayoff = {{x = "x"}}\n' for a in "ABC")
        + '[outcomes]\nany = {when = "A.o0 or not A.o0", label = "Whatever"}\n'
    )
    code, out, _ = cli("solve", "many.toml")
    assert code == 0
    assert "... and 940 more, all of them with --json" in out
    assert len(json.loads(cli("solve", "many.toml", "--json")[1])["solutions"][0]["equilibria"]) == 1000


def test_explain(cli):
    play = ["--play", "R=accept_truce, U=truce_first", "--play", "US.stance=cond_sanction, E=cond_sanction"]
    known = json.loads(cli("explain", "istanbul-2025", *play, "--json")[1])
    assert not known["equilibrium"]
    assert known["form"] == "talks_first"
    code, out, _ = cli("explain", "istanbul-2025", *play, "--form", "simultaneous")
    assert code == 0
    assert "Nash equilibrium" in out
    assert cli("explain", "ceasefire-game")[0] == 0
    against = json.loads(cli("explain", "ceasefire-game", "--play", "hold/hold", "--against", "A=attack;B=hold", "--json")[1])
    assert against["second"] == {"A": "attack", "B": "hold"}


# ---------------------------------------------------------------- sweeps


def test_sweep_and_plot(cli):
    out = Path("new/folder")
    code, said, error = cli("sweep", "istanbul-2025", "--axis", "a_US=0:0.05:11", "--axis", "tau_US=0,0.03,0.1", "--out", out, "--json")
    assert (code, error) == (0, "")
    known = json.loads(said)
    assert sorted(p.name for p in out.iterdir()) == ["result.csv", "result.csv-metadata.json", "result.nc"]
    assert known["files"] == [str(out / name) for name in ("result.nc", "result.csv", "result.csv-metadata.json")]

    crisis = ns.load("istanbul-2025")
    expected = ns.sweep(crisis, ns.grid(a_US=ns.span(0, 0.05, 11), tau_US=[0, 0.03, 0.1]))
    stored = xr.load_dataset(out / "result.nc", engine="h5netcdf")
    xr.testing.assert_equal(stored, expected)
    share = float(expected.supported.sel(concept="subgame-perfect", outcome="truce").mean())
    assert known["concepts"]["subgame-perfect"]["outcomes"]["truce"]["supported"] == pytest.approx(share)
    assert known["points"] == 33

    code, said, error = cli("plot", out)
    assert (code, error) == (0, "")
    assert "Map of outcomes" in said
    assert (out / "regimes.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (out / "regimes.svg").read_bytes()[:600]
    assert cli("plot", out / "result.nc", "--x", "tau_US")[0] == 0
    assert (out / "lines_nash.png").exists()
    assert not [p for p in out.iterdir() if ".tmp" in p.name]


def test_sweep_along_one_axis(cli):
    code, said, _ = cli("sweep", "ceasefire-game", "--axis", "bite", "--out", "o", "--keep", "nothing", "--no-csv", "--solver", "nash")
    assert code == 0
    assert "201 games" in said
    assert "--csv" not in said, "who asked for no table need not be told how to get one"
    assert [p.name for p in Path("o").iterdir()] == ["result.nc"]
    assert cli("plot", "o")[0] == 0
    assert sorted(p.name for p in Path("o").iterdir()) == ["lines_nash.png", "lines_nash.svg", "result.nc"]
    code, out, error = cli("plot", "o", "--y", "bite")
    assert (code, out) == (2, "")
    assert "leave --y out" in one_line(error)


def test_a_sweep_leaves_nothing_of_an_earlier_one(cli):
    again = ("sweep", "ceasefire-game", "--axis", "bite=0,1", "--out", "o")
    assert "earlier" not in cli(*again)[1]
    cli("plot", "o")
    Path("o/mine.txt").write_text("mine")
    code, said, _ = cli(*again, "--no-csv")
    assert code == 0
    assert "Removed, because an earlier sweep left it: " in said
    assert sorted(p.name for p in Path("o").iterdir()) == ["mine.txt", "result.nc"]
    assert json.loads(cli(*again, "--json")[1])["removed"] == []


def test_a_full_disk_costs_one_line(cli, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    code, out, error = cli("sweep", "ceasefire-game", "--axis", "bite=0,1", "--out", "o")
    assert (code, out) == (2, "")
    assert one_line(error) == f"{Path('o/result.nc')}: no space left on device"
    assert list(Path("o").iterdir()) == []


def test_titles_name_the_case(cli):
    out = cli("solve", "ceasefire-game", "--variant", "no_sanctions", "--set", "gain=1.2")[1]
    assert out.count("(variant no_sanctions, gain = 1.2)") == 2
    assert "(" not in cli("solve", "ceasefire-game")[1].splitlines()[0]
    assert "(gain = 1.2): 2 games" in cli("sweep", "ceasefire-game", "--set", "gain=1.2", "--axis", "bite=0,1", "--out", "o")[1]


def test_one_play_is_one(cli):
    Path("one.toml").write_text(
        'format = 1\ntitle = "One"\n[parameters]\nx = 1.0\n'
        + "".join(f'[actors.{a}]\noptions = ["stay"]\npayoff = {{x = "x"}}\n' for a in "AB")
    )
    assert "1 play. Forms: simultaneous" in cli("check", "one.toml")[1]


def test_a_play_is_read_as_solve_prints_it(cli):
    crisis = ns.load("istanbul-2025")
    for form in crisis.forms:
        out = cli("solve", "istanbul-2025", "--form", form, "--solver", "subgame-perfect", "--json")[1]
        choices = json.loads(out)["solutions"][0]["equilibria"][0]["choices"]
        assert list(choices) == [i.key for i in crisis.instruments if len(i.options) > 1]
        play = "/".join(next(iter(choice)) for choice in choices.values())
        assert json.loads(cli("explain", "istanbul-2025", "--form", form, "--play", play, "--json")[1])["equilibrium"]
    nash = json.loads(cli("solve", "istanbul-2025", "--solver", "nash", "--json")[1])["solutions"][0]["equilibria"][0]
    play = "/".join(next(iter(choice)) for choice in nash["choices"].values())
    assert json.loads(cli("explain", "istanbul-2025", "--form", "simultaneous", "--play", play, "--json")[1])["equilibrium"]


def test_pure_strategies_are_said(cli):
    code, out, _ = cli("solve", "istanbul-2025")
    assert code == 0
    assert out.count("These are all in pure strategies.") == 2
    known = json.loads(cli("solve", "istanbul-2025", "--json")[1])["solutions"]
    assert [solution["among"] for solution in known] == ["pure strategies", "pure strategies"]
    assert json.loads(cli("solve", "ceasefire-game", "--json")[1])["solutions"][0]["among"] == ""
    assert "pure strategies" not in cli("solve", "ceasefire-game")[1]
    said = cli("sweep", "istanbul-2025", "--axis", "a_US=0,0.05", "--out", "o")[1]
    assert "Nash equilibria in pure strategies of the simultaneous form" in said


def test_unsolved_points_are_counted(cli):
    code, said, _ = cli("sweep", "istanbul-2025", "--axis", "a_US=-1,0.004", "--out", "o")
    assert code == 0
    assert "not solved" in said
    assert "outside its domain" in said


def test_a_damaged_file_is_told(cli):
    Path("o").mkdir()
    Path("o/result.nc").write_bytes(b"not a file of this kind")
    code, out, error = cli("plot", "o")
    assert (code, out) == (2, "")
    assert "NetCDF" in one_line(error)
    xr.Dataset({"a": 1}).to_netcdf("o/result.nc", engine="h5netcdf")
    assert "no supported" in one_line(cli("plot", "o")[2])


def test_interrupt_keeps_what_was_finished(cli, monkeypatch):
    monkeypatch.setattr(sweep_module, "BLOCK_BYTES", 1 << 16)
    evaluate = ns.Scenario.block_tensor
    seen = []

    def watched(self, block, kept):
        seen.append(block)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)
        return evaluate(self, block, kept)

    monkeypatch.setattr(ns.Scenario, "block_tensor", watched)
    code, out, error = cli("sweep", "istanbul-2025", "--axis", "a_US=0:0.05:60", "--axis", "tau_US=0:0.1:20", "--out", "o", "--json")
    assert code == 3
    assert "stopped early" in one_line(error)
    assert error.rstrip().endswith("Another run starts anew")
    assert Status.NOT_RUN.advice == "This point was not reached before the sweep was stopped."
    known = json.loads(out)
    assert 0 < known["finished"] < known["points"] == 1200
    assert len(seen) == 3
    stored = xr.load_dataset("o/result.nc", engine="h5netcdf")
    finished = (stored.status == Status.OK).all("concept")
    assert int(finished.sum()) == known["finished"]
    assert bool(((stored.status == Status.NOT_RUN) == ~finished).all())
    assert bool((np.isnan(stored.payoff_min) == ~finished).all())
    monkeypatch.undo()
    whole = ns.sweep(ns.load("istanbul-2025"), ns.grid(a_US=ns.span(0, 0.05, 60), tau_US=ns.span(0, 0.1, 20)))
    xr.testing.assert_equal(stored.payoff_min.where(finished), whole.payoff_min.where(finished))


def test_interrupt_before_anything_is_finished(cli, monkeypatch):
    evaluator, before = ns.Scenario.evaluator, signal.getsignal(signal.SIGINT)

    def interrupted(self, *arguments):
        signal.raise_signal(signal.SIGINT)
        return evaluator(self, *arguments)

    monkeypatch.setattr(ns.Scenario, "evaluator", interrupted)
    code, out, error = cli("sweep", "ceasefire-game", "--axis", "bite", "--out", "o")
    assert (code, out) == (3, "")
    assert "stopped early" in one_line(error)
    assert not list(Path("o").iterdir())
    assert signal.getsignal(signal.SIGINT) is before


def test_sweep_in_another_thread_leaves_signals_alone(tmp_path):
    model = Stoppable(ns.load("ceasefire-game"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:

        def work() -> int:
            with stopped_by_interrupt(model):
                ns.sweep(model, ns.grid(bite=[0.0, 1.0]))
            return model.finished

        assert pool.submit(work).result() == 2


def test_interrupt_elsewhere(cli, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("negotiation_sim.scenario.file.load", interrupted)
    code, out, error = cli("solve", "istanbul-2025")
    assert (code, out) == (3, "")
    assert "stopped early" in one_line(error)


def test_two_actors_are_shown_as_a_bimatrix_with_best_replies_marked(cli):
    code, out, _ = cli("solve", "ceasefire-game", "--variant", "no_sanctions")
    assert code == 0
    assert "attack           1.5*, -1.0  [-0.6*, -0.6*]" in out
    assert "best reply to the other's choice" not in cli("solve", "istanbul-2025")[1]


def test_a_precision_out_of_reach_is_told_without_python(cli):
    far = ("--precision", "1e300")
    code, solved, _ = cli("solve", "istanbul-2025", *far)
    compared = cli("compare", "istanbul-2025", "--variant", "no_threat", *far)[1]
    swept = cli("sweep", "istanbul-2025", "--axis", "rho=0,0.05", *far, "--out", "o")[1]
    assert code == 1
    for text in (solved, compared, swept):
        assert "could not be followed to the precision asked for: ask for a lower one." in " ".join(text.split())
        assert "max_iter" not in text


def test_concepts_and_precision(cli):
    found = json.loads(cli("solve", "istanbul-2025", "--concept", "logit", "--precision", "50", "--concept", "correlated", "--json")[1])
    logit, plan = found["solutions"]
    assert (logit["concept"], logit["precision"]) == ("logit", 50)
    assert sum(logit["outcomes"].values()) == pytest.approx(1)
    assert plan["concept"] == "correlated"
    alone = json.loads(cli("solve", "istanbul-2025", "--precision", "50", "--json")[1])["solutions"]
    assert alone == [logit]
    code, said, _ = cli("compare", "istanbul-2025", "--variant", "no_threat", "--precision", "50")
    assert code == 0
    assert "Chance of each outcome" in said
    code, said, _ = cli("sweep", "istanbul-2025", "--axis", "rho=0,0.05", "--precision", "50", "--keep", "nothing", "--out", "o")
    assert code == 0
    assert "likeliest" in said
    both = ("--concept", "nash", "--concept", "logit", "--precision", "50", "--axis", "rho=0,0.05", "--out", "p", "--json")
    swept = json.loads(cli("sweep", "istanbul-2025", *both)[1])["concepts"]
    assert sum(o["chance"] for o in swept["logit"]["outcomes"].values()) == pytest.approx(1)
    assert sum(o["likeliest"] for o in swept["logit"]["outcomes"].values()) == 1
    assert all("chance" not in o for o in swept["nash"]["outcomes"].values())
