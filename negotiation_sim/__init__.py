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
    from negotiation_sim.equilibria.adjustment.adjustments import Adjustments as Adjustments
    from negotiation_sim.equilibria.adjustment.adjustments import Trajectory as Trajectory
    from negotiation_sim.equilibria.adjustment.basins import Basins as Basins
    from negotiation_sim.equilibria.adjustment.best_reply import BestReplyDynamics as BestReplyDynamics
    from negotiation_sim.equilibria.adjustment.fictitious import FictitiousPlay as FictitiousPlay
    from negotiation_sim.equilibria.adjustment.logit_response import LogitDynamics as LogitDynamics
    from negotiation_sim.equilibria.adjustment.replicator import ReplicatorDynamics as ReplicatorDynamics
    from negotiation_sim.equilibria.bimatrix import AllNash as AllNash
    from negotiation_sim.equilibria.certificates.certificate import regret as regret
    from negotiation_sim.equilibria.choice.refinement import Answer as Answer
    from negotiation_sim.equilibria.choice.refinement import equilibrium_index as equilibrium_index
    from negotiation_sim.equilibria.choice.refinement import perfect as perfect
    from negotiation_sim.equilibria.choice.refinement import proper as proper
    from negotiation_sim.equilibria.choice.refinement import undominated as undominated
    from negotiation_sim.equilibria.choice.selection import Selected as Selected
    from negotiation_sim.equilibria.choice.selection import entropy as entropy
    from negotiation_sim.equilibria.choice.selection import least_loss as least_loss
    from negotiation_sim.equilibria.choice.selection import nash_product as nash_product
    from negotiation_sim.equilibria.choice.selection import select as select
    from negotiation_sim.equilibria.choice.selection import welfare as welfare
    from negotiation_sim.equilibria.domination.dominance import Dominance as Dominance
    from negotiation_sim.equilibria.domination.dominance import dominated as dominated
    from negotiation_sim.equilibria.domination.elimination import Elimination as Elimination
    from negotiation_sim.equilibria.domination.elimination import eliminate as eliminate
    from negotiation_sim.equilibria.domination.elimination import rationalizable as rationalizable
    from negotiation_sim.equilibria.domination.replies import BestReplies as BestReplies
    from negotiation_sim.equilibria.domination.replies import best_replies as best_replies
    from negotiation_sim.equilibria.entries import Equilibria as Equilibria
    from negotiation_sim.equilibria.entries import Paths as Paths
    from negotiation_sim.equilibria.lemke_howson import LemkeHowson as LemkeHowson
    from negotiation_sim.equilibria.mediated.mediators import CoarseCorrelated as CoarseCorrelated
    from negotiation_sim.equilibria.mediated.mediators import Correlated as Correlated
    from negotiation_sim.equilibria.mediated.payoff_polygon import PayoffRanges as PayoffRanges
    from negotiation_sim.equilibria.mediated.payoff_polygon import PayoffRegion as PayoffRegion
    from negotiation_sim.equilibria.mediated.payoff_polygon import payoff_ranges as payoff_ranges
    from negotiation_sim.equilibria.mediated.payoff_polygon import payoff_region as payoff_region
    from negotiation_sim.equilibria.mediated.plans import CorrelatedEquilibria as CorrelatedEquilibria
    from negotiation_sim.equilibria.nashpy_reference import NashpyVertexEnumeration as NashpyVertexEnumeration
    from negotiation_sim.equilibria.nashpy_reference import nashpy_learning as nashpy_learning
    from negotiation_sim.equilibria.pure import PureNash as PureNash
    from negotiation_sim.equilibria.quantal.branches import LogitBranch as LogitBranch
    from negotiation_sim.equilibria.quantal.logit import LogitQRE as LogitQRE
    from negotiation_sim.equilibria.quantal.responses import QuantalResponses as QuantalResponses
    from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect as SubgamePerfect
    from negotiation_sim.equilibria.zero_sum import ZeroSum as ZeroSum
    from negotiation_sim.estimation.estimates import Estimate as Estimate
    from negotiation_sim.estimation.maximum_likelihood import estimate as estimate
    from negotiation_sim.games.bimatrix_cells import bimatrix_table as bimatrix_table
    from negotiation_sim.games.conversions import from_bimatrix_frame as from_bimatrix_frame
    from negotiation_sim.games.conversions import from_long_frame as from_long_frame
    from negotiation_sim.games.conversions import from_pygambit as from_pygambit
    from negotiation_sim.games.conversions import from_quantecon as from_quantecon
    from negotiation_sim.games.conversions import to_arrays as to_arrays
    from negotiation_sim.games.conversions import to_bimatrix_frame as to_bimatrix_frame
    from negotiation_sim.games.conversions import to_long_frame as to_long_frame
    from negotiation_sim.games.conversions import to_pygambit as to_pygambit
    from negotiation_sim.games.conversions import to_quantecon as to_quantecon
    from negotiation_sim.games.exact import ExactGame as ExactGame
    from negotiation_sim.games.gambit import GambitError as GambitError
    from negotiation_sim.games.gambit import read_nfg as read_nfg
    from negotiation_sim.games.gambit import read_nfg_exact as read_nfg_exact
    from negotiation_sim.games.gambit import write_nfg as write_nfg
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
    "games.bimatrix_cells": ("bimatrix_table",),
    "equilibria.zero_sum": ("ZeroSum",),
    "equilibria.lemke_howson": ("LemkeHowson",),
    "equilibria.choice.refinement": ("Answer", "equilibrium_index", "perfect", "proper", "undominated"),
    "equilibria.choice.selection": ("Selected", "entropy", "least_loss", "nash_product", "select", "welfare"),
    "games.conversions": (
        "from_bimatrix_frame",
        "from_long_frame",
        "from_pygambit",
        "from_quantecon",
        "to_arrays",
        "to_bimatrix_frame",
        "to_long_frame",
        "to_pygambit",
        "to_quantecon",
    ),
    "games.exact": ("ExactGame",),
    "games.gambit": ("GambitError", "read_nfg", "read_nfg_exact", "write_nfg"),
    "equilibria.adjustment.adjustments": ("Adjustments", "Trajectory"),
    "equilibria.adjustment.basins": ("Basins",),
    "equilibria.adjustment.best_reply": ("BestReplyDynamics",),
    "equilibria.adjustment.fictitious": ("FictitiousPlay",),
    "equilibria.adjustment.logit_response": ("LogitDynamics",),
    "equilibria.adjustment.replicator": ("ReplicatorDynamics",),
    "equilibria.bimatrix": ("AllNash",),
    "equilibria.certificates.certificate": ("regret",),
    "equilibria.domination.dominance": ("Dominance", "dominated"),
    "equilibria.domination.elimination": ("Elimination", "eliminate", "rationalizable"),
    "equilibria.entries": ("Equilibria", "Paths"),
    "equilibria.mediated.mediators": ("CoarseCorrelated", "Correlated"),
    "equilibria.mediated.payoff_polygon": ("PayoffRanges", "PayoffRegion", "payoff_ranges", "payoff_region"),
    "equilibria.mediated.plans": ("CorrelatedEquilibria",),
    "equilibria.nashpy_reference": ("NashpyVertexEnumeration", "nashpy_learning"),
    "equilibria.pure": ("PureNash",),
    "equilibria.quantal.branches": ("LogitBranch",),
    "equilibria.quantal.logit": ("LogitQRE",),
    "equilibria.quantal.responses": ("QuantalResponses",),
    "estimation.estimates": ("Estimate",),
    "estimation.maximum_likelihood": ("estimate",),
    "equilibria.domination.replies": ("BestReplies", "best_replies"),
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
        from negotiation_sim._words import nearest_name

        near = "" if name.startswith("_") else nearest_name(name, __all__, most=0).partition("? ")[0]
        hint = f"; {near}?" if near.startswith("did you mean") else ""
        raise AttributeError(f"module 'negotiation_sim' has no attribute {name!r}{hint}", name=name)
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
