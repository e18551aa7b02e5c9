"""Solvers, what they return, and the checks that do not trust them.

Where things are; the first module of each line is the way in, the others are its parts.

========================================  ==================================================================================================
every equilibrium of two-player games     ``bimatrix``; ``two_by_two``, ``cell_grids``, ``sign_patterns`` (2 x 2); ``minors``, ``signs``,
                                          ``support_pairs``, ``refutation``, ``parts``, ``pair_batches``, ``catalogue`` (fast,
                                          without ties); ``vertices``, ``degenerate``, ``components`` (with ties); ``exact_games``,
                                          ``integer_payoffs``, ``double_description`` (exact, or large); ``slabs`` (threads)
every equilibrium of more players         ``many_players`` (in ``polynomial``); ``screening``, ``systems``, ``search``, ``cells``,
                                          ``cell_tests``, ``newton``, ``row_reduction``; ``elimination_by_minors``,
                                          ``elimination_by_pairs``, ``pair_conditions``, ``bernstein``
one equilibrium of two-player games       ``lemke_howson``; ``short_paths``, ``complementary_paths``, ``tableaux``,
                                          ``deferred_tableaux``; ``zero_sum``, ``simplex``; ``listed``; ``nashpy_reference`` (another view)
pure strategies, any number of players    ``pure``; ``subgame_perfect``, ``deterrence``
what solvers return                       ``entries``, ``paths``; ``compressed``; ``one_answer``; ``summary`` and ``margins`` (for sweeps)
certificates                              ``certificate``, ``play_certificate``; ``deviations``, ``resolution``, ``verified``
correlated equilibria                     ``mediated``, a package with a guide of its own
dominance and best replies                ``dominance``, ``elimination``, ``replies``; ``dominators``, ``mixed_dominance``,
                                          ``linear_programmes``, ``elimination_steps``, ``reasons``, ``witnesses``
choosing among equilibria                 ``selection``, ``refinement``; ``selection_criteria``, ``support_dominance``, ``trembles``,
                                          ``index_sign``, ``exact_systems``
quantal responses                         ``quantal`` (a package with a guide of its own)
adjustment dynamics                       ``adjustment`` (a package with a guide of its own)
names of concepts                         ``concepts``
========================================  ==================================================================================================
"""
