"""Files that are made to cost a reader time, memory or output: each by a function of how large it is to be."""

from __future__ import annotations

from collections.abc import Callable

Make = Callable[[int], str]
ROWS = "model_tiers:\n  role_defaults:\n"
_RULE = "    r{at}: {{pri: {at}, all: [{{m: {{{condition}}}}}], run: {{tier: fast}}}}\n"


def _rules(count: int, condition: str) -> str:
    return "rulesets:\n  tier:\n" + "".join(_RULE.format(at=at, condition=condition) for at in range(count))


HOSTILE: dict[str, Make] = {
    "tag directives": lambda n: "".join(f"%TAG !a{at}! x\n" for at in range(n)) + "---\nfacts: {}\n",
    "tag directives after a document": lambda n: (
        "a: b\n...\n" + "".join(f"%TAG !a{at}! x\n" for at in range(n)) + "---\n"
    ),
    "unknown directives": lambda n: "".join(f"%FOO{at} x\n" for at in range(n)) + "---\nfacts: {}\n",
    "tagged values on one line": lambda n: "facts:\n  a: {values: [" + ", ".join(["!t a"] * n) + "]}\n",
    "tagged keys": lambda n: ROWS + "".join(f"    !t a{at}: general\n" for at in range(n)),
    "duplicate keys": lambda n: ROWS + "    a: general\n" * n,
    "duplicate keys on one line": lambda n: "model_tiers: {role_defaults: {" + "a: fast, " * n + "}}\n",
    "duplicate sections": lambda n: "facts: {}\n" * n,
    "unknown keys": lambda n: "".join(f"k{at}: 1\n" for at in range(n)),
    "unknown tiers": lambda n: ROWS + "".join(f"    r{at}: genral\n" for at in range(n)),
    "rows": lambda n: ROWS + "".join(f"    r{at}: general\n" for at in range(n)),
    "overrides without a default": lambda n: (
        "model_tiers:\n  phase_overrides:\n    p:\n" + "".join(f"      r{at}: general\n" for at in range(n))
    ),
    "phases of one role": lambda n: (
        "model_tiers:\n  phase_overrides:\n" + "".join(f"    p{at}: {{r: general}}\n" for at in range(n))
    ),
    "entries without a default": lambda n: (
        "model_tiers:\n  escalation_state:\n" + "".join(f'    "t{at}:r": general\n' for at in range(n))
    ),
    "entries of as many roles": lambda n: (
        "model_tiers:\n  escalation_state:\n" + "".join(f'    "t:r{at}": general\n' for at in range(n))
    ),
    "rules with an unknown fact": lambda n: _rules(n, "rloe: a"),
    "rules with the same name": lambda n: "rulesets:\n  tier:\n" + _RULE.format(at=1, condition="role: a") * n,
    "rules with the same pri": lambda n: (
        "rulesets:\n  tier:\n"
        + "".join(_RULE.format(at=at, condition="role: a").replace(f"pri: {at}", "pri: 7") for at in range(n))
    ),
    "conditions that are empty": lambda n: _rules(n, ""),
    "documents": lambda n: "---\na: b\n" * n,
    "documents with sections": lambda n: "---\nfacts: {}\n" * n,
    "anchors": lambda n: "facts:\n" + "".join(f"  a{at}: &a{at} {{integer: true}}\n" for at in range(n)),
    "aliases": lambda n: "x: &x {integer: true}\nfacts:\n" + "".join(f"  a{at}: *x\n" for at in range(n)),
    "aliases of aliases": lambda n: (
        "x0: &x0 [a, a]\n" + "".join(f"x{at}: &x{at} [*x{at - 1}, *x{at - 1}]\n" for at in range(1, min(n, 90)))
    ),
    "tabs": lambda n: ROWS + "".join(f"    r{at}:\tgeneral\n" for at in range(n)),
    "tabs and comments": lambda n: ROWS + "    r: general" + "\t#" * n + "\n",
    "comments on one line": lambda n: ROWS + "    r: general " + "# " * n + "\n",
    "comments": lambda n: "# x\n" * n,
    "blank lines": lambda n: "\n" * n,
    "a long plain text": lambda n: "facts:\n  a: {description: " + "word " * n + "}\n",
    "a plain text over many lines": lambda n: "facts:\n  a:\n    description: a\n" + "     b\n" * n,
    "a quoted text of escapes": lambda n: 'facts:\n  a: {description: "' + "\\u00e9" * n + '"}\n',
    "a quoted text over many lines": lambda n: 'facts:\n  a: {description: "' + "a\n\n" * n + '"}\n',
    "a block of text": lambda n: "facts:\n  a:\n    description: |\n" + "      a\n" * n,
    "a block without an end": lambda n: "facts:\n  a:\n    description: |\n" + " " * n,
    "open brackets": lambda n: "[" * n,
    "open braces": lambda n: "{a: " * n,
    "nested lists": lambda n: "- " * n,
    "complex keys": lambda n: "? " * n,
    "brackets side by side": lambda n: "facts: [" + "[]," * n + "]\n",
    "line separators in quotes": lambda n: 'facts:\n  a: {description: "' + "\u2028" * n + '"}\n',
    "a byte order mark in many places": lambda n: "facts:\n" + "  # \ufeff\n" * n,
    "colons": lambda n: "facts: {" + "a:" * n + "}\n",
    "commas": lambda n: "facts: [" + "," * n + "]\n",
    "a wide name": lambda n: ROWS + f"    {'界' * n}: general\n",
    "values of a fact": lambda n: "facts:\n  a: {values: [" + ", ".join(f"v{at}" for at in range(n)) + "]}\n",
    "facts": lambda n: "facts:\n" + "".join(f"  a{at}: {{integer: true}}\n" for at in range(n)),
    "providers": lambda n: (
        "model_tiers:\n  tiers:\n    fast: {providers: {" + ", ".join(f"p{at}: m" for at in range(n)) + "}}\n"
    ),
    "a ladder": lambda n: "model_tiers:\n  ladder: [" + ", ".join(f"t{at}" for at in range(n)) + "]\n",
    "values in a condition": lambda n: _rules(1, "role: [" + ", ".join(f"v{at}" for at in range(n)) + "]"),
    "alternatives in a condition": lambda n: _rules(
        1, "$or: [" + ", ".join(f"{{role: v{at}}}" for at in range(n)) + "]"
    ),
    "parts of a condition": lambda n: _rules(1, "$and: [" + ", ".join(f"{{role: v{at}}}" for at in range(n)) + "]"),
    "carriage returns": lambda n: "facts: {}\r" * n,
    "null characters": lambda n: "facts: {}\n" + "\0" * n,
}
