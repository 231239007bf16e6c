"""The pack of winter 2021: it loads, its clocks keep the figures of the notices, and it freezes."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from services.alerts.rules.clock_steps import plan_steps
from services.alerts.rules.clock_terms import terms_of
from shared.clock import SHANGHAI
from shared.contracts import EVENTS
from shared.contracts.alerts import ReportingDayOpened
from shared.policy import FrozenRule, Pack, load_pack, version_in_force, write_duration
from shared.vocabulary import Occasion
from tests.policy.packs import PACK, copy_pack, replace

HOURS_2, HOURS_12 = timedelta(hours=2), timedelta(hours=12)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(PACK)


@pytest.mark.parametrize(
    ("rule", "within", "at"),
    [
        ("direct-report", HOURS_2, None),
        ("review", HOURS_2, None),
        ("sentinel-report", HOURS_2, None),
        ("return-registration", HOURS_12, None),
        ("quarantine-transfer", HOURS_12, None),
        ("daily-report", None, time(17, 0)),
    ],
)
def test_the_clocks_keep_the_limits_of_the_notices(
    pack: Pack, rule: str, within: timedelta | None, at: time | None
) -> None:
    clock = pack.rule(rule)
    demanded = pack.requirement(clock.requirement).limit
    assert demanded is not None
    assert (clock.within, clock.at) == (within, at) == (demanded.within, demanded.due_local_time)


def test_the_reserve_and_the_rounds_keep_the_figures_of_the_notices(pack: Pack) -> None:
    law = pack.quarantine
    assert law is not None
    assert (
        str(law.reserve.rooms_per_case)
        == pack.requirement("quarantine-rooms-ratio").figures["rooms_per_case"]
    )
    assert write_duration(law.rounds.every) == pack.requirement("quarantine-monitoring").figures["every"]
    assert pack.measures is not None
    assert law.neighbours.ground in {ground.id for ground in pack.measures.grounds}
    assert (len(law.layout.zones), len(law.layout.passages), len(law.staff.kinds)) == (3, 2, 6)


def test_places_and_gatherings_keep_the_figures_of_the_notices(pack: Pack) -> None:
    law = pack.places
    assert law is not None
    assert str(law.gatherings.approval.people_from) == pack.requirement("gatherings").figures["people_from"]
    assert str(len(law.cold_chain.proofs)) == pack.requirement("cold-chain-four-proofs").figures["proofs"]


def test_every_limit_of_the_notices_has_a_clock_and_every_clock_a_limit(pack: Pack) -> None:
    with_limit = {requirement.id for requirement in pack.requirements if requirement.limit}
    assert with_limit <= {clock.requirement for clock in pack.clocks}
    beyond = [clock for clock in pack.clocks if clock.requirement not in with_limit]
    assert [clock.id for clock in beyond if clock.decided is None] == []
    assert {clock.id for clock in beyond} == {
        "handover",  # no gap: by the moment at which the stage changes
        "health-report",  # every day: by an hour that is ours
        "place-health-report",  # the same, of people of key places
        "test-due",  # on a day: until it ends
        "sampling-at-once",  # at once: in hours that are ours
        "pool-retest",  # at once: in hours that are ours
        "round-due",  # every so many days: until the last one ends
        "sequencing",  # every positive: in days that are ours
        "system-alert",  # at every hour: the platform that duty rests on, in half an hour that is ours
        "campaign-behind",  # in so many days: once the forecast lies beyond them
    }


@pytest.mark.requirement("health-monitoring")
def test_a_day_without_a_health_report_is_warned_of_at_noon_and_breached_at_six(pack: Pack) -> None:
    terms = terms_of(pack, "health-report")
    midnight = datetime(2021, 2, 1, tzinfo=SHANGHAI)
    steps = plan_steps(terms, midnight)
    assert [instant.astimezone(SHANGHAI).time() for instant in steps.instants] == [time(12), time(18)]
    assert steps.due_at == midnight + timedelta(hours=18)
    rungs = pack.ladder("health-report").rungs
    assert [rungs[number - 1].post for number in steps.rungs] == ["grid-worker", "duty-officer"]
    of_places, ladder = terms_of(pack, "place-health-report"), pack.ladder("place-health-report")
    assert plan_steps(of_places, midnight).instants == steps.instants
    told = [ladder.rungs[number - 1].post for number in plan_steps(of_places, midnight).rungs]
    assert told == ["place-in-charge", "place-in-charge"], "whoever is in charge of the place, then up"
    assert [rung.post for rung in ladder.rungs] == ["place-in-charge", "duty-officer", "duty-leader"]


def test_all_demands_of_the_notices_are_there(pack: Pack) -> None:
    assert len(pack.requirements) == 44
    assert {one.service for one in pack.requirements} == {"registration", "testing", "alerts", "reporting"}


@pytest.mark.parametrize(
    ("rule", "kind", "facts"),
    [
        ("direct-report", "start", {"testing.sample-positive": ("sample_id",)}),
        ("direct-report", "stop", {"reporting.case-reported": ("sample_id",)}),
        (
            "direct-report",
            "void",
            {
                "testing.sample-positive-withdrawn": ("sample_id",),
                "reporting.case-withdrawn": ("sample_id",),
            },
        ),
        ("review", "start", {"reporting.case-reported": ("case_id",)}),
        ("review", "stop", {"reporting.case-reviewed": ("case_id",)}),
        ("review", "void", {"reporting.case-withdrawn": ("case_id",)}),
        ("sentinel-report", "start", {"registration.symptom-seen": ("report_id",)}),
        ("sentinel-report", "stop", {"registration.symptom-reported": ("report_id",)}),
        ("return-registration", "start", {"registration.return-known": ("return_id",)}),
        ("return-registration", "stop", {"registration.return-registered": ("return_id",)}),
        ("quarantine-transfer", "start", {"registration.central-quarantine-decided": ("transfer_id",)}),
        ("quarantine-transfer", "stop", {"registration.quarantine-arrived": ("transfer_id",)}),
        ("quarantine-transfer", "void", {"registration.transfer-withdrawn": ("transfer_id",)}),
        ("daily-report", "start", {"alerts.reporting-day-opened": ("unit", "day")}),
        ("daily-report", "stop", {"reporting.daily-report-filed": ("unit", "day")}),
        ("health-report", "start", {"registration.health-day-opened": ("person_id", "day")}),
        (
            "health-report",
            "stop",
            {
                "registration.health-reported": ("person_id", "day"),
                "registration.health-day-followed-up": ("person_id", "day"),
            },
        ),
        ("health-report", "void", {"registration.health-day-excused": ("person_id", "day")}),
        ("sequencing", "start", {"testing.sequencing-ordered": ("sample_id",)}),
        (
            "sequencing",
            "stop",
            {"testing.sample-sequenced": ("sample_id",), "testing.sequencing-excluded": ("sample_id",)},
        ),
        ("sequencing", "void", {"testing.sample-positive-withdrawn": ("sample_id",)}),
    ],
)
def test_what_starts_stops_and_voids_each_clock(
    pack: Pack, rule: str, kind: str, facts: dict[str, tuple[str, ...]]
) -> None:
    assert {fact.event: fact.key for fact in getattr(pack.rule(rule), kind)} == facts


def test_few_clocks_count_from_receipt_or_another_instant_and_all_else_from_when_it_happened(
    pack: Pack,
) -> None:
    facts = [(clock.id, fact) for clock in pack.clocks for fact in clock.facts()]
    others = {(rule, fact.event, fact.instant) for rule, fact in facts if fact.instant != "occurred_at"}
    assert others == {
        ("review", "reporting.case-reported", "received_at"),
        ("handover", "registration.handover-requested", "last_day_began_at"),
        ("system-alert", "alerts.system-alert-raised", "received_at"),
    }


def test_a_version_that_names_the_usual_instant_is_the_same_law(pack: Pack, tmp_path: Path) -> None:
    copy = copy_pack(tmp_path)
    usual = "testing.sample-positive, key: sample_id"
    replace(copy, "clocks.yaml", usual, f"{usual}, instant: occurred_at")
    assert load_pack(copy).content_hash() == pack.content_hash()


def test_several_fields_of_a_key_are_joined(pack: Pack) -> None:
    instant = datetime(2021, 2, 9, 9, tzinfo=UTC)
    event = ReportingDayOpened.model_validate(
        {
            "division": "500104102001",
            "occurred_at": instant,
            "recorded_at": instant,
            "unit": "500104102001",
            "day": "2021-02-10",
        }
    )
    assert pack.rule("daily-report").start[0].subject_of(event) == "500104102001:2021-02-10"


def test_every_event_of_the_pack_is_in_the_contracts(pack: Pack) -> None:
    assert {fact.event for clock in pack.clocks for fact in clock.facts()} <= set(EVENTS)


def test_every_breach_is_paged_and_climbs(pack: Pack) -> None:
    for ladder in pack.ladders:
        breach = ladder.occasions.step(Occasion.BREACH)
        assert breach is not None
        assert breach.climb


def test_nobody_is_paged_when_a_reporting_day_opens(pack: Pack) -> None:
    assert pack.ladder("daily-report").occasions.step(Occasion.INFORM) is None


@pytest.mark.parametrize(
    ("citation", "zh", "en"),
    [
        ("city §20", "渝肺炎组发〔2021〕1号 §20", "渝肺炎组发〔2021〕1号 §20"),
        ("town §8(2)", "渡建胜肺炎组发〔2021〕2号 §8(2)", "渡建胜肺炎组发〔2021〕2号 §8(2)"),
        (
            "city sentinel-sentence",
            "渝肺炎组发〔2021〕1号 哨点一句（无条号）",
            "渝肺炎组发〔2021〕1号, sentinel sentence (no article number)",
        ),
    ],
)
def test_citations_carry_the_document_number(pack: Pack, citation: str, zh: str, en: str) -> None:
    (cited,) = pack.cite([citation])
    assert (cited.zh, cited.en) == (zh, en)


def test_a_frozen_rule_survives_storage_and_needs_nothing_else(pack: Pack) -> None:
    for clock in pack.clocks:
        frozen = pack.freeze(clock.id)
        stored = frozen.model_dump_json()
        assert FrozenRule.model_validate_json(stored) == frozen
        assert (frozen.version, frozen.content_hash) == (pack.version, pack.content_hash())
        for rung in frozen.ladder.rungs:
            assert [post.title.zh for post in frozen.posts if post.id == rung.post]


def test_an_unknown_rule_is_a_key_error(pack: Pack) -> None:
    with pytest.raises(KeyError):
        pack.freeze("no-such-rule")


def test_the_hash_is_of_the_meaning_not_of_the_writing(pack: Pack, tmp_path: Path) -> None:
    copy = copy_pack(tmp_path)
    replace(copy, "clocks.yaml", "within: PT2H", "within: PT120M  # the same")
    replace(copy, "pack.yaml", "version: 2", 'version: "2"')
    assert load_pack(copy).content_hash() == pack.content_hash()
    replace(copy, "escalation.yaml", "wait: PT5M", "wait: PT6M")
    assert load_pack(copy).content_hash() != pack.content_hash()


def test_a_new_version_binds_only_clocks_that_start_after_it(pack: Pack, tmp_path: Path) -> None:
    copy = copy_pack(tmp_path)
    replace(copy, "pack.yaml", "version: 2", "version: 3")
    replace(copy, "pack.yaml", "2021-01-29T00:00:00+08:00", "2021-02-05T00:00:00+08:00")
    newer = load_pack(copy)
    change = newer.valid_from
    moment = timedelta(microseconds=1)
    assert version_in_force([newer, pack], change - moment) == pack
    assert version_in_force([newer, pack], change) == newer
    assert version_in_force([newer, pack], pack.valid_from - moment) is None
