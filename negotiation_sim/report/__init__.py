"""Results made readable: findings in words, tables for a terminal, files for others, and one page for a browser.

Nothing here knows how a game is solved: equilibria come from the verbs of a scenario and from sweeps.
"""
