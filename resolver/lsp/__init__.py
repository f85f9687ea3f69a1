"""A language server for policies: checks, explains and fixes a policy while its author types it."""
