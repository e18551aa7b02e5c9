"""Fictitious play: each player replies best to how often the others have played each action so far (Brown 1951)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.adjustment.scaled import action_payoffs

__all__ = ["Learned", "learn"]

Array = NDArray[np.float64]


class Learned(NamedTuple):
    """Frequencies of play: ``mixes`` (n_i, entry), and at the rounds recorded."""

    mixes: list[Array]
    record: list[list[Array]]


def learn(
    tensor: Array, tie: Array, game: NDArray[np.intp], first: list[Array], rounds: int, weight: float, record: bool = False
) -> Learned:
    """Play ``rounds`` rounds, all players at once; the beliefs at the start count like ``weight`` rounds.

    Payoffs against beliefs are linear in them, and each round adds one action; a tie goes to the lowest action.
    """
    payoffs, allowed = tensor[..., game], tie[:, game]
    tally = [mix * weight for mix in first]
    entry = np.arange(len(game))
    seen = [[mix.copy() for mix in first]] if record else []
    for played in range(rounds):
        beliefs = [count / (weight + played) for count in tally]
        chosen = []
        for i, own in enumerate(payoffs):
            value = action_payoffs(own, beliefs, i)
            chosen.append((value >= value.max(axis=0) - allowed[i]).argmax(axis=0))
        for count, action in zip(tally, chosen, strict=True):
            count[action, entry] += 1.0
        if record:
            seen.append([count / (weight + played + 1) for count in tally])
    return Learned([count / (weight + rounds) for count in tally], seen)
