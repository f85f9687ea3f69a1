"""Diagnostics of policies and all errors of the package: the lowest layer, without third-party imports."""

from resolver.diagnostics.diagnostic import Diagnostic, Level, Related
from resolver.diagnostics.errors import InputError, InternalError, PolicyError, RequestError, ResolverError
from resolver.diagnostics.masking import keep_known, keep_secret, looks_like_a_key, masked, masked_value
from resolver.diagnostics.place import Place, Source
from resolver.diagnostics.render import (
    excerpt,
    github_command,
    render,
    render_all,
    render_github,
    render_more_github,
    summary,
)
from resolver.diagnostics.safe_log import safe_lines
from resolver.diagnostics.shown import More, shown
from resolver.diagnostics.suggest import LEAST_REPLACED_IN_WORDS, closest, did_you_mean, near_miss
from resolver.diagnostics.wording import Lines, as_lines, legible, listed, visible, width_of, without_commands

__all__ = [
    "LEAST_REPLACED_IN_WORDS",
    "Diagnostic",
    "InputError",
    "InternalError",
    "Level",
    "Lines",
    "More",
    "Place",
    "PolicyError",
    "Related",
    "RequestError",
    "ResolverError",
    "Source",
    "as_lines",
    "closest",
    "did_you_mean",
    "excerpt",
    "github_command",
    "keep_known",
    "keep_secret",
    "legible",
    "listed",
    "looks_like_a_key",
    "masked",
    "masked_value",
    "near_miss",
    "render",
    "render_all",
    "render_github",
    "render_more_github",
    "safe_lines",
    "shown",
    "summary",
    "visible",
    "width_of",
    "without_commands",
]
