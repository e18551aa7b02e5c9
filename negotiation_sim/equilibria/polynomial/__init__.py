"""Every equilibrium of games of three or more players, mixed ones included, reached through `AllNash`.

``many_players`` is the way in. ``screening`` rules out supports by the signs of payoff differences; ``systems`` collects the polynomial
systems of those that are left. ``search`` divides the mixes into ``cells`` until ``cell_tests`` prove of each that it holds no equilibrium
or exactly one, which ``newton`` finds; ``row_reduction`` is their linear algebra. That solves any system, but most are solved faster with
the mixes of two players eliminated: ``elimination_by_minors`` where one unknown is left, ``elimination_by_pairs`` (with
``pair_conditions`` and ``bernstein``) where more are.
"""
