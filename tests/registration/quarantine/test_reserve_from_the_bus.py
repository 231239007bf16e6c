"""Cases that reporting tells of: the first one calls up the back-up sites, and that is said at once."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts.registration import BackupSitesCalledUp, QuarantineRoomsShort, SiteOpened
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from tests.builders import A_VILLAGE, JIANSHENG
from tests.registration.conftest import EventsOnBus
from tests.registration.quarantine.sites import a_backup, opened, put
from tests.reporting.conftest import publish
from tests.waiting import until

pytestmark = pytest.mark.requirement("quarantine-rooms-ratio")
NOW = datetime.now(UTC)


def a_case(case_id: UUID | None = None) -> CaseOpened:
    return CaseOpened(
        division=A_VILLAGE,
        occurred_at=NOW,
        recorded_at=NOW,
        case_id=case_id or uuid4(),
        sample_id=uuid4(),
        institution="500104-cdc",
    )


def its_end(case: CaseOpened) -> CaseWithdrawn:
    return CaseWithdrawn(
        division=case.division,
        occurred_at=NOW,
        recorded_at=NOW,
        case_id=case.case_id,
        sample_id=case.sample_id,
        reason_code="mix-up",
        withdrawn_by="key-1",
    )


async def until_infected(town: httpx.AsyncClient, number: int) -> dict[str, object]:
    async def counted() -> dict[str, object] | None:
        answer = (await town.get("/v1/quarantine-reserve")).json()
        return answer if answer["infected"] == number else None

    return await until(counted, what=f"{number} infected")


async def test_the_first_case_calls_up_the_back_up_sites(
    town: httpx.AsyncClient, nats_url: str, events: EventsOnBus
) -> None:
    await opened(town, "standing")
    await put(town, "school", a_backup(1, 40))
    await put(town, "hotel", a_backup(2, 40))
    await put(town, "far-hotel", a_backup(3, 40))
    await publish(nats_url, [a_case()], copies=3)
    reserve = await until_infected(town, 1)
    assert (reserve["rooms_needed"], reserve["rooms_in_reserve"], reserve["shortfall"]) == (100, 108, 0)
    assert reserve["sites_called_up"] == ["hotel", "school"]
    site = (await town.get("/v1/sites/school")).json()
    assert (site["state"], site["called_up_at"] is None) == ("planned", False)
    assert (await town.get("/v1/sites/far-hotel")).json()["called_up_at"] is None
    begun, called = await events(2)
    assert isinstance(begun, SiteOpened)
    assert isinstance(called, BackupSitesCalledUp)
    assert (called.sites, called.division, called.infected) == (["school", "hotel"], JIANSHENG, 1)
    assert (called.rooms_needed, called.rooms_before, called.rooms_after) == (100, 28, 108)


async def test_what_lacks_even_so_is_said_and_a_new_site_is_called_up_at_once(
    town: httpx.AsyncClient, nats_url: str, events: EventsOnBus
) -> None:
    await opened(town, "standing")
    await publish(nats_url, [a_case()])
    assert (await until_infected(town, 1))["shortfall"] == 72
    _, short, in_district = await events(3)
    assert isinstance(short, QuarantineRoomsShort)
    assert (short.division, short.rooms, short.shortfall) == (JIANSHENG, 28, 72)
    assert (in_district.division, in_district.shortfall) == ("500104", 72)
    called = await put(town, "school", a_backup(1, 80))
    assert called["called_up_at"] is not None
    last = (await events(4))[-1]
    assert isinstance(last, BackupSitesCalledUp)
    assert (last.sites, last.rooms_after) == (["school"], 108)
    assert (await town.post("/v1/sites/school/close", json={"reason": "x"})).json()["called_up_at"] is None


async def test_a_withdrawn_case_counts_no_more_and_sends_no_site_home(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    await opened(town, "standing")
    await put(town, "school", a_backup(1, 80))
    first, second, unheard = a_case(), a_case(), a_case()
    await publish(nats_url, [its_end(unheard), first, second])
    assert (await until_infected(town, 2))["shortfall"] == 92
    await publish(nats_url, [unheard, its_end(first)], copies=2)
    reserve = await until_infected(town, 1)
    assert (reserve["shortfall"], reserve["sites_called_up"]) == (0, ["school"])
    await publish(nats_url, [first, its_end(second)], copies=2)
    assert (await until_infected(town, 0))["rooms_in_reserve"] == 108
