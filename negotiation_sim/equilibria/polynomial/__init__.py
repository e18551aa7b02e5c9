"""Every equilibrium of games of three or more players, mixed ones included, reached through `AllNash`.

``many_players`` is the way in. ``screening`` rules out supports by the signs of payoff differences; ``systems`` collects the polynomial
systems of those that are left. ``elimination_by_minors`` solves the ones that come down to one polynomial in one unknown; for the others
``search`` divides the mixes into ``cells`` until ``cell_tests`` prove of each that it holds no equilibrium or exactly one, which ``newton``
finds. ``row_reduction`` is their linear algebra.
"""
