"""Renames a role, a phase, a tier, a fact, a triad or a rule in the texts of a policy and of its tests."""
