"""What HFS imports in place of its own classes: two names change their module, and nothing else changes.

Everything is decided by the rulesets: the tiers by `tier`, what failures and successes do by `outcome`.
"""

from resolver.hfs.config import ModelTiersConfig, TierConfig, TierName
from resolver.hfs.selector import ModelSelector
from resolver.hfs.tracker import EscalationTracker

__all__ = ["EscalationTracker", "ModelSelector", "ModelTiersConfig", "TierConfig", "TierName"]
