"""The secrets of an installation in containers: made once, each party its own, certificates that hold."""

import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from dutyclock.containers.authority import issue, make_authority, still_good
from dutyclock.containers.secret_files import FOLDER_VARIABLE, take_secret_files
from dutyclock.containers.secret_folders import ACCOUNTS, SecretFolders
from dutyclock.embedded.nats import permissions_of
from dutyclock.services import PROCESSES, SERVICES
from services.alerts.config import Settings
from shared.settings import SECRETS_FOLDER, read_settings

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    SecretFolders(tmp_path / "secrets", ["duty.example.cn", "10.1.2.3"]).write(now=NOW, owned=False)
    return tmp_path / "secrets"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_time_nothing_changes(folder: Path) -> None:
    before = everything(folder)
    again = NOW + timedelta(days=300)
    SecretFolders(folder, ["10.1.2.3", "duty.example.cn"]).write(now=again, owned=False)
    assert everything(folder) == before


def test_every_party_has_its_folder_and_nobody_but_the_owner_reads(folder: Path) -> None:
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {*ACCOUNTS, "authority"}
    open_to_others = [
        path for path in folder.rglob("*") if path.stat().st_mode & 0o077 and path != folder / "ca.crt"
    ]
    assert open_to_others == []


def test_no_party_has_anothers_password(folder: Path) -> None:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    secrets = {
        **{f"role of {name}": word for name, word in record["role_passwords"].items()},
        **{f"bus user {name}": word for name, word in record["nats_passwords"].items()},
        "database": record["postgres_password"],
        "dashboards": record["grafana_password"],
        "alerts of the platform": record["system_alerts_key"],
        "watchdog": record["watchdog_token"],
    }
    assert len(set(secrets.values())) == len(secrets)
    allowed = {
        **{name: {f"role of {name}", f"bus user {name}"} for name in PROCESSES},
        "operator": {
            "database",
            "bus user dutyclock",
            "alerts of the platform",
            *(f"role of {name}" for name in PROCESSES),
        },
        "nats": {f"bus user {name}" for name in (*SERVICES, "dutyclock")},
        "postgres": {"database"},
        "grafana": {"dashboards"},
        "alertmanager": {"alerts of the platform", "watchdog"},
        "watchdog": {"watchdog"},
    }
    for party in ACCOUNTS:
        text = b"".join(content for _, content in sorted(everything(folder / party).items())).decode()
        seen = {name for name, secret in secrets.items() if secret in text}
        assert seen <= allowed.get(party, set()), party
    assert not any(name.endswith("ca.key") for party in ACCOUNTS for name in everything(folder / party))


def test_the_bus_lets_each_service_publish_as_it_does_in_the_embedded_one(folder: Path) -> None:
    settings = json.loads((folder / "nats" / "nats.conf").read_text("utf-8"))
    users = {user["user"]: user for user in settings["accounts"]["DUTYCLOCK"]["users"]}
    assert {name: users[name]["permissions"] for name in SERVICES} == {
        name: permissions_of(name) for name in SERVICES
    }
    assert settings["jetstream"]["sync_interval"] == "always"
    assert settings["tls"]["cert_file"] == "/run/secrets/tls.crt"
    assert settings["http"].startswith("127.0.0.1:"), "what it tells of itself is not for the network"


@pytest.mark.parametrize("service", PROCESSES)
def test_a_service_reads_its_settings_from_its_folder(
    folder: Path, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "NATS_URL", "DUTYCLOCK_SECRET_KEY", "DUTYCLOCK_SEALING_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(SECRETS_FOLDER, str(folder / service))
    settings = read_settings(Settings)
    url = settings.database_url.get_secret_value()
    assert url.startswith(f"postgresql://dutyclock_{service}:")
    assert "sslmode=verify-full" in url
    assert settings.nats_url.get_secret_value().startswith("tls://")
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert settings.secret_key.get_secret_value() == record["secret_key"]
    assert settings.sealing_keys.get_secret_value() == record["sealing_keys"]


def test_a_command_takes_the_files_and_the_environment_comes_first(folder: Path) -> None:
    environment = {FOLDER_VARIABLE: str(folder / "operator"), "NATS_URL": "nats://mine"}
    take_secret_files(environment)
    assert environment["DATABASE_URL"].startswith("postgresql://dutyclock:")
    assert environment["NATS_URL"] == "nats://mine"
    assert FOLDER_VARIABLE == SECRETS_FOLDER


def test_certificates_are_for_the_names_and_made_anew_in_time(folder: Path) -> None:
    authority = (folder / "ca.crt").read_bytes()
    certificate = (folder / "proxy" / "tls.crt").read_bytes()
    names = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["proxy", "duty.example.cn", "localhost"]
    assert [str(one) for one in names.value.get_values_for_type(x509.IPAddress)] == [
        "10.1.2.3",
        "127.0.0.1",
        "::1",
    ]
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
        folder / "proxy" / "tls.crt", folder / "proxy" / "tls.key"
    )
    SecretFolders(folder, ["duty.example.cn"]).write(now=NOW + timedelta(days=380), owned=False)
    assert (folder / "proxy" / "tls.crt").read_bytes() != certificate
    assert (folder / "ca.crt").read_bytes() == authority


def test_a_certificate_of_another_authority_is_not_good() -> None:
    ours, theirs = make_authority("ours", now=NOW), make_authority("theirs", now=NOW)
    made = issue(theirs, ["postgres"], now=NOW)
    assert still_good(theirs.certificate, made.certificate, ["postgres"], now=NOW)
    assert not still_good(ours.certificate, made.certificate, ["postgres"], now=NOW)
    assert not still_good(theirs.certificate, made.certificate, ["nats"], now=NOW)


def test_channels_that_somebody_wrote_are_kept(folder: Path) -> None:
    channels = folder / "watchdog" / "channels"
    channels.chmod(0o600)
    channels.write_text("json://gateway/it\n", "utf-8")
    SecretFolders(folder).write(now=NOW, owned=False)
    assert channels.read_text("utf-8") == "json://gateway/it\n"
