"""Checks that share no code with the solvers: what would anybody gain by deviating?

=======================================  ===================================================================================================
mixed profiles                           ``certificate``; ``verified`` (only what passes leaves a solver)
plays of games with stages               ``play_certificate``, ``deviations``
how finely payoffs can be told apart     ``resolution``
=======================================  ===================================================================================================
"""
