"""Reads files of policy tests, `*_test.yaml` beside a policy, into cases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from resolver.author.lints import needless_ignores
from resolver.author.policy_tests.case_fields import Fields
from resolver.author.policy_tests.case_layout import named_tests, report_unnamed
from resolver.author.policy_tests.case_paths import files_of_tests
from resolver.author.policy_tests.cases import ANY_TRIAD, Case, Expectation, Step
from resolver.diagnostics import Diagnostic, InputError, Level, PolicyError, closest
from resolver.domain import EffectKind, Options, Policy, RulesetName, Subject
from resolver.loader import without_ignored
from resolver.loader.ignores import ignores_of
from resolver.loader.listed_names import NameProblem, listed_names
from resolver.loader.problems import MOST_COMPARED, Problems
from resolver.loader.tree import check_weight, entries, items, plain, text
from resolver.schema import name_problem
from resolver.schema.policy_tests import CASE_KEYS, EXPECT_KEYS, MOST_TIMES, REPORT_KEYS, STEP_KEYS
from resolver.yaml_text.documents import read_documents, read_source, source_of
from resolver.yaml_text.nodes import Mapping, Node, Scalar, Sequence, is_null, kind_of, resolved

MOST_CASES = 100_000
"""The largest number of cases that the lists of one test can produce."""


def read_cases(
    file: Path,
    policy: Policy,
    warnings: list[Diagnostic] | None = None,
    *,
    strict: bool = False,
    content: bytes | None = None,
) -> list[Case]:
    """Return the cases in `file`.

    Args:
        file: The file of tests.
        policy: The policy that the tests are about.
        warnings: Gets the warnings about the file, if it is given.
        strict: Whether comments that suppress nothing are warnings, too.
        content: What an editor has instead of the file on the disk, if it has something.

    Raises:
        InputError: The file is wrong. The error has every problem.
        ResolverError: The file does not exist.
    """
    problems = Problems()
    source = read_source(file) if content is None else source_of(file, content)
    if isinstance(source, Diagnostic):
        raise InputError([source])
    documents, diagnostics = read_documents(source)
    problems.found += diagnostics
    cases: list[Case] = []
    for document in documents:
        root = resolved(document)
        holder = root if isinstance(root, Mapping) else Mapping.of(root, [])
        if is_null(root) or not check_weight(holder, problems):
            continue
        plain(root, problems)
        cases += _Reader(policy, problems).cases(root)
    found, ignored = without_ignored(problems.found)
    if any(diagnostic.level is Level.ERROR for diagnostic in found):
        unique = {(diagnostic.code, diagnostic.message, diagnostic.place.sort_key): diagnostic for diagnostic in found}
        raise InputError(unique.values())
    if warnings is not None:
        warnings += [*found, *(needless_ignores(ignores_of(source), ignored) if strict else ())]
    return cases


def read_all_cases(
    path: Path, policy: Policy, warnings: list[Diagnostic] | None = None, *, strict: bool = False
) -> list[Case]:
    """Return the cases of all test files of a policy.

    Args:
        path: The path of the policy: its directory, or its single file.
        policy: The policy that the tests are about.
        warnings: Gets the warnings about the files, if it is given.
        strict: Whether comments that suppress nothing are warnings, too.

    Raises:
        PolicyError: Some files are wrong. The error has every problem of all of them. It is not an InputError, because
            tests belong to the policy: their problems are findings (exit code 1).
        ResolverError: The files cannot be read.
    """
    cases: list[Case] = []
    problems: list[Diagnostic] = []
    for file in files_of_tests(path):
        try:
            cases += read_cases(file, policy, warnings, strict=strict)
        except InputError as error:
            problems += error.diagnostics
    if problems:
        raise PolicyError(problems)
    return cases


class _Reader:
    def __init__(self, policy: Policy, problems: Problems) -> None:
        self.policy = policy
        self.problems = problems
        self.tiers = policy.model_tiers.ladder.tiers
        self.rules = {name: [rule.name for rule in policy.rules[name]] for name in RulesetName}
        self.listed = listed_names(policy)
        self.judged: dict[tuple[str, str | None], NameProblem | None] = {}
        self.compared = 0
        self.providers = {name: name for tier in policy.model_tiers.tiers.values() for name in tier.providers}

    def cases(self, root: Node) -> list[Case]:
        if report_unnamed(root, self.problems):
            return []
        top = Fields(root, "a file of tests", ("tests",), self.problems)
        top.need("tests", "write `tests:`, and below it a name for each test")
        tests = top.found.get("tests")
        if tests is not None and not isinstance(tests, Mapping):
            help = "write a name for each test, and what it says below it"
            self.problems.add("type", f"`tests` is a mapping of names to tests, not {kind_of(tests)}", tests, help)
        return [case for key, node in named_tests(tests, self.problems) for case in self.test(key, node)]

    def test(self, key: Scalar, node: Node) -> list[Case]:
        fields = Fields(node, f"the test `{key.text}`", CASE_KEYS, self.problems, self.policy.facts)
        if problem := name_problem(key.text) if key.text else "is empty":
            self.problems.add("name", f"the name of a test {problem}", key, "write what it shows")
        fields.need("role", "name a role, or a list of them")
        names = {name: fields.words(name) for name in ("triad", "role", "phase")}
        for what in names:
            self.warn_of_names(what, fields.found.get(what))
        for role in names["role"]:
            if ":" in role:
                help = "rename it"
                self.problems.add("colon", f"the role `{role}` has a colon", fields.found["role"], help)
        entry, facts = fields.text("escalated_tier", self.tiers, code="unknown-tier"), fields.facts(self.policy)
        steps = self.steps(fields, key)
        self.check_question(fields, key)
        expected = self.expected(fields, RulesetName.TIER)
        lists = {name: listed for name, listed in names.items() if len(listed) > 1}
        if len(names["role"]) * max(1, len(names["phase"])) * max(1, len(names["triad"])) > MOST_CASES:
            self.problems.add("too-large", f"the test `{key.text}` has more than {MOST_CASES:,} cases", key)
            return []
        phases: list[str | None] = [*names["phase"]] or [None]
        chosen = product(names["triad"] or [ANY_TRIAD], names["role"], phases)
        return [
            Case(
                key.text,
                ", ".join(_named(what, name) for what, name in zip(names, of, strict=True) if what in lists),
                Subject(str(of[0]), str(of[1])),
                of[2] or None,
                entry,
                facts,
                expected,
                steps,
                key.place,
            )
            for of in chosen
        ]

    def check_question(self, fields: Fields, key: Scalar) -> None:
        """Report a test that has neither `expect` nor `history`, or both."""
        has_expect, has_history = ("expect" in fields.found), ("history" in fields.found)
        if has_expect and has_history:
            message = f"the test `{key.text}` has both `expect` and `history`"
            help = "make two tests: a request that gets something, and a history whose outcomes have an `expect` each"
            self.problems.add("unknown-key", message, fields.keys["history"], help)
        elif not has_expect and not has_history and not fields.misspelt & {"expect", "history"}:
            help = "`expect` says what the request gets, `history` what outcomes do"
            if isinstance(fields.node, Mapping):
                self.problems.add("missing-key", f"the test `{key.text}` needs either `expect` or `history`", key, help)

    def warn_of_names(self, what: str, node: Node | None) -> None:
        """Warn of each name in `node`, a text or a list of texts, that is probably a mistake."""
        for item in items(node) or ([node] if node is not None else []):
            name = text(item)
            if (what, name) not in self.judged and self.compared <= MOST_COMPARED:
                self.compared += len(self.listed.names[what])
                self.judged[what, name] = self.listed.problem(what, name)
            if (problem := self.judged.get((what, name))) is not None:
                self.problems.warn(problem.code, problem.message, item, problem.help)

    def steps(self, case: Fields, key: Scalar) -> tuple[Step, ...]:
        history = case.found.get("history")
        if history is None:
            return ()
        help = "write `- {result: failure, expect: count}`, for example"
        if not isinstance(history, Sequence):
            self.problems.add("type", f"`history` is a list of outcomes, and this is {kind_of(history)}", history, help)
        elif not history.items:
            self.problems.add("empty", "`history` is empty", history, help)
        elif not any(_expects(node) for node in history.items):
            message = f"the history of the test `{key.text}` expects nothing"
            help = "write `expect` where an outcome is to do something"
            self.problems.add("missing-key", message, case.keys["history"], help)
        return tuple(self.step(node) for node in items(history))

    def step(self, node: Node) -> Step:
        fields = Fields(node, "an outcome", STEP_KEYS, self.problems, self.policy.facts)
        fields.need("result", "write `result: failure` or `result: success`")
        result = fields.text("result", ("failure", "success"))
        for what in ("kind", "phase"):
            self.warn_of_names(what, fields.found.get(what))
        if result == "success" and "kind" in fields.found:
            help = "only failures have one"
            self.problems.add("unknown-key", "a success has no `kind`", fields.keys["kind"], help)
        return Step(
            result == "failure",
            fields.text("kind"),
            fields.text("phase"),
            fields.facts(self.policy),
            fields.text("ran_on", self.tiers, code="unknown-tier"),
            fields.number("times", 1, MOST_TIMES) or 1,
            self.expected(fields, RulesetName.OUTCOME),
            node.place,
        )

    def expected(self, holder: Fields, ruleset: RulesetName) -> tuple[Expectation, ...]:
        """Return the expectations: a mapping, or one word (the tier of a request, or the effect of an outcome)."""
        node = holder.found.get("expect")
        if node is None:
            return ()
        effects = [str(kind) for kind in EffectKind if kind is not EffectKind.TIER]
        short, allowed = ("tier", self.tiers) if ruleset is RulesetName.TIER else ("effect", effects)
        if isinstance(node, Scalar):
            code = "unknown-tier" if ruleset is RulesetName.TIER else "unknown-value"
            word = holder.word(short, node, allowed, code=code)
            return () if word is None else (Expectation(short, word, node.place),)
        keys = EXPECT_KEYS if ruleset is RulesetName.TIER else REPORT_KEYS
        fields = Fields(node, "`expect`", keys, self.problems)
        if isinstance(node, Mapping) and not fields.found and not fields.misspelt:
            self.problems.add("empty", "`expect` is empty", node, f"write one of {', '.join(keys)}")
        read: dict[str, str | int | dict[str, str] | dict[str, Options] | None] = {
            "tier": fields.text("tier", self.tiers, code="unknown-tier"),
            "effect": fields.text("effect", effects),
            "rule": fields.text("rule", self.rules[ruleset], code="unknown-rule"),
            "strikes": fields.number("strikes", 0, 10 * MOST_TIMES),
            "to": fields.text("to", self.tiers, code="unknown-tier"),
            "models": fields.texts("models", self.providers),
            "options": fields.options("options", self.providers),
        }
        given = {what: value for what, value in read.items() if value is not None}
        return tuple(each for what, value in given.items() for each in _expectations(what, value, fields.found[what]))


def _expectations(
    what: str, value: str | int | dict[str, str] | dict[str, Options], node: Node
) -> Iterator[Expectation]:
    """Yield the expectation in `node`, or one for each provider, so that a failure leads to the line that fails."""
    if not isinstance(value, dict):
        yield Expectation(what, value, node.place)
        return
    places = {key.text: key.place for key, _ in entries(node)}
    for provider, expected in value.items():
        yield Expectation(what, {provider: expected}, places[provider])


def _expects(outcome: Node) -> bool:
    """Return whether an outcome expects something, or would if the key were spelled correctly."""
    return any(not is_null(value) and closest(key.text, STEP_KEYS) == "expect" for key, value in entries(outcome))


def _named(what: str, name: str | None) -> str:
    return f"{what} {name}" if name else f"no {what}" if what == "phase" else f'{what} ""'
