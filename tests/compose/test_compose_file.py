"""What docker-compose.yml promises, service by service; that it runs is tested with an engine (`live`)."""

import importlib
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from drills.places import prepare
from dutyclock.commands.demo import settings_of_clock
from dutyclock.containers.secret_folders import ACCOUNTS, SERVERS
from dutyclock.documents.addresses import FILE as ROUTES
from dutyclock.documents.addresses import resources_by_service, routes_of_caddy
from dutyclock.services import PROCESSES, PROJECT, SERVICES
from dutyclock.supervisor.options import DEFAULT_PORTS
from tests.compose.compose_file import ONE_SHOTS, OURS, read_compose, variables
from tests.memory_limits import assert_room_for_go, mebibytes

COMPOSE = read_compose()
CONTAINERS: dict[str, Any] = COMPOSE["services"]
NOT_SETTINGS = {"DUTYCLOCK_SECRETS_FOLDER", "DUTYCLOCK_NAMES", "DUTYCLOCK_ROLE_PASSWORDS_FILE"}


def mounts(container: str) -> dict[str, str]:
    """Where each thing is mounted, by its place inside; read-only ones end with `:ro`."""
    places: dict[str, str] = {}
    for mount in CONTAINERS[container].get("volumes", []):
        source, place, *mode = mount.split(":")
        places[place] = ":".join([source, *mode])
    return places


@pytest.mark.parametrize("container", CONTAINERS)
def test_each_container_may_do_as_little_as_possible(container: str) -> None:
    its = CONTAINERS[container]
    assert its["read_only"] is True
    assert its["cap_drop"] == ["ALL"]
    assert its["security_opt"] == ["no-new-privileges:true"]
    limits = its["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert its["logging"]["options"]["max-size"]
    if container not in ("prepare", "postgres"):
        assert its.get("user", "10001:10001") != "0:0"
        assert set(its.get("cap_add", [])) <= {"NET_BIND_SERVICE"}


def test_the_bus_may_fill_its_memory_before_it_collects_garbage_without_pause() -> None:
    its = CONTAINERS["nats"]
    assert mebibytes(its["deploy"]["resources"]["limits"]["memory"]) >= 1024, "a municipality's streams"
    assert_room_for_go(its["environment"]["GOMEMLIMIT"], its["deploy"]["resources"]["limits"]["memory"])


@pytest.mark.parametrize("container", sorted(CONTAINERS.keys() - ONE_SHOTS))
def test_each_container_that_stays_is_asked_for_its_health_and_started_again(container: str) -> None:
    its = CONTAINERS[container]
    assert its["restart"] == "unless-stopped"
    assert container in OURS or its["healthcheck"]["test"], "the image asks for the services"
    awaited = {"postgres", "nats", "migrate"} if container in OURS else {"prepare"}
    assert container in ("proxy", "grafana") or awaited <= its["depends_on"].keys()
    assert all("condition" in how for how in its["depends_on"].values())


def test_only_the_proxy_is_published_and_dashboards_on_this_machine() -> None:
    published = {name: its["ports"] for name, its in CONTAINERS.items() if its.get("ports")}
    assert published == {"proxy": ["443:8443", "80:8080"], "grafana": ["127.0.0.1:3000:3000"]}


def test_database_and_bus_are_in_a_network_without_a_way_out() -> None:
    assert COMPOSE["networks"]["back"] == {"internal": True}
    networks = {name: its.get("networks") for name, its in CONTAINERS.items()}
    assert [networks[name] for name in ("postgres", "nats", "migrate", "prometheus")] == [["back"]] * 4
    assert networks["proxy"] == ["front"], "the proxy reaches the services only"


def test_every_container_sees_its_own_secrets_only() -> None:
    for name in CONTAINERS:
        party = {"migrate": "operator", "drill": "operator"}.get(name, name)
        place = mounts(name).get("/run/secrets")
        if name == "prepare":
            assert place is None
        else:
            assert place == f"./secrets/{party}:ro"
            assert party in ACCOUNTS


@pytest.mark.parametrize("process", PROCESSES)
def test_services_are_set_by_settings_that_exist(process: str) -> None:
    settings: type[BaseSettings] = importlib.import_module(f"services.{process}.config").Settings
    environment: dict[str, Any] = CONTAINERS[process]["environment"]
    names = {f"DUTYCLOCK_{field.upper()}" for field in settings.model_fields}
    assert environment.keys() - names - NOT_SETTINGS == set()
    assert environment["DUTYCLOCK_PORT"] == str(DEFAULT_PORTS[process])
    assert CONTAINERS[process]["command"] == ["python", "-m", f"services.{process}"]


@pytest.mark.parametrize("program", ["prometheus", "alertmanager"])
def test_what_watches_answers_and_asks_over_tls_alone(program: str) -> None:
    its = CONTAINERS[program]
    assert f"--web.config.file=/etc/{program}/web.compose.yml" in its["command"]
    assert its["healthcheck"]["test"][-1].startswith("https://")
    told = yaml.safe_load((PROJECT / "deploy" / program / "web.compose.yml").read_text("utf-8"))
    assert told["tls_server_config"]["cert_file"] == "/run/secrets/tls.crt"
    assert {"prometheus", "alertmanager", "grafana"} <= set(SERVERS)


def test_prometheus_asks_nobody_without_knowing_who_answers() -> None:
    configuration = yaml.safe_load(
        (PROJECT / "deploy" / "prometheus" / "prometheus.compose.yml").read_text("utf-8")
    )
    for asked in (*configuration["scrape_configs"], *configuration["alerting"]["alertmanagers"]):
        assert asked["scheme"] == "https"
        assert asked["tls_config"]["ca_file"] == "/run/secrets/ca.crt"
        assert "insecure_skip_verify" not in asked["tls_config"]
    grafana = CONTAINERS["grafana"]["environment"]
    assert grafana["GF_SERVER_PROTOCOL"] == "https"
    assert grafana["PROMETHEUS_URL"].startswith("https://")
    assert grafana["SSL_CERT_FILE"] == "/run/secrets/ca.crt"


def test_a_drills_clock_is_every_services_and_the_drills() -> None:
    drill = prepare(PROJECT / "drills" / "positive-in-jiansheng.yaml")
    settings = settings_of_clock(drill.scenario, 30)
    told = dict(line.split("=", 1) for line in settings.splitlines())
    assert told.keys() <= variables()
    clock = {name for name in told if name.startswith("DUTYCLOCK_CLOCK_")}
    for name in (*PROCESSES, "drill"):
        assert clock <= CONTAINERS[name]["environment"].keys()


def test_the_proxy_leads_every_path_to_the_service_that_has_it() -> None:
    resources = resources_by_service(PROJECT / "docs" / "api")
    assert (PROJECT / ROUTES).read_text("utf-8") == routes_of_caddy(resources)
    every = [path for paths in resources.values() for path in paths]
    assert len(every) == len(set(every))
    assert {"/v1/results", "/v1/pages", "/a", "/v1/cases", "/v1/returns"} <= set(every)
    assert set(resources) == set(SERVICES)


def test_what_may_be_set_is_documented() -> None:
    page = (PROJECT / "docs" / "compose.md").read_text("utf-8")
    assert [name for name in sorted(variables()) if f"`{name}`" not in page] == []
