"""Drop-in replacements for two classes of HFS: two names change their module, and nothing else changes.

The rulesets decide everything: `tier` decides on tiers, `outcome` on the effects of failures and successes.
"""

from resolver.hfs.config import ModelTiersConfig, TierConfig, TierName
from resolver.hfs.selector import ModelSelector
from resolver.hfs.tool_results import tool_failed
from resolver.hfs.tracker import EscalationTracker

__all__ = ["EscalationTracker", "ModelSelector", "ModelTiersConfig", "TierConfig", "TierName", "tool_failed"]
