"""The doors that take something, with a body that is good: tests break one thing of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from tests.builders import A_VILLAGE, a_result
from tests.servers import ServiceProcess
from tests.system.campaign_doors import CAMPAIGN_DOORS, seed_campaign
from tests.system.care_doors import CARE_DOORS, seed_care
from tests.system.door import Body, Door, a_mark
from tests.system.due_doors import DUE_DOORS, seed_due
from tests.system.laboratory_doors import LABORATORY_DOORS, seed_laboratories
from tests.system.people_doors import PEOPLE_DOORS, seed_people
from tests.system.place_doors import PLACE_DOORS, seed_places
from tests.system.plan_doors import PLAN_DOORS, a_risk_area
from tests.system.platform import Platform, a_roster, start_platform
from tests.system.result_doors import seed_results
from tests.system.site_doors import POSITIVE_DOORS, SITE_DOORS, TRANSFER_DOORS, seed_sites
from tests.system.stage_doors import STAGE_DOORS, seed_plan
from tests.system.surveillance_doors import SURVEILLANCE_DOORS, seed_surveillance
from tests.system.tube_doors import TUBE_DOORS, seed_tubes
from tests.waiting import until

Start = Callable[..., Awaitable[ServiceProcess]]

OFFICER = f"reporting-officer-{A_VILLAGE}"
NEEDED: Mapping[str, tuple[str, ...]] = {
    "registration": ("registration",),
    "testing": ("testing",),
    "reporting": ("testing", "reporting"),
    "alerts": ("testing", "alerts"),
}
"""The services that must run so that one of them has something of each kind."""
KEPT_BY_ITSELF = frozenset(
    {
        "outbox",  # duties fill it and the relay empties it; whatever it tells stands in another table too
        *("idempotency", "api_key", "notice_look", "suspect_look", "care_place"),
        *("laboratory_tally", "turnaround_tally", "laboratory_hour", "turnaround_day"),
        *("laboratory_look", "laboratory_notice", "second_look", "coverage_day", "coverage_change"),
    }
)


@dataclass
class Attacked:
    """A running platform with something of each kind in it."""

    platform: Platform
    ids: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def now(self) -> datetime:
        return self.platform.clock.now()

    async def send(self, door: Door, body: bytes | Body, **headers: str) -> httpx.Response:
        """Send a body as JSON to a door."""
        headers = {"content-type": "application/json", **headers}
        client = self.platform.clients[door.service]
        options: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        path = door.path.format(**self.ids)
        return await client.request(door.method, path, headers=headers, timeout=30, **options)


_days = count(1)


def _return(now: datetime) -> Body:
    arrived = (now - timedelta(hours=1)).isoformat()
    return {"reference": a_mark(), "division": A_VILLAGE, "source": "village", "arrived_at": arrived}


def _symptoms(now: datetime) -> Body:
    seen = (now - timedelta(hours=1)).isoformat()
    return {
        "reference": a_mark(),
        "sentinel": "clinic-1",
        "division": A_VILLAGE,
        "symptoms": ["fever"],
        "seen_at": seen,
    }


def _transfer(now: datetime) -> Body:
    decided = (now - timedelta(hours=1)).isoformat()
    return {
        "reference": a_mark(),
        "division": A_VILLAGE,
        "person_id": str(UUID(int=7)),
        "decided_at": decided,
    }


def _result(now: datetime) -> Body:
    return a_result(now, tube_code=a_mark(), result="negative")


def _correction(now: datetime) -> Body:
    return {"result": "inconclusive", "reason_code": "mix-up", "occurred_at": now.isoformat()}


def _report(now: datetime) -> Body:
    return {
        "classification": "confirmed",
        "institution": "500104-h01",
        "reporter": "报告员",
        "occurred_at": now.isoformat(),
    }


def _review(now: datetime) -> Body:
    return {
        "outcome": "approved",
        "reviewer": "审核员",
        "investigation_started_at": now.isoformat(),
        "occurred_at": now.isoformat(),
    }


def _daily(now: datetime) -> Body:
    return {"unit": A_VILLAGE, "day": now.date().isoformat(), "zero": True, "reporter": "填报员"}


def _webhook(_: datetime) -> Body:
    return {"division": A_VILLAGE, "url": "https://district.example/hook", "events": ["reporting.*"]}


def _person(_: datetime) -> Body:
    return {"name": "值班员", "division": A_VILLAGE, "channels": ["log:"]}


def _shift(now: datetime) -> Body:
    return {
        "post": "duty-leader",
        "division": A_VILLAGE,
        "person": OFFICER,
        "from": now.isoformat(),
        "until": (now + timedelta(days=1)).isoformat(),
    }


DOORS = [
    Door(
        "testing",
        "/v1/results",
        _result,
        instants=("sampled_at", "resulted_at", "recorded_at"),
        divisions=("division",),
        institutions=("institution",),
        texts=("tube_code", "method"),
    ),
    Door(
        "testing",
        "/v1/samples/{sample}/corrections",
        _correction,
        instants=("occurred_at", "recorded_at"),
        texts=("reason_code", "result"),
    ),
    Door(
        "registration",
        "/v1/returns",
        _return,
        instants=("arrived_at", "registered_at", "recorded_at"),
        divisions=("division",),
        texts=("reference", "source", "origin", "person_id"),
    ),
    Door(
        "registration",
        "/v1/symptom-reports",
        _symptoms,
        instants=("seen_at", "reported_at", "recorded_at"),
        divisions=("division",),
        texts=("reference", "sentinel"),
    ),
    Door(
        "registration",
        "/v1/transfers",
        _transfer,
        instants=("decided_at", "arrived_at", "recorded_at"),
        divisions=("division",),
        texts=("reference", "return_reference", "person_id"),
    ),
    Door(
        "reporting",
        "/v1/cases/{case}/report",
        _report,
        instants=("occurred_at", "recorded_at"),
        institutions=("institution",),
        texts=("reporter", "classification"),
    ),
    Door(
        "reporting",
        "/v1/cases/{case}/review",
        _review,
        instants=("occurred_at", "recorded_at", "investigation_started_at"),
        texts=("reviewer", "outcome"),
    ),
    Door(
        "reporting",
        "/v1/daily-reports",
        _daily,
        instants=("recorded_at",),
        divisions=("unit",),
        texts=("reporter", "note", "day"),
    ),
    Door("reporting", "/v1/webhooks", _webhook, divisions=("division",), texts=("url",)),
    Door("alerts", "/v1/duty/people/somebody", _person, (), ("division",), (), ("name", "language"), "PUT"),
    Door("alerts", "/v1/duty/shifts", _shift, ("from", "until"), ("division",), (), ("post", "person")),
    Door(
        "alerts", "/v1/clocks/{clock}/void", lambda _: {"reason": "r", "name": "n"}, texts=("reason", "name")
    ),
    Door(
        "alerts",
        "/v1/pages/{page}/acknowledge",
        lambda _: {"by": "值班员"},
        texts=("by",),
        body_is_optional=True,
    ),
    *PEOPLE_DOORS,
    *PLACE_DOORS,
    *SURVEILLANCE_DOORS,
    *SITE_DOORS,
    *PLAN_DOORS,
    *STAGE_DOORS,
    *CARE_DOORS,
    *TRANSFER_DOORS,
    *POSITIVE_DOORS,
    *DUE_DOORS,
    *LABORATORY_DOORS,
    *TUBE_DOORS,
    *CAMPAIGN_DOORS,
]


def doors_of(service: str) -> list[Door]:
    """Return the doors of a service."""
    return [door for door in DOORS if door.service == service]


async def seeded(start: Start, database_url: str, *services: str, rate: float = 1.0) -> Attacked:
    """Start services and put something of each kind into them; what is told by events has arrived."""
    platform = await start_platform(start, database_url, *services, rate=rate)
    attacked = Attacked(platform)
    now, ids = platform.clock.now(), attacked.ids
    if "alerts" in platform.services:
        await platform.post("alerts", "/v1/duty", a_roster(now, ("reporting-officer", A_VILLAGE)))
    if "testing" in platform.services:
        ids["sample"] = (await platform.post("testing", "/v1/results", a_result(now)))["sample_id"]
        ids |= await seed_due(platform, now)
        ids |= await seed_laboratories(platform, now)
        ids |= await seed_tubes(platform, now)
        ids |= await seed_campaign(platform, now)
        ids |= await seed_results(platform, now)
    if "registration" in platform.services:
        ids["return"] = (await platform.post("registration", "/v1/returns", _return(now)))["return_id"]
        report = await platform.post("registration", "/v1/symptom-reports", _symptoms(now))
        ids["report"] = report["report_id"]
        transfer = await platform.post("registration", "/v1/transfers", _transfer(now))
        ids["transfer"] = transfer["transfer_id"]
        await seed_people(platform, ids)
        risk_area = await platform.post("registration", "/v1/risk-areas", a_risk_area(now))
        ids["risk_area"] = risk_area["risk_area_id"]
        ids |= await seed_places(platform, now)
        ids |= await seed_surveillance(platform, now)
        await seed_sites(platform)
        ids |= await seed_plan(platform, now)
        ids |= await seed_care(platform, database_url)

    async def first(service: str, path: str) -> Any:
        async def there() -> Any:
            items = (await platform.get(service, path))["items"]
            return items[0] if items else None

        return await until(there, seconds=30, what=path)

    if "reporting" in platform.services and "testing" in platform.services:
        ids["case"] = (await first("reporting", "/v1/cases"))["case_id"]
    if "alerts" in platform.services and "testing" in platform.services:
        ids["clock"] = (await first("alerts", "/v1/clocks?rule=direct-report"))["id"]
        ids["page"] = (await first("alerts", "/v1/pages"))["id"]
        ids["shift"] = (await first("alerts", "/v1/duty/shifts"))["id"]
    return attacked


async def rows_of(database_url: str, service: str) -> dict[str, int]:
    """Return how many rows each table of a service has; of alerts, which pages by itself, only the roster."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(  # without partitions, which are made as time passes
            "SELECT relname AS table_name FROM pg_class WHERE relnamespace = to_regnamespace($1)"
            " AND relkind IN ('r', 'p') AND NOT relispartition",
            service,
        )
        names = {row["table_name"] for row in tables} - KEPT_BY_ITSELF
        if service == "alerts":
            names = {name for name in names if name.startswith("duty_") and name != "duty_gap"}
        return {name: await connection.fetchval(f'SELECT count(*) FROM {service}."{name}"') for name in names}
    finally:
        await connection.close()


def trouble_with(answer: httpx.Response, *statuses: int, field: str | None = None) -> str | None:
    """Return what is wrong with a refusal: another status, no problem document, no Chinese, no field."""
    if answer.status_code not in (statuses or (400, 404, 405, 409, 413, 415, 422)):
        return f"{answer.status_code} {answer.text[:200]}"
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.headers.get('content-type')} {answer.text[:200]}"
    document = answer.json()
    if not all(document.get(name) for name in ("type", "title", "title_zh", "status", "detail", "instance")):
        return f"an incomplete document: {answer.text[:200]}"
    problems = document.get("problems", ())
    if untold := [one for one in problems if not one.get("reason_zh")]:
        return f"no Chinese: {untold}"[:300]
    named = [one["field"] for one in problems]
    if field is not None and document["status"] == 422 and field not in named:
        return f"the field {field} is not named: {answer.text[:300]}"
    return None
