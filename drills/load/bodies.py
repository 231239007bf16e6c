"""How a fact is told over the public doors: by whom, where, in which words, and what its answer gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from drills.load.plan import Call, Fact
from drills.load.scenario import LoadScenario
from drills.load.streams import ZERO_FIGURES
from shared.contracts import derived_id

Body = Any


@dataclass(frozen=True, slots=True)
class Door:
    """A door as a party uses it; `route` is its address without ids."""

    party: str
    service: str
    route: str
    id_field: str | None = None
    """The field of the answer that says what the platform calls the thing."""


DOORS: Mapping[str, Door] = {
    "positive": Door("laboratory", "testing", "/v1/results", "sample_id"),
    "negative": Door("laboratory", "testing", "/v1/results", "sample_id"),
    "direct-report": Door("hospital", "reporting", "/v1/cases/{case_id}/report"),
    "review": Door("disease-control", "reporting", "/v1/cases/{case_id}/review"),
    "symptoms-seen": Door("town", "registration", "/v1/symptom-reports", "report_id"),
    "symptoms-reported": Door("town", "registration", "/v1/symptom-reports", "report_id"),
    "return-known": Door("town", "registration", "/v1/returns", "return_id"),
    "return-registered": Door("town", "registration", "/v1/returns", "return_id"),
    "daily-report": Door("town", "reporting", "/v1/daily-reports"),
    "transfer-decided": Door("town", "registration", "/v1/transfers", "transfer_id"),
    "transfer-arrived": Door("town", "registration", "/v1/transfers/{transfer_id}/arrival", "transfer_id"),
}
MANY = "/batch"
"""What a door's path ends in when it takes many rows."""


def door_of(call: Call) -> Door:
    """Return where a call goes; all its rows go to the same door."""
    door = DOORS[call.facts[0].kind]
    return Door(door.party, door.service, door.route + MANY, door.id_field) if call.together else door


def path_of(door: Door, fact: Fact, ids: Mapping[str, str]) -> str:
    """Return the address with the platform's ids; raises KeyError for one that it has not told yet."""
    if "{case_id}" in door.route:
        return door.route.format(case_id=case_of(ids[fact.about]))
    return door.route.format(transfer_id=ids[fact.about]) if "{transfer_id}" in door.route else door.route


def case_of(sample_id: str) -> str:
    """Return the id of a sample's case, which follows from the sample's."""
    return str(derived_id("case", UUID(sample_id)))


def test_of(report_id: str) -> str:
    """Return the id of the test that a sentinel's patient owes at once, which follows from the report's."""
    return str(derived_id("sentinel-test", UUID(report_id)))


def person_of(fact_id: str) -> str:
    """Return the id of a contact, who is made up."""
    return str(derived_id("drill-contact", fact_id))


def body_of(call: Call, scenario: LoadScenario) -> Body:
    """Return what a call says: one row, or the list of all."""
    rows = [row_of(fact, scenario) for fact in call.facts]
    return rows if call.together else rows[0]


def row_of(fact: Fact, scenario: LoadScenario) -> dict[str, Any]:
    """Return the row that tells a fact."""
    match fact.kind:
        case "positive" | "negative":
            return _result(fact, scenario)
        case "direct-report" | "review":
            return _step(fact, scenario)
        case "symptoms-seen" | "symptoms-reported":
            return _symptoms(fact, scenario)
        case "return-known" | "return-registered":
            return _return(fact, scenario)
        case "transfer-decided":
            decided_at = _instant(fact.occurred, scenario)
            names = {"reference": fact.id, "division": fact.division, "person_id": person_of(fact.id)}
            return {**names, "decided_at": decided_at}
        case "transfer-arrived":
            return {"arrived_at": _instant(fact.occurred, scenario), "site": fact.values["site"]}
        case "daily-report":
            return _daily_report(fact)


def _instant(span: timedelta, scenario: LoadScenario) -> str:
    return scenario.world(span).isoformat()


def _result(fact: Fact, scenario: LoadScenario) -> dict[str, Any]:
    sampled = fact.occurred - timedelta(seconds=int(fact.values["sampled_before"]))
    return {
        "tube_code": fact.id,
        "institution": fact.values["institution"],
        "division": fact.division,
        "method": "pcr",
        "result": fact.kind,
        "sampled_at": _instant(sampled, scenario),
        "resulted_at": _instant(fact.occurred, scenario),
    }


def _step(fact: Fact, scenario: LoadScenario) -> dict[str, Any]:
    occurred_at = _instant(fact.occurred, scenario)
    if fact.kind == "review":
        body = {"outcome": "approved", "reviewer": "演练审核员", "occurred_at": occurred_at}
        return {**body, "investigation_started_at": occurred_at}
    return {
        "classification": fact.values["classification"],
        "institution": fact.values["institution"],
        "reporter": "演练报告员",
        "occurred_at": occurred_at,
    }


def _symptoms(fact: Fact, scenario: LoadScenario) -> dict[str, Any]:
    row: dict[str, Any] = {
        "reference": fact.about,
        "sentinel": f"{fact.division}-clinic-1",
        "division": fact.division,
        "symptoms": fact.values["symptoms"].split(","),
        "seen_at": _instant(fact.began, scenario),
    }
    if fact.kind == "symptoms-reported":
        row["reported_at"] = _instant(fact.occurred, scenario)
    return row


def _return(fact: Fact, scenario: LoadScenario) -> dict[str, Any]:
    row: dict[str, Any] = {
        "reference": fact.about,
        "division": fact.division,
        "source": "railway-list",
        "arrived_at": _instant(fact.began, scenario),
    }
    if fact.kind == "return-registered":
        row |= {"source": "village", "registered_at": _instant(fact.occurred, scenario)}
    return row


def _daily_report(fact: Fact) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit": fact.division,
        "day": fact.values["day"],
        "reporter": f"演练 {fact.division}",
    }
    if fact.values["figures"] == ZERO_FIGURES:
        return {**row, "zero": True}
    names = ("new_returnees", "under_quarantine", "symptomatic", "tests_done")
    return {**row, "figures": dict.fromkeys(names, int(fact.values["figures"]))}


def sites_of(scenario: LoadScenario) -> Sequence[tuple[str, Body]]:
    """Return the code and the statement of each quarantine site of a drill."""
    sites = [site for stream in scenario.streams if stream.kind == "contacts" for site in stream.sites]
    return [
        (
            site.code,
            {
                "division": site.division,
                "kind": "temporary-rural",
                "name": f"演练隔离点 {site.code}",
                "address": "演练",
                "area_m2": 30 * site.rooms,
                "passages": ["staff", "quarantined"],
                "zones": ["clean", "buffer", "contaminated"],
                "rooms": [
                    {"room": str(100 + number), "beds": 1, "corridor": "1"} for number in range(site.rooms)
                ],
                "staff": {
                    "medicine": 2,
                    "meals": 2,
                    "security": 2,
                    "waste": 1,
                    "counselling": 1,
                    "fire-safety": 1,
                },
                "vehicles": [{"kind": "ambulance", "plate": "渝A12345"}],
            },
        )
        for site in sites
    ]
