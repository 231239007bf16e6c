"""What a pod gives a service is what its settings read: each variable is known, each file is found."""

import importlib
from pathlib import Path

import pytest

from dutyclock.kubernetes.nats_configuration import HOSTS
from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.services import PROCESSES, PROJECT
from dutyclock.supervisor.options import DEFAULT_PORTS
from shared.settings import PREFIX, SECRETS_FOLDER, Settings, read_settings
from tests.kubernetes.manifests import FOLDER, OVERLAYS, workload

MOUNTED = "/run/secrets"
PLAIN = {"HOME", "MALLOC_ARENA_MAX"}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder as the pods of all services have it, one after the other."""
    for name in ("ca.crt", "tls.crt", "tls.key", "postgres-ca.crt"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("process", PROCESSES)
def test_a_service_reads_all_that_its_pod_gives(
    overlay: str, process: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {item["metadata"]["name"]: item["stringData"] for item in make_secrets("dutyclock")["items"]}
    for name, value in made[process].items():
        (secrets / name).write_text(value, "utf-8")
    for name, value in workload(overlay, process).environment(overlay).items():
        monkeypatch.setenv(name, value.replace(MOUNTED, str(secrets)))
    for name in ("DATABASE_URL", "NATS_URL"):
        monkeypatch.delenv(name, raising=False)
    settings_of: type[Settings] = importlib.import_module(f"services.{process}.config").Settings

    settings = read_settings(settings_of)

    assert (settings.host, settings.port) == ("0.0.0.0", DEFAULT_PORTS[process])
    assert settings.tls_certificate_file == secrets / "tls.crt"
    assert settings.tls_key_file == secrets / "tls.key"
    bus = settings.bus_address()
    assert (bus.ca_file, bus.replicas) == (secrets / "ca.crt", 3)
    assert bus.place == ", ".join(f"{host}:4222" for host in HOSTS)
    assert settings.database_url.get_secret_value() == made[process]["database_url"]
    assert settings.secret_key.get_secret_value() == made[process]["dutyclock_secret_key"]
    assert settings.sealing_keys.get_secret_value().startswith("k1:")


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("process", PROCESSES)
def test_no_variable_is_misspelt(overlay: str, process: str) -> None:
    settings_of: type[Settings] = importlib.import_module(f"services.{process}.config").Settings
    known = {PREFIX + name.upper() for name in settings_of.model_fields} | {SECRETS_FOLDER} | PLAIN
    assert workload(overlay, process).environment(overlay).keys() <= known


def test_the_district_is_the_one_of_the_notices() -> None:
    register = (PROJECT / "data" / "divisions-chongqing.csv").read_text("utf-8")
    under = workload("district", "testing").environment("district")["DUTYCLOCK_DIVISIONS_UNDER"]
    assert any(under in line.split(",") and "大渡口区" in line for line in register.splitlines())


def test_comments_and_quotes_do_not_slip_into_values() -> None:
    for line in (FOLDER / "base" / "settings.env").read_text("utf-8").splitlines():
        name, _, value = line.partition("=")
        assert name.isupper(), line
        assert not set(value) & set("\"'# "), line
