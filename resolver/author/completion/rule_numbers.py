"""Free numbers for new rules: a `pri` that no rule has, at the place where such a rule usually is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from resolver.author.completion.name_places import TARGET_KEYS, in_sections
from resolver.author.completion.open_frames import Word
from resolver.author.free_pris import STEP, free_after, free_before
from resolver.domain import RulesetName
from resolver.frozen import frozen
from resolver.yaml_text.scalars import plain_value

_STRIKES = 3


@frozen
class RuleNumbers:
    """The `pri` of each rule as it is written, and the numbers of failures that rules compare with.

    Args:
        pris: The `pri` of each rule, by ruleset and name.
        escalating: The names of the rules that escalate.
        strikes: The literals that are compared with the failures in a row.
    """

    pris: Mapping[RulesetName, Mapping[str, int]]
    escalating: frozenset[str]
    strikes: tuple[int, ...]

    def first(self, ruleset: RulesetName) -> int:
        """Return a `pri` that outranks every rule, or else the first free one.

        >>> RuleNumbers({RulesetName.TIER: {"a": 20}}, frozenset(), ()).first(RulesetName.TIER)
        10
        """
        taken = {*self.pris.get(ruleset, {}).values()}
        lowest = min(taken, default=2 * STEP)
        return lowest - STEP if lowest > STEP else _free_before(lowest, taken)

    def before_last(self, ruleset: RulesetName) -> int:
        """Return a `pri` that outranks the last rule, which decides whatever is left."""
        taken = {*self.pris.get(ruleset, {}).values()}
        return _free_before(max(taken), taken) if taken else STEP

    def before_escalations(self) -> int:
        """Return a `pri` of `outcome` that outranks every rule that escalates."""
        pris = self.pris.get(RulesetName.OUTCOME, {})
        escalating = [pri for name, pri in pris.items() if name in self.escalating]
        taken = {*pris.values()}
        return _free_before(min(escalating), taken) if escalating else self.before_last(RulesetName.OUTCOME)

    @property
    def failures(self) -> int:
        """The number of failures in a row at which rules act."""
        return max(self.strikes, default=_STRIKES)


def is_number_of_rule(word: Word) -> bool:
    """Return whether a word is part of what `rule_numbers` reads."""
    path = in_sections(word.path)
    if path[:1] != ("rulesets",) or len(path) < 4:
        return False
    of_run = path[3] == "run" and word.is_key
    return of_run or (not word.is_key and (path[3] == "pri" or path[-2:] == ("$gte", "strikes")))


def rule_numbers(words: Iterable[Word]) -> RuleNumbers:
    """Return the numbers in words of rules, as far as `is_number_of_rule` holds for them."""
    pris: dict[RulesetName, dict[str, int]] = {ruleset: {} for ruleset in RulesetName}
    escalating: set[str] = set()
    strikes: list[int] = []
    for word in words:
        _, ruleset, rule, key = in_sections(word.path)[:4]
        number = plain_value(word.text)
        if ruleset not in pris:
            continue
        if key == "run":
            if word.text == TARGET_KEYS[RulesetName.OUTCOME]:
                escalating.add(str(rule))
        elif isinstance(number, int) and not isinstance(number, bool):
            if key == "pri":
                pris[RulesetName(str(ruleset))][str(rule)] = number
            else:
                strikes.append(number)
    return RuleNumbers(pris, frozenset(escalating), tuple(strikes))


def _free_before(pri: int, taken: Collection[int]) -> int:
    """Return the highest free number below `pri`, or the lowest free one if there is none."""
    below = free_before(taken, pri)
    return below if below is not None else free_after(taken, -1) or 0
