"""Refuses `%TAG` directives before libyaml reads them: its time grows with the square of their number."""

from __future__ import annotations

import re

import yaml

_TAG_LINE = re.compile(r"(?<![^\r\n\x85\u2028\u2029])%TAG")
_NO_DIRECTIVE = "%tAG"
"""As long as `%TAG`. libyaml refuses it where a directive is allowed; elsewhere it is content of a text."""


def tag_directive(text: str) -> int | None:
    """Return the index of the first `%TAG` directive in `text`, None if there is none before the first error."""
    if "%TAG" not in text or not _TAG_LINE.search(text):
        return None
    loader = yaml.CBaseLoader(_TAG_LINE.sub(_NO_DIRECTIVE, text))
    try:
        while not isinstance(loader.get_event(), yaml.StreamEndEvent):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark or error.problem_mark
        index = mark.index if mark else 0
        return index if text.startswith("%TAG", index) else None
    except yaml.reader.ReaderError:
        return None
    finally:
        loader.dispose()
    return None
