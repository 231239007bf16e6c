"""A changed pack needs a new version, once versions are recorded."""

from pathlib import Path

import pytest

from shared.policy import PolicyError, check_version, load_pack, record_version
from tests.policy.packs import PACK, copy_pack, replace


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    copy = copy_pack(tmp_path)
    (copy / "versions.yaml").unlink(missing_ok=True)
    return copy


def refused(pack: Path) -> list[tuple[str, str, str]]:
    try:
        check_version(pack, load_pack(pack))
    except PolicyError as error:
        return [(problem.file, problem.path, problem.code) for problem in error.found]
    return []


def test_the_pack_is_the_one_that_was_recorded() -> None:
    assert refused(PACK) == []


def test_without_a_record_nothing_is_held(pack: Path) -> None:
    assert refused(pack) == []


def test_the_same_content_passes_and_is_recorded_once(pack: Path) -> None:
    assert record_version(pack, load_pack(pack)) is True
    assert record_version(pack, load_pack(pack)) is False
    assert refused(pack) == []


def test_changed_content_under_the_same_version_is_refused(pack: Path) -> None:
    record_version(pack, load_pack(pack))
    replace(pack, "escalation.yaml", "wait: PT5M", "wait: PT6M")
    assert refused(pack) == [("pack.yaml", "version", "changed_without_version")]
    with pytest.raises(PolicyError):
        record_version(pack, load_pack(pack))
    assert record_version(pack, load_pack(pack), replace=True) is True
    assert refused(pack) == []


def test_a_new_version_must_be_recorded_and_the_old_one_stays(pack: Path) -> None:
    record_version(pack, load_pack(pack))
    first = (pack / "versions.yaml").read_text(encoding="utf-8").strip()
    replace(pack, "pack.yaml", "version: 2", "version: 3")
    assert refused(pack) == [("pack.yaml", "version", "version_not_recorded")]
    assert record_version(pack, load_pack(pack)) is True
    assert refused(pack) == []
    assert (pack / "versions.yaml").read_text(encoding="utf-8").startswith(first)


def test_a_version_does_not_go_back(pack: Path) -> None:
    replace(pack, "pack.yaml", "version: 2", "version: 3")
    record_version(pack, load_pack(pack))
    replace(pack, "pack.yaml", "version: 3", "version: 2")
    assert refused(pack) == [("pack.yaml", "version", "version_went_back")]
    with pytest.raises(PolicyError):
        record_version(pack, load_pack(pack), replace=True)


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("versions:\n  - {version: 1, content_hash: abc}\n", "versions[0].content_hash", "pattern"),
        ("versions: [\n", "", "yaml_syntax"),
        ("version: 1\n", "version", "unknown_name"),
        (
            f"versions:\n  - {{version: 1, content_hash: 'sha256:{'0' * 64}'}}\n"
            f"  - {{version: 1, content_hash: 'sha256:{'1' * 64}'}}\n",
            "versions[1].version",
            "duplicate_id",
        ),
    ],
)
def test_an_unusable_record_says_where(pack: Path, text: str, path: str, code: str) -> None:
    (pack / "versions.yaml").write_text(text, encoding="utf-8")
    assert ("versions.yaml", path, code) in refused(pack)
