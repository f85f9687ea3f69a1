"""Proves properties of a policy when it is loaded, and gives a witness for each property that does not hold."""

from resolver.prover.prove import NOTHING_PROVEN, Proof, prove

__all__ = ["NOTHING_PROVEN", "Proof", "prove"]
