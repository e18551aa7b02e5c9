"""The demonstration: solve the flagship scenario, draw it, and say in words what was found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from negotiation_sim import plot
from negotiation_sim._table import Table
from negotiation_sim._version import __version__
from negotiation_sim.report.findings import credibility_findings, map_findings, variant_findings
from negotiation_sim.report.orders import Order, giving_way, order_findings, order_label, orders_of, threshold_findings
from negotiation_sim.report.page import Bullets, Content, Picture, Section, Text, page
from negotiation_sim.report.saving import about_columns, long_table, save_csv, save_figure, save_text
from negotiation_sim.report.words import among_words, capital, either, quoted
from negotiation_sim.scenario.file import load
from negotiation_sim.sweeps.design import grid, span
from negotiation_sim.sweeps.run import sweep

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from negotiation_sim.equilibria.entries import Paths
    from negotiation_sim.games.normal_form import NormalFormGame
    from negotiation_sim.scenario.comparison import Comparison
    from negotiation_sim.scenario.model import Scenario

__all__ = ["Demonstration", "demonstrate"]

FLAGSHIP, SECOND = "istanbul-2025", "ceasefire-game"
X, Y = "a_US", "tau_US"
POINTS = 201


@dataclass(frozen=True)
class Demonstration:
    """What was found, in sentences under headings, and which files were written."""

    title: str
    note: str
    findings: tuple[tuple[str, tuple[str, ...]], ...]
    files: tuple[Path, ...]


class _Folder:
    """Where the files go; each is whole as soon as it is there, so that an interruption leaves what was finished."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[Path] = []

    def figure(self, figure: Figure | None, name: str, caption: str) -> Picture:
        assert figure is not None
        from matplotlib import pyplot as plt

        paths = save_figure(figure, self.root / "figures", name)
        self.files += paths
        alt = plot.alt_text(figure)
        plt.close(figure)
        return Picture(paths[0].read_bytes(), alt, caption)


def demonstrate(folder: Path, points: int = POINTS) -> Demonstration:
    """Solve the built-in scenarios and write figures, tables and a page.

    Parameters
    ----------
    folder : Path
        Where to write; made if it is not there.
    points : int
        Points along each axis of the map.

    Returns
    -------
    Demonstration
    """
    crisis = load(FLAGSHIP)
    ranges = {name: crisis.parameters[name].range or (0.0, 1.0) for name in (X, Y)}
    axes = {name: span(low, high, points) for name, (low, high) in ranges.items()}
    comparison, orders = crisis.compare(), orders_of(crisis)
    result = sweep(crisis, grid(**axes), solvers=("nash", "subgame-perfect"), progress=False)
    maps = {_game_of(crisis, result, concept): map_findings(result, X, Y, concept) for concept in ("nash", "subgame-perfect")}
    own = _in_order(crisis)
    thresholds, elsewhere = threshold_findings(crisis, orders[0]), _elsewhere(crisis, orders[1:])
    threats, variants, ways = credibility_findings(crisis, comparison), variant_findings(comparison), order_findings(orders)
    words = {
        _ORDER: ways,
        f"{_THRESHOLDS} {own}": thresholds,
        f"{_THRESHOLDS} in the other orders": elsewhere,
        _THREATS: threats,
        f"{_VARIANTS} {own}": variants,
        **{f"The map of {X} and {Y}: {game}": said for game, said in maps.items()},
    }
    out = _Folder(folder)
    out.files += _tables(folder, crisis, comparison, result)
    short = _in_short(ways, thresholds, threats, own)
    sections = [
        Section("In short", [Text(_STORY), Bullets(short), Text(_size_of(crisis, result))]),
        _order_section(crisis, orders, ways, out),
        _map_section(result, maps, [*thresholds, *elsewhere], own, out),
        _threat_section(crisis, threats),
        _variant_section(crisis, comparison, variants, out),
        _second_section(load(SECOND), out),
        _parameter_section(crisis),
        Section("How to read this", [Bullets(_READING.splitlines())]),
    ]
    made = f"Made by negotiation_sim {__version__} from its built-in scenarios {FLAGSHIP} and {SECOND}; another run makes the same page."
    path = folder / "report.html"
    save_text(page(crisis.title, crisis.note, sections, [made]), path)
    return Demonstration(crisis.title, crisis.note, tuple((h, tuple(s)) for h, s in words.items()), (path, *out.files))


_ORDER, _THRESHOLDS, _VARIANTS = "The order of moves", "Thresholds", "Variants"
_THREATS = "Threats that would not be carried out"

_STORY = (
    "In May 2025 Russia proposes direct talks without a ceasefire. Ukraine wants an unconditional truce of 30 days first, then talks. The "
    "US president tells Ukraine to take the meeting at once; his envoy and the Europeans say: truce first. The day before, the United "
    "States and Europe had jointly threatened sanctions on energy and banking if there is no truce by Monday. Who gives way?"
)

_READING = """\
A Nash equilibrium of the simultaneous form: everybody chooses at once, and nobody gains by changing only their own choice. Threats that \
would never be carried out can survive in it.
A subgame-perfect path of a timed form: moves come in a stated order, later movers see earlier moves, and nobody would gain by acting \
otherwise, on the path or off it. The two are answers to two different games.
Every equilibrium in pure strategies is found, and with two actors every mixed one too; each is checked by code that did not find it \
(regret: the largest gain from a deviation, as a share of the payoff range).
An actor gives way between two situations if it chooses something else and ends up with less.
A threshold moves one parameter alone, everything else at the base case."""


def _in_order(scenario: Scenario) -> str:
    """Name the game that a scenario's own form is: several timed forms have different outcomes, so none may be called just "timed"."""
    timed = scenario.form in scenario.forms
    return f"in the order {quoted(order_label(scenario, scenario.form))}" if timed else "when all choose at once"


def _game_of(scenario: Scenario, result: xr.Dataset, concept: str) -> str:
    """Name the game and the concept of one part of a sweep."""
    among = among_words(json.loads(str(result.attrs["among"]))[concept])
    return f"all at once (Nash{',' + among if among else ''})" if concept == "nash" else f"{_in_order(scenario)} (subgame-perfect)"


def _in_short(ways: Sequence[str], thresholds: Sequence[str], threats: Sequence[str], own: str) -> list[str]:
    """Pick what a hurried reader needs: where it ends, what the order decides, which threats fail, and where somebody gives way."""
    first, *_, last = ways
    moved = [f"{capital(own)}: {text}" for text in thresholds if "gives way" in text]
    return [first, capital(last.removeprefix("So ")), *threats, *moved]


def _elsewhere(crisis: Scenario, orders: Sequence[Order]) -> list[str]:
    """Tell the nearest threshold of each other order of moves."""
    return [f"In the order {quoted(order.label)} the nearest is: {threshold_findings(crisis, order)[0]}" for order in orders]


def _size_of(crisis: Scenario, result: xr.Dataset) -> str:
    games = result.sizes[X] * result.sizes[Y]
    return (
        f"{len(crisis.actors)} actors ({', '.join(crisis.player_names)}), {len(crisis.forms)} orders of moves, {len(crisis.variants)} "
        f"variants, and {games:,} games on a map of {X} and {Y}. Every sentence with a number in it is computed from these."
    )


def _tables(folder: Path, crisis: Scenario, comparison: Comparison, result: xr.Dataset) -> list[Path]:
    about = {"title": crisis.title, "description": crisis.note, "parameters": crisis.values}
    small = result[["supported", "status", "complete", "count"]]
    compared = comparison.to_pandas(), _COMPARED | _payoff_columns(crisis)
    tables = {"compare.csv": compared, "regime_map.csv": (long_table(small), about_columns(small))}
    return [path for name, (frame, columns) in tables.items() for path in save_csv(frame, folder / name, about, columns)]


def _payoff_columns(crisis: Scenario) -> dict[str, str]:
    ends = {"min": "lowest", "max": "highest"}
    named = list(zip(crisis.players, crisis.player_names, strict=True))
    return {f"{key}_{end}": f"{word} payoff of {name} among these equilibria" for key, name in named for end, word in ends.items()}


_COMPARED = {
    "concept": "nash (everybody chooses at once) or subgame-perfect (moves in the order of the form)",
    "form": "order of moves that was solved",
    "variant": "the case: base, or the name of a variant",
    "variant_label": "the variant in words",
    "outcome": "outcome of these equilibria; one row for each outcome of a case, empty if there is no equilibrium",
    "outcome_label": "the outcome in words",
    "count": "equilibria that can end in this outcome",
    "probability_min": "lowest probability of the outcome among these equilibria; 1 if none is mixed",
    "probability_max": "highest probability of the outcome among these equilibria",
    "strict": "some of these equilibria is strict: every deviation loses",
    "strict_between_outcomes": "in some of these equilibria every deviation that leaves the outcome loses",
    "regret": "largest gain from a deviation, as a share of the payoff range: the certificate",
    "margin": "smallest loss from a deviation that leaves the outcome, as a share of the payoff range",
    "status": "OK if the case was solved",
    "complete": "whether all equilibria of the concept are listed: PROVED, PROBABILITY_ONE or NO",
}


def _order_section(crisis: Scenario, orders: Sequence[Order], words: Sequence[str], out: _Folder) -> Section:
    rows = []
    for order in orders:
        ends = [order.situation.payoffs.get(name) for name in crisis.player_names]
        payoffs = [None if pair is None else pair[0] if pair[1] - pair[0] < 1e-9 else pair for pair in ends]
        rows.append([order.label, " or ".join(order.situation.outcomes) or "no equilibrium", *payoffs])
    title = "Subgame-perfect outcomes and payoffs by order of moves"
    contents: list[Content] = [Bullets(words), Table(["order of moves", "outcome", *crisis.player_names], rows, title, crisis.note)]
    first = orders[0]
    for other in orders[1:]:
        losers = giving_way(first.situation, other.situation)
        if losers:
            name = losers[0]
            key = crisis.players[crisis.player_names.index(name)]
            plays = [cast("Paths", crisis.solve("subgame-perfect", form=order.form)).plays()[0] for order in (first, other)]
            axes = plot.waterfall(crisis.contrast(*plays), key)
            here, there = either(first.situation.outcomes), either(other.situation.outcomes)
            caption = f"What {here} and {there} are worth to {name}, term by term."
            contents.append(out.figure(axes.get_figure(root=True), "talks_against_truce", caption))
            break
    return Section(_ORDER, contents)


def _map_section(result: xr.Dataset, maps: dict[str, list[str]], words: Sequence[str], own: str, out: _Folder) -> Section:
    panels = plot.regime_panels(result, X, Y)
    lines = plot.lines(result, "payoff", X, concept="subgame-perfect")
    contents: list[Content] = [
        Text(f"How far must one number move, alone, before the outcome changes {own}?"),
        Bullets(words),
        out.figure(panels, "regimes", f"Outcomes over {X} and {Y}, when all choose at once (left) and {own} (right)."),
    ]
    for game, said in maps.items():
        contents += [Text(f"On this map, {game}:"), Bullets(said)]
    contents.append(out.figure(lines.get_figure(root=True), f"payoffs_along_{X}", f"Payoffs along {X} {own}."))
    return Section(_THRESHOLDS, contents)


def _threat_section(crisis: Scenario, words: Sequence[str]) -> Section:
    plays = cast("Paths", crisis.solve("subgame-perfect")).plays()[:1]
    tables = [table for play in plays for table in crisis.explain(play).tables]
    return Section(_THREATS, [Bullets(words), Text("Why the base case ends where it does, deviation by deviation:"), *tables])


def _variant_section(crisis: Scenario, comparison: Comparison, words: Sequence[str], out: _Folder) -> Section:
    figure = plot.payoff_panels(comparison, outcomes=crisis.outcome_names)
    picture = out.figure(
        figure,
        "payoffs_by_variant",
        f"Who gets what in each variant, when all choose at once and {_in_order(crisis)}; one bar for each equilibrium outcome.",
    )
    meanings = [f"{v.label or name}: {v.meaning}" for name, v in crisis.variants.items() if v.meaning]
    lead = Text(f"Where they lead {_in_order(crisis)}:")
    return Section(_VARIANTS, [Bullets(meanings), lead, Bullets(words), picture, *comparison.tables])


def _second_section(second: Scenario, out: _Folder) -> Section:
    labels = cast("tuple[dict[str, str], dict[str, str]]", tuple(dict(zip(i.options, i.labels, strict=True)) for i in second.instruments))
    axes = plot.game(cast("NormalFormGame", second.game("simultaneous")), labels=labels, note=second.note)
    comparison = second.compare()
    contents: list[Content] = [
        Text(f"Where its variants lead {_in_order(second)}:"),
        Bullets([*variant_findings(comparison), *order_findings(orders_of(second))]),
        out.figure(axes.get_figure(root=True), "ceasefire_game", f"{second.title}: the game as a bimatrix."),
        comparison.tables[0],
    ]
    return Section(f"A smaller example: {second.title}", contents)


def _parameter_section(crisis: Scenario) -> Section:
    rows = [[name, p.value, p.range, p.unit, p.meaning] for name, p in crisis.parameters.items()]
    return Section("Parameters", [Table(["name", "value", "range", "unit", "meaning"], rows, "Base case", crisis.note)])
