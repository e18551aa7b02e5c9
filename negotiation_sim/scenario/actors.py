"""The parts of a scenario: parameters, actors with their instruments and payoff terms, forms, outcomes, constraints, variants."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Actor", "Constraint", "Form", "Outcome", "Parameter", "Stage", "Term", "Variant"]

Term = str | Callable[..., Any]
"""A payoff term: a formula, or a function whose argument names are parameters, definitions, actors or ``payoff``."""


@dataclass(frozen=True)
class Parameter:
    """A number that a user may replace or sweep.

    Parameters
    ----------
    value : float, or ndarray
        The base value; an array (put there by `replace`) makes a batch of games.
    range : (float, float), optional
        Where it plausibly lies: for axes, sampling and the search for the nearest change of outcome.
    domain : (float, float), default (-inf, inf)
        Where the model makes sense; a point outside gets the status ``OUT_OF_DOMAIN``.
    unit, meaning : str
        For readers.
    """

    value: float | NDArray[np.float64]
    range: tuple[float, float] | None = None
    domain: tuple[float, float] = (-math.inf, math.inf)
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Actor:
    """A player: what it can decide and what it wants.

    Parameters
    ----------
    name : str
        Full name, for tables and figures; the short name is the key in `Scenario.actors`.
    options : mapping of str to str, or sequence of str, optional
        For an actor with one instrument: option names and their labels.
    instruments : mapping of str to (mapping or sequence), optional
        For an actor with several instruments: the options of each.
    payoff : mapping of str to Term
        Named terms; the payoff is their sum.
    """

    name: str = ""
    options: Mapping[str, str] | Sequence[str] | None = None
    instruments: Mapping[str, Mapping[str, str] | Sequence[str]] | None = None
    payoff: Mapping[str, Term] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """Instruments decided at once: ``"US"`` for all of an actor's, ``"US.stance"`` for one."""

    decides: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class Form:
    """An order of moves: stages in time order; later stages see earlier ones."""

    stages: tuple[Stage, ...]
    label: str = ""


@dataclass(frozen=True)
class Outcome:
    """A class of plays that readers care about: a formula in options only."""

    when: str
    label: str = ""


@dataclass(frozen=True)
class Constraint:
    """Plays that the rules forbid: a formula in options only, true where a play is impossible."""

    never: str
    meaning: str = ""


@dataclass(frozen=True)
class Variant:
    """A named change of the scenario: other parameter values, other available options, another default form."""

    parameters: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    form: str | None = None
    label: str = ""
    meaning: str = ""
