"""A server: decisions, outcomes and all that was learned by HTTP, for agents in any language."""
