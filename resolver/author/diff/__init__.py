"""Differences of two policies: which requests and outcomes a change affects, and in which direction."""
