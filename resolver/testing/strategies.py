"""Hypothesis strategies for whole policies, and for the requests, failures and escalations to try on them.

No strategy calls the code under test. A policy is the plain data that a YAML reader returns: `{"model_tiers": {...},
"facts": {...}, "rulesets": {...}}`. A valid policy is well-formed; the prover may still find that it lowers an agent or
has a rule that never wins.
"""

import json
import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Json = dict[str, Any]
Vocabulary = dict[str, SearchStrategy[Any]]  # fact → the values that a condition may compare it with
Runs = list[tuple[list[Json], Any]]  # the conditions that make the `run` of a rule legal, and the `run`
Pairs = list[tuple[str, str]]  # pairs of facts with the same closed values
Request = tuple[str, str, str | None, dict[str, str | int]]  # triad, role, phase, extra facts

TIER_FACTS = ("role_default", "phase_override", "escalated_tier")
FAILURE_TIERS = ("failed_tier", "next_tier", "raised_tier")
TAKEN = {"k", "id", "sid", "triad", "role", "phase", "result", "kind", "strikes", *TIER_FACTS, *FAILURE_TIERS}
KINDS = ("capacity", "outage", "auth", "not_found", "request", "task", "tool", "context", "")
LADDER = ["fast", "general", "reasoning"]
PROVIDERS = ("cerebras", "groq", "gemini", "openrouter", "ollama", "local-1", "null")
LIMITS = [f"{of}_per_{time}" for of in ("requests", "tokens") for time in ("minute", "hour", "day")]
ORDERINGS = ("$lt", "$lte", "$gt", "$gte")
# Text that a YAML reader or the engine could mistake: types, syntax, line breaks, marks, writing direction.
AWKWARD = ["null", "yes", "1", "1.5", "~", "a b", " x ", "#x", "- x", "x: y", "$m", "a.b", '"', "\\", "{",
    "\t", "\n", "\x85", "\u2028", "\ufeff", "e\u0301", "\xe9", "\U0001f600", "\u05d0", "\u202ex"]  # fmt: skip
SCRAPS = [*AWKWARD, "\r\n", "  ", ": ", "? ", "[", "]", "}", "'", "|\n", ">\n", "&a ", "*a", "---\n", "...\n",
    "%YAML 1.1\n", "<<: *a\n", "!!int ", "\0", ".inf", "0x1F", "1e400", "9" * 30, "{" * 300, "- " * 300,
    "{m: ", "$and: ", "pri: -1\n", "model_tiers:\n  ", "rulesets:\n", "facts: ", "tier: "]  # fmt: skip

identifiers = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
names = identifiers | identifiers | st.sampled_from(AWKWARD) | texts
roles = names.map(lambda name: name.replace(":", ";"))
numbers = st.integers(-3, 12) | st.sampled_from([-(2**63) + 2, -(2**31), 2**31, 2**53 + 1, 2**63 - 2])
option_names = st.sampled_from(["temperature", "reasoning_effort", "top_k", "stop", "extra_body", *AWKWARD])
option_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False, allow_infinity=False) | names | st.just(""),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(option_names, inner, max_size=2),
    max_leaves=4,
)
options = st.dictionaries(option_names, option_values, min_size=1, max_size=3)
timeouts = st.integers(1, 3600) | st.floats(0, 3600, exclude_min=True)
OUTCOME_FACTS: Vocabulary = {
    "result": st.sampled_from(["success", "failure"]),
    "kind": st.sampled_from(KINDS) | names,
    "strikes": st.integers(1, 4) | st.integers(1, 100),
}


def policies(*, total: bool = True) -> SearchStrategy[Json]:
    """Return a strategy for valid policies whose parts share no object.

    Args:
        total: Whether every request and every outcome is decided: each ruleset ends with a rule that always matches,
            and no rule refers to a fact that may be absent.

    """
    return _policies(total).map(lambda policy: json.loads(json.dumps(policy)))


@st.composite
def requests(draw: DrawFn, policy: Json) -> Request:
    """Draw a request: triad, role, phase and extra facts.

    The policy may mention the names or not. It declares all of the extra facts.

    Args:
        draw: Hypothesis passes this; callers do not.
        policy: The policy, as `policies` draws it.

    """
    unlisted = names | texts.map(lambda text: (text * 250)[:250]) | st.sampled_from(["", "\xfc" * 300])
    triad, role, phase = (draw(_mentioned(policy, fact, unlisted)) for fact in ("triad", "role", "phase"))
    extra: dict[str, str | int] = {}
    for name, fact in (policy.get("facts") or {}).items():
        literals = [literal for literal in _literals(policy["rulesets"], name) if isinstance(literal, int)]
        around = st.tuples(st.sampled_from([0, *literals]), st.integers(-1, 1)).map(sum)
        near = around.filter(lambda number: abs(number) <= 2**63 - 2)
        value = draw(st.none() | (near if "integer" in fact else st.sampled_from(fact["values"])))
        extra |= {} if value is None else {name: value}
    return triad, role.replace(":", ";"), draw(st.sampled_from([phase, phase, phase, None])), extra


def kinds(policy: Json) -> SearchStrategy[str | None]:
    """Return a strategy for kinds of failures: named by rules, built in, an application's own, or None for no kind.

    Args:
        policy: The policy, as `policies` draws it.

    """
    return st.none() | _mentioned(policy, "kind", st.sampled_from(KINDS) | names)


def escalations(policy: Json) -> SearchStrategy[dict[str, str]]:
    """Return a strategy for `escalation_state`: any tiers, for subjects that the policy mentions or does not.

    Args:
        policy: The policy, as `policies` draws it.

    """
    keys = st.builds("{}:{}".format, _mentioned(policy, "triad", names), _mentioned(policy, "role", roles))
    return st.dictionaries(keys, st.sampled_from(policy["model_tiers"].get("ladder") or LADDER), max_size=4)


def yaml_text(policy: Json) -> str:
    """Return a policy as YAML text: mappings in block style, list members in flow style, text quoted where it must be.

    >>> print(yaml_text({"any": {"pri": 1, "all": [{"m": {"role": "a b"}}]}}), end="")
    any:
      pri: 1
      all:
        - {m: {role: "a b"}}
    """
    return "".join(f"{line}\n" for line in _block(policy, ""))


@st.composite
def mutations(draw: DrawFn, text: str) -> bytes:
    """Draw broken YAML: a text, or scraps of YAML, with bytes or lines dropped, doubled, reversed or replaced.

    Args:
        draw: Hypothesis passes this; callers do not.
        text: The text to break.

    """
    scraps = st.sampled_from(SCRAPS).map(str.encode) | st.binary(max_size=3)
    data = draw(st.just(text.encode()) | st.lists(scraps, max_size=40).map(b"".join))
    for _ in range(draw(st.integers(1, 4))):
        parts = data.splitlines(keepends=True) if draw(st.booleans()) else [bytes([byte]) for byte in data]
        start = draw(st.integers(0, len(parts)))
        cut = parts[start : start + draw(st.integers(0, 8))]
        new = st.sampled_from([[], cut * 2, cut[::-1]]) | st.lists(scraps, max_size=2)
        parts[start : start + len(cut)] = draw(new)
        data = b"".join(parts)
    return data


@st.composite
def _policies(draw: DrawFn, total: bool) -> Json:
    tiers = draw(st.just(LADDER) | st.lists(names, min_size=2, max_size=6, unique=True))
    strategies = {"triad": names | st.just(""), "role": roles | st.just(""), "phase": names}
    pools = {fact: draw(st.lists(values, min_size=1, max_size=3)) for fact, values in strategies.items()}
    facts = draw(_facts(tiers))
    closed = {name: fact["values"] for name, fact in facts.items() if "values" in fact}
    given: Vocabulary = {name: st.sampled_from(values) for name, values in (pools | closed).items()}
    given |= {name: numbers for name in facts if name not in closed}
    failed = {"result": "failure"}
    tier_runs: Runs = [([], {"tier": tier}) for tier in tiers]
    tier_runs += [([{"$ex": {fact: 1}}], {"tier": {"$m": fact}}) for fact in TIER_FACTS]
    outcome_runs: Runs = [([], "reset"), ([], "ignore"), ([failed], "count"), ([failed], "hold")]
    outcome_runs += [([failed], {"escalate_to": tier}) for tier in tiers]
    outcome_runs += [([failed, {"$ex": {fact: 1}}], {"escalate_to": {"$m": fact}}) for fact in FAILURE_TIERS]
    for fact, values in closed.items():
        if {*values} <= {*tiers}:  # a fact of the policy that holds a tier
            present = draw(st.sampled_from([{"$ex": {fact: 1}}, {fact: values}, {"$neq": {fact: values[0]}}]))
            if not total and draw(st.booleans()):  # another fact lets the rule win although this fact is absent
                present = {"$or": draw(st.permutations([present, draw(_comparisons(given))]))}
            tier_runs += [([present], {"tier": {"$m": fact}})] * 3
            outcome_runs += [([failed, present], {"escalate_to": {"$m": fact}})] * 3
    rulesets = {}
    for name, runs, own, tier_facts in (
        ("tier", tier_runs, {}, TIER_FACTS),
        ("outcome", outcome_runs, OUTCOME_FACTS, FAILURE_TIERS),
    ):
        alike = closed | dict.fromkeys(tier_facts, tiers)
        pairs = [pair for pair in permutations(alike, 2) if alike[pair[0]] == alike[pair[1]]]
        vocabulary = {**given, **own, **dict.fromkeys(tier_facts, st.sampled_from(tiers))}
        last = "ignore" if name == "outcome" else {"tier": draw(st.sampled_from(tiers))}
        rulesets[name] = draw(_rulesets(_rules(vocabulary, pairs, runs), last, total))
    tables = draw(_tables(tiers, pools["role"], pools["phase"]))
    policy: Json = {"model_tiers": tables, "facts": facts or None, "rulesets": rulesets}
    if draw(st.booleans()):
        tables["escalation_state"] = draw(escalations(policy) | st.none())
    return policy


def _facts(tiers: list[str]) -> SearchStrategy[dict[str, Json]]:
    values = st.lists(names, min_size=1, max_size=4, unique=True) | st.sampled_from([["a", "b"], tiers, tiers[1:]])
    closed = st.fixed_dictionaries({"values": values}, optional={"description": names})
    integer = st.fixed_dictionaries({"integer": st.just(True)}, optional={"description": names})
    return st.dictionaries(identifiers.filter(lambda name: name not in TAKEN), closed | integer, max_size=2)


@st.composite
def _tables(draw: DrawFn, tiers: list[str], subjects: list[str], phases: list[str]) -> Json:
    ids = st.just("v/m:free") | names
    with_options = st.builds(lambda id, chosen: {"id": id, **chosen}, ids, options)
    models = st.dictionaries(st.sampled_from(PROVIDERS), ids | ids | with_options, min_size=1, max_size=4)
    tables: Json = {"ladder": tiers} if tiers != LADDER or draw(st.booleans()) else {}
    tables["tiers"] = {tier: {"description": draw(names), "providers": draw(models)} for tier in tiers}
    used = sorted({provider for tier in tables["tiers"].values() for provider in tier["providers"]})
    rows = st.dictionaries(st.sampled_from(subjects), st.sampled_from(tiers), min_size=1, max_size=4)
    overrides = st.dictionaries(st.sampled_from(phases), rows, min_size=1, max_size=3)
    settings = st.dictionaries(st.sampled_from(used), st.none() | _settings(), max_size=2)
    optional: dict[str, SearchStrategy[Any]] = {
        "provider_order": st.permutations(used),
        "role_defaults": rows,
        "phase_overrides": overrides,
        "timeout": timeouts,
        "providers": settings,
    }
    for key in draw(st.sets(st.sampled_from(sorted(optional)))):
        tables[key] = draw(optional[key] | optional[key] | optional[key] | st.none())
    return tables


def _settings() -> SearchStrategy[Json]:
    """Return a strategy for the settings of a provider."""
    limits = st.dictionaries(st.sampled_from(LIMITS), st.integers(1, 10**6), min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "api": names,
            "base_url": st.sampled_from(["https://example.com/v1", "http://127.0.0.1:8000"]),
            "api_key_env": st.sampled_from(["KEY", "_my_KEY_2"]),
            "timeout": timeouts | st.none(),
            "limits": st.just("none") | limits,
            "options": options | st.none(),
        },
    )


@st.composite
def _rulesets(draw: DrawFn, rules: SearchStrategy[Json], last: Any, total: bool) -> dict[str, Json]:
    ends = total or draw(st.integers(0, 3)) > 0
    labels = identifiers | st.sampled_from(["a-b", "a b", "null", "\u00e9"])
    keyed = st.tuples(labels, st.integers(0, 65534), rules)
    unlike = (lambda entry: entry[0], lambda entry: entry[1])
    drawn = draw(st.lists(keyed, min_size=draw(st.integers(1 - ends, 6)), max_size=7, unique_by=unlike))
    if ends:
        pri = draw(st.integers(1 + max((pri for _, pri, _ in drawn), default=0), 65535))
        drawn.append(("any other", pri, {"all": [{"m": {"$ex": {"role": 1}}}], "run": last}))
    return {name: {"pri": pri, **rule} for name, pri, rule in draw(st.permutations(drawn))}


@st.composite
def _rules(draw: DrawFn, vocabulary: Vocabulary, pairs: Pairs, runs: Runs) -> Json:
    guards, run = draw(st.sampled_from(runs))
    free = _conditions(vocabulary, pairs, 2 if guards else 3)
    condition = {"$and": [*guards, *draw(st.lists(free, max_size=4 - len(guards)))]} if guards else draw(free)
    because = draw(st.none() | names.map(lambda text: {"because": text}))
    return {"all": [{"m": condition}], "run": run} | (because or {})


def _conditions(vocabulary: Vocabulary, pairs: Pairs, depth: int) -> SearchStrategy[Json]:
    leaf = _comparisons(vocabulary)
    if depth == 1:
        return leaf
    inner = _conditions(vocabulary, pairs, depth - 1)
    members = st.lists(inner, min_size=1, max_size=4)
    nested = members.map(lambda conditions: {"$and": conditions}) | members.map(lambda conditions: {"$or": conditions})
    return leaf | nested | (_references(pairs, leaf, depth) if pairs else nested)


@st.composite
def _comparisons(draw: DrawFn, vocabulary: Vocabulary) -> Json:
    fact = draw(st.sampled_from(sorted(vocabulary)))
    value = draw(vocabulary[fact])
    ordered = ORDERINGS if isinstance(value, int) else ()
    operator = draw(st.sampled_from(["", "", "[]", "$neq", "$ex", "$nex", *ordered]))
    if operator == "[]":
        return {fact: draw(st.lists(vocabulary[fact], min_size=1, max_size=3, unique=True))}
    return {operator: {fact: 1 if operator in ("$ex", "$nex") else value}} if operator else {fact: value}


@st.composite
def _references(draw: DrawFn, pairs: Pairs, leaf: SearchStrategy[Json], depth: int) -> Json:
    fact, other = draw(st.sampled_from(pairs))
    condition: Json = {fact: {"$m": other}}
    condition = draw(st.sampled_from([condition, {"$neq": condition}]))
    if depth > 2 and draw(st.booleans()):
        condition = {"$or": draw(st.permutations([condition, *draw(st.lists(leaf, max_size=2))]))}
    before, after = draw(st.lists(leaf, max_size=1)), draw(st.lists(leaf, max_size=1))
    return {"$and": [*before, {"$ex": {other: 1}}, condition, *after]}


def _literals(node: Any, fact: str) -> Iterator[Any]:
    """Yield every value with which a condition below this node compares the fact."""
    if isinstance(node, list):
        for member in node:
            yield from _literals(member, fact)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == fact and not isinstance(child, dict):
                yield from child if isinstance(child, list) else [child]
            yield from _literals(child, fact)


def _mentioned(policy: Json, fact: str, others: SearchStrategy[str]) -> SearchStrategy[str]:
    """Return a strategy for texts that the rules or the tables list for the fact, as often as texts from `others`."""
    tables, rules = policy["model_tiers"], [list(ruleset.values()) for ruleset in policy["rulesets"].values()]
    rows = {"": tables.get("role_defaults") or {}, **(tables.get("phase_overrides") or {})}
    named = {literal for literal in _literals(rules, fact) if isinstance(literal, str)}
    named |= set(rows) if fact == "phase" else set()
    named |= {role for row in rows.values() for role in row} if fact == "role" else set()
    if fact in ("triad", "role"):
        named |= {key.rpartition(":")[2 * (fact == "role")] for key in tables.get("escalation_state") or {}}
    listed = st.sampled_from(sorted(named)) if named else others
    return st.booleans().flatmap(lambda is_listed: listed if is_listed else others)


def _block(node: Json, pad: str) -> Iterator[str]:
    for key, child in node.items():
        head, nested = f"{pad}{_flow(key)}:", bool(child) and isinstance(child, dict | list)
        yield head if nested or child is None else f"{head} {_flow(child)}"
        if nested and isinstance(child, dict):
            yield from _block(child, pad + "  ")
        elif nested:
            yield from (f"{pad}  - {_flow(member)}" for member in child)


def _flow(node: Any) -> str:
    if isinstance(node, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(child)}" for key, child in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(_flow, node)) + "]"
    if not isinstance(node, str):
        return json.dumps(node)
    if re.fullmatch(r"(?!null|true|false|yes|no|on|off|[yn]$)[a-z$][a-z0-9_]*", node):
        return node
    return '"' + re.sub(r"[^ !#-\[\]-~]", lambda char: f"\\U{ord(char[0]):08X}", node) + '"'
