"""Why a play is, or is not, an equilibrium: every deviation, what it changes, and in which terms of the payoff.

For the simultaneous form the others stay where they are. For a timed form the later movers answer, and a deviation is held against the
answer that is worst for the one who deviates among those that are themselves equilibria: if even that one pays, the play fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._table import Shown, Table, number_text
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect
from negotiation_sim.scenario.plays import named_options, outcome_of, payoffs_of, read_play
from negotiation_sim.scenario.reasons import reason_text, term_text
from negotiation_sim.scenario.term_contrast import Contrast, contrast_plays
from negotiation_sim.status import Status

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from negotiation_sim.games.staged import StagedGame
    from negotiation_sim.scenario.model import Scenario

__all__ = ["Contrast", "Deviation", "Explanation", "contrast_plays", "explain_play"]

_SOLVER = SubgamePerfect()  # answers and verdicts go by its tolerance
_ZERO = 1e-13  # changes of a term below this share of the actor's payoff range are rounding


@dataclass(frozen=True)
class Deviation:
    """What one actor could do instead, and what that would bring.

    Attributes
    ----------
    stage : str
        When it is decided; empty for the simultaneous form.
    actor, actor_name, chosen, instead : str
        Who, what the play says and what is done instead (options joined with ``+`` where an actor decides several instruments).
    instead_label : str
        ``instead`` in words.
    answer : tuple of (str, str)
        Instruments decided later and their options after the deviation, where they differ from the play; the worst for the actor
        among the ``answers`` that are equilibria of what follows.
    answers : int
        How many such answers there are; 1 where nothing is decided later.
    outcome, outcome_label : str
        Where the deviation and its answer lead; empty if there is no answer.
    change : float
        The actor's gain; infinite if no answer is an equilibrium, so that nothing speaks against the deviation.
    share : float
        ``change`` as a share of the actor's payoff range.
    terms : tuple of (str, float)
        The change by terms of the payoff, without those that stay the same.
    verdict : str
        ``"gains"``, ``"loses"``, ``"ties"`` or ``"unanswered"``.
    """

    stage: str
    actor: str
    actor_name: str
    chosen: str
    instead: str
    instead_label: str
    answer: tuple[tuple[str, str], ...]
    answers: int
    outcome: str
    outcome_label: str
    change: float
    share: float
    terms: tuple[tuple[str, float], ...]
    verdict: str


@dataclass(frozen=True)
class Explanation(Shown):
    """What `Scenario.explain` returns: print it, or read its fields.

    Attributes
    ----------
    title, note : str
        Of the scenario.
    concept, form : str
        ``"nash"`` of the simultaneous form, or ``"subgame-perfect"`` of a timed one.
    play : tuple of (str, str)
        Each instrument with its option.
    outcome, outcome_label : str
        The outcome of the play.
    payoffs : tuple of (str, float)
        Each actor's full name and payoff.
    equilibrium : bool
        Whether some equilibrium of the concept plays it.
    deviations : tuple of Deviation
        In the order of the stages, then of the actors, then of the options.
    sentence : str
        The reason in words.
    """

    title: str
    note: str
    concept: str
    form: str
    play: tuple[tuple[str, str], ...]
    outcome: str
    outcome_label: str
    payoffs: tuple[tuple[str, float], ...]
    equilibrium: bool
    deviations: tuple[Deviation, ...]
    sentence: str

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each deviation and each term that it changes."""
        import pandas as pd

        records: list[dict[str, Any]] = []
        for deviation in self.deviations:
            known = {k: v for k, v in asdict(deviation).items() if k not in ("terms", "answer")}
            records += [{**known, "term": term, "term_change": change} for term, change in deviation.terms or [(None, 0.0)]]
        frame = pd.DataFrame(records)
        frame.attrs.update(title=self.title, note=self.note, sentence=self.sentence)
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists, dicts, numbers and text, fit for JSON; the change of an unanswered deviation is None."""
        content = asdict(self)
        for name in ("play", "payoffs"):
            content[name] = dict(content[name])
        for deviation in content["deviations"]:
            deviation["answer"], deviation["terms"] = dict(deviation["answer"]), dict(deviation["terms"])
            if not deviation["answers"]:
                deviation["change"] = deviation["share"] = None
        return content

    @property
    def tables(self) -> tuple[Table, ...]:
        """The deviations, grouped by who moves when."""
        timed = self.concept != "nash"
        rows: list[Any] = []
        payoffs = dict(self.payoffs)
        group: tuple[str, str] | None = None
        for d in self.deviations:
            if (d.stage, d.actor) != group:
                group = (d.stage, d.actor)
                rows.append((f"{d.stage}: " if timed else "") + f"{d.actor_name} plays {d.chosen} ({number_text(payoffs[d.actor_name])})")
            because = ", ".join(term_text(*term) for term in d.terms)
            answer = [", ".join(f"{key}: {option}" for key, option in d.answer)] if timed else []
            rows.append([d.instead, d.change if d.answers else None, d.verdict, because, *answer, d.outcome_label])
        play = ", ".join(f"{key}: {option}" for key, option in self.play)
        columns = ["instead", "change", "verdict", "because", *(["answered by"] if timed else []), "outcome then"]
        note = f"{self.sentence}\n{self.note}".strip()
        return (Table(columns, rows, f"{self.title}\n{self.outcome_label} ({play})", note),)


def explain_play(scenario: Scenario, play: Sequence[str] | Mapping[str, str], form: str | None = None) -> Explanation:
    """Explain a play (see `Scenario.explain`).

    Parameters
    ----------
    scenario : Scenario
        A single case (no arrays among its parameters).
    play : sequence of str, or mapping of str to str
        See `read_play`.
    form : str, optional
        The scenario's own by default; ``"simultaneous"`` asks whether the play is a Nash equilibrium.

    Raises
    ------
    ValueError
        For a play or a form that does not exist, or a batch.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> crisis = ns.load("istanbul-2025")
    >>> told = explain_play(crisis, {"U": "truce_first", "R": "accept_truce", "US": "cond_sanction", "E": "cond_sanction"}, "talks_first")
    >>> told.equilibrium
    False
    >>> [(d.actor, d.instead, round(d.change, 4)) for d in told.deviations if d.verdict == "gains"]
    [('R', 'talk_no_truce', 0.0215)]
    """
    at = read_play(scenario, play)
    name = scenario.form if form is None else form
    timed = name != "simultaneous"
    scenario.game(name)  # raises where the form does not exist
    game = scenario.staged_game(payoffs_of(scenario), (), name)
    if not game.finite.all():
        raise ValueError(f"explain needs finite payoffs over a finite range. {Status.NOT_FINITE.advice}")
    deviations = tuple(_deviations(scenario, game, at))
    supported = bool(_SOLVER.masks(game)[0][at][0])
    label = outcome_of(scenario, at)
    concept = "subgame-perfect" if timed else "nash"
    return Explanation(
        scenario.title,
        scenario.note,
        concept,
        name,
        named_options(scenario, at),
        *label,
        tuple((n, float(payoffs[at])) for n, payoffs in zip(scenario.player_names, game.payoffs, strict=True)),
        supported,
        deviations,
        reason_text(deviations, supported, name if timed else "", label[0]),
    )


def _deviations(scenario: Scenario, game: StagedGame, at: tuple[int, ...]) -> Iterator[Deviation]:
    """Yield every other choice of every mover at every stage, with the supported continuation that is worst for the mover."""
    masks = _SOLVER.masks(game)
    scale = Resolution.of(game.tensor, game.feasible)
    ties, noise = scale.tolerance(_SOLVER.rtol)[:, 0], scale.tolerance(_ZERO)[:, 0]
    terms = scenario.terms()
    feasible = np.ones(game.shape, dtype=bool) if game.feasible is None else game.feasible
    instruments = scenario.instruments
    for s, (stage, stage_name) in enumerate(zip(game.stages, game.stage_names, strict=True)):
        later = sorted(k for after in game.stages[s + 1 :] for k in after)
        for player in sorted({game.owners[k] for k in stage}):
            own = [k for k in stage if game.owners[k] == player]
            key, value = scenario.players[player], game.payoffs[player]
            span, tie, rounding = float(scale.span[player, 0]), float(ties[player]), float(scale.rounding[player, 0])
            shown = [k for k in own if len(game.options[k]) > 1]
            for choice in np.ndindex(*(len(game.options[k]) for k in own)):
                changed = dict(zip(own, choice, strict=True))
                if all(at[k] == c for k, c in changed.items()):
                    continue
                where = tuple(slice(None) if k in later else changed.get(k, at[k]) for k in range(len(at)))
                if not feasible[where].any():
                    continue
                follows = masks[s + 1][..., 0][where] if later else np.ones((), dtype=bool)
                known = (
                    stage_name if game.form != "simultaneous" else "",
                    key,
                    scenario.player_names[player],
                    "+".join(game.options[k][at[k]] for k in shown),
                    "+".join(game.options[k][changed[k]] for k in shown),
                    ", ".join(instruments[k].labels[changed[k]] for k in shown if changed[k] != at[k]),
                )
                if not follows.any():
                    yield Deviation(*known, (), 0, "", "", math.inf, math.inf, (), "unanswered")
                    continue
                lowest = float(value[where][follows].min())
                to = _worst(follows, value[where] <= lowest + tie, at, later, changed)
                change = float(value[to] - value[at])
                change = 0.0 if abs(change) <= rounding else change  # as in certificates: no more than the last digits of the payoffs
                parts = tuple((t, float(v[to] - v[at])) for t, v in terms[key].items() if abs(v[to] - v[at]) > noise[player])
                held = lowest - float(value[at])
                verdict = "gains" if held > tie else "loses" if held < -tie else "ties"
                answer = tuple((game.instruments[k], game.options[k][to[k]]) for k in later if to[k] != at[k])
                share = change / span if span else 0.0
                yield Deviation(*known, answer, int(follows.sum()), *outcome_of(scenario, to), change, share, parts, verdict)


def _worst(
    follows: NDArray[np.bool_], lowest: NDArray[np.bool_], at: tuple[int, ...], later: Sequence[int], changed: dict[int, int]
) -> tuple[int, ...]:
    """Return the play after a deviation and the worst answer to it; of several equally bad ones, the one most like the play itself."""
    answers = [dict(zip(later, map(int, row), strict=True)) for row in np.argwhere(follows & lowest)]
    answer = min(answers, key=lambda a: sum(at[k] != option for k, option in a.items()))
    return tuple(answer.get(k, changed.get(k, at[k])) for k in range(len(at)))
