"""The JSON Schemas fit the models of today, and the pack's files fit the schemas."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shared.policy.schemas import differing, schema_name, schemas, write_schemas
from shared.settings import PROJECT
from tests.policy.packs import PACK

FILES = sorted(path for path in PACK.glob("*.yaml"))


def refusals(file: str, content: Any) -> list[str]:
    validator = jsonschema_rs.Draft202012Validator(json.loads(schemas()[schema_name(file)]))
    return [error.message for error in validator.iter_errors(content)]


def test_the_published_schemas_are_those_of_the_models() -> None:
    assert differing(PROJECT / "docs" / "schemas") == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_editor_finds_nothing_wrong_with_the_pack(file: Path) -> None:
    assert refusals(file.name, yaml.safe_load(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_points_the_editor_at_its_schema(file: Path) -> None:
    first = file.read_text(encoding="utf-8").splitlines()[0]
    marker, _, target = first.partition("=")
    assert marker == "# yaml-language-server: $schema"
    assert (file.parent / target).resolve() == PROJECT / "docs" / "schemas" / schema_name(file.name)


@pytest.mark.parametrize(
    ("field", "value"),
    [("within", "2 hours"), ("within", 7200), ("at", 1020), ("ladder", None), ("surplus", 1)],
)
def test_an_editor_marks_what_the_loader_would_refuse(field: str, value: object) -> None:
    content = yaml.safe_load((PACK / "clocks.yaml").read_text(encoding="utf-8"))
    content["clocks"][0][field] = value
    assert refusals("clocks.yaml", content)


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    assert len(write_schemas(folder)) == len(schemas())
    (folder / "clocks.schema.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in differing(folder)] == ["clocks.schema.json"]
    assert [path.name for path in write_schemas(folder)] == ["clocks.schema.json"]
    assert write_schemas(folder) == []
