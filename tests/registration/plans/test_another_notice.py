"""The notice of a county that does not exist fits by data alone: kinds, days, lists and words of its own."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.registration.rules.plans.classification import MeasuresLaw, compile_measures, judge
from services.registration.rules.plans.decision import write_decision
from services.registration.rules.plans.facts import PersonFacts
from shared.policy import load_pack
from shared.vocabulary import RiskLevel
from tests.policy.packs import copy_pack
from tests.registration.plans.people import day, days, due_days, ground, person, plan, sampled, stages, stay

HOTEL, WATCH = "hotel-observation", "street-watch"
NOTICE: dict[str, Any] = {
    "key": "county",
    "document": "某肺炎组发〔2021〕9号",
    "title": {"zh": "某县通知", "en": "Notice of a county"},
    "issuer": {"zh": "某县", "en": "A county"},
    "division": "500104",
    "dated": "2021-03-01",
    "articles": 2,
}
DEMANDS: list[dict[str, Any]] = [
    {
        "id": "county-risk",
        "title": {"zh": "风险地区", "en": "Risk areas"},
        "clauses": ["county §1"],
        "service": "registration",
        "demand": {"zh": "酒店观察二十一天、关注七天", "en": "21 days in a hotel, 7 of watch"},
        "figures": {
            "coach": {"stages": ["P10D watch"]},
            "others": {"stages": ["P1D watch"]},
            "stages": ["P21D hotel", "P7D watch"],
        },
    },
    {
        "id": "county-river",
        "title": {"zh": "水上人员", "en": "People of the river"},
        "clauses": ["county §2"],
        "service": "registration",
        "demand": {"zh": "第零天与第三天检测", "en": "tested on days 0 and 3"},
        "figures": {"occupations": "2", "test_days": ["0", "3"], "proof_age": "PT36H", "street_watch": "P3D"},
    },
]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> MeasuresLaw:
    """Return the law of the county: the pack of Chongqing with another notice and other measures."""
    folder = copy_pack(tmp_path_factory.mktemp("county"))
    (folder / "versions.yaml").unlink()
    head = yaml.safe_load((folder / "pack.yaml").read_text(encoding="utf-8"))
    head["notices"].append(NOTICE)
    demands = yaml.safe_load((folder / "requirements.yaml").read_text(encoding="utf-8"))["requirements"]
    kept = [demand for demand in demands if not {"stages", "test_days"} & _names(demand)]
    _write(folder / "pack.yaml", head)
    _write(folder / "requirements.yaml", {"requirements": [*kept, *DEMANDS]})
    clocks = yaml.safe_load((folder / "clocks.yaml").read_text(encoding="utf-8"))["clocks"]
    known = {demand["id"] for demand in kept}
    _write(folder / "clocks.yaml", {"clocks": [one for one in clocks if one["requirement"] in known]})
    measures = Path(__file__).with_name("other_county.yaml").read_text(encoding="utf-8")
    (folder / "measures.yaml").write_text(measures, encoding="utf-8")
    _adapt_neighbours(folder)
    return compile_measures(load_pack(folder))


def _adapt_neighbours(folder: Path) -> None:
    """What other files of the pack say of kinds, restrictions, lists and grounds is the county's as well."""
    movement = yaml.safe_load((folder / "movement.yaml").read_text(encoding="utf-8"))
    passes = movement["passes"]
    passes["stages"] = [
        {"kind": "hotel-observation", "colour": "red"},
        {"kind": "street-watch", "colour": "green"},
    ]
    for passage in passes["passages"]:
        if "barred_by" in passage:
            passage["barred_by"] = "no-market"
    passes["stay_at_work"] = "river-people"
    _write(folder / "movement.yaml", movement)
    testing = yaml.safe_load((folder / "testing.yaml").read_text(encoding="utf-8"))
    measures = yaml.safe_load((folder / "measures.yaml").read_text(encoding="utf-8"))["measures"]
    first, *others = testing["categories"]["people"]
    first["measures"] = [one["id"] for one in measures if one.get("tests")]
    for category in others:
        category.pop("measures", None)
    _write(folder / "testing.yaml", testing)
    surveillance = yaml.safe_load((folder / "surveillance.yaml").read_text(encoding="utf-8"))
    surveillance["drugs"]["ground"] = "same-coach"
    _write(folder / "surveillance.yaml", surveillance)


def _names(demand: dict[str, Any]) -> set[str]:
    figures = demand.get("figures", {})
    return {*figures, *(name for group in figures.values() if isinstance(group, dict) for name in group)}


def _write(file: Path, content: Any) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


RISK = (stay(RiskLevel.MEDIUM, -10),)


@pytest.mark.parametrize(
    ("facts", "governing", "drawn", "tests"),
    [
        (person(), "all-others", [(WATCH, 0, 1)], []),
        (person(route=RISK), "any-risk", [(HOTEL, 0, 21), (WATCH, 22, 28)], [5, 10, 15, 20, 21, 25]),
        (person(route=(stay(RiskLevel.HIGH, -11),)), "all-others", [(WATCH, 0, 1)], []),
        (person(occupation="ferry-crew"), "river-people", [(WATCH, 0, 3)], [0, 3]),
        (person(occupation="ferry-crew", proofs=(sampled(days(1.5)),)), "all-others", [(WATCH, 0, 1)], []),
        (person(occupation="courier"), "all-others", [(WATCH, 0, 1)], []),
        (person(grounds=(ground("same-coach", -2),)), "same-coach", [(WATCH, 0, 8)], []),
        (
            person(route=RISK, occupation="harbour-cook", grounds=(ground("same-coach", 20),)),
            "any-risk",
            [(HOTEL, 0, 21), (WATCH, 22, 30)],
            [0, 3, 5, 10, 15, 20, 21, 25],
        ),
    ],
)
def test_the_county_judges_by_its_own_notice(
    county: MeasuresLaw,
    facts: PersonFacts,
    governing: str,
    drawn: list[tuple[str, int, int]],
    tests: list[int],
) -> None:
    decided = plan(facts, county)
    assert judge(county, facts).governing.rule.id == governing
    assert (stages(decided), due_days(decided)) == (drawn, tests)


def test_the_county_reads_out_its_own_words(county: MeasuresLaw) -> None:
    facts = person(route=RISK, grounds=(ground("same-coach", 20),))
    judgement = judge(county, facts)
    written = write_decision(county, judgement, plan(facts, county), facts)
    assert [stage["title"]["en"] for stage in written["stages"]] == [
        "observation in a hotel",
        "watch by the street",
    ]
    assert written["restrictions"] == [
        {
            "id": "no-market",
            "title": {"zh": "不去集市", "en": "no market"},
            "first_day": day(0).isoformat(),
            "last_day": day(30).isoformat(),
            "rules": ["any-risk", "same-coach"],
        }
    ]
    assert [one["clauses"][0]["zh"] for one in written["fitted"]] == ["某肺炎组发〔2021〕9号 §1"] * 2
    assert written["fitted"][1]["facts"] == [
        {
            "name": "ground",
            "zh": "同车人员，自 2021-03-01 起计",
            "en": "on the same coach, counted from 2021-03-01",
        }
    ]
