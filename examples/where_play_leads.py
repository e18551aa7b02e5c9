"""Where does play lead? A stag hunt under four rules of adjustment, and how the share of starts that cooperate falls as safety pays more."""

import negotiation_sim as ns


def hunt(safe):
    """Payoffs: 4 for hunting the stag together, 0 for trying alone, `safe` for the hare."""
    return [[[4, 0], [safe, safe]], [[4, safe], [0, safe]]]


family = ns.GameFamily(hunt, {"safe": ns.Parameter(2.0, range=(0, 4))}, ["North", "South"], [["stag", "hare"]] * 2, title="Stag hunt")
game = family.game()
equilibria = ns.solve(game)
for rule in (
    ns.BestReplyDynamics("random", starts=500),
    ns.ReplicatorDynamics(starts=500),
    ns.LogitDynamics(starts=500),
    ns.FictitiousPlay(starts=500),
):
    print(f"\n{rule.concept}")
    print(rule(game).basins(equilibria))

result = ns.sweep(family, ns.grid(safe=ns.span(0.25, 3.75, 8)), solvers=[ns.ReplicatorDynamics(starts=500)])
share = result["probability"].sel(concept="replicator dynamics", outcome="stag+stag")
print("\nShare of starts from which imitation leads to the stag:")
for safe, p in zip(share.safe.values, share.values, strict=True):
    print(f"  safe = {safe:.2f}: {p:.2f} {'#' * round(40 * p)}")
