"""Variants of a crisis side by side: what happens, who gets what, and how little would change it.

Run it: python examples/compare_variants.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import dataclasses
import sys
from pathlib import Path

import negotiation_sim as ns


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    crisis = ns.load("istanbul-2025")

    # The variants stand in the scenario: other numbers, other options. Here is one more, made on the spot.
    firmer = ns.Variant(parameters={"a_US": 0.02, "a_E": 0.02}, label="Both bound to their threat")
    crisis = dataclasses.replace(crisis, variants={**crisis.variants, "both_bound": firmer})

    comparison = crisis.compare()
    print(comparison)

    print("\nIn words, if the actors move in turn:")
    for row in comparison.rows:
        if row.concept == "subgame-perfect":
            print(f"- {row.variant_label}: {row.outcome_label}.")
    print(comparison.note)

    comparison.to_pandas().to_csv(folder / "compare_variants.csv", index=False)
    figure = ns.plot.payoff_panels(comparison, ["subgame-perfect"], outcomes=crisis.outcome_names)
    figure.savefig(folder / "compare_variants.png", dpi=150)
    print(f"The figure is {folder / 'compare_variants.png'}, the table is {folder / 'compare_variants.csv'}.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
