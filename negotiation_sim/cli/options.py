"""Read the options of the command line: scenarios, axes, values, plays. Every error says what was expected and what stands there."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike

    from negotiation_sim.equilibria.quantal.logit import LogitQRE
    from negotiation_sim.scenario.model import Scenario
    from negotiation_sim.sweeps.design import Design

__all__ = [
    "CONCEPTS",
    "BadOptionError",
    "case_text",
    "is_game_file",
    "read_design",
    "read_folder",
    "read_keep",
    "read_play",
    "read_precision",
    "read_scenario",
    "read_solvers",
    "some_play",
]


CONCEPTS = ("nash", "pure", "mixed", "subgame-perfect", "logit", "correlated", "coarse-correlated")


class BadOptionError(ValueError):
    """An option that can't be read."""


def read_scenario(file: str, variant: str | None, values: Sequence[str] | None, form: str | None) -> Scenario:
    """Read a file, then apply ``--variant``, ``--set`` and ``--form``, in this order."""
    from negotiation_sim.cli.printing import complain
    from negotiation_sim.scenario.file import load

    if is_game_file(file):
        raise BadOptionError(
            f"{file}: a game in Gambit's format, which `solve` and `check` take; expected a scenario file here: "
            "`negotiation-sim new FILE` writes one to start from"
        )

    scenario = load(file)
    if variant is not None:
        scenario = scenario.variant(variant)
    changes: dict[str, float] = {}
    for text in values or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise BadOptionError(f"--set {text}: expected NAME=VALUE, such as --set {next(iter(scenario.parameters), 'p')}=0.5")
        if name.strip() in changes:
            raise BadOptionError(f"--set {text}: {name.strip()} stands twice; give each parameter one value")
        changes[name.strip()] = _number(value, f"--set {text}")
    if changes:
        scenario = scenario.replace(**changes)
    for name, number in changes.items():
        ends = scenario.parameters[name].range
        if ends is not None and not ends[0] <= number <= ends[1]:
            complain(
                f"note: --set {name}={number:g}: outside the range that the file gives, {ends[0]:g} to {ends[1]:g}; taken all the same"
            )
    return scenario.with_form(form) if form is not None else scenario


def case_text(variant: str | None, values: Sequence[str] | None) -> str:
    """Say what ``--variant`` and ``--set`` make of a scenario, for its title; nothing if there is neither."""
    parts = [f"variant {variant}"] if variant is not None else []
    parts += [" = ".join(part.strip() for part in text.split("=", 1)) for text in values or ()]
    return f" ({', '.join(parts)})" if parts else ""


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadOptionError(f"{where}: expected a finite number; got {text.strip() or 'nothing'!r}")
    return value


def is_game_file(file: str) -> bool:
    """Whether a file holds a game in Gambit's format, by its name."""
    return file.lower().endswith(".nfg")


def read_solvers(scenario: Scenario, named: Sequence[str] | None, precision: float | None = None) -> list[str | LogitQRE]:
    """Return the solvers or their names: by default Nash where the simultaneous form exists, and paths where the form is a timed one.

    ``precision`` is that of ``logit``, which it asks for on its own, too.
    """
    from negotiation_sim._words import nearest_name

    for name in named or ():
        if name not in CONCEPTS:
            raise BadOptionError(f"--concept {name}: {nearest_name(name, CONCEPTS)}")
    if precision is not None:
        from negotiation_sim.equilibria.quantal.logit import LogitQRE

        if named and "logit" not in named:
            raise BadOptionError(f"--precision {precision:g}: is for --concept logit; got --concept {' --concept '.join(named)}")
        response = LogitQRE(precision)
        return [response if name == "logit" else name for name in dict.fromkeys(named or ["logit"])]
    if named:
        return list(dict.fromkeys(named))
    timed = scenario.form != "simultaneous"
    try:
        scenario.game("simultaneous")
    except ValueError:
        if timed:
            return ["subgame-perfect"]
        raise
    return ["nash", "subgame-perfect"] if timed else ["nash"]


def read_precision(text: str | None) -> float | None:
    """Read ``--precision``; refuse one that no quantal response has."""
    if text is None:
        return None
    try:
        precision = float(text)
    except ValueError:
        precision = math.nan
    if not 0 <= precision < math.inf:
        raise BadOptionError(
            f"--precision {text}: expected a finite number of at least 0, in units of 1 / payoff, such as 100; "
            "for actors who never err, ask for equilibria: --concept nash"
        )
    return precision


def read_folder(path: Path, option: str) -> Path:
    """Read a folder to write to, which need not exist yet."""
    taken = next((part for part in (path, *path.parents) if os.path.lexists(part)), None)
    if taken is not None and not taken.is_dir():
        raise BadOptionError(f"{option} {path}: {taken} is a file; expected a folder, an old or a new one: give another name")
    return path


def read_design(
    scenario: Scenario, axes: Sequence[str], solvers: Sequence[object], keep: Sequence[str], values: Sequence[str] | None = None
) -> Design:
    """Read ``--axis``: the grid of a sweep; no axis may name what ``--set`` (``values``) fixes."""
    from negotiation_sim._words import nearest_name
    from negotiation_sim.sweeps.design import grid, span

    if not axes:
        raise BadOptionError("sweep: expected at least one --axis, such as --axis a_US=0:0.05:201; got none")
    fixed = {text.partition("=")[0].strip() for text in values or ()}
    wanted: dict[str, tuple[float, float, int] | list[float]] = {}
    for text in axes:
        name, equals, rest = text.partition("=")
        name, where = name.strip(), f"--axis {text}"
        if name not in scenario.parameters:
            raise BadOptionError(f"{where}: unknown parameter {name!r}; {nearest_name(name, scenario.parameters)}")
        if name in wanted:
            raise BadOptionError(f"{where}: {name} stands twice; give each parameter one axis")
        if name in fixed:
            raise BadOptionError(f"{where}: --set gives {name} one value, --axis many; leave one of them out")
        parts = rest.split(":")
        if not equals:
            ends = scenario.parameters[name].range
            if ends is None:
                raise BadOptionError(f"{where}: {name} has no range in the file; give one: --axis {name}=LOW:HIGH:COUNT")
            wanted[name] = (*ends, 201)
        elif len(parts) == 3:
            count = _number(parts[2], where)
            if count != int(count) or count < 2:
                raise BadOptionError(f"{where}: expected a whole number of at least 2 points; got {parts[2]}")
            wanted[name] = (_number(parts[0], where), _number(parts[1], where), int(count))
        elif len(parts) == 1:
            wanted[name] = [_number(value, where) for value in rest.split(",")]
        else:
            raise BadOptionError(f"{where}: expected NAME=LOW:HIGH:COUNT, NAME=V1,V2,... or NAME; got {text!r}")
    points = math.prod(part[2] if isinstance(part, tuple) else len(part) for part in wanted.values())
    _check_room(scenario, points, len(solvers), keep)
    axis_values: dict[str, ArrayLike] = {}
    for name, part in wanted.items():
        try:
            axis_values[name] = span(*part) if isinstance(part, tuple) else part
        except ValueError as error:
            raise BadOptionError(f"--axis {name}: {error}") from None
    return grid(**axis_values)


def read_keep(texts: Sequence[str] | None) -> list[str]:
    """Read ``--keep``: what a sweep keeps beside counts and outcomes."""
    from negotiation_sim._words import nearest_name

    known = ("payoffs", "regret", "margin", "strict", "nothing")
    for text in texts or ():
        if text not in known:
            raise BadOptionError(f"--keep {text}: {nearest_name(text, known)}")
    return [text for text in dict.fromkeys(texts) if text != "nothing"] if texts else ["payoffs", "regret"]


def _check_room(scenario: Scenario, points: int, concepts: int, keep: Sequence[str]) -> None:
    """Refuse a result that can't fit in memory: being killed would not say why."""
    outcomes, players = len(scenario.outcome_names), len(scenario.players)
    each = {"payoffs": 16 * players, "regret": 8, "margin": 8 * outcomes, "strict": outcomes}
    need = points * concepts * (6 + 2 * outcomes + sum(each.get(name, 0) for name in keep))
    try:
        room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        room = 8 << 30
    if need > room:
        raise BadOptionError(
            f"sweep: the result of {points:,} points needs {need / 1e9:,.1f} GB, more than half of the memory here; "
            "take fewer points, or keep less with --keep nothing"
        )


def read_play(texts: Sequence[str], where: str) -> list[str] | dict[str, str]:
    """Read ``R=refuse,U=talk_now`` as a mapping, ``truce_first/refuse/...`` as a list.

    A list is in the order of the file, as `solve` prints it; an actor's options joined with ``+`` are taken one by one.
    """
    parts = [part.strip() for text in texts for part in re.split(r"[,;/]", text) if part.strip()]
    named = [part for part in parts if "=" in part]
    if named and len(named) < len(parts):
        raise BadOptionError(f"{where}: expected NAME=OPTION everywhere or nowhere; got {', '.join(parts)}")
    if not named:
        return [option.strip() for part in parts for option in part.split("+")]
    play: dict[str, str] = {}
    for part in parts:
        name, _, option = (text.strip() for text in part.partition("="))
        if name in play:
            raise BadOptionError(f"{where}: {name} stands twice, with {play[name]} and with {option}; give each instrument one option")
        play[name] = option
    return play


def some_play(scenario: Scenario) -> list[str] | dict[str, str] | None:
    """Return the first pure equilibrium of the scenario's form."""
    from negotiation_sim.equilibria.entries import Paths

    found = scenario.solve("pure" if scenario.form == "simultaneous" else "subgame-perfect")
    if not len(found):
        return None
    if isinstance(found, Paths):
        return list(found.plays()[0])
    free = {i.actor for i in scenario.instruments if len(i.options) > 1}
    named = zip(found.game.players, found.game.actions, found.profiles()[0], strict=True)
    return {player: actions[int(x.argmax())] for player, actions, x in named if player in free}
