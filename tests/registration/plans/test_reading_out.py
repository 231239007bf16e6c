"""What decided a plan is read out, and what a new version changes is said, in both languages."""

import json
import re
from datetime import timedelta

import pytest
import yaml

from services.registration.rules.plans.classification import judge
from services.registration.rules.plans.conditions import FactName
from services.registration.rules.plans.decision import Decision, decision_of, read_decision, write_decision
from services.registration.rules.plans.difference import difference
from services.registration.rules.plans.facts import PersonFacts, Stay
from services.registration.rules.plans.plan import PlanDrawn, StageDrawn
from services.registration.rules.plans.wording import write_span
from shared.settings import PROJECT
from shared.vocabulary import Result, RiskLevel
from tests.registration.plans.people import (
    CERTIFICATE,
    LAW,
    ZERO,
    day,
    days,
    entered,
    ground,
    person,
    plan,
    sampled,
    stay,
)

MEDIUM, HIGH = RiskLevel.MEDIUM, RiskLevel.HIGH
SECOND = timedelta(seconds=1)


def decide(facts: PersonFacts) -> Decision:
    judgement = judge(LAW, facts)
    written = write_decision(LAW, judgement, plan(facts), facts)
    decision = decision_of(judgement, plan(facts))
    assert read_decision(json.loads(json.dumps(written))) == decision
    return decision


def facts_said(facts: PersonFacts) -> list[tuple[str, str]]:
    written = write_decision(LAW, judge(LAW, facts), plan(facts), facts)
    return [(fact["zh"], fact["en"]) for one in written["fitted"] for fact in one["facts"]]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (person(), [("其他各项均不适用", "nothing else fits")]),
        (
            person(route=(stay(HIGH),)),
            [
                (
                    "2021-02-02 至 2021-02-09 在 北京市朝阳区，当时为高风险地区",
                    "was in 北京市朝阳区 (110105) from 2021-02-02 to 2021-02-09, then an area of high risk",
                )
            ],
        ),
        (
            person(route=(Stay("110105", day(-1), day(0), HIGH, possible=True),)),
            [
                (
                    "2021-02-08 至 2021-02-09 在 北京市朝阳区，其中部分区域当时为高风险地区，未说明不在其内",
                    "was in 北京市朝阳区 (110105) from 2021-02-08 to 2021-02-09, part of which was an area "
                    "of high risk; nothing says that it was another part",
                )
            ],
        ),
        (
            person(returning_worker=True, proofs=(sampled(days(7)),)),
            [
                ("返乡农民工", "returns as a migrant worker"),
                (
                    "出示核酸阴性证明，采样于 2021-02-02 12:00，至抵达 7 天，未超过 7 天",
                    "showed a negative result, sampled on 2021-02-02 12:00, "
                    "7 d before the arrival and within 7 d",
                ),
            ],
        ),
        (
            person(returning_worker=True, proofs=(sampled(days(7) + SECOND),)),
            [
                ("返乡农民工", "returns as a migrant worker"),
                (
                    "所示核酸阴性证明采样于 2021-02-02 11:59，至抵达已 7 天 1 秒，超过 7 天",
                    "the negative result shown was sampled on 2021-02-02 11:59, "
                    "7 d 1 s before the arrival and beyond 7 d",
                ),
            ],
        ),
        (
            person(returning_worker=True, proofs=(sampled(days(1), Result.POSITIVE),)),
            [
                ("返乡农民工", "returns as a migrant worker"),
                ("未出示 7 天内核酸阴性证明", "showed no negative result of the last 7 d"),
            ],
        ),
        (
            person(entry=entered(20), proofs=(CERTIFICATE, sampled(days(2.5)))),
            [
                ("2021-01-20 自外地入境", "entered the country elsewhere on 2021-01-20"),
                (
                    "出示核酸阴性证明，采样于 2021-02-07 00:00，至抵达 2 天 12 小时",
                    "showed a negative result, sampled on 2021-02-07 00:00, 2 d 12 h before the arrival",
                ),
                ("出示解除隔离证明", "showed the certificate of release from quarantine"),
            ],
        ),
        (
            person(entry=entered(20), proofs=(sampled(days(25)),)),
            [
                ("2021-01-20 自外地入境", "entered the country elsewhere on 2021-01-20"),
                (
                    "所示核酸阴性证明采样于 2021-01-15 12:00，早于入境",
                    "the negative result shown was sampled on 2021-01-15 12:00, before the entry",
                ),
                ("未出示解除隔离证明", "showed no certificate of release from quarantine"),
            ],
        ),
        (
            person(entry=entered(3, here=True), occupation="courier"),
            [
                ("2021-02-06 自重庆入境", "entered the country at Chongqing on 2021-02-06"),
                ("从事：快递从业人员", "works in: couriers"),
            ],
        ),
        (
            person(grounds=(ground("contact", -1),)),
            [("密切接触者，自 2021-02-08 起计", "close contact, counted from 2021-02-08")],
        ),
    ],
)
def test_the_facts_that_decided_are_read_out(facts: PersonFacts, said: list[tuple[str, str]]) -> None:
    assert facts_said(facts) == said


def test_every_measure_is_read_out_with_its_clause_and_what_was_decided() -> None:
    facts = person(route=(stay(MEDIUM),))
    (one,) = write_decision(LAW, judge(LAW, facts), plan(facts), facts)["fitted"]
    assert one["rule"] == "medium-risk-area-without-proof"
    assert [clause["zh"] for clause in one["clauses"]] == [
        "渡建胜肺炎组发〔2021〕2号 §8(2)",
        "渝肺炎组发〔2021〕1号 §12",
    ]
    assert one["title"]["zh"].startswith("来自或途经中风险地区")
    assert one["decided"]["en"].startswith("A stay counts")


def changes(before: PersonFacts, after: PersonFacts, today: int | None = None) -> list[tuple[str, str]]:
    said = difference(LAW, decide(before), decide(after), today=None if today is None else day(today))
    return [(change["change"], change["en"]) for change in said]


def test_an_area_that_becomes_high_risk_changes_the_plan_and_days_count() -> None:
    before = person(route=(stay(MEDIUM),), proofs=(sampled(days(2)),))
    after = person(route=(stay(HIGH),), proofs=(sampled(days(2)),))
    said = changes(before, after, today=5)
    assert [kind for kind, _ in said] == [
        "governing",
        "rule-added",
        "rule-dropped",
        "stage-added",
        "stage-dropped",
        "restriction-dropped",
        "restriction-dropped",
        "restriction-dropped",
        "test-added",
        "served",
    ]
    assert said[0][1] == (
        'what governs changed from "From or through a medium-risk area, with proof" '
        'to "From or through a high-risk or closed-off area"'
    )
    assert said[3][1] == "new: central quarantine from 2021-02-09 to 2021-02-23"
    assert said[-2][1] == "new: a test on 2021-02-16"
    assert said[-1][1] == "the 5 days since 2021-02-09 count"


def test_a_later_contact_moves_the_last_day() -> None:
    said = changes(person(grounds=(ground("contact", 0),)), person(grounds=(ground("contact", 3),)))
    assert said[0] == (
        "stage-moved",
        "central quarantine was from 2021-02-09 to 2021-02-23 and is from 2021-02-12 to 2021-02-26",
    )
    assert ("test-dropped", "gone: the test on 2021-02-09") in said
    assert said[-1] == ("last-day", "the last day was 2021-02-23 and is 2021-02-26")


def test_the_same_facts_make_no_difference() -> None:
    assert changes(person(route=(stay(HIGH),)), person(route=(stay(HIGH),)), today=5) == []


def test_a_kind_that_the_policy_names_no_more_is_called_by_its_id() -> None:
    old = PlanDrawn(ZERO, (StageDrawn(0, "camp", ZERO, day(3), ("old-rule",)),), (), (), day(3))
    said = difference(LAW, Decision("old-rule", ("old-rule",), old), decide(person(route=(stay(HIGH),))))
    assert any(change["en"] == "gone: camp from 2021-02-09 to 2021-02-12" for change in said)


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(), "0 分", "0 min"),
        (timedelta(seconds=59), "59 秒", "59 s"),
        (timedelta(hours=72), "3 天", "3 d"),
        (timedelta(days=1, hours=2, minutes=3, seconds=4), "1 天 2 小时 3 分 4 秒", "1 d 2 h 3 min 4 s"),
    ],
)
def test_spans_are_written_to_the_second(span: timedelta, zh: str, en: str) -> None:
    assert write_span(span) == {"zh": zh, "en": en}


def test_the_catalogue_is_whole() -> None:
    file = PROJECT / "services" / "registration" / "messages" / "plans.yaml"
    catalogue = yaml.safe_load(file.read_text(encoding="utf-8"))
    for part in catalogue.values():
        for text in part.values():
            places = [set(re.findall(r"\{(\w+)\}", text[language])) for language in ("zh", "en")]
            assert places[0] == places[1]
    assert set(catalogue["levels"]) == {str(level) for level in RiskLevel}
    names = {name.removesuffix("-limit").removesuffix("-possible") for name in catalogue["facts"]}
    names = {"entry" if name.startswith("entry-") else name for name in names} - {"test-unfit"}
    assert names == {str(name) for name in FactName}
