"""Operators of MongoDB, JsonLogic, CEL and other languages, by their meaning in policies."""

from __future__ import annotations

_NAMES = {
    "eq": "eq == === = equals equal is",
    "ne": "ne neq != !== <> not_equals not_equal is_not isnot not_eq",
    "gt": "gt > greater greater_than more_than above over after",
    "gte": "gte ge >= => min minimum at_least from greater_than_or_equal greater_or_equal",
    "lt": "lt < less less_than below under before",
    "lte": "lte le <= =< max maximum at_most to until less_than_or_equal less_or_equal",
    "in": "in one_of oneof any_of anyof among enum values",
    "nin": "nin not_in notin",
    "between": "between range",
    "exists": "exists exist ex has present defined is_set isset is_present is_not_null not_null !!",
    "missing": "nex missing absent undefined not_exists is_null isnull is_absent empty",
    "missing_some": "missing_some",
    "not": "not !",
    "and": "and && & all all_of allof every must",
    "or": "or || | any some should any_of anyof one_of oneof",
    "nor": "nor none none_of noneof must_not",
    "wrap": "expr filter query rule condition bool",
}
"""Names of operators without `$` and in lower case, by meaning; one name may have a second meaning for conditions."""

_UNAVAILABLE = {
    "write the values out: `{fact: [one, two]}`": (
        "regex regexp regexmatch re match matches match_regex imatch like ilike glob startswith starts_with endswith"
        " ends_with contains text search wildcard prefix suffix substr cat lower upper nocase mt imt elemmatch"
        " jsonschema tolower toupper concat split replace indexof"
    ),
    "rules do not calculate: compare a fact with a value": (
        "mod add sub mul div subtract multiply divide abs ceil floor round pow + - * / % bitsallset bitsallclear"
        " bitsanyset bitsanyclear bitand bitor bitxor cmp strcasecmp xor size length count sum avg reduce map merge"
    ),
    "write one rule for each case: the lowest `pri` that matches wins": (
        "if ?: cond switch ternary then else case ifnull"
    ),
    "a decision looks at one event, and rules run no code": (
        "where function accumulator log method script lookup near nearsphere geowithin geointersects geometry box"
        " type rand samplerate comment slice meta natural center centersphere polygon maxdistance let literal"
        " exists_one int uint double string bytes duration timestamp dyn toint tostring convert first last isarray"
    ),
}


def meanings(name: str) -> tuple[str, ...]:
    """Return the meanings of an operator's name, none if it is not known.

    >>> meanings("$gte"), meanings(">="), meanings("role")
    (('gte',), ('gte',), ())
    """
    plain = _plain(name)
    return tuple(meaning for meaning, names in _NAMES.items() if plain in names.split())


def unavailable(name: str) -> str | None:
    """Return what to do instead of an operator that policies do not have; None if the name is not known.

    >>> unavailable("$regex")
    'write the values out: `{fact: [one, two]}`'
    """
    plain = _plain(name)
    return next((help for help, names in _UNAVAILABLE.items() if plain in names.split()), None)


def _plain(name: str) -> str:
    plain = name.removeprefix("$").lower()
    return plain if len(plain) < 3 else plain.replace("-", "_").replace(" ", "_")
