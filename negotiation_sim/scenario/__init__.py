"""Scenarios: actors, formulas, files, evaluation, comparison and explanation."""
