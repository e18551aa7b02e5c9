"""A map of outcomes over two numbers of a crisis: 40,000 games, solved by two concepts.

The same payoffs make two games. If all decide at once, threats that nobody would carry out can hold an equilibrium together. If the
actors move in turn and see each other's moves, they can't: compare the two maps.

Run it: python examples/regime_map.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import sys
from pathlib import Path

import negotiation_sim as ns


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    crisis = ns.load("istanbul-2025")
    print(f"{crisis.title}. {crisis.note}\n")

    # Two parameters of the scenario: the US cost of not following through, and what US sanctions cost Russia.
    grid = ns.grid(a_US=ns.span(0, 0.05, 200), tau_US=ns.span(0, 0.10, 200))
    result = ns.sweep(crisis, grid, solvers=("nash", "subgame-perfect"))

    for concept in ("nash", "subgame-perfect"):
        print(ns.plot.describe_regimes(result, "a_US", "tau_US", concept))
        print()

    # The result is an xarray.Dataset: labelled arrays that can be selected, averaged and saved.
    truce = result.supported.sel(outcome="truce").mean(("a_US", "tau_US"))
    for concept, share in zip(result.concept.values, truce.values, strict=True):
        print(f"{concept}: some equilibrium ends in a truce at {share:.0%} of the points.")
    result.to_netcdf(folder / "regime_map.nc")

    figure = ns.plot.regime_panels(result, "a_US", "tau_US")
    figure.savefig(folder / "regime_map.png", dpi=150)
    print(f"\nThe map is {folder / 'regime_map.png'}, the numbers behind it are {folder / 'regime_map.nc'}.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
