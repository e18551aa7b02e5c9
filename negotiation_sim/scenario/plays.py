"""Plays of a scenario: read from names, named, valued."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._words import nearest_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from negotiation_sim.scenario.model import Instrument, Scenario

__all__ = ["named_options", "outcome_of", "payoffs_of", "read_play"]


def read_play(scenario: Scenario, play: Sequence[str] | Mapping[str, str]) -> tuple[int, ...]:
    """Return the option of each instrument, by index.

    Parameters
    ----------
    scenario : Scenario
        A single case.
    play : sequence of str, or mapping of str to str
        Options in the order of the instruments, or instrument (or actor) to option; an actor's options may be joined with ``+``.
        Instruments with a single open option may be left out.

    Raises
    ------
    ValueError
        For a batch, unknown or missing names, options that are not open, and plays that a constraint forbids.
    """
    if scenario.batch_shape:
        shape = scenario.batch_shape
        raise ValueError(f"explain and contrast expect a single case; got a batch of shape {shape}: replace arrays by numbers")
    every = scenario.instruments
    free = [i for i in every if len(i.options) > 1]
    order = ", ".join(i.key for i in every)
    _check_kind(play, order, every[0].options[0])
    chosen = {i.key: i.options[0] for i in every if len(i.options) == 1}
    if isinstance(play, Mapping):
        for key, option in play.items():
            own = [i for i in every if key in (i.key, i.actor)]
            if not own:
                names = dict(zip(scenario.players, scenario.player_names, strict=True))
                known = {i.key: names.get(i.key, i.key) for i in every} | {i.actor: names[i.actor] for i in every}
                raise ValueError(f"play: unknown instrument or actor {key!r}; {_meant(key, known)}")
            parts = option.split("+")
            if len(parts) != len(own):
                own = [i for i in own if len(i.options) > 1]
            if len(parts) != len(own):
                raise ValueError(f"play: {key} decides {', '.join(i.key for i in own)}; got {option!r}. Name an option for each")
            chosen |= {i.key: part.strip() for i, part in zip(own, parts, strict=True)}
    else:
        fits = every if len(play) == len(every) else free
        if len(play) != len(fits) or (fits is free and _miscounted(scenario, play, free)):
            few = (
                f", or {len(free)} without those that leave no choice ({', '.join(i.key for i in free)})" if len(free) < len(every) else ""
            )
            raise ValueError(f"play: expected {len(every)} choices ({order}){few}; got {len(play)}: {', '.join(play)}")
        chosen |= {i.key: option for i, option in zip(fits, play, strict=True)}
    missing = [i.key for i in every if i.key not in chosen]
    if missing:
        raise ValueError(f"play: no option given for {', '.join(missing)}; expected one for each of {order}")
    for i, full in zip(every, scenario.all_instruments, strict=True):
        if chosen[i.key] in full.options and chosen[i.key] not in i.options:
            raise ValueError(f"play: {i.key}: {chosen[i.key]!r} is not open in this case; open are {', '.join(i.options)}")
        if chosen[i.key] not in i.options:
            raise ValueError(
                f"play: {i.key} has no option {chosen[i.key]!r}; {_meant(chosen[i.key], dict(zip(i.options, i.labels, strict=True)))}"
            )
    at = tuple(i.options.index(chosen[i.key]) for i in every)
    if scenario.play_classes()[at] < 0:
        rules = "; ".join(c.meaning or name for name, c in scenario.constraints.items())
        raise ValueError(f"play: the rules of the scenario forbid it ({rules}); got {', '.join(f'{k}: {o}' for k, o in chosen.items())}")
    return at


def _miscounted(scenario: Scenario, play: Sequence[str], free: Sequence[Instrument]) -> bool:
    """Whether options that all exist stand at instruments that do not have them: one was left out of a list of all, say."""
    full = {i.key: i.options for i in scenario.all_instruments}
    known = {option for options in full.values() for option in options}
    return known.issuperset(play) and any(option not in full[i.key] for option, i in zip(play, free, strict=True))


def _check_kind(play: Any, order: str, example: str) -> None:
    """Raise ValueError unless it is a list or a mapping of names."""
    if isinstance(play, str) or not isinstance(play, Mapping | Sequence):
        got = f"the text {play!r}" if isinstance(play, str) else f"{type(play).__name__} {play!r}"
        raise ValueError(f"play must be a list of options, one for each instrument ({order}), or a mapping; got {got}")
    wrong = [option for option in (play.values() if isinstance(play, Mapping) else play) if not isinstance(option, str)]
    if wrong:
        raise ValueError(f"play: options are given by name, such as {example!r}; got {type(wrong[0]).__name__} {wrong[0]!r}")


def _meant(given: object, labels: Mapping[str, str]) -> str:
    """Say what was probably meant by a name that does not exist, be it near to a name or to a label."""
    by_label = {label.casefold(): name for name, label in labels.items()}
    close = difflib.get_close_matches(str(given).casefold()[:80], by_label, n=1, cutoff=0.75)
    return nearest_name(by_label[close[0]] if close else str(given), labels)


def payoffs_of(scenario: Scenario) -> NDArray[np.float64]:
    """Payoffs over plays, ``(player, o_0, ..., o_{I-1}, 1)``."""
    terms = scenario.terms()
    shape = (*scenario.play_shape, 1)
    return np.stack([sum((v[..., None] for v in terms[key].values()), np.zeros(shape)) for key in scenario.players])


def named_options(scenario: Scenario, at: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    """Instrument and option of a play."""
    return tuple((i.key, i.options[k]) for i, k in zip(scenario.instruments, at, strict=True))


def outcome_of(scenario: Scenario, at: tuple[int, ...]) -> tuple[str, str]:
    """Name and label of the outcome of a play."""
    k = int(scenario.play_classes()[at])
    return scenario.outcome_names[k], scenario.outcome_labels[k]
