"""Candidates that add a rule, or move one to the ruleset that has its effect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from resolver.author.fixes.problem import Candidate, Problem, entry_of
from resolver.author.fixes.rules_of_texts import (
    WrittenRule,
    another_rule,
    free_pri,
    free_pri_before,
    last_pri,
    rules_of,
)
from resolver.author.fixes.spots import Spot, documents_of, end_of, is_flow, text_of, without
from resolver.diagnostics import Source
from resolver.domain import RulesetName
from resolver.yaml_text.nodes import Mapping, Node, Sequence, resolved
from resolver.yaml_text.quoting import scalar
from resolver.yaml_text.splices import Splice

_ALWAYS = "{$ex: {role: 1}}"
_MOST_PLACES = 4


def last_rule(problem: Problem) -> Iterator[Candidate]:
    """Yield candidates with a last rule that always matches, the least surprising effect first."""
    rules = rules_of(problem.texts, problem.ruleset)
    beside = next((rule for rule in rules if rule.path == problem.path and _is(problem.rule, rule)), None)
    pri = last_pri(rules)
    if beside is None or pri is None:
        return
    is_outcome = problem.ruleset == RulesetName.OUTCOME
    effects = ["ignore"] if is_outcome else [f"{{tier: {scalar(tier)}}}" for tier in _usual_tiers(problem)]
    for effect in effects:
        yield from problem.here(another_rule(beside, _free_name(rules, "rest"), pri, _ALWAYS, effect))


def first_rule(problem: Problem, ruleset: str, condition: str, effect: str) -> Iterator[Candidate]:
    """Yield candidates with a rule before another one of its ruleset: before the first rule, then before the next."""
    rules = rules_of(problem.texts, ruleset)
    fact = re.search(r"\{(\w+): 1\}", condition)
    name = _free_name(rules, fact[1] if fact else "first")
    for rule in [rule for rule in rules if rule.pri is not None][:_MOST_PLACES]:
        number = free_pri_before(rules, rule.pri or 0)
        if number is not None:
            yield {rule.path: [another_rule(rule, name, number, condition, effect)]}


def other_ruleset(problem: Problem, ruleset: str) -> Iterator[Candidate]:
    """Yield the candidate that moves a rule behind the last one of another ruleset in its file, with a free `pri`."""
    rules, rule = rules_of(problem.texts, ruleset), problem.rule
    last = max((each for each in rules if each.path == problem.path), key=lambda each: each.spot.index, default=None)
    if (
        rule is None
        or rule.entry is None
        or last is None
        or last.spot.entry is None
        or not isinstance(rule.parent, Mapping)
    ):
        return
    (name, value), (other, _) = rule.entry, last.spot.entry
    columns = {problem.source.position(each.head)[1] for each in (name, other)}
    if (
        len(columns) > 1
        or is_flow(rule.parent)
        or not isinstance(last.spot.parent, Mapping)
        or is_flow(last.spot.parent)
    ):
        return
    moved = WrittenRule(problem.path, text_of(name), Spot(value, rule.parent, rule.index))
    text, shift = problem.text[name.head : end_of(value)], name.head
    if moved.pri_node is not None and moved.pri in {each.pri for each in rules}:
        number, node = free_pri(rules, moved.pri or 0), moved.pri_node
        text = text[: node.start - shift] + str(number) + text[node.end - shift :]
    stop = end_of(last.spot.node)
    stop = min([index for mark in "\r\n" if (index := problem.text.find(mark, stop)) >= 0], default=len(problem.text))
    outer = " " * (columns.pop() - 1)
    yield from problem.here(without(rule), Splice(stop, stop, f"\n{outer}{text}"))


def _is(spot: Spot | None, rule: WrittenRule) -> bool:
    return spot is not None and spot.node.start == rule.spot.node.start


def _free_name(rules: list[WrittenRule], name: str) -> str:
    taken = {rule.name for rule in rules}
    return next(
        free for free in (name, *(f"{name}_{number}" for number in range(2, len(rules) + 3))) if free not in taken
    )


def _usual_tiers(problem: Problem) -> list[str]:
    """Return the tiers of the roles, that of most of them first, and then those of the ladder."""
    counts: Counter[str] = Counter()
    ladders: list[str] = []
    for path, text in problem.texts.texts.items():
        for document in documents_of(Source(str(path), text, path)) if not problem.texts.is_test(path) else ():
            tiers = entry_of(document, "model_tiers")
            rows = entry_of(tiers[1], "role_defaults") if tiers else None
            node = resolved(rows[1]) if rows else None
            counts.update(text_of(value) for _, value in (node.entries if isinstance(node, Mapping) else ()))
            ladder = entry_of(tiers[1], "ladder") or entry_of(tiers[1], "tiers") if tiers else None
            ladders += [*_names(ladder[1])] if ladder else []
    return [*dict.fromkeys((*(tier for tier, _ in counts.most_common()), *ladders))]


def _names(node: Node) -> list[str]:
    node = resolved(node)
    parts = [key for key, _ in node.entries] if isinstance(node, Mapping) else []
    return [text_of(part) for part in (node.items if isinstance(node, Sequence) else parts)]
