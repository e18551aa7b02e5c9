"""Your own case, written as a Python function: does a threat of sanctions work?

A target has adopted a policy. It gives in or resists; then the sender imposes the sanctions it threatened, or backs down.

Run it: python examples/own_case.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import sys
from pathlib import Path

import negotiation_sim as ns


def payoffs(bite, cost, audience):
    """Payoffs of the target (rows: gives in, resists) and the sender (columns: imposes, backs down).

    The unit is what the policy is worth to each side. A parameter may be a whole array of values: write plain arithmetic.
    """
    target = [[0, 0], [1 - bite, 1]]
    sender = [[1, 1], [-cost, -audience]]
    return [target, sender]


def outcome(profile):
    """Name what a pair of choices amounts to."""
    target, sender = profile
    if target == "gives in":
        return "Target gives in"
    return "Sanctions imposed" if sender == "imposes" else "Sender backs down"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    case = ns.GameFamily(
        payoffs,
        parameters={
            "bite": ns.Parameter(1.4, range=(0, 2), meaning="cost of the sanctions to the target"),
            "cost": ns.Parameter(0.3, range=(0, 1), meaning="cost of the sanctions to the sender"),
            "audience": ns.Parameter(0.2, range=(0, 1), meaning="cost to the sender of backing down"),
        },
        players=["Target", "Sender"],
        actions=[["gives in", "resists"], ["imposes", "backs down"]],
        order=[["Target"], ["Sender"]],
        outcomes=outcome,
        title="A threat of sanctions",
        note="Stylised: every number is illustrative, not an estimate.",
    )
    print(f"{case.title}. {case.note}\n")
    for audience in (0.2, 0.5):
        plays = case.replace(audience=audience).solve().plays()
        found = {outcome(play) for play in plays}
        print(f"If backing down costs the sender {audience}: {' or '.join(sorted(found))}.")

    # 152 points, so that none lies exactly on a border, where somebody is indifferent.
    grid = ns.grid(audience=ns.span(0, 1, 152), bite=ns.span(0, 2, 152))
    result = ns.sweep(case, grid, solvers="subgame-perfect")
    print()
    print(ns.plot.describe_regimes(result, "audience", "bite"))
    print("So the threat works where it is both credible (audience above cost) and painful (bite above 1).")

    ax = ns.plot.regimes(result, "audience", "bite")
    ax.figure.savefig(folder / "own_case.png", dpi=150)
    print(f"The map is {folder / 'own_case.png'}.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
