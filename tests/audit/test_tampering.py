"""`dutyclock audit verify` against a superuser who knows what he does."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from shared.access import Scope
from shared.api_keys import create_key
from tests.audit.trails import chained_anew, command, keep_heads, tamper, told

A_FORGED_ROW = """
INSERT INTO access.audit
SELECT 3, '{"sequence": 3, "action": "key-made"}', hash,
       sha256(hash || convert_to('{"sequence": 3, "action": "key-made"}', 'UTF8'))
FROM access.audit WHERE sequence = 2
"""
HEAD_TOO = (
    "UPDATE access.audit_head SET (sequence, hash) = (SELECT 3, hash FROM access.audit WHERE sequence = 3)"
)


@pytest.fixture
async def five_keys(database_url: str) -> str:
    """A database whose trail of keys has five rows."""
    connection = await asyncpg.connect(database_url)
    try:
        for _ in range(5):
            now = datetime.now(UTC)
            await create_key(connection, name="x", division="500104", scopes=[Scope.RESULTS_READ], now=now)
    finally:
        await connection.close()
    assert [one["sequence"] for one in await told(database_url, "access")] == [1, 2, 3, 4, 5]
    return database_url


TAMPERINGS: dict[str, tuple[list[str], int, str]] = {
    "a row": (
        ["UPDATE access.audit SET content = replace(content, '500104', '500105') WHERE sequence = 3"],
        3,
        "changed",
    ),
    "a row with its hash": (
        [
            "UPDATE access.audit SET content = content || ' ' WHERE sequence = 3",
            "UPDATE access.audit SET hash = sha256(previous_hash || convert_to(content, 'UTF8'))"
            " WHERE sequence = 3",
        ],
        3,
        "changed",
    ),
    "a row less": (["DELETE FROM access.audit WHERE sequence = 3"], 3, "removed"),
    "a row less and the rest moved up": (
        [
            "DELETE FROM access.audit WHERE sequence = 3",
            "UPDATE access.audit SET sequence = -sequence WHERE sequence > 3",
            "UPDATE access.audit SET sequence = -sequence - 1 WHERE sequence < 0",
        ],
        3,
        "removed",
    ),
    "a row more": (
        [
            "UPDATE access.audit SET sequence = -sequence WHERE sequence >= 3",
            "UPDATE access.audit SET sequence = -sequence + 1 WHERE sequence < 0",
            A_FORGED_ROW,
        ],
        3,
        "inserted",
    ),
    "a row more at the end": (
        [
            "INSERT INTO access.audit SELECT 6, content, hash, sha256(hash || convert_to(content, 'UTF8'))"
            " FROM access.audit WHERE sequence = 5"
        ],
        6,
        "inserted",
    ),
    "two rows in each other's place": (
        [
            "UPDATE access.audit SET sequence = 107 - sequence WHERE sequence IN (3, 4)",
            "UPDATE access.audit SET sequence = sequence - 100 WHERE sequence > 100",
        ],
        3,
        "reordered",
    ),
    "the tail": (["DELETE FROM access.audit WHERE sequence > 3"], 4, "truncated"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_the_first_broken_row_is_named(five_keys: str, tampering: str) -> None:
    statements, row, what = TAMPERINGS[tampering]
    assert (await command(five_keys, "verify"))[0] == 0
    await tamper(five_keys, *statements)
    code, output = await command(five_keys, "verify")
    assert code == 1, output
    assert f"access: row {row} " in output, output
    assert f"({what})" in output, output
    assert "registration: 0 rows, the chain is whole" in output, "the others are looked at all the same"


@pytest.mark.parametrize(
    ("statements", "row", "what"),
    [
        (["DELETE FROM access.audit WHERE sequence > 3", HEAD_TOO], 4, "truncated"),
        ([chained_anew(3, 5)], 5, "rewritten up to there"),
    ],
)
async def test_what_the_database_alone_cannot_tell_a_kept_head_does(
    five_keys: str, tmp_path: Path, statements: list[str], row: int, what: str
) -> None:
    kept = await keep_heads(five_keys, tmp_path / "heads.json")
    assert (await command(five_keys, "verify", "--head", str(kept)))[0] == 0
    await tamper(five_keys, *statements)
    assert (await command(five_keys, "verify"))[0] == 0
    code, output = await command(five_keys, "verify", "--head", str(kept))
    assert code == 1
    assert f"access: row {row} " in output, output
    assert f"({what})" in output, output


async def test_a_ledger_that_was_changed_behind_the_trail_is_named(database_url: str) -> None:
    insert = "INSERT INTO alerts.policy_version VALUES ('pack', {}, 'hash', '{{}}', now())"
    connection = await asyncpg.connect(database_url)
    try:
        for version in (1, 2, 3):
            await connection.execute(insert.format(version))
    finally:
        await connection.close()
    assert (await command(database_url, "verify"))[0] == 0
    await tamper(database_url, "UPDATE alerts.policy_version SET content_hash = 'other' WHERE version = 2")
    code, output = await command(database_url, "verify")
    assert code == 1
    assert "alerts: row 2 tells of something in policy_version" in output, output
    await tamper(
        database_url,
        "UPDATE alerts.policy_version SET content_hash = 'hash'",
        "DELETE FROM alerts.policy_version WHERE version = 1",
        insert.format(4),
    )
    code, output = await command(database_url, "verify")
    assert code == 1
    assert "alerts: row 1 tells of something in policy_version" in output, output
    assert "policy_version has 1 rows that are not in the trail" in output, output


async def test_it_says_what_it_cannot_look_at(database_url: str, tmp_path: Path) -> None:
    heads = tmp_path / "heads.json"
    heads.write_text('{"heads": {"access": {"sequence": 1}}}', "utf-8")
    code, output = await command(database_url, "verify", "--head", str(heads))
    assert (code, "kept heads cannot be read" in output) == (2, True), output
    code, output = await command("postgresql://nobody@127.0.0.1:1/none", "verify")
    assert (code, "database does not answer" in output) == (2, True), output
    code, output = await command(database_url, "list", "everything")
    assert (code, "access, registration" in output) == (2, True), output


async def test_the_newest_rows_are_listed(five_keys: str) -> None:
    code, output = await command(five_keys, "list", "access", "--most", "2")
    assert code == 0, output
    assert output.count("key-made") == 2
    assert "500104" in output
    assert "Nothing is on record" in (await command(five_keys, "list", "testing"))[1]
