"""Completes what an author types: keys, names, values and snippets, in texts that may not be YAML at that moment."""
