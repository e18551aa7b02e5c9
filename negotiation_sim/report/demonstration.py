"""The demonstration: solve the flagship scenario, draw it, and say in words what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from negotiation_sim import plot
from negotiation_sim._table import Table
from negotiation_sim._version import __version__
from negotiation_sim.report.findings import credibility_findings, map_findings, variant_findings
from negotiation_sim.report.orders import Order, giving_way, order_findings, orders_of, threshold_findings
from negotiation_sim.report.page import Bullets, Content, Picture, Section, Text, page
from negotiation_sim.report.saving import long_table, save_csv, save_figure, save_text
from negotiation_sim.report.words import capital, either, quoted
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
    maps = {concept: map_findings(result, X, Y, concept) for concept in ("nash", "subgame-perfect")}
    words = {
        _ORDER: order_findings(orders),
        _THRESHOLDS: [*threshold_findings(crisis, orders[0]), *_elsewhere(crisis, orders[1:])],
        _THREATS: credibility_findings(crisis, comparison),
        _VARIANTS: variant_findings(comparison),
        f"The map of {X} and {Y}": [f"{_CONCEPTS[c]}: {sentence}" for c, said in maps.items() for sentence in said],
    }
    out = _Folder(folder)
    out.files += _tables(folder, crisis, comparison, result)
    short = _in_short(words)
    sections = [
        Section("In short", [Text(_STORY), Bullets(short), Text(_size_of(crisis, result))]),
        _order_section(crisis, orders, words[_ORDER], out),
        _map_section(result, maps, words[_THRESHOLDS], out),
        _threat_section(crisis, words[_THREATS]),
        _variant_section(crisis, comparison, words[_VARIANTS], out),
        _second_section(load(SECOND), out),
        _parameter_section(crisis),
        Section("How to read this", [Bullets(_READING.splitlines())]),
    ]
    made = f"Made by negotiation_sim {__version__} from its built-in scenarios {FLAGSHIP} and {SECOND}; another run makes the same page."
    path = folder / "report.html"
    save_text(page(crisis.title, crisis.note, sections, [made]), path)
    return Demonstration(crisis.title, crisis.note, tuple((h, tuple(s)) for h, s in words.items()), (path, *out.files))


_ORDER, _THRESHOLDS, _VARIANTS = "The order of moves", "Thresholds", "Variants"
_ELSEWHERE = "In the order"
_THREATS = "Threats that would not be carried out"

_STORY = (
    "In May 2025 Russia proposes direct talks without a ceasefire. Ukraine wants an unconditional truce of 30 days first, then talks. The "
    "US president tells Ukraine to take the meeting at once; his envoy and the Europeans say: truce first. The day before, the United "
    "States and Europe had jointly threatened sanctions on energy and banking if there is no truce by Monday. Who gives way?"
)

_CONCEPTS = {"nash": "All at once (Nash)", "subgame-perfect": "Timed (subgame-perfect)"}

_READING = """\
A Nash equilibrium of the simultaneous form: everybody chooses at once, and nobody gains by changing only their own choice. Threats that \
would never be carried out can survive in it.
A subgame-perfect path of a timed form: moves come in a stated order, later movers see earlier moves, and nobody would gain by acting \
otherwise, on the path or off it. The two are answers to two different games.
Every equilibrium in pure strategies is found, and with two actors every mixed one too; each is checked by code that did not find it \
(regret: the largest gain from a deviation, as a share of the payoff range).
An actor gives way between two situations if it chooses something else and ends up with less.
A threshold moves one parameter alone, everything else at the base case."""


def _in_short(words: dict[str, list[str]]) -> list[str]:
    """Pick what a hurried reader needs: where it ends, what the order decides, which threats fail, and where somebody gives way."""
    first, *_, last = words[_ORDER]
    moved = [text for text in words[_THRESHOLDS] if "gives way" in text and not text.startswith(_ELSEWHERE)]
    return [first, capital(last.removeprefix("So ")), *words[_THREATS], *moved]


def _elsewhere(crisis: Scenario, orders: Sequence[Order]) -> list[str]:
    """Tell the nearest threshold of each other order of moves."""
    return [f"{_ELSEWHERE} {quoted(order.label)} the nearest is: {threshold_findings(crisis, order)[0]}" for order in orders]


def _size_of(crisis: Scenario, result: xr.Dataset) -> str:
    games = result.sizes[X] * result.sizes[Y]
    return (
        f"{len(crisis.actors)} actors ({', '.join(crisis.player_names)}), {len(crisis.forms)} orders of moves, {len(crisis.variants)} "
        f"variants, and {games:,} games on a map of {X} and {Y}. Every sentence with a number in it is computed from these."
    )


def _tables(folder: Path, crisis: Scenario, comparison: Comparison, result: xr.Dataset) -> list[Path]:
    about = {"title": crisis.title, "description": crisis.note, "parameters": crisis.values}
    small = result[["supported", "status", "count"]]
    tables = {"compare.csv": comparison.to_pandas(), "regime_map.csv": long_table(small)}
    return [path for name, frame in tables.items() for path in save_csv(frame, folder / name, about)]


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


def _map_section(result: xr.Dataset, maps: dict[str, list[str]], words: Sequence[str], out: _Folder) -> Section:
    panels = plot.regime_panels(result, X, Y)
    lines = plot.lines(result, "payoff", X, concept="subgame-perfect")
    contents: list[Content] = [
        Text("How far must one number move, alone, before the outcome changes?"),
        Bullets(words),
        out.figure(panels, "regimes", f"Outcomes over {X} and {Y}, when all choose at once (left) and when moves are timed (right)."),
    ]
    for concept, said in maps.items():
        contents += [Text(f"{_CONCEPTS[concept]}, on this map:"), Bullets(said)]
    contents.append(out.figure(lines.get_figure(root=True), f"payoffs_along_{X}", f"Payoffs along {X} when moves are timed."))
    return Section(_THRESHOLDS, contents)


def _threat_section(crisis: Scenario, words: Sequence[str]) -> Section:
    plays = cast("Paths", crisis.solve("subgame-perfect")).plays()[:1]
    tables = [table for play in plays for table in crisis.explain(play).tables]
    return Section(_THREATS, [Bullets(words), Text("Why the base case ends where it does, deviation by deviation:"), *tables])


def _variant_section(crisis: Scenario, comparison: Comparison, words: Sequence[str], out: _Folder) -> Section:
    figure = plot.payoff_panels(comparison, outcomes=crisis.outcome_names)
    picture = out.figure(figure, "payoffs_by_variant", "Who gets what in each variant; one bar for each equilibrium outcome.")
    meanings = [f"{v.label or name}: {v.meaning}" for name, v in crisis.variants.items() if v.meaning]
    lead = Text("Where they lead when moves are timed:")
    return Section(_VARIANTS, [Bullets(meanings), lead, Bullets(words), picture, *comparison.tables])


def _second_section(second: Scenario, out: _Folder) -> Section:
    labels = cast("tuple[dict[str, str], dict[str, str]]", tuple(dict(zip(i.options, i.labels, strict=True)) for i in second.instruments))
    axes = plot.game(cast("NormalFormGame", second.game("simultaneous")), labels=labels, note=second.note)
    comparison = second.compare()
    contents: list[Content] = [
        Bullets([*variant_findings(comparison), *order_findings(orders_of(second))]),
        out.figure(axes.get_figure(root=True), "ceasefire_game", f"{second.title}: the game as a bimatrix."),
        comparison.tables[0],
    ]
    return Section(f"A smaller example: {second.title}", contents)


def _parameter_section(crisis: Scenario) -> Section:
    rows = [[name, p.value, p.range, p.unit, p.meaning] for name, p in crisis.parameters.items()]
    return Section("Parameters", [Table(["name", "value", "range", "unit", "meaning"], rows, "Base case", crisis.note)])
