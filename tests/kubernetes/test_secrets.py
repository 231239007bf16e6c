"""The secrets of a cluster: made once, strong, and consistent with each other."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

from dutyclock.kubernetes.nats_configuration import USERS, password_variable
from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.provision import role_name
from dutyclock.services import PROCESSES, PROJECT, SERVICES
from tests.kubernetes.schemas import kubernetes_resources


def made(namespace: str = "dutyclock") -> dict[str, dict[str, str]]:
    return {item["metadata"]["name"]: item["stringData"] for item in make_secrets(namespace)["items"]}


def accounts(url: str) -> set[tuple[str | None, str | None]]:
    return {(parts.username, parts.password) for parts in map(urlsplit, url.split(","))}


def test_kubernetes_takes_them_into_their_namespace() -> None:
    items: list[dict[str, Any]] = make_secrets("duty-500104")["items"]
    for version in kubernetes_resources.newest_versions():
        assert [kubernetes_resources.fault_of(item, version) for item in items] == [None] * len(items)
    assert {item["metadata"]["namespace"] for item in items} == {"duty-500104"}


def test_each_service_enters_the_bus_as_itself_and_the_auditor_as_nobody() -> None:
    secrets = made()
    passwords = secrets["nats-passwords"]["passwords.conf"].splitlines()
    for service in SERVICES:
        ((user, password),) = accounts(secrets[service]["nats_url"])
        assert user == service
        assert f'{password_variable(service)}: "{password}"' in passwords
    ((user, password),) = accounts(secrets["operator"]["nats_url"])
    assert f'{password_variable(str(user))}: "{password}"' in passwords
    assert accounts(secrets["auditor"]["nats_url"]) == {(None, None)}
    assert len(passwords) == len(USERS)


def test_each_process_enters_the_database_by_the_role_that_the_migrations_make() -> None:
    secrets = made()
    roles: dict[str, str] = json.loads(secrets["operator"]["role_passwords.json"])
    assert roles.keys() == set(PROCESSES)
    for process in PROCESSES:
        address = urlsplit(secrets[process]["database_url"])
        assert (address.username, address.password) == (role_name("dutyclock", process), roles[process])
        assert address.query == "sslmode=verify-full&sslrootcert=/run/secrets/postgres-ca.crt"
    owner = urlsplit(secrets["operator"]["database_url"])
    assert (owner.username, owner.password) == tuple(secrets["postgres-owner"].values())


def test_alertmanager_and_watchdog_show_what_is_expected_of_them() -> None:
    secrets = made()
    assert secrets["alertmanager"]["watchdog-token"] == secrets["watchdog"]["watchdog-token"]
    (key,) = json.loads(secrets["operator"]["keys.json"])
    assert (key["key"], key["scopes"]) == (
        secrets["alertmanager"]["system-alerts-key"],
        ["system-alerts:write"],
    )
    assert secrets["watchdog"]["watchdog-token"] != made()["watchdog"]["watchdog-token"]


def test_all_services_sign_and_seal_with_the_same_keys() -> None:
    secrets = made()
    for key in ("dutyclock_secret_key", "dutyclock_sealing_keys"):
        assert len({secrets[party][key] for party in (*PROCESSES, "operator")}) == 1


def test_no_password_serves_twice_and_none_is_made_again() -> None:
    once, again = passwords_of(made()), passwords_of(made())
    assert len(once) == len(PROCESSES) + len(USERS) + 1
    assert not once & again
    assert all(len(password) >= 32 for password in once)


def passwords_of(secrets: dict[str, dict[str, str]]) -> set[str]:
    users = [
        line.partition(": ")[2].strip('"')
        for line in secrets["nats-passwords"]["passwords.conf"].splitlines()
    ]
    roles: dict[str, str] = json.loads(secrets["operator"]["role_passwords.json"])
    return {*users, *roles.values(), secrets["postgres-owner"]["password"]}


def test_the_command_prints_what_kubectl_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dutyclock", "kubernetes", "secrets", "--namespace", "elsewhere"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    printed = json.loads(done.stdout)
    assert printed["kind"] == "List"
    assert {item["metadata"]["namespace"] for item in printed["items"]} == {"elsewhere"}
    assert done.stderr == ""
