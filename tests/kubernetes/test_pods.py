"""How pods are made: restricted, probed, spread, given what they need and no more, and ended in order."""

from typing import Any

import pytest

from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.services import AUDITOR, PROCESSES, SERVICES
from dutyclock.supervisor.options import DEFAULT_PORTS
from shared.bus import LEAVE_SECONDS
from tests.kubernetes.manifests import OVERLAYS, build, of_kind, one, workload, workloads
from tests.kubernetes.network import selects
from tests.memory_limits import assert_room_for_go

EVERY_POD = (*PROCESSES, "nats", "migrations", "operator", "alertmanager", "watchdog")
every_pod = pytest.mark.parametrize(
    ("overlay", "name"), [(overlay, name) for overlay in OVERLAYS for name in EVERY_POD]
)
BUSY_SECONDS = 20
"""How long uvicorn waits for answers that are under way (`uvicorn_config`)."""
FREE_CONNECTIONS = 20
"""For PostgreSQL's own, the migrations, the operator, and CloudNativePG."""


@every_pod
def test_it_is_restricted(overlay: str, name: str) -> None:
    """By the pod security standard `restricted`, and with a root that cannot be written."""
    each = workload(overlay, name)
    pod, container = each.pod["securityContext"], each.container["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not each.pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
    kinds = {kind for volume in each.pod.get("volumes", []) for kind in volume.keys() - {"name"}}
    assert kinds <= {"emptyDir", "projected"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_these_are_all(overlay: str) -> None:
    assert sorted(each.name for each in workloads(overlay)) == sorted(EVERY_POD)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_namespace_admits_nothing_less(overlay: str) -> None:
    labels = one(overlay, "Namespace", "dutyclock")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@every_pod
def test_it_has_an_account_of_its_own_that_opens_nothing(overlay: str, name: str) -> None:
    each = workload(overlay, name)
    assert each.pod["serviceAccountName"] == each.name
    account = one(overlay, "ServiceAccount", each.name)
    assert account["automountServiceAccountToken"] is False
    assert each.pod["automountServiceAccountToken"] is False
    assert of_kind(overlay, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding") == []


@every_pod
def test_its_image_is_named_to_the_version_and_its_memory_is_bounded(overlay: str, name: str) -> None:
    each = workload(overlay, name)
    _, _, tag = each.container["image"].rpartition(":")
    assert tag.removeprefix("v")[0].isdigit(), each.container["image"]
    resources = each.container["resources"]
    assert {"cpu", "memory", "ephemeral-storage"} <= resources["requests"].keys()
    assert {"memory", "ephemeral-storage"} <= resources["limits"].keys()
    assert "cpu" not in resources["limits"], "a clock must not wait for a quota while processors are idle"
    assert all(volume["emptyDir"].get("sizeLimit") for volume in each.pod["volumes"] if "emptyDir" in volume)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_bus_may_fill_its_memory_before_it_collects_garbage_without_pause(overlay: str) -> None:
    its = workload(overlay, "nats").container
    limit = {entry["name"]: entry.get("value") for entry in its["env"]}["GOMEMLIMIT"]
    assert_room_for_go(limit, its["resources"]["limits"]["memory"])


@every_pod
def test_whatever_it_mounts_or_reads_is_there(overlay: str, name: str) -> None:
    each = workload(overlay, name)
    made = {item["metadata"]["name"]: set(item["stringData"]) for item in make_secrets("dutyclock")["items"]}
    issued = {each["spec"]["secretName"] for each in of_kind(overlay, "Certificate")}
    secrets: dict[str, set[str]] = {
        **made,
        **{name: {"tls.crt", "tls.key", "ca.crt"} for name in issued},
        "postgres-ca": {"ca.crt", "ca.key"},  # CloudNativePG's, for the cluster called postgres
    }
    configurations = {
        resource["metadata"]["name"]: set(resource["data"]) for resource in of_kind(overlay, "ConfigMap")
    }
    for kind, source, entry in each.mounted():
        known = secrets if kind == "secret" else configurations
        assert source in known, source
        assert entry == "*" or entry in known[source], f"{source} {entry}"
    for mount in each.container["volumeMounts"]:
        claims = [claim["metadata"]["name"] for claim in each.spec.get("volumeClaimTemplates", [])]
        assert mount["name"] in [volume["name"] for volume in each.pod["volumes"]] + claims
    assert each.environment(overlay) is not None


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", PROCESSES)
def test_a_pod_sees_no_secret_of_another(overlay: str, name: str) -> None:
    seen = {secret for kind, secret, _ in workload(overlay, name).mounted() if kind == "secret"}
    assert seen == {name, f"{name}-tls", "postgres-ca"}
    keys = [entry for _, secret, entry in workload(overlay, name).mounted() if secret == "postgres-ca"]
    assert keys == ["ca.crt"], "never the key of the database's authority"


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", PROCESSES)
def test_a_service_is_started_probed_and_ended_as_it_wants(overlay: str, name: str) -> None:
    each = workload(overlay, name)
    assert [*each.container["command"], *each.container["args"]] == ["python", "-m", f"services.{name}"]
    assert each.container["ports"] == [{"name": "http", "containerPort": DEFAULT_PORTS[name]}]
    for probe, path in (("startup", "/ready"), ("liveness", "/health"), ("readiness", "/health")):
        asked = each.container[f"{probe}Probe"]["httpGet"]
        assert asked == {"path": path, "port": "http", "scheme": "HTTPS"}, probe
    grace = each.pod["terminationGracePeriodSeconds"]
    forgotten = each.container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert grace >= forgotten + BUSY_SECONDS + LEAVE_SECONDS


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize(
    ("name", "begins", "serves"),
    [
        ("nats", "/healthz", "/healthz?js-server-only=true"),
        ("alertmanager", "/-/ready", "/-/ready"),
        ("watchdog", "/health", "/health"),
    ],
)
def test_whoever_is_no_service_is_probed_over_tls_too(
    overlay: str, name: str, begins: str, serves: str
) -> None:
    container = workload(overlay, name).container
    asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert {one["scheme"] for one in asked.values()} == {"HTTPS"}
    assert (asked["startup"]["path"], asked["readiness"]["path"]) == (begins, serves)
    assert {one["port"] for one in asked.values()} <= {port["name"] for port in container["ports"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_two_alertmanagers_know_each_other_and_a_heartbeat_has_one_listener(overlay: str) -> None:
    manager = workload(overlay, "alertmanager")
    ports = {port["name"]: port["containerPort"] for port in manager.container["ports"]}
    peers = [argument for argument in manager.container["args"] if argument.startswith("--cluster.peer=")]
    assert manager.spec["replicas"] == len(peers) == 2
    for number, peer in enumerate(peers):
        assert peer == f"--cluster.peer=alertmanager-{number}.{manager.spec['serviceName']}:{ports['gossip']}"
    assert workload(overlay, "watchdog").spec["replicas"] == 1


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", [*PROCESSES, "nats", "alertmanager"])
def test_it_is_spread_and_only_one_may_be_taken_away(overlay: str, name: str) -> None:
    each = workload(overlay, name)
    spread = {one["topologyKey"]: one for one in each.pod["topologySpreadConstraints"]}
    assert spread.keys() == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    for constraint in spread.values():
        assert selects(constraint["labelSelector"], each.labels)
        assert constraint["labelSelector"]["matchLabels"]["app.kubernetes.io/name"] == name
    budget = one(overlay, "PodDisruptionBudget", name)["spec"]
    assert budget["maxUnavailable"] == 1
    assert selects(budget["selector"], each.labels)
    assert budget["selector"]["matchLabels"]["app.kubernetes.io/name"] == name


def test_the_municipality_may_lose_a_zone() -> None:
    zone = "topology.kubernetes.io/zone"
    for name in (*SERVICES, "nats", "alertmanager"):
        rules = {
            one["topologyKey"]: one["whenUnsatisfiable"]
            for one in workload("municipality", name).pod["topologySpreadConstraints"]
        }
        assert rules[zone] == "DoNotSchedule", name
    database = one("municipality", "Cluster", "postgres")["spec"]
    assert (database["affinity"]["topologyKey"], database["affinity"]["podAntiAffinityType"]) == (
        zone,
        "required",
    )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_service_is_scaled_by_one_and_never_below_two(overlay: str) -> None:
    scalers = of_kind(overlay, "HorizontalPodAutoscaler", "ScaledObject")
    scaled = sorted(each["spec"]["scaleTargetRef"]["name"] for each in scalers)
    assert scaled == sorted(SERVICES), "two scalers of one deployment would pull it to and fro"
    for name in SERVICES:
        assert "replicas" not in workload(overlay, name).spec, "an apply must not undo what a scaler did"
        assert most_pods(overlay)[name] > fewest_pods(overlay)[name] >= 2
    assert workload(overlay, AUDITOR).spec["replicas"] == 1
    assert workload(overlay, "operator").spec["replicas"] == 0


def fewest_pods(overlay: str) -> dict[str, int]:
    return _pods(overlay, "minReplicas", "minReplicaCount")


def most_pods(overlay: str) -> dict[str, int]:
    return _pods(overlay, "maxReplicas", "maxReplicaCount")


def _pods(overlay: str, *names: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in of_kind(overlay, "HorizontalPodAutoscaler", "ScaledObject"):
        spec: dict[str, Any] = each["spec"]
        found[spec["scaleTargetRef"]["name"]] = next(spec[name] for name in names if name in spec)
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_database_has_a_connection_for_every_pool_at_its_largest(overlay: str) -> None:
    database = one(overlay, "Cluster", "postgres")["spec"]
    pool = int(workload(overlay, "testing").environment(overlay).get("DUTYCLOCK_DATABASE_POOL_SIZE", "10"))
    needed = sum(pods + 1 for pods in most_pods(overlay).values()) * pool + pool  # one more while rolling out
    assert needed + FREE_CONNECTIONS <= int(database["postgresql"]["parameters"]["max_connections"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_database_keeps_what_it_acknowledged(overlay: str) -> None:
    database = one(overlay, "Cluster", "postgres")["spec"]
    assert database["instances"] == 3
    synchronous = database["postgresql"]["synchronous"]
    assert (synchronous["number"], synchronous["dataDurability"]) == (1, "required")
    assert synchronous["failoverQuorum"] is True
    assert database["enableSuperuserAccess"] is False
    assert "hostnossl all all all reject" in database["postgresql"]["pg_hba"]
    store = one(overlay, "ObjectStore", "backups")
    (plugin,) = database["plugins"]
    assert plugin["isWALArchiver"] is True
    assert plugin["parameters"]["barmanObjectName"] == store["metadata"]["name"]
    backup = one(overlay, "ScheduledBackup", "nightly")["spec"]
    assert backup["cluster"]["name"] == "postgres"
    assert backup["pluginConfiguration"]["name"] == plugin["name"]
    assert database["bootstrap"]["initdb"]["owner"] == database["managed"]["roles"][0]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_stands_in_its_namespace_under_its_labels(overlay: str) -> None:
    for resource in build(overlay):
        if resource["kind"] == "Namespace":
            continue
        assert resource["metadata"]["namespace"] == "dutyclock", resource["metadata"]["name"]
    assert of_kind(overlay, "Secret") == [], "none stands in the repository"
