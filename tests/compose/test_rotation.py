"""Secrets of an installation in containers made anew: what changes, what is still taken, what stays."""

import asyncio
import json
import secrets
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from dutyclock.__main__ import app
from dutyclock.containers.rotation import Renewable, change_sealing_keys, make_anew
from dutyclock.containers.secret_files import FOLDER_VARIABLE
from dutyclock.containers.secret_folders import SecretFolders
from services.alerts.config import Settings
from services.alerts.rules.one_tap_link import LinkSigner
from shared.sealing import Sealer
from shared.settings import SECRETS_FOLDER, read_settings
from tests.compose.test_secret_folders import everything
from tests.servers import Servers

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    SecretFolders(tmp_path / "secrets").write(now=NOW, owned=False)
    return tmp_path / "secrets"


def record_of(folder: Path) -> dict[str, object]:
    return json.loads((folder / "record.json").read_text("utf-8"))


def anew(folder: Path, *what: Renewable) -> set[str]:
    """Make something anew and return which files have changed by that."""
    before = everything(folder)
    make_anew(folder, what)
    SecretFolders(folder).write(now=LATER, owned=False)
    after = everything(folder)
    assert set(after) == set(before)
    return {name for name in after if after[name] != before[name]} - {"record.json"}


SERVICES = {"registration", "testing", "alerts", "reporting"}


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        (
            Renewable.DATABASE,
            {f"{name}/database_url" for name in (*SERVICES, "auditor")} | {"operator/role_passwords.json"},
        ),
        (Renewable.BUS, {f"{name}/nats_url" for name in (*SERVICES, "operator")} | {"nats/nats.conf"}),
        (
            Renewable.DATABASE_OWNER,
            {"operator/database_url", "operator/former_database_url", "postgres/password"},
        ),
        (Renewable.ALERTS_KEY, {"operator/keys.json", "alertmanager/system-alerts-key"}),
        (Renewable.WATCHDOG, {"watchdog/watchdog-token", "alertmanager/watchdog-token"}),
    ],
)
def test_what_is_made_anew_changes_where_it_is_used_and_nowhere_else(
    folder: Path, what: Renewable, changed: set[str]
) -> None:
    assert anew(folder, what) == changed
    assert anew(folder) == set(), "a start changes nothing more"


def test_certificates_are_made_anew_under_the_same_authority_and_under_a_new_one(folder: Path) -> None:
    authority = (folder / "ca.crt").read_bytes()
    changed = anew(folder, Renewable.CERTIFICATES)
    assert {name.rpartition("/")[2] for name in changed} == {"tls.crt", "tls.key"}
    assert (folder / "ca.crt").read_bytes() == authority
    changed = anew(folder, Renewable.AUTHORITY)
    assert {"ca.crt", "authority/ca.key", "nats/ca.crt", "nats/tls.crt", "proxy/tls.crt"} <= changed
    for party in ("nats", "postgres", "proxy", "alerts"):
        context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        context.load_cert_chain(folder / party / "tls.crt", folder / party / "tls.key")


def test_links_and_codes_under_the_former_key_are_still_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "NATS_URL", "DUTYCLOCK_SECRET_KEY", "DUTYCLOCK_SEALING_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(SECRETS_FOLDER, str(folder / "alerts"))
    first = read_settings(Settings).signing_keys()
    assert len(first) == 1
    for _ in range(2):
        anew(folder, Renewable.SIGNING)
    third = read_settings(Settings).signing_keys()
    assert (len(third), third[-1]) == (3, first[0])
    page_id = uuid4()
    page = LinkSigner(first, "").token(page_id, NOW)
    assert LinkSigner(third[::-1], "").read(page, NOW) == page_id
    assert LinkSigner(third[:1], "").token(page_id, NOW) == LinkSigner(third[::-1], "").token(page_id, NOW)


def test_sealing_keys_come_behind_then_in_front_and_go_last(folder: Path) -> None:
    def sealer() -> Sealer:
        SecretFolders(folder).write(now=LATER, owned=False)
        return Sealer.parse((folder / "alerts" / "dutyclock_sealing_keys").read_text("utf-8"))

    sealed = sealer().seal("x", purpose="p")
    result = CliRunner().invoke(app, ["secrets", str(folder), "--add-sealing-key", "k2"])
    assert result.exit_code == 0, result.output
    assert (sealer().current, sealer().key_ids) == ("k1", {"k1", "k2"})
    change_sealing_keys(folder, front="k2")
    assert sealer().current == "k2"
    assert sealer().open(sealed, purpose="p") == "x"
    for wrong in (
        ["--add-sealing-key", "k1"],
        ["--front-sealing-key", "k9"],
        ["--drop-sealing-key", "k9"],
        ["--drop-sealing-key", "k2"],
    ):
        assert CliRunner().invoke(app, ["secrets", str(folder), *wrong]).exit_code == 1, wrong
    change_sealing_keys(folder, drop="k1")
    assert sealer().key_ids == {"k2"}


def test_a_folder_without_secrets_has_nothing_to_make_anew(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["secrets", str(tmp_path / "empty"), "--anew", "bus"])
    assert result.exit_code == 1
    assert "nothing to make anew" in result.output
    assert not (tmp_path / "empty").exists()


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[tuple[str, str]]:
    """An owner of the test's own database whose password is `former`; the role and its database's address."""
    role = f"owner_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(database_url)
    await connection.execute(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'former'")
    place = database_url.rpartition("@")[2]
    yield role, place
    await connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    await connection.close()


async def test_the_owner_enters_with_the_former_password_and_is_given_the_new_one(
    owner: tuple[str, str], servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role, place = owner
    passwords = tmp_path / "role_passwords.json"
    passwords.write_text(json.dumps(dict(servers.role_passwords)), "utf-8")
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{role}:it%27s-new@{place}")
    monkeypatch.setenv("DUTYCLOCK_ROLE_PASSWORDS_FILE", str(passwords))

    async def migrate() -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["migrate"])
        return result.exit_code, result.output

    assert (await migrate())[0] == 1, "nobody knows the former one"
    (tmp_path / "former_database_url").write_text(f"postgresql://{role}:former@{place}", "utf-8")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    for _ in range(2):
        code, output = await migrate()
        assert code == 0, output
    connection = await asyncpg.connect(f"postgresql://{role}:it%27s-new@{place}")
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://{role}:former@{place}")
