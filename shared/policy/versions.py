"""Holds a pack to its version: `versions.yaml` records the content of each version that was in use."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from shared.policy.documents import Document, read_document
from shared.policy.loader import VERSIONS_FILE, parse
from shared.policy.pack import Pack
from shared.policy.places import Place
from shared.policy.problems import PolicyError, Problem
from shared.policy.values import PolicyModel

_HEADING = """\
# yaml-language-server: $schema=../../docs/schemas/versions.schema.json
# The content of each version, written by `dutyclock policy lock`. A recorded version never changes:
# clocks that started under it are judged by it.
"""


class RecordedVersion(PolicyModel):
    """One version and what it contained."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    content_hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class VersionsFile(PolicyModel):
    """The file versions.yaml: every version of the pack with the hash of its content."""

    versions: tuple[RecordedVersion, ...]


def check_version(folder: Path, pack: Pack) -> None:
    """Hold a pack against its recorded versions; a pack without versions.yaml is not held to anything.

    Raises PolicyError when the content changed under the same version, when the version is not recorded or
    went back, or when versions.yaml cannot be used.
    """
    path = folder / VERSIONS_FILE
    if not path.exists():
        return
    if (problem := _problem(folder, pack, _read(path))) is not None:
        raise PolicyError(folder, [problem])


def record_version(folder: Path, pack: Pack, *, replace: bool = False) -> bool:
    """Record a pack's version and content; True when the file changed.

    A version recorded with another content is refused with PolicyError unless `replace` is set, which is
    right only for a version that no clock has started under.
    """
    path = folder / VERSIONS_FILE
    recorded = _read(path) if path.exists() else {}
    content = pack.content_hash()
    problem = _problem(folder, pack, {**recorded, pack.version: recorded.get(pack.version, content)})
    if problem is not None and not (replace and problem.code == "changed_without_version"):
        raise PolicyError(folder, [problem])
    if recorded.get(pack.version) == content:
        return False
    recorded[pack.version] = content
    entries = [{"version": version, "content_hash": recorded[version]} for version in sorted(recorded)]
    path.write_text(_HEADING + yaml.safe_dump({"versions": entries}, sort_keys=False), encoding="utf-8")
    return True


def _problem(folder: Path, pack: Pack, recorded: dict[int, str]) -> Problem | None:
    highest = max(recorded, default=0)
    if pack.version < highest:
        code = "version_went_back"
    elif pack.version not in recorded:
        code = "version_not_recorded"
    elif recorded[pack.version] != pack.content_hash():
        code = "changed_without_version"
    else:
        return None
    return read_document(folder / "pack.yaml").problem(
        ("version",), code, version=pack.version, highest=highest
    )


def _read(path: Path) -> dict[int, str]:
    document = read_document(path)
    file = parse(document, VersionsFile)
    _check_once(document)
    if file is None or document.problems:
        raise PolicyError(path.parent, document.problems)
    return {entry.version: entry.content_hash for entry in file.versions}


def _check_once(document: Document) -> None:
    first: dict[str, int | None] = {}
    for entry in Place(document).at("versions"):
        version = entry.at("version")
        if version.text is None:
            continue
        if version.text in first:
            version.add("duplicate_id", id=version.text, line=first[version.text])
        first.setdefault(version.text, document.line_of(version.location))
