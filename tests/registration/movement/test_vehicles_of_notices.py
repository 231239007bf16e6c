"""Vehicles that a notice names are compared with those of transfers and of whoever is expected."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.clock import SHANGHAI
from tests.builders import A_VILLAGE
from tests.registration.movement.conftest import Compare
from tests.registration.movement.notice_doors import MATCHES, NOTICES, matches, post
from tests.registration.movement.statements import a_notice, a_person, a_persons_return, a_train
from tests.registration.statements import a_transfer

pytestmark = pytest.mark.requirement("outside-notices")


@pytest.mark.parametrize("notice_first", [True, False], ids=["notice first", "transfer first"])
async def test_the_vehicle_of_a_transfer_is_compared(
    town: httpx.AsyncClient, compare: Compare, notice_first: bool
) -> None:
    now, person = datetime.now(UTC), a_person()
    stored = await post(town, "/v1/returns", a_persons_return(now, person))
    decided = a_transfer(now, return_reference=None, person_id=stored["person_id"])
    transfer = await post(town, "/v1/transfers", decided)
    notice = a_notice(now, a_train("渝a-y60r0"))
    if notice_first:
        await post(town, NOTICES, notice)
    request = {"vehicle": "渝AY60R0", "requested_at": now.isoformat()}
    await post(town, f"/v1/transfers/{transfer['transfer_id']}/request", request)
    if not notice_first:
        await post(town, NOTICES, notice)
    await compare()
    (match,) = await matches(town, 1)
    assert (match["ledger"], match["matched_id"]) == ("transfers", transfer["transfer_id"])
    steps = f"{MATCHES}/{match['match_id']}/steps"
    for step in ("found", "contacted", "managed"):
        await post(town, steps, {"step": step})
    plan = (await town.get(f"/v1/people/{stored['person_id']}/plan")).json()
    assert "outside-notice" in json.dumps(plan)


@pytest.mark.parametrize("notice_first", [True, False], ids=["notice first", "announcement first"])
async def test_the_vehicle_of_who_is_expected_is_compared(
    town: httpx.AsyncClient, compare: Compare, notice_first: bool
) -> None:
    now = datetime.now(UTC)
    day = datetime.now(SHANGHAI).date()
    contact = {"name": "诸葛亮", "telephone": "13900000000", "relation": "父亲"}

    def announced(number: str, **changes: Any) -> dict[str, Any]:
        return {
            "reference": f"P-{number[-1]}",
            "division": A_VILLAGE,
            "source": "village",
            "person": a_person(contact=contact),
            "origin": "130104",
            "transport": {"kind": "coach", "number": number},
            "intended_on": day.isoformat(),
            "health": "well",
            **changes,
        }

    far = (day + timedelta(days=20)).isoformat()
    others = [
        announced("冀A12346"),
        announced("冀a·1234 5", reference="P-7", cancelled=True),
        announced("冀A12345", reference="P-8", intended_on=far),
    ]
    notice = a_notice(now, a_train("冀A·12345", on=day.isoformat()))
    if notice_first:
        await post(town, NOTICES, notice)
    expected = await post(town, "/v1/preregistrations", announced("冀a-1234 5"))
    for other in others:
        await post(town, "/v1/preregistrations", other)
    if not notice_first:
        await post(town, NOTICES, notice)
    await compare()
    (match,) = await matches(town, 1)
    assert (match["ledger"], match["matched_id"]) == ("preregistrations", expected["preregistration_id"])
    steps = f"{MATCHES}/{match['match_id']}/steps"
    for step in ("found", "contacted", "managed"):
        await post(town, steps, {"step": step})
    plan = (await town.get(f"/v1/people/{expected['person_id']}/plan")).json()
    assert "outside-notice" in json.dumps(plan)
    later = {**others[1], "cancelled": False, "recorded_at": datetime.now(UTC).isoformat()}
    assert (await town.post("/v1/preregistrations", json=later)).status_code in (200, 201)
    await compare()
    assert len(await matches(town, 2)) == 2
