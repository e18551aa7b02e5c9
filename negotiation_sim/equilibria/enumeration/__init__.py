"""Every equilibrium of small two-player games, batched: signs of minors say which pairs of supports carry one.

=======================================  ===================================================================================================
a batch, chunk by chunk                  ``pair_batches`` (the way in): the parts that it yields are ``parts``
one chunk                                ``support_pairs``; ``minors``, ``signs``; ``refutation`` (pairs that have no mix)
2 x 2 games                              ``two_by_two`` (closed form), ``cell_grids`` (payoffs on few axes), ``sign_patterns`` (ties)
where the equilibria are collected       ``catalogue``
=======================================  ===================================================================================================
"""
