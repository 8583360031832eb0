"""Persons: what there is of one, wherever it is."""
