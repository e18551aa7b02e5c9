"""Choosing among equilibria, without hiding any.

=======================================  ===================================================================================================
criteria                                 ``selection``; ``selection_criteria``, ``support_dominance``
refinements and stability                ``refinement``; ``trembles`` and ``exact_systems`` (proper equilibria), ``index_sign``
=======================================  ===================================================================================================
"""
