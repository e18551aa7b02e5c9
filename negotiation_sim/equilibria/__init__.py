"""Solvers, what they return, and the checks that do not trust them."""
