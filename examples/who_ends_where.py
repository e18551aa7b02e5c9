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

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for start in range(40):
        path = replicator.path(game, start)
        left.plot(
            path.strategies[0][:, 0], path.strategies[1][:, 0], color="tab:blue" if path.strategies[0][-1, 0] > 0.5 else "tab:orange", lw=1
        )
    left.set(xlabel="chance that A acts", ylabel="chance that B acts", title="Replicator dynamics from 40 starts", aspect="equal")
    for concept in result["concept"].values:
        chance = result["probability"].sel(concept=concept, outcome="act+act")
        right.plot(result["alone"], chance, label=concept, ls="-" if "replicator" in concept else "--", color="black")
    right.set(xlabel="worth of looking after oneself", ylabel="share of starts that end with both acting", ylim=(0, 1))
    right.legend()
    figure.supxlabel(NOTE, fontsize="small")
    figure.savefig(folder / "who_ends_where.png", dpi=150)
    plt.close(figure)
    print(f"The picture is {folder / 'who_ends_where.png'}.\n\n{NOTE}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
