"""Checks of a setup: the policy, the state, the spool, versions, providers and permissions, each with what to do."""

from resolver.facade.doctor.examine import Area, areas_of
from resolver.facade.doctor.finding import Finding, Grade

__all__ = ["Area", "Finding", "Grade", "areas_of"]
