"""Nobody reaches anybody, except as the architecture says: every pair of pods is tried by the policies."""

import pytest

from dutyclock.services import AUDITOR, PROCESSES, SERVICES
from dutyclock.supervisor.options import DEFAULT_PORTS
from tests.kubernetes.manifests import OVERLAYS, one, workloads
from tests.kubernetes.network import End, may_reach

DATABASE_PORTS = (5432, 8000, 9187)
BUS_PORTS = (4222, 6222, 8222)
WATCHDOG_PORT = 8106
STRANGERS = (
    End("traefik", namespace="traefik"),
    End("prometheus", {"app.kubernetes.io/name": "prometheus"}, "monitoring"),
    End("their-alertmanager", {"app.kubernetes.io/name": "alertmanager"}, "monitoring"),
    End("grafana", {"app.kubernetes.io/name": "grafana"}, "monitoring"),
    End("keda", {"app": "keda-operator"}, "keda"),
    End("cloudnative-pg", {"app.kubernetes.io/name": "cloudnative-pg"}, "cnpg-system"),
    End("somebody", {"app.kubernetes.io/component": "service"}, "default"),
)
ALLOWED = {
    *((service, "nats", 4222) for service in (*SERVICES, "operator")),
    *((process, "postgres", 5432) for process in (*PROCESSES, "operator", "migrations", "postgres")),
    *(("traefik", service, DEFAULT_PORTS[service]) for service in SERVICES),
    *(("prometheus", process, DEFAULT_PORTS[process]) for process in PROCESSES),
    ("prometheus", "postgres", 9187),
    ("prometheus", "alertmanager", 9093),
    ("alertmanager", "alertmanager", 9094),
    ("alertmanager", "alerts", DEFAULT_PORTS["alerts"]),
    ("alertmanager", "watchdog", WATCHDOG_PORT),
    ("nats", "nats", 6222),
    ("keda", "nats", 8222),
    ("postgres", "postgres", 8000),
    ("cloudnative-pg", "postgres", 5432),
    ("cloudnative-pg", "postgres", 8000),
}


def ends(overlay: str) -> dict[str, End]:
    """All pods of ours, those that CloudNativePG makes too."""
    found: dict[str, End] = {}
    for each in workloads(overlay):
        ports = {port["name"]: port["containerPort"] for port in each.container.get("ports", [])}
        found[each.name] = End(each.name, each.labels, named_ports=ports)
    inherited = one(overlay, "Cluster", "postgres")["spec"]["inheritedMetadata"]["labels"]
    found["postgres"] = End("postgres", {**inherited, "cnpg.io/cluster": "postgres"})
    return found


def ports_of(name: str) -> tuple[int, ...]:
    if name in PROCESSES:
        return (DEFAULT_PORTS[name], 22)
    theirs = {"postgres": DATABASE_PORTS, "nats": BUS_PORTS}
    return {**theirs, "alertmanager": (9093, 9094), "watchdog": (WATCHDOG_PORT, 22)}.get(name, (8080,))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_these_reach_each_other(overlay: str) -> None:
    ours = ends(overlay)
    others = {"nats", "postgres", "migrations", "operator", "alertmanager", "watchdog"}
    assert {*PROCESSES, *others} == set(ours)
    reached = {
        (caller.name, called.name, port)
        for caller in (*ours.values(), *STRANGERS)
        for called in ours.values()
        for port in ports_of(called.name)
        if may_reach(overlay, caller, called, port)
    }
    assert reached == ALLOWED


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_new_pod_reaches_nobody_and_nobody_reaches_it(overlay: str) -> None:
    new = End("new", {"app.kubernetes.io/name": "console"})
    for other in (*ends(overlay).values(), *STRANGERS, End("outside", address="203.0.113.7")):
        assert not may_reach(overlay, new, other, 443)
        assert not may_reach(overlay, other, new, 443)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everybody_may_ask_for_names(overlay: str) -> None:
    names = End("kube-dns", {"k8s-app": "kube-dns"}, "kube-system")
    for each in ends(overlay).values():
        assert may_reach(overlay, each, names, 53, "UDP")
        assert may_reach(overlay, each, names, 53)


@pytest.mark.parametrize(
    ("address", "port", "who"),
    [
        ("203.0.113.7", 443, {"alerts", "reporting", AUDITOR, "watchdog", "postgres"}),
        ("2001:db8::7", 443, {"alerts", "reporting", AUDITOR, "watchdog", "postgres"}),
        ("203.0.113.7", 587, {"alerts", "reporting", AUDITOR, "watchdog"}),
        ("203.0.113.7", 80, set()),
        ("203.0.113.7", 22, set()),
        ("10.0.0.1", 6443, {"postgres"}),
        ("10.0.0.7", 443, {"postgres"}),
        ("192.168.1.7", 587, set()),
        ("169.254.169.254", 80, set()),
        ("fd00::7", 587, set()),
    ],
)
def test_who_reaches_the_world_outside(address: str, port: int, who: set[str]) -> None:
    """Pages, webhooks and the heartbeat leave; the database asks the API server and keeps its backups."""
    outside = End("outside", address=address)
    assert {
        each.name for each in ends("district").values() if may_reach("district", each, outside, port)
    } == who
