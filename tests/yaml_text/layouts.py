"""How people lay out the file that `escalation_state` stands in: one text for each layout that someone may have."""

HFS = """\
# HFS configuration
config:
  name: 'hfs'   # the system
  triads: [layout, motion]
  model_tiers:
    tiers:
      fast: {providers: {cerebras: a}}
      general:   {providers: {cerebras: b}}
      reasoning: {providers: {cerebras: c}}
"""
SECTION = "model_tiers:\n  escalation_state:"

BLOCKS = {
    "two_spaces": f'{SECTION}\n    "a:b": fast\n',
    "four_spaces": 'model_tiers:\n    escalation_state:\n        "a:b": fast\n',
    "one_space": 'model_tiers:\n escalation_state:\n  "a:b": fast\n',
    "odd_indentation": 'model_tiers:\n   escalation_state:\n        "a:b": fast\n        "a:c": fast\n   tiers: {}\n',
    "single_quotes": f"{SECTION}\n    'a:b': fast\n",
    "plain_keys": f"{SECTION}\n    a:b: fast\n",
    "quoted_values": f'{SECTION}\n    "a:b": \'fast\'\n    "a:c": "fast"\n',
    "config_root": HFS + '    escalation_state:\n      "a:b": fast\nother:\n  - 1\n',
    "after_it_more": f'{SECTION}\n    "a:b": fast\n  role_defaults:\n    worker: fast\nrulesets:\n  tier: {{}}\n',
    "comments_between": f'{SECTION}\n    # one\n    "a:b": fast # why\n    # two\n    "a:c": fast\n',
    "comment_after": f'{SECTION}\n    "a:b": fast\n    # the end\n  # of all\n# really\n',
    "comment_on_the_key": 'model_tiers: # mine\n  escalation_state: # learned\n    "a:b": fast # yes\n',
    "aligned": f'{SECTION}\n    "a:b":          fast\n    "long:longer":  general   # aligned\n',
    "blank_lines": f'\n\n{SECTION}\n\n    "a:b": fast\n\n\n    "a:c": fast\n\n\n  tiers: {{}}\n\n',
    "crlf": 'model_tiers:\r\n  escalation_state:\r\n    "a:b": fast\r\n  tiers: {}\r\n',
    "crlf_no_end": 'model_tiers:\r\n  escalation_state:\r\n    "a:b": fast',
    "carriage_returns": 'model_tiers:\r  escalation_state:\r    "a:b": fast\r',
    "no_newline_at_end": f'{SECTION}\n    "a:b": fast',
    "no_newline_after_comment": f'{SECTION}\n    "a:b": fast  # last',
    "byte_order_mark": f'\ufeff{SECTION}\n    "a:b": fast\n',
    "markers": f'%YAML 1.2\n---\n{SECTION}\n    "a:b": fast\n...\n',
    "start_marker": f'--- # policy\n{SECTION}\n    "a:b": fast\n',
    "several_documents": f'name: first\n---\n{SECTION}\n    "a:b": fast\n---\nname: third\n',
    "last_document": f'name: first\n---\n# comment\n---\n{SECTION}\n    "a:b": fast\n',
    "long_lines": f'about: {"word " * 60}\n{SECTION}\n    "a:{"b" * 290}": fast\n    "a:c": fast # {"why " * 80}\n',
    "anchors_elsewhere": f'base: &base {{x: 1}}\nuse:\n  <<: *base\n{SECTION}\n    "a:b": fast\nlater: *base\n',
    "anchor_on_section": 'model_tiers:\n  escalation_state: &learned\n    "a:b": fast\n',
    "anchor_on_value": 'model_tiers:\n  escalation_state:\n    "a:b": &f fast\n    "a:c": *f\n',
    "tags_elsewhere": f'path: !env HOME\nlist: !!set {{a, b}}\n{SECTION}\n    "a:b": fast\n',
    "block_scalar_before": f'text: |\n  "x:y": fast\n\n  end\n{SECTION}\n    "a:b": fast\n',
    "block_scalar_last": f'{SECTION}\n    "a:b": fast\n  notes: |-\n    last\n\n    words\n\n',
    "list_last": f'{SECTION}\n    "a:b": fast\n  provider_order:\n  - a\n  - b\n',
    "explicit_key": f'{SECTION}\n    ? "a:b"\n    : fast\n',
    "explicit_key_long": f'{SECTION}\n    ? "a:{"b" * 1100}"\n    : fast\n',
    "unicode": f'{SECTION}\n    "Gestaltung·é:工人": fast # ünï\n',
    "odd_names": f'{SECTION}\n    "": fast\n    ":": fast\n    "a:\\N": fast\n    "yes:no": fast\n',
    "middle_of_the_section": f'{SECTION}\n    "a:b": fast\n\n  # phases\n  phase_overrides: {{}}\n',
    "section_not_indented_list_before": f'items:\n- a\n- b\n{SECTION}\n    "a:b": fast\n',
    "spaces_at_line_ends": 'model_tiers:  \n  escalation_state:   \n    "a:b": fast   \n  tiers: {}  \n',
    "value_on_next_line": f'{SECTION}\n    "a:b":\n      fast\n    "a:c": fast\n',
    "folded_text_before": f'about: >\n  some words\n  more\n\n{SECTION}\n    "a:b": fast\n',
    "quoted_over_lines": f'about: "some\n  words"\n{SECTION}\n    "a:b": fast\n',
    "tab_in_comment": f'{SECTION}\t# here\n    "a:b": fast\t# there\n',
}
"""Layouts with entries in a block mapping: a new entry is one added line."""

OTHERS = {
    "empty_braces": "model_tiers:\n  escalation_state: {}\n  tiers: {}\n",
    "empty_braces_spaced": "model_tiers:\n  escalation_state:   {  }   # none yet\n",
    "empty_braces_over_lines": "model_tiers:\n  escalation_state: {\n  }\n",
    "empty_braces_below": "model_tiers:\n  escalation_state:\n    {}\n",
    "flow": 'model_tiers:\n  escalation_state: {"a:b": fast, "a:c": general} # flow\n',
    "flow_over_lines": 'model_tiers:\n  escalation_state: {\n    "a:b": fast, # one\n    "a:c": fast # two\n  }\n',
    "flow_with_comma": 'model_tiers:\n  escalation_state: {\n    "a:b": fast,\n  }\n',
    "all_flow": 'model_tiers: {tiers: {}, escalation_state: {"a:b": fast}}\n',
    "all_flow_empty": "model_tiers: {escalation_state: {}, tiers: {}}\n",
    "json": '{"model_tiers": {"escalation_state": {"a:b": "fast"}}}',
    "json_empty": '{\n  "model_tiers": {\n    "tiers": {}\n  }\n}\n',
    "json_null": '{"model_tiers": null}',
    "nothing": "model_tiers:\n  escalation_state:\n  tiers: {}\n",
    "nothing_with_comment": "model_tiers:\n  escalation_state: # written by the program\n  tiers: {}\n",
    "nothing_at_end": "model_tiers:\n  escalation_state:",
    "null": "model_tiers:\n  escalation_state: null\n",
    "tilde": "model_tiers:\n  escalation_state: ~ # none\n  tiers: {}\n",
    "absent_section": "model_tiers:\n  tiers:\n    fast: {}\n\n# rules\nrulesets: {}\n",
    "absent_section_block_scalar_last": "model_tiers:\n  tiers:\n    fast:\n      description: |\n        words\n",
    "absent_section_kept_scalar_last": "model_tiers:\n  notes: |+\n    words\n\n\nmore: 1\n",
    "absent_section_list_last": "model_tiers:\n  provider_order:\n  - a\n  - - b\n    - c\n",
    "absent_section_no_newline": "model_tiers:\n    provider_order: [a]",
    "absent_section_config": HFS,
    "absent_parent": "name: x\nlist:\n  - 1\n",
    "absent_parent_documents": "name: x\n---\nname: y\n",
    "absent_in_config": "config:\n  name: x\nother: 1\n",
    "config_empty": "config: {}\n",
    "config_null": "config:\n",
    "empty": "",
    "blank": "\n\n",
    "comment_only": "# nothing yet\n",
    "comment_only_no_newline": "# nothing yet",
    "marker_only": "---\n",
    "markers_only": "---\n...\n",
    "root_braces": "{}\n",
    "root_null": "null\n",
    "parent_null": "model_tiers:\n",
    "parent_braces": "model_tiers: {}\n",
    "explicit_section": '? model_tiers\n: ? escalation_state\n  : "a:b": fast\n',
    "alias_section": "x: &x {}\nmodel_tiers:\n  escalation_state: *x\n",
    "alias_parent": 'x: &x {escalation_state: {"a:b": fast}}\nmodel_tiers: *x\n',
    "tagged_section": 'model_tiers:\n  escalation_state: !!map\n    "a:b": fast\n',
    "anchored_null": "model_tiers:\n  escalation_state: &x\ncopy: *x\n",
    "crlf_empty": "model_tiers:\r\n  escalation_state: {}\r\n",
    "document_on_marker_line": "--- {model_tiers: {escalation_state: {}}}\n",
    "text_root": "just words\n",
    "list_root": "- 1\n",
    "section_is_text": "model_tiers:\n  escalation_state: none\n",
    "section_is_list": "model_tiers:\n  escalation_state: []\n",
}
"""All other layouts: the entry is written, or refused with nothing changed."""

REFUSED = {
    "alias_section",
    "alias_parent",
    "text_root",
    "list_root",
    "section_is_text",
    "section_is_list",
    "anchored_null",
}
"""Layouts in which an entry cannot be written without changing something else."""
