"""A game-theoretic bargaining simulator: actors, options and payoffs in; every equilibrium over whole parameter grids out.

>>> import negotiation_sim as ns
>>> crisis = ns.load("istanbul-2025")
>>> for path in crisis.solve("subgame-perfect").plays():
...     print(" / ".join(path))
talk_now / talk_no_truce / none / no_commit / cond_sanction
talk_now / talk_no_truce / none / press_ukraine / cond_sanction

Importing the package loads only the standard library; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from negotiation_sim._version import __version__ as __version__

if TYPE_CHECKING:
    from negotiation_sim import plot as plot
    from negotiation_sim.equilibria.bimatrix import AllNash as AllNash
    from negotiation_sim.equilibria.certificate import regret as regret
    from negotiation_sim.equilibria.entries import Equilibria as Equilibria
    from negotiation_sim.equilibria.entries import Paths as Paths
    from negotiation_sim.equilibria.nashpy_reference import NashpyVertexEnumeration as NashpyVertexEnumeration
    from negotiation_sim.equilibria.pure import PureNash as PureNash
    from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect as SubgamePerfect
    from negotiation_sim.games.normal_form import NormalFormGame as NormalFormGame
    from negotiation_sim.games.staged import StagedGame as StagedGame
    from negotiation_sim.scenario.actors import Actor as Actor
    from negotiation_sim.scenario.actors import Constraint as Constraint
    from negotiation_sim.scenario.actors import Form as Form
    from negotiation_sim.scenario.actors import Outcome as Outcome
    from negotiation_sim.scenario.actors import Parameter as Parameter
    from negotiation_sim.scenario.actors import Stage as Stage
    from negotiation_sim.scenario.actors import Variant as Variant
    from negotiation_sim.scenario.family import GameFamily as GameFamily
    from negotiation_sim.scenario.file import builtin_names as builtin_names
    from negotiation_sim.scenario.file import dumps as dumps
    from negotiation_sim.scenario.file import load as load
    from negotiation_sim.scenario.file import loads as loads
    from negotiation_sim.scenario.model import Scenario as Scenario
    from negotiation_sim.scenario.validation import ScenarioError as ScenarioError
    from negotiation_sim.scenario.validation import problems as problems
    from negotiation_sim.scenario.verbs import solve as solve
    from negotiation_sim.status import Completeness as Completeness
    from negotiation_sim.status import Status as Status
    from negotiation_sim.sweeps.design import Design as Design
    from negotiation_sim.sweeps.design import grid as grid
    from negotiation_sim.sweeps.design import paired as paired
    from negotiation_sim.sweeps.design import sample as sample
    from negotiation_sim.sweeps.design import span as span
    from negotiation_sim.sweeps.run import sweep as sweep

_HOMES = {
    "equilibria.bimatrix": ("AllNash",),
    "equilibria.certificate": ("regret",),
    "equilibria.entries": ("Equilibria", "Paths"),
    "equilibria.nashpy_reference": ("NashpyVertexEnumeration",),
    "equilibria.pure": ("PureNash",),
    "equilibria.subgame_perfect": ("SubgamePerfect",),
    "games.normal_form": ("NormalFormGame",),
    "games.staged": ("StagedGame",),
    "scenario.actors": ("Actor", "Constraint", "Form", "Outcome", "Parameter", "Stage", "Variant"),
    "scenario.family": ("GameFamily",),
    "scenario.file": ("builtin_names", "dumps", "load", "loads"),
    "scenario.model": ("Scenario",),
    "scenario.validation": ("ScenarioError", "problems"),
    "scenario.verbs": ("solve",),
    "status": ("Completeness", "Status"),
    "sweeps.design": ("Design", "grid", "paired", "sample", "span"),
    "sweeps.run": ("sweep",),
}
_HOME_OF = {name: f"negotiation_sim.{home}" for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, "__version__", "plot"])


def __getattr__(name: str) -> Any:
    if name == "plot":
        return importlib.import_module("negotiation_sim.plot")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'negotiation_sim' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
