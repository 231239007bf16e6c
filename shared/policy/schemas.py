"""JSON Schemas of the policy files, for editors that help while a law is written."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from shared.policy.loader import FILES, VERSIONS_FILE
from shared.policy.versions import VersionsFile


def schema_name(file: str) -> str:
    """Return what the schema of a policy file is called: `clocks.schema.json`."""
    return f"{file.removesuffix('.yaml')}.schema.json"


def schemas() -> Mapping[str, str]:
    """Return the schema of every policy file, as JSON text by the schema's own file name."""
    models = {**FILES, VERSIONS_FILE: VersionsFile}
    return {schema_name(file): _write(file, model) for file, model in models.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write the schemas that differ from what stands in the folder, and return those."""
    changed = differing(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in changed:
        path.write_text(schemas()[path.name], encoding="utf-8")
    return changed


def differing(folder: Path) -> list[Path]:
    """Return the files of the folder that are missing or differ from the schemas of today."""
    return [folder / name for name, schema in schemas().items() if _text(folder / name) != schema]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _write(file: str, model: type[BaseModel]) -> str:
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": file}
    schema |= {name: value for name, value in model.model_json_schema().items() if name != "title"}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
