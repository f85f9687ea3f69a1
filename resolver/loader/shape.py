"""Checks plain data against the shapes of a policy."""

from __future__ import annotations

from resolver.diagnostics import Diagnostic, Place
from resolver.loader.problems import Problems
from resolver.loader.tree import plain
from resolver.schema.kinds import Misfit
from resolver.schema.shapes import POLICY
from resolver.yaml_text.nodes import Mapping


def check_shape(root: Mapping, first: Place, problems: Problems) -> dict[int, tuple[str, Diagnostic]]:
    """Report every missing or unknown key and every value of a wrong type.

    Args:
        root: All sections.
        first: The place of a missing section.
        problems: Gets the diagnostics.

    Returns:
        The misspelled keys whose values are what the key that was meant holds, by the identity of their nodes: the key
        that was meant, and the diagnostic that says so.
    """
    data = plain(root, problems)
    if not isinstance(data, dict):
        return {}
    found: list[Misfit] = []
    POLICY.check({name: value for name, value in data.items() if value is not None}, (), found)
    if not found:
        return {}
    from resolver.loader.misfit_messages import MisfitReport  # noqa: PLC0415  only a mistake needs it

    report = MisfitReport(root, first, problems)
    for misfit in sorted(found, key=lambda misfit: misfit.what == "missing"):  # a misspelled key is not missing as well
        report.add(misfit)
    return report.corrected
