"""Solvers, what they return, and the checks that do not trust them.

Where things are; the first module of each line is the way in, the others are its parts. A package has a guide of its own.

========================================  ==================================================================================================
every equilibrium of two-player games     ``bimatrix``; packages ``enumeration`` (small games), ``extreme`` (with ties, exact, or large);
                                          ``slabs`` (threads)
every equilibrium of more players         ``many_players`` in the package ``polynomial``
one equilibrium of two-player games       ``lemke_howson``, ``zero_sum``; package ``pivoting``; ``listed``; ``nashpy_reference``
pure strategies, any number of players    ``pure``; ``subgame_perfect``, ``deterrence``
what solvers return                       ``entries``, ``paths``; ``compressed``; ``one_answer``; ``summary`` and ``margins`` (for sweeps)
certificates                              package ``certificates``
dominance and best replies                package ``domination``
choosing among equilibria                 package ``choice``
correlated equilibria                     package ``mediated``
quantal responses                         package ``quantal``
adjustment dynamics                       package ``adjustment``
names of concepts, choices of solvers     ``concepts``, ``choices``
========================================  ==================================================================================================
"""
