"""What is proven of a policy when it is loaded, with a witness for whatever does not hold."""

from resolver.prover.prove import NOTHING_PROVEN, Proof, prove

__all__ = ["NOTHING_PROVEN", "Proof", "prove"]
