"""Quantal response equilibria: players who choose better actions more often, not always.

=======================================  ===================================================================================================
one precision, a batch of games          ``logit`` (the way in); ``solver_arguments``, ``locating``, ``uniqueness``, ``polishing``
the branch that starts at precision 0    ``tracing``; ``response_system`` (the equations), ``newton_steps`` (their linear algebra)
what is returned                         ``responses``; ``branches`` (points of a branch, for figures); ``limits`` (its Nash equilibrium)
certificates                             ``residuals``, beside `negotiation_sim.equilibria.certificates.certificate`
=======================================  ===================================================================================================
"""
