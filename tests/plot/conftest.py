"""Sweep Datasets, comparisons and contrasts made by hand, in the schemas of the library, with known regimes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from negotiation_sim.scenario.comparison import Comparison, OutcomeRow
from negotiation_sim.scenario.term_contrast import Contrast, ContrastRow
from negotiation_sim.status import Completeness, Status

NOTE = "Stylised: every number is illustrative, not an estimate."
MEANINGS = {
    "a_US": ("cost to the United States of threatening and not following through", ""),
    "tau_US": ("cost to Russia of US sanctions, both sectors", "share of the bundle"),
    "rho": ("what a truce shifts to Ukraine", ""),
}
BASES = {"a_US": 0.004, "tau_US": 0.03, "rho": 0.05}
Rule = Callable[..., NDArray[np.bool_]]


def build(
    axes: Mapping[str, NDArray[np.float64]],
    rules: Mapping[str, Sequence[Rule]],
    outcomes: Mapping[str, str],
    *,
    unsolved: Rule | None = None,
    paired: Mapping[str, tuple[str, NDArray[np.float64]]] | None = None,
    bases: Mapping[str, float] = BASES,
    players: Mapping[str, str] | None = None,
    proved: bool = True,
    note: str = NOTE,
) -> xr.Dataset:
    """One rule an outcome for each concept: a function of the axes' values (broadcast) that says where it is supported."""
    names = list(axes)
    grids = np.meshgrid(*axes.values(), indexing="ij")
    shape = tuple(len(v) for v in axes.values())
    who = players or {"U": "Ukraine", "R": "Russia", "US": "United States", "E": "Europe"}
    concepts = list(rules)
    supported = np.zeros((*shape, len(concepts), len(outcomes)), dtype=bool)
    for k, concept in enumerate(concepts):
        for o, rule in enumerate(rules[concept]):
            supported[..., k, o] = rule(*grids)
    status = np.zeros((*shape, len(concepts)), dtype=np.int8)
    if unsolved is not None:
        status[unsolved(*grids)] = Status.NOT_FINITE
    supported[status != Status.OK] = False
    count = supported.sum(axis=-1, dtype=np.int32)
    base = sum((i + 1) * g / (np.abs(g).max() or 1.0) for i, g in enumerate(grids)) * 0.1
    low = np.stack([base * (p + 1) / 4 + 0.1 * p + 0.15 * supported[..., k, 0] for k in range(len(concepts)) for p in range(len(who))], -1)
    low = low.reshape((*shape, len(concepts), len(who)))
    high = low + 0.08 * (count > 1)[..., None]
    low[count == 0] = high[count == 0] = np.nan
    coords: dict[str, object] = {name: (name, values, _attrs(name, values, bases)) for name, values in axes.items()}
    for name, (dim, values) in (paired or {}).items():
        coords[name] = (dim, values, _attrs(name, values, bases))
    coords |= {
        "concept": concepts,
        "outcome": list(outcomes),
        "outcome_label": ("outcome", list(outcomes.values())),
        "player": list(who),
        "player_name": ("player", list(who.values())),
    }
    return xr.Dataset(
        {
            "supported": ((*names, "concept", "outcome"), supported),
            "certain": ((*names, "concept", "outcome"), supported & (count == 1)[..., None]),
            "count": ((*names, "concept"), count),
            "status": ((*names, "concept"), status, Status.flag_attributes()),
            "complete": ((*names, "concept"), np.where(status == 0, Completeness.PROVED if proved else 0, 0).astype(np.int8)),
            "payoff_min": ((*names, "concept", "player"), low),
            "payoff_max": ((*names, "concept", "player"), high),
        },
        coords,
        {
            "title": "Istanbul, May 2025",
            "note": note,
            "model": "scenario",
            "scenario": "",
            "parameters": json.dumps(dict(bases)),
            "forms": json.dumps({"nash": "simultaneous", "subgame-perfect": "talks_first"}),
            "solvers": json.dumps({c: c for c in concepts}),
            "version": "0",
        },
    )


def _attrs(name: str, values: NDArray[np.float64], bases: Mapping[str, float]) -> dict[str, object]:
    meaning, unit = MEANINGS.get(name, ("", ""))
    attrs: dict[str, object] = {"range": [float(values.min()), float(values.max())]}
    if name in bases:
        attrs["base"] = bases[name]
    return attrs | ({"meaning": meaning} if meaning else {}) | ({"unit": unit} if unit else {})


OUTCOMES = {
    "truce": "Truce accepted",
    "talks_joint": "Talks, joint sanctions",
    "talks_E": "Talks, Europe sanctions alone",
    "fight": "War goes on",
}


def build_crisis(nx: int = 201, ny: int = 201) -> xr.Dataset:
    """A map like the flagship's: two concepts, curved borders, coexistence, points not solved and points without equilibrium."""
    never: Rule = lambda a, t: np.zeros(a.shape, dtype=bool)  # noqa: E731
    return build(
        {"a_US": np.linspace(0, 0.05, nx), "tau_US": np.linspace(0, 0.10, ny)},
        {
            "nash": [lambda a, t: t > 0.0115, never, lambda a, t: (a < 0.03 - 0.2 * t) & (t < 0.09), lambda a, t: (a > 0.04) & (t < 0.02)],
            "subgame-perfect": [
                lambda a, t: (a >= 0.0094 + 0.02 * (0.05 - t)) & (t > 0.0115),
                lambda a, t: (a >= 0.0115) & (t <= 0.0115),
                lambda a, t: (a < 0.0094 + 0.02 * (0.05 - t)) & (t < 0.085),
                never,
            ],
        },
        OUTCOMES,
        unsolved=lambda a, t: (a > 0.035) & (t > 0.08),
    )


@pytest.fixture
def dataset() -> Callable[..., xr.Dataset]:
    return build


@pytest.fixture
def crisis_of() -> Callable[..., xr.Dataset]:
    return build_crisis


@pytest.fixture
def crisis() -> xr.Dataset:
    return build_crisis(41, 31)


@pytest.fixture
def square(dataset) -> xr.Dataset:
    """Two points a side: outcome a below, b to the left; so both at the lower left and none at the upper right."""
    axes = {"x": np.array([0.0, 1.0]), "y": np.array([0.0, 2.0])}
    return dataset(axes, {"nash": [lambda x, y: y < 1, lambda x, y: x < 0.5]}, {"a": "First", "b": "Second"}, bases={})


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    """Close every figure, and hold every plot to the rule that no global setting changes."""
    before = plt.rcParams.copy()
    yield
    plt.close("all")
    assert plt.rcParams == before


PLAYERS = ("U", "R", "US", "E")
NAMES = ("Ukraine", "Russia", "United States", "Europe")
LABELS = {"truce": "Truce accepted", "talks_E": "Talks, Europe sanctions alone", "": "No equilibrium in pure strategies"}


def outcome_row(
    variant: str,
    label: str,
    outcome: str,
    low: Sequence[float],
    high: Sequence[float] | None = None,
    *,
    concept: str = "nash",
    form: str = "simultaneous",
    count: int = 1,
    status: str = "OK",
) -> OutcomeRow:
    return OutcomeRow(
        concept=concept,
        form=form,
        variant=variant,
        variant_label=label,
        outcome=outcome,
        outcome_label=LABELS[outcome],
        count=count,
        payoff_min=tuple(low),
        payoff_max=tuple(low if high is None else high),
        probability_min=1.0,
        probability_max=1.0,
        strict=False,
        strict_between_outcomes=False,
        regret=0.0,
        margin=0.01,
        status=status,
        complete="PROVED",
    )


TRUCE = (0.36125, 0.41125, 0.1030625, 0.210625)
TALKS = (0.27375, 0.43275, 0.0596875, 0.126875)
NONE = (math.nan,) * 4


@pytest.fixture
def comparison() -> Comparison:
    spe = {"concept": "subgame-perfect", "form": "talks_first"}
    rows = (
        outcome_row("base", "Base case", "truce", TRUCE, count=7),
        outcome_row("base", "Base case", "talks_E", TALKS, count=2),
        outcome_row("credible", "Credible joint threat", "truce", TRUCE, count=7),
        outcome_row(
            "none", "No threat", "talks_E", TALKS, [v + 0.03 * (i - 1) if i > 1 else v + 0.02 for i, v in enumerate(TALKS)], count=3
        ),
        outcome_row("pressure", "The president presses Kyiv, at a high cost of dropping the precondition", "", NONE, count=0),
        outcome_row("base", "Base case", "talks_E", TALKS, count=2, **spe),
        outcome_row("credible", "Credible joint threat", "truce", TRUCE, count=7, **spe),
        outcome_row("none", "No threat", "talks_E", (-0.05, 0.44, -0.02, 0.1), (0.02, 0.45, -0.01, 0.1), count=3, **spe),
        outcome_row("order", "Truce first", "truce", TRUCE, count=1, concept="subgame-perfect", form="truce_first"),
    )
    return Comparison("Istanbul, May 2025", NOTE, PLAYERS, NAMES, rows, (), (), (("talks_first", "Talks first"),))


@pytest.fixture
def contrast() -> Contrast:
    rows = (
        ContrastRow("R", "Russia", "war_or_deal", 0.45275, 0.41125),
        ContrastRow("R", "Russia", "sanctions", -0.06, 0.0),
        ContrastRow("R", "Russia", "refusing", -0.005, -0.005),
        ContrastRow("U", "Ukraine", "war_or_deal", -0.2, 0.3),
        ContrastRow("U", "Ukraine", "precondition_dropped", 0.0, -0.05),
    )
    return Contrast(
        "Istanbul, May 2025",
        NOTE,
        (("U", "talk_now"), ("R", "talk_no_truce")),
        (("U", "talk_now"), ("R", "accept_truce")),
        "Talks, joint sanctions",
        "Truce accepted",
        tuple(zip(PLAYERS, NAMES, strict=True)),
        ((-0.2, 0.25), (0.38775, 0.40625), (0.0, 0.0), (0.0, 0.0)),
        rows,
    )
