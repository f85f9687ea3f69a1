"""Candidates for problems of rules: their `pri`, what they test, and what they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.author.fixes.added_rules import first_rule, last_rule, other_ruleset
from resolver.author.fixes.problem import Candidate, Problem, entry_of
from resolver.author.fixes.rules_of_texts import free_pri, free_pri_before, rules_of
from resolver.author.fixes.spots import end_of, in_its_quotes, is_flow, scalars_in, written
from resolver.domain import RulesetName
from resolver.yaml_text.nodes import Mapping, Scalar, Sequence, resolved
from resolver.yaml_text.splices import Splice

_LOWER = re.compile(r"give `([^`]+)` \([^)]*\) a lower `pri` than `([^`]+)` has")
_MOVED = re.compile(r"move `([^`]+)` to `(\w+)`")
_ADDED = re.compile(r"add a rule of `(\w+)` for `([^`]+)` with `run: ([^`]+)`")


def rule_edits(problem: Problem) -> Iterator[list[Candidate]]:
    """Yield the candidates for a problem of a rule."""
    if problem.code == "same-pri":
        yield [*_next_pri(problem)]
    elif problem.code == "lowers":
        yield [*_raised(problem)]
    elif problem.code in ("dangling", "success-effect", "hair-trigger"):
        guard = re.search(r"`(\{[^`]+\})`", problem.help)
        yield [*_guarded(problem, guard[1])] if guard else []
    elif problem.code == "gap":
        yield [*last_rule(problem)]
    elif (match := _LOWER.search(problem.help)) is not None:
        yield [*_before(problem, match[1], match[2])]
    elif (match := _MOVED.fullmatch(problem.help)) is not None:
        yield [*other_ruleset(problem, match[2])]
    elif problem.code == "shadowed":
        yield [*_before(problem, problem.words[0], *problem.words[1:])]
    elif (match := _ADDED.search(problem.help)) is not None:
        yield [*first_rule(problem, *match.groups())]


def _next_pri(problem: Problem) -> Iterator[Candidate]:
    rules = rules_of(problem.texts, problem.ruleset)
    node = problem.spots[0].node if problem.spots else None
    if isinstance(node, Scalar) and type(node.value) is int:
        number = free_pri(rules, node.value)
        yield from problem.here(None if number is None else Splice(node.start, node.end, str(number)))


def _raised(problem: Problem) -> Iterator[Candidate]:
    """Yield the candidate that escalates to `raised_tier`."""
    match = re.search(r"escalate to `(\w+)`", problem.help)
    run = entry_of(problem.rule.node, "run") if problem.rule else None
    target = entry_of(run[1], "escalate_to") if run else None
    if match is None or target is None:
        return
    for text in scalars_in(target[1]):
        yield from problem.here(in_its_quotes(text, match[1]))
    yield from problem.here(Splice(target[1].start, end_of(target[1]), f"{{$m: {match[1]}}}"))


def _guarded(problem: Problem, guard: str) -> Iterator[Candidate]:
    """Yield the candidate whose rule also tests `guard`: its condition is joined with that one."""
    patterns = entry_of(problem.rule.node, "all") if problem.rule else None
    items = resolved(patterns[1]) if patterns else None
    condition = entry_of(items.items[0], "m") if isinstance(items, Sequence) and len(items.items) == 1 else None
    if condition is None:
        return
    node = condition[1]
    joined = entry_of(node, "$and")
    if joined is not None and isinstance(joined[1], Sequence) and joined[1].items:
        last = joined[1].items[-1]
        if is_flow(joined[1]):
            yield from problem.here(Splice(end_of(last), end_of(last), f", {guard}"))
            return
        dash = " " * (problem.source.position(joined[1].head)[1] - 1)
        yield from problem.here(Splice(end_of(last), end_of(last), f"\n{dash}- {guard}"))
        return
    if is_flow(node):
        yield from problem.here(Splice(node.start, end_of(node), f"{{$and: [{written(node)}, {guard}]}}"))
    elif isinstance(node, Mapping) and "\n" not in written(node):
        yield from problem.here(Splice(node.start, end_of(node), f"$and: [{{{written(node)}}}, {guard}]"))


def _before(problem: Problem, name: str, *others: str) -> Iterator[Candidate]:
    """Yield the candidate that gives a rule the next free `pri` before those of the others."""
    for ruleset in RulesetName:
        rules = rules_of(problem.texts, ruleset)
        moved = next((rule for rule in rules if rule.name == name), None)
        first = next((rule for rule in rules if rule.name in others), None)
        if moved is None or first is None or moved.pri_node is None or first.pri is None:
            continue
        number = free_pri_before(rules, first.pri)
        if number is not None:
            yield {moved.path: [Splice(moved.pri_node.start, moved.pri_node.end, str(number))]}
