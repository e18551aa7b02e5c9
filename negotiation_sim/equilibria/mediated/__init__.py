"""Correlated and coarse correlated equilibria: what players can reach who follow a mediator's recommendations.

============================  ==============================================================================================================
the best plan of a mediator   ``mediators`` (`Correlated`, `CoarseCorrelated`); ``goals``, ``optimum``; ``incentives`` and ``dual_simplex``
                              (small games, a batch at once), ``single_programme`` (large ones, by HiGHS)
what they return              ``plans``; ``advice`` (the table of recommendations)
every payoff within reach     ``payoff_polygon`` (`payoff_ranges`, `payoff_region`)
certificates                  ``obedience``
============================  ==============================================================================================================
"""
