"""A cluster's Prometheus and Grafana are given the very rules and dashboards of every installation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dutyclock.documents.kubernetes import FOLDER as MANIFESTS
from dutyclock.kubernetes.monitoring import (
    DASHBOARDS,
    ELSEWHERE,
    RULES,
    dashboards_kustomization,
    prometheus_rule,
)
from dutyclock.kubernetes.nats_configuration import SERVERS
from dutyclock.kubernetes.scaling import LAG_OF_A_POD, places_of
from dutyclock.services import PROCESSES, PROJECT, SERVICES
from tests.kubernetes.manifests import OVERLAYS, Resource, of_kind, one, workload
from tests.kubernetes.network import selects

LARGEST_CONFIG_MAP_BYTES = 1_048_576


def groups_of_files() -> list[Any]:
    return [
        group
        for file in sorted((PROJECT / RULES).glob("*.yml"))
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    ]


def test_a_dashboard_more_or_a_rule_changed_is_noticed(tmp_path: Path) -> None:
    """`dutyclock documents --check` compares what these return with the files (in `make check`)."""
    assert dashboards_kustomization(PROJECT / DASHBOARDS) == written(DASHBOARDS / "kustomization.yaml")
    assert prometheus_rule(PROJECT / RULES) == written(MANIFESTS / "base/monitoring/prometheus-rules.yaml")
    (tmp_path / "new.json").write_text("{}", "ascii")
    assert "new.json" in dashboards_kustomization(tmp_path)
    (tmp_path / "new.yml").write_text("groups: [{name: new, rules: [{record: a, expr: b}]}]", "ascii")
    (tmp_path / "disks.yml").write_text("groups: [{name: disks, rules: []}]", "ascii")
    rule = yaml.safe_load(prometheus_rule(tmp_path))
    assert [group["name"] for group in rule["spec"]["groups"]] == ["new"]


def written(path: Path) -> str:
    return (PROJECT / path).read_text("utf-8")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_rule_is_there_but_those_on_disks_of_a_single_machine(overlay: str) -> None:
    groups = one(overlay, "PrometheusRule", "dutyclock")["spec"]["groups"]
    assert groups == [group for group in groups_of_files() if group["name"] not in ELSEWHERE]
    names = [group["name"] for each in of_kind(overlay, "PrometheusRule") for group in each["spec"]["groups"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_dashboard_is_a_config_map_to_the_byte(overlay: str) -> None:
    files = sorted((PROJECT / DASHBOARDS).glob("*.json"))
    assert files
    for file in files:
        found = [
            each
            for each in of_kind(overlay, "ConfigMap")
            if each["metadata"]["name"] == f"dashboard-{file.stem}"
        ]
        assert [each["data"] for each in found] == [{file.name: file.read_text("utf-8")}]
        assert found[0]["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert len(file.read_bytes()) < LARGEST_CONFIG_MAP_BYTES


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_prometheus_finds_all_five_processes_under_the_labels_that_rules_ask_for(overlay: str) -> None:
    monitor: Resource = one(overlay, "ServiceMonitor", "dutyclock")["spec"]
    (endpoint,) = monitor["endpoints"]
    found: dict[str, str] = {}
    for service in of_kind(overlay, "Service"):
        labels: dict[str, str] = service["metadata"]["labels"]
        if selects(monitor["selector"], labels):
            ports = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
            assert ports[endpoint["port"]] == "http"
            found[labels["app.kubernetes.io/name"]] = labels[monitor["jobLabel"]]
    assert found == dict.fromkeys(PROCESSES, "dutyclock")
    (relabeling,) = endpoint["relabelings"]
    assert relabeling == {
        "sourceLabels": ["__meta_kubernetes_service_label_app_kubernetes_io_name"],
        "targetLabel": "process",
    }
    assert endpoint["scheme"] == "https"
    certificate = one(overlay, "Certificate", "auditor")["spec"]
    assert endpoint["tlsConfig"]["ca"]["secret"] == {"name": certificate["secretName"], "key": "ca.crt"}
    for process in PROCESSES:
        names = one(overlay, "Certificate", process)["spec"]["dnsNames"]
        assert {endpoint["tlsConfig"]["serverName"], process} <= set(names)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_figure_is_asked_for_in_the_open(overlay: str) -> None:
    """Whoever asks does so over TLS, for a name in the certificate, and knows who signed it."""
    issued = {
        each["spec"]["secretName"]: each["spec"].get("dnsNames", [])
        for each in of_kind(overlay, "Certificate")
    }
    issued["postgres-ca"] = ["postgres-rw"]  # CloudNativePG's own, by its documentation
    endpoints = [
        endpoint
        for monitor in of_kind(overlay, "ServiceMonitor", "PodMonitor")
        for name in ("endpoints", "podMetricsEndpoints")
        for endpoint in monitor["spec"].get(name, [])
    ]
    assert len(endpoints) == 3
    for endpoint in endpoints:
        assert endpoint["scheme"] == "https"
        assert not endpoint["tlsConfig"].get("insecureSkipVerify")
        secret = endpoint["tlsConfig"]["ca"]["secret"]
        assert secret["key"] == "ca.crt"
        assert endpoint["tlsConfig"]["serverName"] in issued[secret["name"]]
    assert one(overlay, "Cluster", "postgres")["spec"]["monitoring"] == {"tls": {"enabled": True}}


def test_keda_asks_for_names_that_the_certificate_of_the_bus_holds() -> None:
    """First any server, then the consumer's leader: its name, a dot, the place that KEDA was told."""
    names = set(one("municipality", "Certificate", "nats")["spec"]["dnsNames"])
    for scaler in of_kind("municipality", "ScaledObject"):
        for trigger in scaler["spec"]["triggers"]:
            if trigger["type"] != "nats-jetstream":
                continue
            assert trigger["metadata"]["useHttps"] == "true"
            host = trigger["metadata"]["natsServerMonitoringEndpoint"].rpartition(":")[0]
            assert {host, *(f"nats-{number}.{host}" for number in range(SERVERS))} <= names


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_prometheus_finds_both_alertmanagers_under_the_job_that_they_have_elsewhere(overlay: str) -> None:
    monitor: Resource = one(overlay, "ServiceMonitor", "alertmanager")["spec"]
    found = {
        service["metadata"]["labels"][monitor["jobLabel"]]: [
            port["name"] for port in service["spec"]["ports"]
        ]
        for service in of_kind(overlay, "Service")
        if selects(monitor["selector"], service["metadata"]["labels"])
    }
    (endpoint,) = monitor["endpoints"]
    assert found.keys() == {"alertmanager"}
    assert endpoint["port"] in found["alertmanager"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_volumes_of_the_rules_are_those_of_the_database_and_the_bus(overlay: str) -> None:
    expressions = [str(rule["expr"]) for rule in rules_of(one(overlay, "PrometheusRule", "volumes"))]
    patterns = {
        found for text in expressions for found in re.findall(r'persistentvolumeclaim=~"([^"]+)"', text)
    }
    (pattern,) = patterns
    claim = workload(overlay, "nats").spec["volumeClaimTemplates"][0]["metadata"]["name"]
    for volume in (f"{claim}-nats-0", f"{claim}-nats-2", "postgres-1", "postgres-3-wal"):
        assert re.fullmatch(pattern, volume), volume
    for stranger in ("prometheus-data-0", "data-mysql-0"):
        assert not re.fullmatch(pattern, stranger), stranger


def rules_of(resource: Resource) -> Iterator[dict[str, Any]]:
    for group in resource["spec"]["groups"]:
        yield from group["rules"]


def test_alerts_on_volumes_have_a_runbook_and_say_why_in_both_languages() -> None:
    alerts = [rule for rule in rules_of(one("district", "PrometheusRule", "volumes")) if "alert" in rule]
    assert alerts
    for rule in alerts:
        assert (PROJECT / rule["annotations"]["runbook"]).is_file()
        assert re.search("[\u4e00-\u9fff].* [A-Z]", rule["annotations"]["summary"])
        assert rule["labels"]["severity"] in ("page", "ticket")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_is_scaled_by_every_place_that_it_reads_from(service: str) -> None:
    triggers = one("municipality", "ScaledObject", service)["spec"]["triggers"]
    watched = [
        (one["metadata"]["stream"], one["metadata"]["consumer"])
        for one in triggers
        if one["type"] == "nats-jetstream"
    ]
    assert watched == places_of(service)
    assert watched
    bus = workload("municipality", "nats")
    ports = {port["name"]: port["containerPort"] for port in bus.container["ports"]}
    for trigger in triggers:
        if trigger["type"] == "nats-jetstream":
            place = f"nats.dutyclock.svc.cluster.local:{ports['monitoring']}"
            assert trigger["metadata"]["natsServerMonitoringEndpoint"] == place
            assert trigger["metadata"]["lagThreshold"] == str(LAG_OF_A_POD)
    assert [one["type"] for one in triggers if one["type"] != "nats-jetstream"] == ["cpu"]
