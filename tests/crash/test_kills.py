"""Kill -9 of everything, again and again, while 2,000 positives pass through: nothing is lost or done twice.

`CRASH_SEED` chooses what is killed when; the moments themselves depend on the machine.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from services.auditor.actions.audit import audit
from services.auditor.app import rules_started_by
from services.auditor.rules.finding import Finding, is_clean
from services.reporting.rules.case_facts import case_id_of
from shared.contracts.testing import PoolPositive, SamplePositive
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from tests.crash import findings
from tests.crash.findings import Ledger, attempts_handed_over, event_ids
from tests.crash.house import House, a_house
from tests.crash.laboratory import Laboratory
from tests.servers import TEST_SECRETS
from tests.system.platform import a_roster
from tests.waiting import until

pytestmark = [
    pytest.mark.crash,
    pytest.mark.system,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("crash"),
    pytest.mark.requirement("direct-report"),
]

POSITIVES = 2000
RATE = 180.0
"""Two hours pass in 40 seconds."""
SENDING_SECONDS = 50.0
VICTIMS = (
    "testing",
    "reporting",
    "registration",
    "alerts",
    "other-alerts",
    "both-alerts",
    "nats",
    "postgres",
)
MORE_KILLS = 2
ROSTER = (
    ("reporting-officer", "500104"),
    ("disease-control-officer", "500104"),
    ("duty-leader", "500104001"),
    ("duty-leader", "500104003"),
    ("duty-leader", "500104102"),
    ("duty-leader", "500104"),
    ("duty-leader", "500000"),
)
PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")
LADDERS = {ladder.id: ladder for ladder in PACK.ladders}
LAST_RUNGS = {rule.id: len(LADDERS[rule.ladder].rungs) for rule in PACK.clocks}
REPEAT_EVERY = min(ladder.repeat_every for ladder in PACK.ladders)
POSITIVE_RULES = rules_started_by(SamplePositive, PACK)
POOL_RULES = rules_started_by(PoolPositive, PACK)
UNFIRED = """
SELECT count(*) FROM alerts.clock_timer AS timer JOIN alerts.clock ON clock.number = timer.number
WHERE clock.rule_id IN ('direct-report', 'review')
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, rate=RATE, settings=TEST_SECRETS) as house:
        yield house


async def kill_everything(house: House, chance: random.Random) -> None:
    """Ten kills, every victim at least once, at moments and for times that chance gives."""
    plan = [*VICTIMS, *chance.choices(VICTIMS, k=MORE_KILLS)]
    chance.shuffle(plan)
    for victim in plan:
        await asyncio.sleep(chance.uniform(1.0, 5.0))
        seconds = chance.uniform(2.0, 3.0) if victim == "both-alerts" else chance.uniform(0.1, 2.0)
        print(f"{house.clock.now():%H:%M:%S} kill -9 {victim}, back after {seconds:.1f} s", flush=True)
        await house.kill(victim, seconds)


async def settle(house: House, ledger: Ledger, laboratory: Laboratory) -> None:
    """Wait until every positive has its case and clocks, and every step of these clocks has fired."""
    wanted = len(laboratory.samples)

    async def everything_arrived() -> bool:
        cases, clocks = await ledger.cases(), await ledger.clocks("direct-report")
        reviews = await ledger.clocks("review")
        return (len(cases), len(clocks), len(reviews)) == (wanted, wanted, len(laboratory.reported))

    await until(everything_arrived, seconds=60, every_seconds=0.5, what="a case and clocks for each positive")

    async def everything_fired() -> bool:
        return await ledger.number(UNFIRED) == 0

    await until(everything_fired, seconds=90, every_seconds=0.5, what="every step fired")


async def until_clean(house: House) -> list[Finding]:
    """Audit as the auditor does until nothing is forgotten; return the last findings."""
    database = await Database.open(house.postgres.url, "alerts", size=2)
    found: list[Finding] = []

    async def clean() -> bool:
        now = house.clock.now()
        found[:] = await audit(
            database,
            now=now,
            grace=timedelta(seconds=10) * RATE,
            positive_rules=POSITIVE_RULES,
            pool_rules=POOL_RULES,
        )
        return is_clean(found)

    try:
        await until(clean, seconds=60, every_seconds=1.0, what="a clean audit")
    finally:
        await database.close()
    return found


async def test_nothing_is_lost_and_nothing_done_twice(house: House) -> None:
    seed = int(os.environ.get("CRASH_SEED", "20210201"))
    print(f"CRASH_SEED={seed}", flush=True)
    chance = random.Random(seed)
    laboratory = Laboratory(house)
    async with house.client("alerts") as alerts:
        roster = (await alerts.post("/v1/duty", json=a_roster(house.clock.now(), *ROSTER))).json()
    assert roster["refused"] == 0

    async with asyncio.TaskGroup() as group:
        group.create_task(laboratory.send(POSITIVES, SENDING_SECONDS, random.Random(seed + 1)))
        group.create_task(kill_everything(house, chance))
    print(f"answers: {dict(laboratory.answers)}; restarts: {house.starts}", flush=True)
    await asyncio.gather(*(service.until_ready() for service in house.services.values()))

    connection = await asyncpg.connect(house.postgres.url)
    try:
        ledger = Ledger(connection)
        await settle(house, ledger, laboratory)
        await until_clean(house)
        cutoff = house.clock.now() - timedelta(seconds=5) * RATE
        await house.close_services()

        assert laboratory.complaints == []
        await everything_is_there(ledger, laboratory)
        await every_step_fired_once(house, ledger, cutoff)
        await nobody_was_paged_twice(house, ledger)
        assert await ledger.number(findings.OUTBOXES) == 0, "an ordered end leaves nothing in an outbox"
        assert await ledger.rows(findings.DEAD_LETTERS) == []
        await every_event_stands_once(house, ledger, laboratory)
    finally:
        await connection.close()


async def everything_is_there(ledger: Ledger, laboratory: Laboratory) -> None:
    once = Counter(laboratory.samples.values())
    assert len(once) == POSITIVES
    assert await ledger.samples() == once
    assert await ledger.cases() == once
    assert await ledger.clocks("direct-report") == Counter(str(sample) for sample in once)
    reviews = Counter(str(case_id_of(sample)) for sample in laboratory.reported)
    assert await ledger.clocks("review") == reviews


async def every_step_fired_once(house: House, ledger: Ledger, cutoff: object) -> None:
    """Twice is impossible by the key of `clock_step`; what is left is missing, early, or untrue."""
    assert await ledger.rows(findings.STEPS_MISSING, cutoff) == []
    assert await ledger.rows(findings.STEPS_UNTRUE) == []
    late = 0
    for absence in house.absences:
        assert await ledger.rows(findings.FIRED_WHILE_AWAY, absence.begun_at, absence.ended_at) == []
        due = await ledger.rows(findings.DUE_WHILE_AWAY, absence.begun_at, absence.ended_at)
        assert all(row["fired_at"] >= absence.ended_at and row["late_seconds"] > 0 for row in due)
        late += len(due)
    print(f"{late} steps fell due while nobody could fire them", flush=True)
    assert late > 0


async def nobody_was_paged_twice(house: House, ledger: Ledger) -> None:
    assert await ledger.listed_again_too_soon(LAST_RUNGS, REPEAT_EVERY) == []
    assert await ledger.rows(findings.STEPS_UNPAGED) == []
    assert await ledger.attempts_doubled() == []
    logs = [house.services[name].log for name in ("alerts", "other-alerts")]
    handed = attempts_handed_over(logs)
    attempts = await ledger.rows(findings.ATTEMPTS)
    states = {str(row["id"]): row["state"] for row in attempts}
    hanging = [
        row for row in attempts if row["state"] == "pending" and row["started_at"] > house.last_kill_at
    ]
    assert hanging == [], "an ordered end leaves no attempt without its outcome"
    assert [attempt for attempt, times in handed.items() if times > 1] == []
    assert handed.keys() <= states.keys(), "every attempt is on record before it is made"
    accepted = {attempt for attempt, state in states.items() if state == "accepted"}
    assert accepted <= handed.keys(), "nothing is called delivered that was not"
    print(f"attempts: {dict(Counter(states.values()))}", flush=True)


async def every_event_stands_once(house: House, ledger: Ledger, laboratory: Laboratory) -> None:
    """Repeating is harmless, and JetStream drops it all the same."""
    url = house.nats.url
    positives = await event_ids(url, "TESTING", "testing.sample-positive.>")
    assert (len(positives), max(positives.values())) == (POSITIVES, 1)
    opened = await event_ids(url, "REPORTING", "reporting.case-opened.>")
    assert (len(opened), max(opened.values())) == (POSITIVES, 1)
    breached = await event_ids(url, "ALERTS", "alerts.clock-breached.>")
    assert max(breached.values()) == 1
    assert len(breached) == await ledger.number(findings.BREACHES_FIRED)
    assert laboratory.reported
