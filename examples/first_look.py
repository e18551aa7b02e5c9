"""A first look: load a crisis, solve it, vary one number, draw what the number does.

Run it: python examples/first_look.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import sys
from pathlib import Path

import negotiation_sim as ns


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    crisis = ns.load("istanbul-2025")
    print(f"{crisis.title}. {crisis.note}\n")
    print(crisis.solve("subgame-perfect"))

    # The United States has threatened sanctions. What if not following through costs it more (a_US)?
    result = ns.sweep(crisis, ns.grid(a_US=ns.span(0, 0.02, 202)), solvers="subgame-perfect")
    for cost in (0.004, 0.02):
        here = result.sel(concept="subgame-perfect").sel(a_US=cost, method="nearest")
        outcomes = here.outcome_label[here.supported]
        print(f"If not following through costs the United States {cost}: {' or '.join(outcomes.values)}.")
    truce = result.supported.sel(concept="subgame-perfect", outcome="truce")
    print(f"The truce begins at a cost of about {float(result.a_US[truce].min()):.4f}.")

    ax = ns.plot.lines(result, "payoff", "a_US")
    ax.figure.savefig(folder / "first_look.png", dpi=150)
    print(f"The figure is {folder / 'first_look.png'}.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
