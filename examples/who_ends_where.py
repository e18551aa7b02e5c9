"""Two equilibria: which one does play get to, if players adjust step by step? A stag hunt: two allies both act, or each looks after itself.

Run it: python examples/who_ends_where.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt

import negotiation_sim as ns

NOTE = "Stylised: every number is illustrative, not an estimate."


def payoffs(alone):
    """Acting together is worth 4 to each, acting while the other does not is worth nothing, looking after oneself is worth ``alone``."""
    return [[[4, 0], [alone, alone]], [[4, alone], [0, alone]]]


def draw(game, replicator, equilibria, result):
    """Paths of play from some starts, and how the share of starts that end well falls with what the other end is worth."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
    ends = {True: "ends with both acting", False: "ends with both abstaining"}
    for start in range(40):
        a, b = (x[:, 0] for x in replicator.path(game, start).strategies)
        good = bool(a[-1] > 0.5)
        left.plot(a, b, color=ns.plot.PALETTE[0 if good else 1], ls="-" if good else (0, (5, 1.5)), lw=1.2, label=ends.pop(good, None))
    for x, y in equilibria.profiles():
        pure, label = max(x) == 1, "Nash equilibrium in " + ("pure strategies" if max(x) == 1 else "mixed strategies")
        label = None if label in left.get_legend_handles_labels()[1] else label
        face = "black" if pure else "white"
        left.plot(x[0], y[0], "o" if pure else "D", mfc=face, mec="black", ms=7, ls="none", clip_on=False, zorder=5, label=label)
    left.set(xlabel="chance that A acts", ylabel="chance that B acts", aspect="equal", xlim=(0, 1), ylim=(0, 1))
    left.set_title("Replicator dynamics from 40 starts", loc="left", fontsize="medium")
    for concept, style in zip(result["concept"].values, ("-", (0, (5, 1.5))), strict=True):
        chance = result["probability"].sel(concept=concept, outcome="act+act")
        right.plot(result["alone"], chance, label=concept, ls=style, lw=1.6, color="black")
    right.axvline(3.0, color="0.5", ls=":", lw=1.2, label="the game on the left")
    right.set(xlabel="worth of looking after oneself", ylabel="share of starts", xlim=(0, 4), ylim=(0, 1))
    right.set_title("Starts that end with both acting", loc="left", fontsize="medium")
    for axes in (left, right):
        axes.tick_params(labelsize="small")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize="small", columnspacing=1.2)
    figure.supxlabel(NOTE, fontsize="small", x=0.01, ha="left")
    return figure


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    allies, options = ["Ally A", "Ally B"], [["act", "abstain"]] * 2
    game = ns.NormalFormGame(payoffs(3.0), players=allies, actions=options, note=NOTE)
    equilibria = ns.AllNash()(game)
    replicator = ns.ReplicatorDynamics(starts=1000)
    print(replicator(game).basins(equilibria))
    print()
    for dynamics in (
        ns.BestReplyDynamics(starts=1000),
        ns.BestReplyDynamics(order="simultaneous", starts=1000),
        ns.FictitiousPlay(starts=1000),
    ):
        basins = dynamics(game).basins(equilibria)
        act = sum(share for share, strategy in zip(basins.share, basins.strategies[0], strict=True) if strategy[0] == 1)
        order = f", {dynamics.order}" if isinstance(dynamics, ns.BestReplyDynamics) else ""
        print(f"{dynamics.concept}{order}: {act:.0%} of starts end with both acting, {float(basins.unsettled):.0%} do not settle")

    family = ns.GameFamily(payoffs, {"alone": 3.0}, allies, options, note=NOTE)
    result = ns.sweep(family, ns.grid(alone=ns.span(0.1, 3.9, 39)), solvers=[replicator, ns.BestReplyDynamics(starts=1000)])

    figure = draw(game, replicator, equilibria, result)
    figure.savefig(folder / "who_ends_where.png", dpi=150)
    plt.close(figure)
    print(f"The picture is {folder / 'who_ends_where.png'}.\n\n{NOTE}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
