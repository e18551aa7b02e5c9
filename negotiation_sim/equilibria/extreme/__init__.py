"""Two-player games with ties, or too large for tables of minors: all extreme equilibria, and what they span.

=======================================  ===================================================================================================
a batch of games with ties               ``degenerate`` (the way in), ``vertices``
one game at a time, in integers          ``double_description``; ``exact_games`` (payoffs given as fractions),
                                         ``integer_payoffs`` (as floats)
maximal Nash subsets, components         ``components``
=======================================  ===================================================================================================
"""
