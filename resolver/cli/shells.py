"""The scripts that connect the completion of the command with bash, zsh and fish.

They extend those of click, which offer nothing after `NAME=` or `--option=` in some shells, do not quote names with
spaces, and add a space after `NAME=` and `DIRECTORY/`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_BASH = """\
%(complete_func)s() {
    local type value IFS=$'\\n'
    COMPREPLY=()
    while IFS=',' read -r type value; do
        if [[ $type == 'dir' ]]; then
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
        fi
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/] ]] && compopt -o nospace
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a plain begun described response
    local type key help
    (( ! $+commands[%(prog_name)s] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) %(complete_var)s=zsh_complete \
%(prog_name)s)}")
    [[ $PREFIX == --*=* ]] && compset -P 1 '--*='
    for type key help in "${response[@]}"; do
        if [[ $type == dir ]]; then
            _path_files -/
        elif [[ $type == file ]]; then
            _path_files -f
        elif [[ $type == plain && $help != _ ]]; then
            described+=("$key:$help")
        elif [[ $type == plain && $key == *[=/] ]]; then
            begun+=("$key")
        elif [[ $type == plain ]]; then
            plain+=("$key")
        fi
    done
    (( $#described )) && _describe -V unsorted described
    (( $#begun )) && compadd -S '' -V unsorted -a begun
    (( $#plain )) && compadd -V unsorted -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_APART = frozenset("=:@")
"""The characters at which bash ends a word although a shell does not."""


class _Bash(BashComplete):
    """Completion for bash, which replaces only the part of a word after the last `=`, `:` or `@`."""

    source_template = _BASH
    _before = ""
    _is_quoted = False

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor and the word at it, each put together again."""
        text, index = os.environ["COMP_WORDS"], int(os.environ["COMP_CWORD"])
        parts = text.split("\n") if "\n" in text else split_arg_string(text)
        parts = [*parts[: index + 1], *[""] * (index + 1 - len(parts))]
        *words, last = _joined(parts)
        replaced = "" if _is_apart(parts[-1]) else parts[-1]
        self._before = _unquoted(last[: len(last) - len(replaced)])
        self._is_quoted = replaced[:1] in ("'", '"')
        return [_unquoted(word) for word in words[1:]], _unquoted(last)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Return whole words."""
        return _with_option(incomplete, super().get_completions(args, incomplete))

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return the part of the word that bash replaces, quoted."""
        if item.type != "plain":
            return super().format_completion(item)
        value = item.value.removeprefix(self._before)
        return f"plain,{value if self._is_quoted else _quoted(value)}"


class _Zsh(ZshComplete):
    """Completion for zsh, which replaces the whole word; its script leaves out `--option=`."""

    source_template = _ZSH


class _Fish(FishComplete):
    """Completion for fish, which replaces the whole word."""

    source_template = FishComplete.source_template.replace('split ","', 'split --max 1 ","')

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Return whole words."""
        items = super().get_completions(args, incomplete)
        if _option(incomplete) and [item.type for item in items] == ["file"]:
            from resolver.cli.completion import paths  # noqa: PLC0415  it imports what a policy needs

            items = [CompletionItem(path) for path in paths(str(items[0].value))]
        return _with_option(incomplete, items)


def register() -> None:
    """Make click use these scripts instead of its own."""
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell)


def _joined(parts: Iterable[str]) -> list[str]:
    """Put words together again that bash has divided.

    >>> _joined(["--fact", "preset", "=", "so"])
    ['--fact', 'preset=so']
    """
    words: list[str] = []
    is_open = False
    for part in parts:
        if words and (_is_apart(part) or (is_open and part)):
            words[-1] += part
        else:
            words.append(part)
        is_open = _is_apart(part)
    return words


def _is_apart(part: str) -> bool:
    return bool(part) and _APART.issuperset(part)


def _unquoted(word: str) -> str:
    return " ".join(split_arg_string(word))


def _quoted(value: str) -> str:
    r"""Return a text as bash reads it without quotes.

    >>> print(_quoted("my writer"))
    my\ writer
    """
    return re.sub(r"([^\w@%+=:,./{}^-])", r"\\\1", value)


def _option(incomplete: str) -> str:
    """Return `--option=` of a word that begins so."""
    return incomplete[: incomplete.find("=") + 1] if incomplete.startswith("--") else ""


def _with_option(incomplete: str, items: Sequence[CompletionItem[Any]]) -> list[CompletionItem[Any]]:
    """Return the items with the `--option=` that the word begins with."""
    option = _option(incomplete)
    return [
        CompletionItem(option + item.value, item.type, item.help) if option and item.type == "plain" else item
        for item in items
    ]
