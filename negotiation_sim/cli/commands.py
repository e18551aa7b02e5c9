"""The command line: words and wiring only. Every command imports what it needs when it runs, so that ``--help`` answers at once."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negotiation_sim._version import __version__
from negotiation_sim.cli.options import (
    CONCEPTS,
    BadOptionError,
    case_text,
    is_game_file,
    read_design,
    read_folder,
    read_keep,
    read_play,
    read_precision,
    read_scenario,
    read_solvers,
    some_play,
)
from negotiation_sim.cli.printing import bullets, complain, print_json, say, show

if TYPE_CHECKING:
    from negotiation_sim.scenario.problem import Problem

__all__ = ["BAD_INPUT", "FINE", "INTERNAL", "NONE_VERIFIED", "STOPPED", "app"]

FINE, NONE_VERIFIED, BAD_INPUT, STOPPED, INTERNAL = 0, 1, 2, 3, 70

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Negotiations, crises and bargains as games: solve them, sweep their parameters, compare, explain and draw the results.",
    epilog="Exit codes: 0 fine, 1 no equilibrium verified, 2 bad file or option, 3 stopped early.",
)

FileName = Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or the name of a built-in scenario such as istanbul-2025.")]
Form = Annotated[str | None, typer.Option("--form", metavar="NAME", help="The order of moves: one of the file's forms, or simultaneous.")]
Variant = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="Start from one of the file's variants.")]
Values = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter. Repeatable.")]
Concepts = Annotated[
    list[str] | None,
    typer.Option("--concept", "--solver", metavar="NAME", help=f"{', '.join(CONCEPTS[:-1])} or {CONCEPTS[-1]}. Repeatable."),
]
GameFileName = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A scenario file, the name of a built-in scenario such as istanbul-2025, or a Gambit .nfg file."),
]
Precision = Annotated[str | None, typer.Option("--precision", metavar="NUMBER", help="Of logit quantal responses, in 1 / payoff.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, and nothing else.")]


@app.callback(invoke_without_command=True)
def _start(context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        print(f"negotiation-sim {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write figures, tables and the page.")] = Path("out"),
) -> int:
    """Solve, draw and explain the flagship scenario. Writes figures, tables and a page, and says what was found."""
    began = time.perf_counter()
    _use_files_only()
    from negotiation_sim.report.demonstration import demonstrate

    found = demonstrate(read_folder(out, "--out"))
    say(found.title, found.note)
    for heading, sentences in found.findings:
        say("", heading)
        bullets(sentences)
    page, others = found.files[0], len(found.files) - 1
    say("", f"Open {page} in a browser. {others} more files (figures, tables) are beside it. {_seconds(began)}.")
    return FINE


@app.command()
def new(file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make. An existing file is never touched.")]) -> int:
    """Write a small scenario file to start from."""
    from negotiation_sim.scenario.template import write_template

    write_template(file)
    say(f"Wrote {file}. Edit it, then: negotiation-sim check {file}")
    return FINE


@app.command()
def check(file: GameFileName, as_json: AsJson = False) -> int:
    """Check a scenario file. Says what it holds, or what is wrong with it, each problem with its line."""
    if is_game_file(file):
        return _check_game(file, as_json)
    from negotiation_sim.scenario.file import load
    from negotiation_sim.scenario.problem import ScenarioError

    try:
        scenario = load(file)
    except ScenarioError as error:
        if not as_json:
            raise
        print_json({"ok": False, "source": file, "problems": [_problem(problem) for problem in error.problems]})
        return BAD_INPUT
    from negotiation_sim.report.answers import contents_dict, contents_tables

    if as_json:
        print_json(contents_dict(scenario))
    else:
        show(contents_tables(scenario))
        say("", "No problems.")
    return FINE


@app.command()
def solve(
    file: GameFileName,
    concept: Concepts = None,
    precision: Precision = None,
    form: Form = None,
    variant: Variant = None,
    values: Values = None,
    as_json: AsJson = False,
) -> int:
    """List every equilibrium of one case. Grouped by outcome, each with its certificate; of an .nfg file, every Nash equilibrium
    (of more than two players every pure one; --concept mixed for all).
    """
    if is_game_file(file):
        for option, given in (("--form", form), ("--variant", variant), ("--set", values), ("--precision", precision)):
            if given:
                raise BadOptionError(f"{option}: {file} is one game, which is solved for its Nash equilibria; leave {option} out")
        return _solve_game(file, concept, as_json)
    scenario = read_scenario(file, variant, values, form)
    from negotiation_sim.report.answers import bimatrix_tables, is_verified, solution_dict, solution_table

    found = [scenario.solve(name) for name in read_solvers(scenario, concept, read_precision(precision))]
    if as_json:
        known = {"title": scenario.title, "variant": variant or "", "note": scenario.note, "parameters": scenario.values}
        print_json({**known, "solutions": [solution_dict(scenario, each) for each in found]})
    else:
        case = case_text(variant, values)
        show([*bimatrix_tables(scenario, found, case), *(solution_table(scenario, each, case) for each in found)])
    return FINE if any(is_verified(each) for each in found) else NONE_VERIFIED


@app.command()
def compare(
    file: FileName,
    variant: Annotated[list[str] | None, typer.Option("--variant", metavar="NAME", help="Compare only these variants. Repeatable.")] = None,
    form: Form = None,
    values: Values = None,
    precision: Precision = None,
    as_json: AsJson = False,
) -> int:
    """Compare the base case with the variants. Outcomes, who gets what, the nearest change of each; with --precision, chances too."""
    scenario = read_scenario(file, None, values, None)
    comparison = scenario.compare(variant, form, read_precision(precision))
    if as_json:
        print_json(comparison.to_dict())
    else:
        show(comparison.tables)
    from negotiation_sim.report.answers import VERIFIED

    return FINE if any(row.count and row.regret <= VERIFIED for row in comparison.rows) else NONE_VERIFIED


@app.command()
def sweep(
    file: FileName,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write result.nc and result.csv.")],
    axis: Annotated[
        list[str] | None,
        typer.Option("--axis", metavar="AXIS", help="NAME=LOW:HIGH:COUNT, NAME=V1,V2,..., or NAME: 201 points over its range. Repeatable."),
    ] = None,
    concept: Concepts = None,
    precision: Precision = None,
    form: Form = None,
    variant: Variant = None,
    values: Values = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="WHAT", help="payoffs, regret, margin, strict or nothing; else payoffs and regret. Repeatable."),
    ] = None,
    csv: Annotated[bool | None, typer.Option("--csv/--no-csv", help="Write result.csv; by default unless it would be very long.")] = None,
    as_json: AsJson = False,
) -> int:
    """Solve a scenario over a grid of parameters. Ctrl-C keeps the points solved so far."""
    scenario = read_scenario(file, variant, values, form)
    chosen = read_solvers(scenario, concept, read_precision(precision))
    kept = read_keep(keep)
    design = read_design(scenario, axis or [], chosen, kept, values)
    read_folder(out, "--out")
    from negotiation_sim.report.answers import sweep_dict, sweep_table
    from negotiation_sim.report.saving import MOST_CSV_ROWS, about_columns, about_sweep, long_table, remove_earlier, save_csv, save_sweep
    from negotiation_sim.report.stopping import Stoppable, stopped_by_interrupt
    from negotiation_sim.sweeps.run import sweep as run

    out.mkdir(parents=True, exist_ok=True)
    began, model = time.perf_counter(), Stoppable(scenario)
    with stopped_by_interrupt(model):
        result = run(model, design, solvers=chosen, keep=kept, progress=False if as_json else None)
    seconds = time.perf_counter() - began
    files = [out / "result.nc"]
    save_sweep(result, files[0])
    # From here on the folder holds the new result: what an earlier one left must not stand beside it.
    stale = remove_earlier(out, files)
    rows = int(result["count"].size)
    if csv or (csv is None and rows <= MOST_CSV_ROWS):
        files += save_csv(long_table(result), out / "result.csv", about_sweep(result), about_columns(result))
    removed = [str(path) for path in stale if path not in files]
    known = {**sweep_dict(result), "finished": model.finished, "seconds": round(seconds, 3)}
    known |= {"files": [str(path) for path in files], "removed": removed}
    if as_json:
        print_json(known)
    else:
        show([sweep_table(known, case_text(variant, values))])
        if removed:
            say(f"Removed, because an earlier sweep left it: {', '.join(removed)}.")
        skipped = "" if len(files) > 1 or csv is False else f" result.csv would have {rows:,} rows and is left out; --csv writes it."
        say("", f"Solved in {seconds:.2f} s. Wrote {', '.join(str(path) for path in files)}.{skipped}")
    if model.finished < design.points:
        complain(
            f"stopped early: {model.finished:,} of {design.points:,} points are solved and saved; the others have the status NOT_RUN. "
            "Another run starts anew"
        )
        return STOPPED
    return FINE if (result["count"] > 0).any() else NONE_VERIFIED


@app.command()
def plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where `sweep` has written result.nc; the figures go there too.")],
    x: Annotated[str | None, typer.Option("--x", metavar="NAME", help="The parameter to draw along; the first axis by default.")] = None,
    y: Annotated[str | None, typer.Option("--y", metavar="NAME", help="The parameter to draw upward; the second axis by default.")] = None,
) -> int:
    """Draw a stored sweep. A map of outcomes over two parameters, or lines along one."""
    _use_files_only()
    from negotiation_sim.report.drawing import draw_sweep

    if folder.is_file() and folder.suffix != ".nc":
        raise BadOptionError(f"plot {folder}: this is a file; expected the folder that `sweep --out` wrote, or its result.nc")

    files, words = draw_sweep(folder, x, y)
    for text in words:
        say(text, "")
    say(f"Wrote {', '.join(str(path) for path in files)}.")
    return FINE


@app.command()
def explain(
    file: FileName,
    play: Annotated[
        list[str] | None,
        typer.Option("--play", metavar="PLAY", help="One option for each instrument: R=refuse,U=talk_now,... By default an equilibrium."),
    ] = None,
    against: Annotated[list[str] | None, typer.Option("--against", metavar="PLAY", help="Compare with this play, term by term.")] = None,
    form: Form = None,
    variant: Variant = None,
    values: Values = None,
    as_json: AsJson = False,
) -> int:
    """Say why a play is an equilibrium or not. Deviation by deviation, term by term."""
    scenario = read_scenario(file, variant, values, form)
    chosen = read_play(play, "--play") if play else some_play(scenario)
    if chosen is None:
        complain(f"{file}: no equilibrium in pure strategies to explain; name a play with --play")
        return NONE_VERIFIED
    answer = scenario.contrast(chosen, read_play(against, "--against")) if against else scenario.explain(chosen)
    if as_json:
        print_json(answer.to_dict())
    else:
        show(answer.tables)
    return FINE


def _check_game(file: str, as_json: bool) -> int:
    from negotiation_sim.games.gambit import GambitError, read_nfg
    from negotiation_sim.report.game_answers import game_dict, game_table

    try:
        game = read_nfg(Path(file))
    except GambitError as error:
        if not as_json:
            raise
        problem = {"file": error.source, "line": error.line, "message": str(error)}
        print_json({"ok": False, "source": file, "problems": [problem]})
        return BAD_INPUT
    if as_json:
        print_json(game_dict(file, game))
    else:
        show([game_table(file, game)])
        say("", "No problems.")
    return FINE


def _solve_game(file: str, concept: list[str] | None, as_json: bool) -> int:
    for name in concept or ():
        if name not in ("nash", "pure", "mixed"):
            known = name in CONCEPTS and name != "subgame-perfect"
            others = f"; for others, in Python: ns.solve(ns.read_nfg({file!r}), {name!r})" if known else ""
            raise BadOptionError(f"--concept {name}: of {file} expected nash, pure or mixed{others}")
    from negotiation_sim.games.gambit import read_nfg
    from negotiation_sim.report.answers import is_verified
    from negotiation_sim.report.game_answers import game_solution_dict, game_solution_tables
    from negotiation_sim.scenario.verbs import solve as run

    game = read_nfg(Path(file))
    found = [run(game, name) for name in dict.fromkeys(concept or ["nash"])]
    if as_json:
        print_json({"title": file, "players": list(game.players), "solutions": [game_solution_dict(each) for each in found]})
    else:
        show(game_solution_tables(file, game, found))
    return FINE if any(is_verified(each) for each in found) else NONE_VERIFIED


def _problem(problem: Problem) -> dict[str, Any]:
    import dataclasses

    return {**dataclasses.asdict(problem), "message": str(problem)}


def _seconds(began: float) -> str:
    return f"{time.perf_counter() - began:.1f} s"


def _use_files_only() -> None:
    """Draw without a window, whatever the user's settings say."""
    os.environ["MPLBACKEND"] = "Agg"
