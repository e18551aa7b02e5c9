"""Where does play lead? A stag hunt under four rules of adjustment, over the pay of the safe choice.

Run it: python examples/where_play_leads.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import sys
from pathlib import Path

import negotiation_sim as ns

NOTE = "Stylised: every number is illustrative, not an estimate."


def hunt(safe):
    """Joint action pays 4 to both, trying it alone pays 0; staying safe pays `safe` whatever the other does."""
    return [[[4, 0], [safe, safe]], [[4, safe], [0, safe]]]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    choices = [["join", "stay safe"]] * 2
    family = ns.GameFamily(hunt, {"safe": ns.Parameter(1.5, range=(0, 4))}, ["Ally A", "Ally B"], choices, title="Joint action", note=NOTE)
    game = family.game()
    equilibria = ns.solve(game)
    rules = [
        ns.BestReplyDynamics("random", starts=500),
        ns.ReplicatorDynamics(starts=500),
        ns.LogitDynamics(starts=500),
        ns.FictitiousPlay(starts=500),
    ]
    for rule in rules:
        joined = rule(game).basins(equilibria).share[0]
        print(f"{rule.concept}: {joined:.0%} of 500 starts end in joint action")

    result = ns.sweep(family, ns.grid(safe=ns.span(0.1, 3.9, 39)), solvers=[ns.ReplicatorDynamics(starts=500)])
    share = result["probability"].sel(concept="replicator dynamics", outcome="join+join")
    half = float(share.safe[int((share > 0.5).sum()) - 1])
    print(f"Imitation leads to joint action from most starts while staying safe pays up to {half:.1f}.")
    ax = ns.plot.lines(result, x="safe", y="probability")
    ax.figure.savefig(folder / "where_play_leads.png", dpi=150)
    print(f"\n{NOTE}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
