"""Conditions in the form of other languages, and the same conditions in the form of policies, for suggestions."""
