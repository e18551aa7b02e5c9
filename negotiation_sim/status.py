"""What became of one point of a batch, and how far a list of solutions can be trusted to be whole."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Completeness", "Status"]


class Status(IntEnum):
    """What became of one game (or one bargaining problem) of a batch.

    A status never says that "no equilibrium exists": that is a fact about the game (``count`` is 0 and ``complete`` is proved),
    not a failure to solve it.

    ``OK`` (0): solved. ``TRUNCATED`` (1): more solutions exist than were kept. ``TIME`` (2): the time budget ran out. ``MAX_ITER`` (3):
    the limit of iterations was reached. ``NOT_FINITE`` (4): a payoff or a parameter is NaN or infinite. ``OUT_OF_DOMAIN`` (5): a
    parameter lies outside its domain. ``SINGULAR`` (6): the equations have no single solution here. ``UNSUPPORTED`` (7): the solver does
    not take a game of this kind or size. ``NOT_RUN`` (8): not reached before the work was stopped. ``Status(3).advice`` says what to do.

    Examples
    --------
    >>> Status.NOT_FINITE.advice
    'A payoff or a parameter is NaN or infinite at this point, or payoffs lie so far apart (over 1.8e308) that their range is infinite: look
    for a division by zero, a missing value or a huge number in its inputs.'
    """

    OK = 0
    TRUNCATED = 1
    TIME = 2
    MAX_ITER = 3
    NOT_FINITE = 4
    OUT_OF_DOMAIN = 5
    SINGULAR = 6
    UNSUPPORTED = 7
    NOT_RUN = 8

    @property
    def advice(self) -> str:
        """One sentence: what happened and what to do next."""
        return _ADVICE[self]

    @classmethod
    def flag_attributes(cls) -> dict[str, object]:
        """CF-style ``flag_values`` and ``flag_meanings`` for a labelled array of statuses."""
        return {"flag_values": [int(s) for s in cls], "flag_meanings": " ".join(s.name for s in cls)}


_ADVICE = {
    Status.OK: "Solved.",
    Status.TRUNCATED: "More solutions exist than were kept: raise the limit named in the solver.",
    Status.TIME: "The time budget ran out: raise it, or solve a smaller game.",
    Status.MAX_ITER: "The iteration limit was reached before the tolerance: raise max_iter, or start elsewhere.",
    Status.NOT_FINITE: (
        "A payoff or a parameter is NaN or infinite at this point, or payoffs lie so far apart (over 1.8e308) that their range is infinite:"
        " look for a division by zero, a missing value or a huge number in its inputs."
    ),
    Status.OUT_OF_DOMAIN: "A parameter lies outside its domain at this point: sweep within the domain that the model declares.",
    Status.SINGULAR: "The equations are singular at this point: the game is degenerate here, so move the parameters a little.",
    Status.UNSUPPORTED: "This solver does not take a game of this kind or size: choose another, such as PureNash() for pure equilibria.",
    Status.NOT_RUN: "This point was not reached before the sweep was stopped.",
}


class Completeness(IntEnum):
    """Whether the solutions listed for a game are all that there are, relative to the solution concept.

    ``NO``: others may exist. ``PROBABILITY_ONE``: all, except on a set of games of measure zero that the method cannot detect.
    ``PROVED``: all, by a finite argument that holds for this very game.
    """

    NO = 0
    PROBABILITY_ONE = 1
    PROVED = 2

    @classmethod
    def flag_attributes(cls) -> dict[str, object]:
        """CF-style ``flag_values`` and ``flag_meanings`` for a labelled array."""
        return {"flag_values": [int(c) for c in cls], "flag_meanings": " ".join(c.name.lower() for c in cls)}
