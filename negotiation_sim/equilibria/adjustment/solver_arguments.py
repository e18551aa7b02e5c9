"""Read the limits and tolerances that adjustment dynamics share; and say what to give instead."""

from __future__ import annotations

from negotiation_sim._arguments import real_number, whole_number

__all__ = ["flow_limits", "rounding_share"]


def flow_limits(max_time: object, max_steps: object, tol: object, accuracy: object) -> dict[str, float]:
    """Read where a differential equation stops, by name.

    Raises
    ------
    ValueError
        For numbers out of range, and what is no number.
    """
    return {
        "max_time": real_number(max_time, "max_time must be a positive, finite time", 0),
        "max_steps": whole_number(max_steps, "max_steps must be a whole number of steps, at least 1", 1),
        "tol": real_number(tol, "tol must lie between 0 and 1", 0, 1),
        "accuracy": real_number(accuracy, "accuracy must lie between 0 and 1", 0, 1),
    }


def rounding_share(rtol: object) -> float:
    """Read up to which share of the payoff range a gain makes nobody move.

    Raises
    ------
    ValueError
        If it is no number from [0, 1).
    """
    return real_number(rtol, "rtol must be a share of the payoff range, at least 0 and below 1", 0, 1, "[)")
