"""Explains the word at a position of a policy: a name, a rule, a key, an operator; as Markdown for an editor."""
