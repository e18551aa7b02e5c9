"""Adjustment dynamics: where players end who start somewhere and adjust, instead of where they would stay.

==================================  ========================================================================================================
the solvers                         ``best_reply``, ``replicator``, ``logit_response``, ``fictitious``; ``dynamics`` (what they share)
where they start, what they see     ``starts``; ``lanes`` (one lane a start of a game)
limits and tolerances               ``solver_arguments``
differential equations              ``flows``
what is returned                    ``adjustments``; ``basins`` (the share of starts that end in each equilibrium)
==================================  ========================================================================================================

Two-player learning as Nashpy does it, for comparison, is in `negotiation_sim.equilibria.nashpy_reference`.
"""
