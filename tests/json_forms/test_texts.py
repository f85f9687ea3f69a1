"""PolicyBody that a caller sends are the policy that they would be on disk."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from resolver.diagnostics import RequestError
from resolver.json_forms.bodies import PolicyBody
from resolver.loader import load_policy, policy_files, shipped_policy


def test_files_beside_the_policy_are_not_part_of_it() -> None:
    """All files of the shipped directory, its tests and schemas among them, are the same policy."""
    files = {file.name: file.read_text(encoding="utf-8") for file in shipped_policy().iterdir() if file.is_file()}
    assert "policy_test.yaml" in files
    source = PolicyBody(files=files).source()
    assert [file.name for file in source.files()] == [file.name for file in policy_files(shipped_policy())]
    assert load_policy(source).revision == load_policy(shipped_policy()).revision


@pytest.mark.parametrize("name", ["policy_test.yaml", "notes.txt", ".hidden.yaml", "POLICY.YAML"])
def test_texts_without_a_policy_are_refused(name: str) -> None:
    """The caller's request is wrong, and would be refused again."""
    with pytest.raises(RequestError, match=r"has no `\*\.yaml` file"):
        PolicyBody(files={name: "model_tiers: {}"}).source().files()


def test_a_single_file_is_one() -> None:
    """Of two texts, it would depend on their order which one is checked."""
    with pytest.raises(ValidationError, match="a policy that is a single file has one text"):
        PolicyBody(files={"a.yaml": "", "b.yaml": ""}, single=True)


def test_a_single_file_may_have_any_name() -> None:
    """An application's own file has a name of its own."""
    assert [str(file) for file in PolicyBody(files={"settings_test.conf": ""}, single=True).source().files()] == [
        "settings_test.conf"
    ]
