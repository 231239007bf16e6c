"""Secrets of a cluster made anew: what changes, what is still taken, and that nothing else is touched."""

import base64
import copy
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from dutyclock.__main__ import app
from dutyclock.containers.rotation import Renewable
from dutyclock.kubernetes.rotation import made_anew
from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.services import AUDITOR, PROCESSES, SERVICES
from dutyclock.terminal import CannotStart
from tests.kubernetes.schemas import kubernetes_resources


def held(made: dict[str, Any]) -> dict[str, Any]:
    """A List as the cluster gives it back: encoded, and with marks of its own."""
    items = copy.deepcopy(made["items"])
    for item in items:
        entries = item.pop("stringData")
        item["data"] = {name: base64.b64encode(text.encode()).decode() for name, text in entries.items()}
        item["metadata"] |= {"uid": "0", "resourceVersion": "7"}
    return {**made, "items": items}


def entries(made: dict[str, Any]) -> dict[str, str]:
    return {
        f"{item['metadata']['name']}/{name}": text
        for item in made["items"]
        for name, text in item["stringData"].items()
    }


@pytest.fixture
def made() -> dict[str, Any]:
    return make_secrets("dutyclock")


EVERYWHERE = (*PROCESSES, "operator")


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        (
            Renewable.DATABASE,
            {f"{name}/database_url" for name in PROCESSES} | {"operator/role_passwords.json"},
        ),
        (Renewable.DATABASE_OWNER, {"operator/database_url", "postgres-owner/password"}),
        (
            Renewable.BUS,
            {f"{name}/nats_url" for name in (*SERVICES, "operator")} | {"nats-passwords/passwords.conf"},
        ),
        (
            Renewable.SIGNING,
            {f"{name}/dutyclock_secret_key" for name in EVERYWHERE}
            | {f"{name}/dutyclock_former_secret_keys" for name in EVERYWHERE},
        ),
        (Renewable.ALERTS_KEY, {"alertmanager/system-alerts-key", "operator/keys.json"}),
        (Renewable.WATCHDOG, {"alertmanager/watchdog-token", "watchdog/watchdog-token"}),
    ],
)
def test_what_is_made_anew_is_changed_everywhere_and_nothing_else(
    made: dict[str, Any], what: Renewable, changed: set[str]
) -> None:
    before, anew = entries(made), made_anew(held(made), [what])
    after = entries(anew)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == changed
    assert f"{AUDITOR}/nats_url" not in changed, "it has no password there"
    for version in kubernetes_resources.newest_versions():
        faults = [kubernetes_resources.fault_of(item, version) for item in anew["items"]]
        assert faults == [None] * len(faults)


def test_nothing_asked_for_changes_nothing_and_what_a_later_version_added_is_made(
    made: dict[str, Any],
) -> None:
    assert entries(made_anew(held(made), [])) == entries(made)
    older = held(made)
    older["items"] = [item for item in older["items"] if item["metadata"]["name"] != "watchdog"]
    for item in older["items"]:
        item["data"].pop("watchdog-token", None)
    found = entries(made_anew(older, []))
    assert found.keys() == entries(made).keys()
    assert found["watchdog/watchdog-token"] == found["alertmanager/watchdog-token"] != ""
    lost = {"watchdog/watchdog-token", "alertmanager/watchdog-token"}
    assert {name: found[name] for name in found if name not in lost} == {
        name: text for name, text in entries(made).items() if name not in lost
    }


def test_former_keys_are_taken_on_and_channels_of_somebody_stay(made: dict[str, Any]) -> None:
    (watchdog,) = [item for item in made["items"] if item["metadata"]["name"] == "watchdog"]
    watchdog["stringData"]["channels"] = "wecombot://token\n"
    first = entries(made)["testing/dutyclock_secret_key"]
    once = made_anew(held(made), [Renewable.SIGNING, Renewable.WATCHDOG])
    twice = entries(made_anew(held(once), [Renewable.SIGNING]))
    former = twice["testing/dutyclock_former_secret_keys"].split("\n")
    assert former == [entries(once)["testing/dutyclock_secret_key"], first]
    assert twice["watchdog/channels"] == "wecombot://token\n"


def test_sealing_keys_change_as_they_do_in_containers(made: dict[str, Any]) -> None:
    first = entries(made)["testing/dutyclock_sealing_keys"]
    added = made_anew(held(made), [], add="k2:AAAA")
    assert entries(added)["reporting/dutyclock_sealing_keys"] == f"{first},k2:AAAA"
    fronted = made_anew(held(added), [], front="k2")
    assert entries(fronted)["operator/dutyclock_sealing_keys"] == f"k2:AAAA,{first}"
    dropped = made_anew(held(fronted), [], drop="k1")
    assert entries(dropped)["auditor/dutyclock_sealing_keys"] == "k2:AAAA"
    for change in ({"add": "k1:AAAA"}, {"front": "k9"}, {"drop": "k1"}):
        with pytest.raises(CannotStart):
            made_anew(held(made), [], **change)


@pytest.mark.parametrize("missing", ["operator", "postgres-owner", "testing", "alertmanager"])
def test_a_list_that_lacks_something_is_refused_whole(made: dict[str, Any], missing: str) -> None:
    """Half of the secrets made anew would be an installation that cannot start."""
    partial = held(made)
    partial["items"] = [item for item in partial["items"] if item["metadata"]["name"] != missing]
    with pytest.raises(CannotStart):
        made_anew(partial, [Renewable.DATABASE])


@pytest.mark.parametrize("what", [Renewable.CERTIFICATES, Renewable.AUTHORITY])
def test_certificates_are_for_cert_manager(made: dict[str, Any], what: Renewable) -> None:
    with pytest.raises(CannotStart):
        made_anew(held(made), [what])


def test_the_command_reads_what_kubectl_prints_and_prints_what_it_takes(made: dict[str, Any]) -> None:
    asked = ["kubernetes", "rotate", "--anew", "database"]
    done = CliRunner().invoke(app, asked, input=json.dumps(held(made)))
    assert done.exit_code == 0, done.output
    after = entries(json.loads(done.stdout))
    assert after["testing/database_url"] != entries(made)["testing/database_url"]
    for nonsense in ("", "[]", '{"items": [7]}', '{"items": []}'):
        refused = CliRunner().invoke(app, asked, input=nonsense)
        assert refused.exit_code == 1
        assert "get secrets" in refused.stderr
        assert refused.stdout == ""
