"""Builds the site: `make docs` writes it to `build/docs/`. tests/test_docs.py builds it with warnings as errors."""

project = "resolver"
author = "The resolver authors"
project_copyright = f"MIT licence, {author}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3  # links to `PAGE.md#a-heading`, as on the repository's own pages
default_role = "code"  # docstrings write `name` for code
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "separated"
napoleon_numpy_docstring = False
toc_object_entries_show_parents = "hide"

suppress_warnings = ["misc.highlighting_failure"]  # some examples are bad YAML on purpose

html_theme = "furo"
html_title = "resolver"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"light_css_variables": {"font-stack": "system-ui, sans-serif"}}
