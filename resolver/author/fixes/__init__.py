"""Fixes of diagnostics: edits that a help asks for, each applied and checked before it is offered."""
