"""Answers for a game from a file, without a scenario around it: what it holds and its Nash equilibria, as a table and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from negotiation_sim._table import Table
from negotiation_sim.games.bimatrix_cells import bimatrix_table
from negotiation_sim.report.answers import MOST_ACTIONS, MOST_ROWS, listed_dict, mixture_text, whole_words
from negotiation_sim.report.words import among_words
from negotiation_sim.status import Status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from negotiation_sim.equilibria.entries import Equilibria
    from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["game_dict", "game_solution_dict", "game_solution_tables", "game_table"]


def game_dict(source: str, game: NormalFormGame) -> dict[str, Any]:
    """Say what a game holds."""
    actions = {name: list(labels) for name, labels in zip(game.players, game.actions, strict=True)}
    return {"ok": True, "source": source, "players": actions, "profiles": math.prod(game.shape), "problems": []}


def game_table(source: str, game: NormalFormGame) -> Table:
    """Show what a game holds."""
    rows = [
        (name, len(labels), ", ".join(labels[:12]) + ", ..." * (len(labels) > 12))
        for name, labels in zip(game.players, game.actions, strict=True)
    ]
    size = f"A game of {len(rows)} {'player' if len(rows) == 1 else 'players'} and {math.prod(game.shape):,} profiles."
    return Table(("player", "actions", "their names"), rows, source, size)


def game_solution_dict(solution: Equilibria) -> dict[str, Any]:
    """Return every equilibrium of a single game, with what it pays and its certificate."""
    entries = [
        {
            "choices": _named(solution.game, profile),
            "payoffs": dict(zip(solution.game.players, map(float, solution.payoffs[e]), strict=True)),
            "strict": bool(solution.strict[e]),
            "regret": float(solution.regret[e]),
        }
        for e, profile in enumerate(solution.profiles())
    ]
    return listed_dict(solution, entries)


def game_solution_tables(source: str, game: NormalFormGame, solutions: Sequence[Equilibria]) -> list[Table]:
    """Show the payoffs of a small game of two players, then the equilibria."""
    tables = [_equilibria_table(source, solution) for solution in solutions]
    if len(game.players) == 2 and max(game.shape) <= MOST_ACTIONS:
        return [replace(bimatrix_table(game), title=f"{source}\nPayoffs, the row player's first"), *tables]
    return tables


def _equilibria_table(source: str, solution: Equilibria) -> Table:
    game, status = solution.game, Status(int(solution.status))
    among = among_words(getattr(type(solution.solver), "among", ""))
    rows: list[Any] = []
    for e, profile in enumerate(solution.profiles()[:MOST_ROWS]):
        rows.append((e + 1, *map(mixture_text, _named(game, profile).values()), *map(float, solution.payoffs[e]), bool(solution.strict[e])))
    if len(solution) > MOST_ROWS:
        rows.append(f"... and {len(solution) - MOST_ROWS:,} more, all of them with --json")
    if status != Status.OK:
        notes = [solution.advice(status)]
    elif not len(solution):
        notes = [f"There is no equilibrium{among}." if among else "No equilibrium was found."]
    else:
        notes = solution.component_lines()
        notes.append(f"{whole_words(solution, among, bool(notes))} strict: every deviation loses.")
    if status == Status.OK and among and len(game.players) > 2:
        notes.append("--concept mixed lists mixed ones too.")
    columns = ("", *game.players, *(f"payoff {name}" for name in game.players), "strict")
    return Table(columns, rows, f"{source}\nNash equilibria{among}", "\n".join(notes))


def _named(game: NormalFormGame, profile: Sequence[NDArray[np.float64]]) -> dict[str, dict[str, float]]:
    """How likely each player chooses each action, those left out that are never chosen."""
    named = zip(game.players, game.actions, profile, strict=True)
    return {player: {a: float(p) for a, p in zip(actions, x, strict=True) if not p <= 0} for player, actions, x in named}
