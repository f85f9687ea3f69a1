"""Replay: recorded outcomes and logged decisions, run through a policy."""
