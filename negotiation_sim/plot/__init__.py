"""Figures of results. A Dataset or a result goes in, Axes come out; nothing here computes an equilibrium.

Every function takes ``ax=None``, never shows a figure and never changes a global setting.
"""

from negotiation_sim.plot.game_picture import game
from negotiation_sim.plot.line_plot import lines
from negotiation_sim.plot.page import alt_text
from negotiation_sim.plot.payoff_bars import payoff_panels, payoffs
from negotiation_sim.plot.payoff_plane import correlated
from negotiation_sim.plot.qre_branches import qre
from negotiation_sim.plot.regime_map import describe_regimes, regime_panels, regimes
from negotiation_sim.plot.style import PALETTE
from negotiation_sim.plot.term_waterfall import waterfall

__all__ = [
    "PALETTE",
    "alt_text",
    "correlated",
    "describe_regimes",
    "game",
    "lines",
    "payoff_panels",
    "payoffs",
    "qre",
    "regime_panels",
    "regimes",
    "waterfall",
]
