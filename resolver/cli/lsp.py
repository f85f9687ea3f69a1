"""`resolver lsp`: a language server, which editors start."""

from __future__ import annotations

import click

from resolver.cli import options


@click.command(
    epilog="""\b
Example: what an editor starts for YAML files; docs/editors.md has the lines for several editors.
  $ resolver lsp
""",
)
@options.report_errors
def lsp() -> None:
    """Check, explain and fix policies in an editor, by the Language Server Protocol over standard input and output.

    The server reads unsaved texts in place of the files on the disk, and writes no file itself.
    """
    try:
        from resolver.lsp.make_server import serve  # noqa: PLC0415  an extra
    except ImportError:
        options.fail("`resolver lsp` needs pygls; `pip install 'tier-resolver[lsp]'` has it")
    serve()
