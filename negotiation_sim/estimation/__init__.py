"""Estimation from data: likelihoods of what actors were seen to do.

``maximum_likelihood`` (the way in: `estimate`), ``likelihoods`` (how likely counted choices are), ``estimates`` (what is returned).
"""
