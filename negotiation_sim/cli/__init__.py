"""The command line `negotiation-sim`: runs a command, and turns whatever goes wrong into one line and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn, cast

import typer

from negotiation_sim.cli.commands import BAD_INPUT, FINE, INTERNAL, STOPPED, app
from negotiation_sim.cli.printing import complain

__all__ = ["app", "main"]

_PARSER_ERROR = cast("type[Exception]", typer.BadParameter.__mro__[2])
"""What the parser raises for any option that it does not like; its class has no public name."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 fine, 1 no equilibrium verified, 2 bad file or option, 3 stopped early."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show a letter shows a question mark
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FINE
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    from negotiation_sim.scenario.problem import ScenarioError

    try:
        command = typer.main.get_command(app)
        with command.make_context("negotiation-sim", arguments) as context:
            return command.invoke(context) or FINE
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped early: what was finished is in place, nothing is half-written")
        return STOPPED
    except BrokenPipeError:
        raise
    except ScenarioError as error:
        for problem in error.problems:
            complain(str(problem))
        return BAD_INPUT
    except (ValueError, OSError, _PARSER_ERROR) as error:
        complain(_told(error))
        return BAD_INPUT
    except MemoryError:
        complain("not enough memory: take fewer points, or keep less with --keep nothing")
        return BAD_INPUT
    except Exception as error:  # a traceback helps nobody at a terminal
        if os.environ.get("NEGOTIATION_SIM_TRACEBACK"):
            raise
        complain(
            f"internal error: {type(error).__name__}: {error}. This is a mistake in the program: please report it, with what "
            "NEGOTIATION_SIM_TRACEBACK=1 prints"
        )
        return INTERNAL


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'file'}: {error.strerror.lower()}"
    if isinstance(error, _PARSER_ERROR):
        text = str(cast("Any", error).format_message())
        return text[:1].lower() + text[1:]
    return str(error)
