"""Quick fixes: the fixes of the diagnostics at a place, and one action for all that are safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from lsprotocol import types

from resolver.author import Analysis, Findings, fixes_of, repair
from resolver.author.diagnostic_words import file_of
from resolver.diagnostics import ResolverError
from resolver.lsp.in_thread import in_thread
from resolver.lsp.server import PolicyServer
from resolver.lsp.workspace_edits import workspace_edit
from resolver.table.budget import StoppedError, check_stopped, stoppable

_FIX, _FIX_ALL = types.CodeActionKind.QuickFix.value, types.CodeActionKind.SourceFixAll.value
_MOST_SECONDS = 5.0
"""Seconds after which no more fixes are looked for."""


def add_fixes(server: PolicyServer) -> None:
    """Let a server answer which fixes there are at a place."""

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[_FIX, _FIX_ALL]))
    async def code_actions(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        path, snapshot = server.snapshot_at(params.text_document.uri)
        analysis = await server.checker.newest(snapshot.policy) if snapshot is not None else None
        if path is None or analysis is None:
            return None
        wanted = [str(getattr(kind, "value", kind)) for kind in params.context.only or [_FIX]]
        actions = partial(_Actions(server, analysis).of, path, params.range, wanted)
        found = await in_thread(actions, seconds=_MOST_SECONDS)
        return found if server.checker.is_newest(analysis) else None


class _Actions:
    """The actions for an analysis of the newest texts; the versions of the open documents are those of now."""

    def __init__(self, server: PolicyServer, analysis: Analysis) -> None:
        self._server, self._analysis = server, analysis
        versions = {file: server.version_of(file) for file in analysis.snapshot.texts}
        self._edit = partial(workspace_edit, server, analysis.snapshot, versions)

    def of(self, path: Path, at: types.Range, wanted: list[str]) -> list[types.CodeAction]:
        """Return the actions of the wanted kinds, of which `source` is one that `source.fixAll` belongs to."""
        actions: list[types.CodeAction] = []
        kinds = [kind for kind in (_FIX, _FIX_ALL) if any(f"{kind}.".startswith(f"{each}.") for each in wanted)]
        with suppress(StoppedError, ResolverError), stoppable(self._is_stale):
            for action in self._fixes(path, at) if _FIX in kinds else ():
                actions.append(action)
            if _FIX_ALL in kinds:
                fixed = repair(self._analysis.snapshot.policy_texts, in_tests=True)
                if fixed.edits:
                    title = f"fix all that is safe: {len(fixed.fixes):,}"
                    actions.append(types.CodeAction(title, _FIX_ALL, edit=self._edit(fixed.edits)))
        return actions

    def _is_stale(self) -> bool:
        return not self._server.checker.is_newest(self._analysis)

    def _fixes(self, path: Path, at: types.Range) -> Iterator[types.CodeAction]:
        """Yield the fixes of the diagnostics at a place."""
        snapshot = self._analysis.snapshot
        publisher, texts = self._server.publisher(snapshot), snapshot.policy_texts
        before = Findings(self._analysis.diagnostics, self._analysis.policy, self._analysis.table is not None)
        for diagnostic in self._analysis.diagnostics:
            if file_of(diagnostic.place) != path:
                continue
            check_stopped()
            place = publisher.range_of(diagnostic.place)
            if place.start > at.end or at.start > place.end:
                continue
            shown = [publisher.published(diagnostic)]
            for fix in fixes_of(texts, diagnostic, before):
                is_best = fix.is_only and fix.is_safe
                edit = self._edit(fix.edits)
                yield types.CodeAction(fix.title, _FIX, diagnostics=shown, is_preferred=is_best, edit=edit)
