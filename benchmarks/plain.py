"""What one would write by hand: plain Python loops over one game, straight from the definitions. The baseline of every table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["bimatrix_nash", "istanbul_payoffs", "istanbul_solve", "pure_nash", "subgame_perfect"]

Payoffs = Mapping[Any, Sequence[float]]
"""The payoffs of all players at every profile, a tuple of action numbers."""


def as_dict(tensor: np.ndarray[Any, Any]) -> dict[tuple[int, ...], tuple[float, ...]]:
    """One game, ``(player, a_0, ...)``, as a dict."""
    return {profile: tuple(tensor[(slice(None), *profile)].tolist()) for profile in np.ndindex(*tensor.shape[1:])}


def pure_nash(payoffs: Payoffs, shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Profiles from which no player gains by moving alone."""
    found = []
    for profile in itertools.product(*map(range, shape)):
        deviations = (((*profile[:i], other, *profile[i + 1 :]), i) for i, n in enumerate(shape) for other in range(n))
        if all(payoffs[deviation][i] <= payoffs[profile][i] for deviation, i in deviations):
            found.append(profile)
    return found


def bimatrix_nash(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Every equilibrium of a two-player game without ties: a linear system for each pair of supports of one size."""
    rows, columns = first.shape
    found = []
    for size in range(1, min(rows, columns) + 1):
        for ours in itertools.combinations(range(rows), size):
            for theirs in itertools.combinations(range(columns), size):
                y = _indifferent(first[np.ix_(ours, theirs)])
                x = _indifferent(second[np.ix_(ours, theirs)].T)
                if x is None or y is None:
                    continue
                column, row = np.zeros(columns), np.zeros(rows)
                column[list(theirs)], row[list(ours)] = y, x
                value, other = first @ column, row @ second
                if value.max() <= value[ours[0]] + 1e-12 and other.max() <= other[theirs[0]] + 1e-12:
                    found.append((row, column))
    return found


def _indifferent(matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """The positive mix of columns that gives every row the same payoff."""
    size = len(matrix)
    system = np.ones((size + 1, size + 1))
    system[:size, :size], system[:size, size], system[size, size] = matrix, -1, 0
    try:
        mix = np.linalg.solve(system, [0.0] * size + [1.0])[:size]
    except np.linalg.LinAlgError:
        return None
    return mix if (mix > 0).all() else None


def subgame_perfect(payoffs: Payoffs, shape: Sequence[int], owners: Sequence[int], stages: Sequence[Sequence[int]]) -> set[tuple[int, ...]]:
    """Plays that some subgame-perfect plan in pure strategies leads to.

    The instruments must be numbered in the order of their stages, one instrument a player in each stage.
    """

    def solve(stage: int, history: tuple[int, ...]) -> set[tuple[int, ...]]:
        if stage == len(stages):
            return {history}
        decided = stages[stage]
        after = {choice: solve(stage + 1, (*history, *choice)) for choice in itertools.product(*(range(shape[k]) for k in decided))}
        if not all(after.values()):
            return set()
        worst = {(choice, owners[k]): min(payoffs[play][owners[k]] for play in plays) for choice, plays in after.items() for k in decided}
        found = set()
        for choice, plays in after.items():
            for play in plays:
                if all(
                    payoffs[play][owners[k]] >= worst[(*choice[:j], other, *choice[j + 1 :]), owners[k]]
                    for j, k in enumerate(decided)
                    for other in range(shape[k])
                    if other != choice[j]
                ):
                    found.add(play)
        return found

    return solve(0, ())


def istanbul_payoffs(q: Mapping[str, float]) -> dict[tuple[int, int, int, int], tuple[float, float, float, float]]:
    """The base case of the flagship scenario by hand: payoffs of (U, R, US, E) at each play (R, U, US stance, E)."""
    payoffs = {}
    for r, u, us, e in itertools.product(range(3), range(3), range(3), range(2)):
        truce, talk, refuse = r == 0, r == 1, r == 2
        insists, attends, press = u == 0, u == 2, us == 2
        talks = truce or (talk and not insists)
        s_us, s_e = us == 1 and not truce, e == 1 and not truce
        bite = s_e * q["tau_E"] + s_us * q["tau_US"] + (s_us and s_e) * q["sigma"]
        cut = press and insists and talk
        d_r = q["p"] - q["c_R"] + (-q["rho"] if truce else q["m"] - q["k_R"])
        d_u = 1 - q["p"] - q["c_U"] + (q["rho"] if truce else -q["m"] - q["k_U"])
        share = d_r + q["beta"] * (1 - d_r - d_u)
        deal = q["pi"] + q["dpi"] * truce
        russia = (deal * share + (1 - deal) * d_r if talks else d_r) - bite - q["b_R"] * refuse - q["b_att"] * (refuse and attends)
        ukraine = (deal * (1 - share) + (1 - deal) * d_u if talks else d_u) + q["lam_U"] * bite - q["alpha"] * cut
        ukraine += -q["h_U"] * (not insists and not truce) - q["kap_att"] * attends + q["w_att"] * (attends and refuse)
        states = q["bT_US"] * truce + talks * (q["bK_US"] + deal * q["bD_US"]) - q["kap_US"] * s_us
        states += -q["a_US"] * (not truce and not s_us) + q["w_US"] * ukraine - q["c_press"] * cut
        europe = q["bT_E"] * truce - q["kap_E"] * s_e - q["a_E"] * (not truce and not s_e) + q["w_E"] * ukraine
        payoffs[r, u, us, e] = (ukraine, russia, states, europe)
    return payoffs


ISTANBUL_SHAPE, ISTANBUL_OWNERS, ISTANBUL_STAGES = (3, 3, 3, 2), (1, 0, 2, 3), ((0,), (1,), (2, 3))


def istanbul_solve(q: Mapping[str, float]) -> tuple[int, int]:
    """Number of pure Nash equilibria and of subgame-perfect paths of talks_first at one point.

    Payoffs are rounded to twelve digits so that ties between plays of one outcome stay ties.
    """
    payoffs: Payoffs = {play: tuple(round(v, 12) for v in values) for play, values in istanbul_payoffs(q).items()}
    by_player: Payoffs = {(u, r, us, e): values for (r, u, us, e), values in payoffs.items()}
    return len(pure_nash(by_player, (3, 3, 3, 2))), len(subgame_perfect(payoffs, ISTANBUL_SHAPE, ISTANBUL_OWNERS, ISTANBUL_STAGES))
