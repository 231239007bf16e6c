"""An address of the bus: one server or a cluster's, what a person is shown of it, and whom it believes."""

import ssl
from pathlib import Path

import pytest

from shared.bus_address import BusAddress, as_bus_address
from shared.settings import Settings, read_settings

CLUSTER = "tls://testing:se,cr-et@nats-0.nats:4222, tls://testing:se,cr-et@nats-1.nats:4222"


def test_a_cluster_is_named_server_by_server() -> None:
    assert BusAddress(CLUSTER).servers == [
        "tls://testing:se,cr-et@nats-0.nats:4222",
        "tls://testing:se,cr-et@nats-1.nats:4222",
    ]


def test_one_server_stays_one_whatever_its_password_holds() -> None:
    assert BusAddress("nats://a:b,c@bus:4222").servers == ["nats://a:b,c@bus:4222"]


def test_the_account_holds_for_servers_that_are_found_later() -> None:
    options = BusAddress(CLUSTER).options()
    assert (options["user"], options["password"]) == ("testing", "se,cr-et")


@pytest.mark.parametrize("url", ["nats://127.0.0.1:4222", "nats://only-a-token@127.0.0.1:4222"])
def test_who_has_no_account_is_given_none(url: str) -> None:
    assert BusAddress(url).options() == {"servers": [url]}


def test_a_person_is_shown_places_and_no_password() -> None:
    assert BusAddress(CLUSTER).place == "nats-0.nats:4222, nats-1.nats:4222"


def test_an_address_alone_keeps_one_copy_of_a_stream() -> None:
    assert as_bus_address("nats://bus:4222") == BusAddress("nats://bus:4222", None, 1)


def test_an_authority_is_asked_for_and_must_be_one(tmp_path: Path) -> None:
    nothing = tmp_path / "ca.crt"
    nothing.write_text("no certificate", "ascii")
    with pytest.raises(ssl.SSLError):
        BusAddress("tls://bus:4222", nothing).options()


def test_an_authority_that_is_not_there_ends_a_service_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/none")
    monkeypatch.setenv("NATS_URL", CLUSTER)
    monkeypatch.setenv("DUTYCLOCK_NATS_CA_FILE", str(tmp_path / "missing.crt"))
    with pytest.raises(SystemExit):
        read_settings(Settings)
    said = capsys.readouterr().err
    assert "DUTYCLOCK_NATS_CA_FILE" in said
    assert "se,cr-et" not in said


def test_what_an_operator_sets_arrives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    authority.touch()
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/none")
    monkeypatch.setenv("NATS_URL", CLUSTER)
    monkeypatch.setenv("DUTYCLOCK_NATS_CA_FILE", str(authority))
    monkeypatch.setenv("DUTYCLOCK_STREAM_REPLICAS", "3")
    assert read_settings(Settings).bus_address() == BusAddress(CLUSTER, authority, 3)
