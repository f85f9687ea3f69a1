"""Renames a role, a phase, a tier, a fact or a triad in the texts of a policy and of its tests."""
