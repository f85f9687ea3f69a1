"""The JSON of decisions, explanations, diagnostics and the rest, as commands print it and the server answers."""
