"""Games given as plain arrays: one game, a whole batch, and three players.

Run it: python examples/game_from_arrays.py [FOLDER]. What it writes goes to FOLDER, by default out.
"""

import sys
from pathlib import Path

import numpy as np

import negotiation_sim as ns

NOTE = "Stylised: every number is illustrative, not an estimate."


def one_game(folder: Path) -> None:
    """Two allies want to act together, but each prefers its own venue."""
    row_payoffs = [[2, 0], [0, 1]]
    column_payoffs = [[1, 0], [0, 2]]
    venues = ["Geneva", "Istanbul"]
    game = ns.NormalFormGame.from_arrays(row_payoffs, column_payoffs, players=["Ally A", "Ally B"], actions=[venues, venues])

    solution = ns.solve(game)
    print(f"One game of two allies has {len(solution)} equilibria:")
    for a, b in solution.profiles():
        print(f"- Ally A goes to Geneva with chance {a[0]:.2f}, Ally B with chance {b[0]:.2f}")
    ax = ns.plot.game(game, note=NOTE)
    ax.figure.savefig(folder / "game_from_arrays.png", dpi=150)
    print(f"The picture is {folder / 'game_from_arrays.png'}: best replies are circled, pure equilibria boxed.\n")


def many_games() -> None:
    """Two sides hold fire or attack; the cost of the sanctions on an unprovoked attack runs from 0 to 1.5."""
    sanctions = np.linspace(0, 1.5, 1000, endpoint=False) + 0.0001  # not exactly on a border, where somebody is indifferent
    hold_hold, attacked, war = 1.0, -1.0, -0.6
    attacks = 1.5 - sanctions  # what attacking a side that holds its fire brings
    first = np.empty((1000, 2, 2))  # batch first, then the row player's action, then the column player's
    first[:, 0, 0], first[:, 0, 1], first[:, 1, 0], first[:, 1, 1] = hold_hold, attacked, attacks, war
    second = first.transpose(0, 2, 1)  # the same game seen by the other side

    solution = ns.solve(ns.NormalFormGame.from_arrays(first, second))
    print("1000 games, solved in one call. Number of equilibria:")
    for count in np.unique(solution.count):
        with_so_many = sanctions[solution.count == count]
        low, high = with_so_many.min(), with_so_many.max()
        print(f"- where the sanctions cost {low:.2f} to {high:.2f}: {count} each ({len(with_so_many)} games)")
    print(f"No deviation from any of them gains more than {solution.regret.max():.0e} of the payoff range.\n")


def three_players() -> None:
    """Three states contribute to a force or not; it succeeds if two of them do, and a contribution costs 0.4."""
    joins = np.indices((2, 2, 2))  # joins[i] is 1 where state i contributes
    success = joins.sum(axis=0) >= 2
    payoffs = [success - 0.4 * joins[i] for i in range(3)]
    game = ns.NormalFormGame.from_arrays(*payoffs, players=["X", "Y", "Z"], actions=[["stays out", "joins"]] * 3)
    solution = ns.solve(game)
    print("Three players: every equilibrium in pure strategies")
    for profile in solution.profiles():
        chosen = [game.actions[i][p.argmax()] for i, p in enumerate(profile)]
        print("- " + ", ".join(f"{name} {action}" for name, action in zip(game.players, chosen, strict=True)))


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    one_game(folder)
    many_games()
    three_players()
    print(f"\n{NOTE}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
