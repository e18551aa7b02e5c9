"""Dominance, iterated elimination, and best replies.

=======================================  ===================================================================================================
what is dominated, and by what           ``dominance``; ``dominators`` (pure), ``mixed_dominance``, ``witnesses``
what is left after elimination           ``elimination``; ``elimination_steps``, ``reasons`` (told in words)
best replies                             ``replies``
=======================================  ===================================================================================================
"""
