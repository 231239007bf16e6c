"""A cluster and the Compose file run the same: the same variables, ports, commands, files and permissions.

What must differ is listed here, each with its reason.
"""

import importlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from dutyclock.containers.secret_folders import SecretFolders
from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.services import PROCESSES, PROJECT, SERVICES
from tests.kubernetes.manifests import FOLDER, OURS, OVERLAYS, one, workload

DRILLS = re.compile("DUTYCLOCK_CLOCK_")
"""A cluster plays no drill: its clocks are real."""
OF_A_CLUSTER = {
    "DUTYCLOCK_STREAM_REPLICAS": "Compose has one server of NATS",
    "DUTYCLOCK_DATABASE_POOL_SIZE": "Compose leaves it as it is",
}
OF_ONE_MACHINE = {
    "DUTYCLOCK_WATCHED_DISKS": "the kubelet watches the volumes of a cluster (volume-rules.yaml)"
}
FILES_OF_ONE_MACHINE = {"former_database_url": "a cluster replaces the password of its Secret, by no command"}
OF_AN_INSTALLATION = {"DUTYCLOCK_PUBLIC_URL", "DUTYCLOCK_DIVISIONS_UNDER", "DUTYCLOCK_HEARTBEAT_URL"}
"""What an overlay says for itself, and Compose takes from its `.env`."""
TOLD_BY_COMPOSE = re.compile(r"\$\{(\w+):-([^}]*)\}")


@cache
def compose() -> Mapping[str, Any]:
    """The services of the Compose file, with what it merges in merged."""
    document = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))
    return document["services"]


@cache
def image_environment() -> Mapping[str, str]:
    """What the image tells every process of ours, if nobody says otherwise."""
    text = re.sub(r"\\\n\s*", " ", (PROJECT / "Dockerfile").read_text("utf-8"))
    last_stage = text[text.rindex("\nFROM ") :]
    lines = [line.removeprefix("ENV ") for line in last_stage.splitlines() if line.startswith("ENV ")]
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


def told(name: str) -> dict[str, str]:
    """What Compose tells a container whatever its operator sets."""
    environment: dict[str, Any] = compose()[name].get("environment", {})
    return {key: str(value) for key, value in environment.items() if not TOLD_BY_COMPOSE.search(str(value))}


def left_to_the_operator(name: str) -> set[str]:
    return set(compose()[name].get("environment", {})) - set(told(name))


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("process", PROCESSES)
def test_a_service_is_told_the_same(overlay: str, process: str) -> None:
    ours = {**image_environment(), **workload(overlay, process).environment(overlay)}
    for name, value in told(process).items():
        if name not in OF_ONE_MACHINE:
            assert ours.get(name) == value, name
    theirs = {**image_environment(), **told(process)}
    for name, value in workload(overlay, process).environment(overlay).items():
        if name in OF_A_CLUSTER or name in OF_AN_INSTALLATION:
            continue
        assert theirs.get(name) == value, name


@pytest.mark.parametrize("process", PROCESSES)
def test_what_may_be_set_in_one_may_be_set_in_the_other(process: str) -> None:
    """Each variable that Compose leaves open is a setting, so an overlay's `settings` may hold it."""
    settings = {f"DUTYCLOCK_{name.upper()}" for name in settings_of(process)}
    open_in_compose = {name for name in left_to_the_operator(process) if not DRILLS.match(name)}
    assert open_in_compose <= settings
    for overlay in OVERLAYS:
        chosen = workload(overlay, process).environment(overlay).keys() & OF_AN_INSTALLATION
        assert chosen <= open_in_compose


def settings_of(process: str) -> set[str]:
    return set(importlib.import_module(f"services.{process}.config").Settings.model_fields)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("process", PROCESSES)
def test_a_service_is_started_the_same_way_on_the_same_port(overlay: str, process: str) -> None:
    container = workload(overlay, process).container
    assert [*container["command"], *container["args"]] == compose()[process]["command"]
    assert str(container["ports"][0]["containerPort"]) == told(process)["DUTYCLOCK_PORT"]
    patience = workload(overlay, process).pod["terminationGracePeriodSeconds"]
    assert patience >= int(compose()[process]["stop_grace_period"].removesuffix("s"))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_migrations_are_the_same(overlay: str) -> None:
    job = workload(overlay, "migrations")
    assert job.container["command"] == compose()["migrate"]["command"]
    ours = {**image_environment(), **job.environment(overlay)}
    theirs = {name: value for name, value in told("migrate").items() if not DRILLS.match(name)}
    theirs.pop("DUTYCLOCK_NATS_CA_FILE")  # they do not speak to the bus
    assert theirs.keys() == {
        "DUTYCLOCK_SECRETS_FOLDER",
        "DUTYCLOCK_ROLE_PASSWORDS_FILE",
        "DUTYCLOCK_KEYS_FILE",
    }
    assert {name: ours[name] for name in theirs} == theirs


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_watchdog_is_the_same(overlay: str) -> None:
    watchdog = workload(overlay, "watchdog")
    assert watchdog.container["command"] == compose()["watchdog"]["command"]
    ours = {**image_environment(), **watchdog.environment(overlay)}
    assert {name: ours.get(name) for name in told("watchdog")} == told("watchdog")
    assert watchdog.environment(overlay).keys() - told("watchdog").keys() == {"HOME"}
    (port,) = [one["containerPort"] for one in watchdog.container["ports"]]
    assert str(port) == told("watchdog")["DUTYCLOCK_PORT"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_alertmanager_has_the_same_files_routes_and_options(overlay: str) -> None:
    """But that there are two of it, who speak to each other."""
    manager = workload(overlay, "alertmanager")
    folder = PROJECT / "deploy" / "alertmanager"
    files = {
        entry: text for name in ("configuration", "gossip") for entry, text in files_of(overlay, name).items()
    }
    assert files.keys() == {"alertmanager.compose.yml", "web.compose.yml", "gossip.yml"}
    for name in files.keys() - {"gossip.yml"}:
        assert files[name] == (folder / name).read_text("utf-8")
    ours = {one for one in manager.container["args"] if not one.startswith("--cluster.")}
    assert ours == {one for one in compose()["alertmanager"]["command"] if not one.startswith("--cluster.")}
    (_, image) = TOLD_BY_COMPOSE.findall(compose()["alertmanager"]["image"])[0]
    assert manager.container["image"] == image
    places = {mount["name"]: mount["mountPath"] for mount in manager.container["volumeMounts"]}
    volumes: list[str] = compose()["alertmanager"]["volumes"]
    theirs = {TOLD_BY_COMPOSE.sub("", volume).split(":")[1] for volume in volumes}
    assert set(places.values()) == theirs


def files_of(overlay: str, name: str) -> dict[str, str]:
    return one(overlay, "ConfigMap", f"alertmanager-{name}")["data"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whom_alertmanager_tells_is_there_under_that_name_and_port(overlay: str) -> None:
    configuration = yaml.safe_load(files_of(overlay, "configuration")["alertmanager.compose.yml"])
    urls = {
        urlsplit(webhook["url"])
        for receiver in configuration["receivers"]
        for webhook in receiver["webhook_configs"]
    }
    assert {url.hostname for url in urls} == {"alerts", "watchdog"}
    for url in urls:
        name = str(url.hostname)
        assert url.scheme == "https"
        assert url.port in [port["port"] for port in one(overlay, "Service", name)["spec"]["ports"]]
        assert name in one(overlay, "Certificate", name)["spec"]["dnsNames"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_same_servers_are_run_by_the_same_account(overlay: str) -> None:
    (_, bus) = TOLD_BY_COMPOSE.findall(compose()["nats"]["image"])[0]
    assert workload(overlay, "nats").container["image"] == bus
    (_, database) = TOLD_BY_COMPOSE.findall(compose()["postgres"]["image"])[0]
    major = database.partition(":")[2].partition("-")[0]
    assert one(overlay, "Cluster", "postgres")["spec"]["imageName"].endswith(f":{major}")
    user = re.findall(r"^USER (\d+):", (PROJECT / "Dockerfile").read_text("utf-8"), re.MULTILINE)[-1]
    for name in (*PROCESSES, "migrations", "operator"):
        each = workload(overlay, name)
        assert str(each.pod["securityContext"]["runAsUser"]) == user
        assert each.container["image"].startswith(OURS)


@pytest.fixture(scope="module")
def secret_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    SecretFolders(folder).write(now=datetime.now(UTC), owned=False)
    return folder


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("party", [*PROCESSES, "operator", "alertmanager", "watchdog"])
def test_a_container_finds_the_same_files(overlay: str, party: str, secret_folders: Path) -> None:
    made = {item["metadata"]["name"]: set(item["stringData"]) for item in make_secrets("dutyclock")["items"]}
    ours: set[str] = set()
    for _, secret, entry in workload(overlay, party).mounted():
        whole = made.get(secret, {"tls.crt", "tls.key", "ca.crt"})
        ours |= whole if entry == "*" else set() if secret == "postgres-ca" else {entry}
    assert ours == {file.name for file in (secret_folders / party).iterdir()} - FILES_OF_ONE_MACHINE.keys()


def test_the_bus_lets_the_same_accounts_do_the_same(secret_folders: Path) -> None:
    theirs = json.loads((secret_folders / "nats" / "nats.conf").read_text("utf-8"))
    ours = bus_configuration()
    assert scopes(ours) == scopes(theirs)
    assert scopes(ours).keys() == {"dutyclock", *SERVICES}
    for name in ("max_payload", "max_pending", "lame_duck_duration"):
        assert ours[name] == theirs[name], name
    assert ours["jetstream"]["sync_interval"] == theirs["jetstream"]["sync_interval"] == "always"


def bus_configuration() -> dict[str, Any]:
    """The file that the three servers mount; what it includes left out, it is YAML."""
    text = (FOLDER / "base" / "nats" / "nats.conf").read_text("utf-8")
    return yaml.safe_load(text.replace("include passwords.conf\n", ""))


def scopes(configuration: Mapping[str, Any]) -> dict[str, Any]:
    users: list[dict[str, Any]] = configuration["accounts"]["DUTYCLOCK"]["users"]
    return {user["user"]: user.get("permissions") for user in users}
