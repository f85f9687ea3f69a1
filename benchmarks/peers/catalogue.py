"""RequestGroup is measured, and how each expresses the policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """A way to decide: its adapter, what pip installs for it, and what it is.

    `requirement` is None for what runs in this project's own environment, and `reads_files` tells that the adapter is
    given the policy's files instead of its rows. `engine` tells a rules engine from the rest.
    """

    name: str
    adapter: str
    requirement: str | None
    expressed: str
    engine: bool = True
    reads_files: bool = False


BARE = Contender("bare dictionaries", "bare", None, "four `if`s over dictionaries, written by hand", engine=False)
OURS = Contender("resolver", "ours", None, "the shipped files", engine=False, reads_files=True)
CONTENDERS = (
    BARE,
    OURS,
    Contender("durable-rules", "durable", None, "the shipped rules; facts looked up", reads_files=True),
    Contender("zen-engine", "zen", "zen-engine==2.1.3", "a decision table; rows are its rows"),
    Contender("cedarpy", "cedar", "cedarpy==4.12.2", "a policy per tier; rows are tags of entities"),
    Contender("regopy", "rego", "regopy==1.5.2", "an `else` chain; rows are data"),
    Contender("clipspy", "clips", "clipspy==1.0.6", "rules with salience; rows are facts"),
    Contender("pycasbin", "casbin", "pycasbin==2.8.0", "rows are policy lines in order of precedence"),
    Contender("rule-engine", "rule_engine", "rule-engine==5.1.0", "one expression; facts looked up"),
    Contender("json-logic-qubit", "json_logic", "json-logic-qubit==0.9.1", "one `if`; facts looked up"),
    Contender("business-rules", "business_rules", "business-rules==1.1.1", "a list of rules; facts looked up"),
    Contender("litellm", "litellm", "litellm==1.106.2", "rows are aliases of model groups", engine=False),
)
