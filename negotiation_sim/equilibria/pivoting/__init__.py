"""Methods that go from one basic solution to the next: paths of Lemke and Howson, and the simplex method.

=======================================  ===================================================================================================
Lemke-Howson paths                       ``complementary_paths`` (the way in), ``tableaux``, ``deferred_tableaux`` (large games);
                                         ``short_paths`` (small games, without tableaux), ``exact_paths`` (in integers)
linear programmes                        ``linear_programmes`` (for dominance), ``simplex`` (for zero-sum games)
=======================================  ===================================================================================================
"""
