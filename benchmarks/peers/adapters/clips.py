"""CLIPS: rows are facts, rules match them to the request, and `salience` says which rule fires first.

The request is one fact that is modified. To assert and retract one for each request is slower with every request: what
was retracted is looked through at each run. A number makes each modification one, for CLIPS skips what changes nothing.
"""

from __future__ import annotations

from itertools import count

from clips import Environment

from benchmarks.bare import Decide
from benchmarks.rows import Rows

_CONSTRUCTS = (
    "(deftemplate role-default (slot role) (slot tier))",
    "(deftemplate phase-override (slot phase) (slot role) (slot tier))",
    "(deftemplate escalation (slot triad) (slot role) (slot tier))",
    "(deftemplate request (slot number) (slot triad) (slot role) (slot phase))",
    "(defglobal ?*tier* = nil)",
    """(defrule code-execution (declare (salience 50))
         (request (role "code_execution"))
         => (bind ?*tier* "fast"))""",
    """(defrule escalation (declare (salience 40))
         (request (triad ?triad) (role ?role))
         (escalation (triad ?triad) (role ?role) (tier ?tier))
         => (bind ?*tier* ?tier))""",
    """(defrule phase-override (declare (salience 30))
         (request (role ?role) (phase ?phase))
         (phase-override (phase ?phase) (role ?role) (tier ?tier))
         => (bind ?*tier* ?tier))""",
    """(defrule role-default (declare (salience 20))
         (request (role ?role))
         (role-default (role ?role) (tier ?tier))
         => (bind ?*tier* ?tier))""",
    """(defrule unlisted-role (declare (salience 10))
         (request)
         => (bind ?*tier* "general"))""",
)


def load(rows: Rows) -> Decide:
    """Build the rules and assert a fact for each row."""
    environment = Environment()
    for construct in _CONSTRUCTS:
        environment.build(construct)
    defaults, overrides, escalations, requests = map(
        environment.find_template, ("role-default", "phase-override", "escalation", "request")
    )
    for role, tier in rows.defaults.items():
        defaults.assert_fact(role=role, tier=tier)
    for phase, tiers in rows.overrides.items():
        for role, tier in tiers.items():
            overrides.assert_fact(phase=phase, role=role, tier=tier)
    for (triad, role), tier in rows.escalated.items():
        escalations.assert_fact(triad=triad, role=role, tier=tier)
    request, numbers = requests.assert_fact(number=0), count(1)
    answer = environment.find_global("tier")

    def decide(triad: str, role: str, *, phase: str | None = None) -> str:
        request.modify_slots(number=next(numbers), triad=triad, role=role, phase=phase or "")
        environment.run(1)
        tier: str = answer.value
        return tier

    return decide
