"""Whatever is wrong with a pack is named with file, line, path and reason, all of it at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.policy import PolicyError, load_pack
from shared.policy.problems import Problem, known_codes
from tests.policy.packs import copy_pack, problems, replace

PACK_FILE, DEMANDS, CLOCKS, LADDERS = "pack.yaml", "requirements.yaml", "clocks.yaml", "escalation.yaml"
QUARANTINE, PLACES, MEASURES = "quarantine.yaml", "places.yaml", "measures.yaml"
MOVEMENT, SURVEILLANCE, TESTING = "movement.yaml", "surveillance.yaml", "testing.yaml"
LABORATORIES = "laboratories.yaml"
CAMPAIGNS = "campaigns.yaml"

# file, what is replaced, by what, the path that must be named, the reason's code
BROKEN = [
    # YAML
    (CLOCKS, "clocks:", "clocks: [", "", "yaml_syntax"),
    (CLOCKS, "clocks:", "clocks: []\n---\nclocks:", "", "yaml_syntax"),
    (CLOCKS, "within: PT2H", "within: PT2H\n    within: PT3H", "clocks[0].within", "duplicate_key"),
    (CLOCKS, "within: PT2H", "within: &two PT2H\n    at: *two", "clocks[0].at", "alias"),
    (CLOCKS, "within: PT2H", "within: !!python/name:os.system PT2H", "clocks[0].within", "tag"),
    (CLOCKS, "within: PT2H", "within: PT2H\n    ? [a]\n    : b", "clocks[0]", "key_not_text"),
    (CLOCKS, "key: sample_id", f"key: {'[' * 40}{']' * 40}", "", "too_deep"),
    # shape
    (CLOCKS, "    ladder: direct-report\n", "", "clocks[0].ladder", "missing"),
    (CLOCKS, "ladder: direct-report", "ladder:", "clocks[0].ladder", "missing"),
    (CLOCKS, "ladder: direct-report", "laddder: direct-report", "clocks[0].laddder", "unknown_name"),
    (CLOCKS, "ladder: direct-report", "ladder: [a]", "clocks[0].ladder", "not_text"),
    (CLOCKS, "ladder: direct-report", "ladder: Direct Report", "clocks[0].ladder", "pattern"),
    (CLOCKS, "zh: 网络直报", "zh: ''", "clocks[0].title.zh", "empty_text"),
    (CLOCKS, "zh: 网络直报", f"zh: {'报' * 2001}", "clocks[0].title.zh", "too_long"),
    (CLOCKS, "title: {zh: 网络直报, en: Direct report}", "title: 直报", "clocks[0].title", "not_mapping"),
    (CLOCKS, "[town §19, city §20]", "town §19", "clocks[0].clause", "not_list"),
    (
        CLOCKS,
        "    stop:\n      - {event: reporting.case-reported, key: sample_id}\n",
        "    stop: []\n",
        "clocks[0].stop",
        "empty_list",
    ),
    (CLOCKS, "[0.5, 0.75]", "[half]", "clocks[0].warn_at_shares[0]", "not_number"),
    (CLOCKS, "[0.5, 0.75]", "[0, 0.75]", "clocks[0].warn_at_shares[0]", "not_above"),
    (CLOCKS, "[0.5, 0.75]", "[0.5, 1]", "clocks[0].warn_at_shares[1]", "not_below"),
    (CLOCKS, "[0.5, 0.75]", "[0.5, nan]", "clocks[0].warn_at_shares[1]", "not_number"),
    (CLOCKS, "[0.5, 0.75]", "[0.75, 0.5]", "clocks[0].warn_at_shares", "shares_not_increasing"),
    (CLOCKS, "[0.5, 0.75]", "[0.5, 0.5]", "clocks[0].warn_at_shares", "shares_not_increasing"),
    (CLOCKS, "within: PT2H", "within: 2 hours", "clocks[0].within", "duration_form"),
    (CLOCKS, "within: PT2H", "within: P1M", "clocks[0].within", "duration_form"),
    (CLOCKS, "within: PT2H", "within: P", "clocks[0].within", "duration_form"),
    (CLOCKS, "within: PT2H", "within: PT", "clocks[0].within", "duration_form"),
    (CLOCKS, "within: PT2H", "within: PT0S", "clocks[0].within", "duration_not_positive"),
    (CLOCKS, "within: PT2H", "within: -PT2H", "clocks[0].within", "duration_not_positive"),
    (CLOCKS, "within: PT2H", "within: P367D", "clocks[0].within", "duration_too_long"),
    (CLOCKS, "within: PT2H", "within: P999999999W", "clocks[0].within", "duration_too_long"),
    (CLOCKS, 'at: "17:00"', "at: 17", "clocks[5].at", "wall_time_form"),
    (CLOCKS, 'at: "17:00"', 'at: "24:00"', "clocks[5].at", "wall_time_form"),
    (LADDERS, "climb: true", "climb: maybe", "ladders[0].occasions.inform.climb", "not_bool"),
    (LADDERS, "from: own", "from: village", "ladders[0].rungs[0].from", "not_one_of"),
    (LADDERS, "rung: 1", "rung: 0", "ladders[0].occasions.inform.rung", "below_least"),
    (PACK_FILE, "version: 2", "version: 0", "version", "below_least"),
    (PACK_FILE, "version: 2", "version: 1000001", "version", "above_most"),
    (PACK_FILE, "version: 2", "version: one", "version", "not_number"),
    (PACK_FILE, '"2021-01-25"', '"25.1.2021"', "notices[0].dated", "not_date"),
    (PACK_FILE, '"2021-01-29T00:00:00+08:00"', '"yesterday"', "valid_from", "not_moment"),
    (PACK_FILE, '"2021-01-29T00:00:00+08:00"', '"2021-01-29T00:00:00"', "valid_from", "no_zone"),
    (PACK_FILE, '"500000"', '"50"', "notices[0].division", "pattern"),
    (DEMANDS, "service: alerts", "service: console", "requirements[0].service", "not_one_of"),
    (QUARANTINE, "rooms_per_case: 100", "rooms_per_case: 0", "reserve.rooms_per_case", "below_least"),
    (QUARANTINE, "same-family", "same-street", "neighbours.who[1]", "not_one_of"),
    (QUARANTINE, "  clause: [town §7]\n", "", "reserve.clause", "no_clause"),
    (CAMPAIGNS, "none\n    aim: P3D", "none\n    aim: P5D", "targets[1]", "aim_not_below"),
    (CAMPAIGNS, "band: [0.1, 0.9]", "band: [0.9, 0.1]", "forecast", "band_not_increasing"),
    (CAMPAIGNS, "least: PT1H", "least: PT30M", "forecast", "least_too_short"),
    (CAMPAIGNS, "kind: hands", "kind: pcr", "support", "units_not_once"),
    # what must agree
    (CAMPAIGNS, "figure: town.alone", "figure: town.late", "targets[1].figure", "unknown_figure"),
    (
        CAMPAIGNS,
        "requirement: mass-testing-capacity",
        "requirement: mass",
        "targets[0].requirement",
        "unknown_requirement",
    ),
    (
        CAMPAIGNS,
        "clause: [city §5]",
        "clause: [town §7]",
        "targets[2].clause[0]",
        "clause_not_of_requirement",
    ),
    (
        CAMPAIGNS,
        "support: none\n    aim: P3D",
        "support: none\n    aim: P2D",
        "targets[1].within",
        "figure_disagrees",
    ),
    (
        DEMANDS,
        "metro: {all_supported: [P3D, P5D]}",
        "metro: {all_supported: [P3D, P5D], urban: P2D}",
        "requirements[7].figures.metro.urban",
        "figures_without_target",
    ),
    (QUARANTINE, "clause: [town §7]", "clause: [town §77]", "reserve.clause[0]", "no_such_article"),
    (MOVEMENT, "kind: home-quarantine", "kind: at-home", "passes.stages[1].kind", "unknown_in_measures"),
    (MOVEMENT, "no-gatherings", "no-feasts", "passes.passages[3].barred_by", "unknown_in_measures"),
    (MOVEMENT, "work: stays-at-work", "work: nobody", "passes.stay_at_work", "unknown_in_measures"),
    (
        TESTING,
        "measures: [contact]",
        "measures: [near]",
        "categories.people[0].measures[0]",
        "unknown_in_measures",
    ),
    (TESTING, "measures: [contact]", "measures: []", "categories", "measure_without_category"),
    (TESTING, "      clause: [town §15]\n", "", "categories.people[6]", "category_without_source"),
    (TESTING, "otherwise: risk-area", "otherwise: some", "due.plans.otherwise", "unknown_category"),
    (TESTING, "category: leaving-residents", "category: gone", "due.departures.category", "unknown_category"),
    (TESTING, "id: public-toilet", "id: couriers", "categories.environment[1].kinds[6].id", "duplicate_id"),
    (
        TESTING,
        "every: P7D\n      kinds",
        "every: P14D\n      kinds",
        "categories.environment[1].every",
        "figure_disagrees",
    ),
    (TESTING, "every: P14D", "every: PT36H", "categories.people[15].every", "not_whole_days"),
    (
        "care.yaml",
        "staff: [restaurant,",
        "staff: [canteen,",
        "health_reports.places.staff[0]",
        "unknown_place_kind",
    ),
    (
        "care.yaml",
        "members: [school,",
        "members: [academy,",
        "health_reports.places.members[0]",
        "unknown_place_kind",
    ),
    (SURVEILLANCE, "ground: drugs-with-symptoms", "ground: drugs", "drugs.ground", "unknown_in_measures"),
    (SURVEILLANCE, "{id: fever,", "{id: headache,", "symptoms.listed[0].id", "not_one_of"),
    (SURVEILLANCE, "chance_per_mille: 1", "chance_per_mille: 0", "silence.chance_per_mille", "below_least"),
    (LABORATORIES, "rejecting: [1-3s,", "rejecting: [1-4s,", "controls.rejecting[0]", "not_one_of"),
    (LABORATORIES, "pass_percent: 80", "pass_percent: 101", "proficiency.pass_percent", "above_most"),
    (LABORATORIES, "{id: degraded,", "{id: sample-lost,", "sequencing.exclusions[3].id", "duplicate_id"),
    (LABORATORIES, "clause: [city §11]", "clause: [city §13]", "sequencing.clause[0]", "missing_article"),
    (QUARANTINE, "{id: buffer,", "{id: clean,", "layout.zones[1].id", "duplicate_id"),
    (PLACES, "checklist: [temp", "checklist: [x-temp", "places.kinds[0].checklist[0]", "unknown_item"),
    (PLACES, "kinds: [nursing-home,", "kinds: [old-home,", "places.entry[0].kinds[0]", "unknown_kind"),
    (PLACES, "people_from: 50", "people_from: 0", "gatherings.approval.people_from", "below_least"),
    (PLACES, "by: [district,", "by: [county,", "gatherings.approval.by[0]", "not_one_of"),
    (CLOCKS, "id: review", "id: direct-report", "clocks[1].id", "duplicate_id"),
    (DEMANDS, "id: special-teams", "id: command-structure", "requirements[1].id", "duplicate_id"),
    (LADDERS, "id: duty-leader", "id: duty-officer", "posts[1].id", "duplicate_id"),
    (PACK_FILE, "key: town", "key: city", "notices[1].key", "duplicate_id"),
    (CLOCKS, "    clause: [town §19, city §20]\n", "", "clocks[0].clause", "no_clause"),
    (CLOCKS, "[town §19, city §20]", "[]", "clocks[0].clause", "no_clause"),
    (DEMANDS, "[town §1, city §1]", "[]", "requirements[0].clauses", "no_clause"),
    (CLOCKS, "[town §19, city §20]", "[county §19]", "clocks[0].clause[0]", "unknown_notice"),
    (CLOCKS, "[town §19, city §20]", "[city annex]", "clocks[0].clause[0]", "unknown_place"),
    (CLOCKS, "[town §19, city §20]", "[town §24]", "clocks[0].clause[0]", "no_such_article"),
    (CLOCKS, "[town §19, city §20]", "[city §19]", "clocks[0].clause[0]", "missing_article"),
    (CLOCKS, "[town §19, city §20]", "[town 19]", "clocks[0].clause[0]", "pattern"),
    (CLOCKS, "[town §19, city §20]", "[town §16]", "clocks[0].clause[0]", "clause_not_of_requirement"),
    (
        CLOCKS,
        "requirement: direct-report",
        "requirement: network",
        "clocks[0].requirement",
        "unknown_requirement",
    ),
    (CLOCKS, "within: PT2H", 'within: PT2H\n    at: "17:00"', "clocks[0]", "limit_both"),
    (CLOCKS, "    within: PT2H\n", "", "clocks[0]", "limit_neither"),
    (CLOCKS, "within: PT2H", "within:", "clocks[0]", "limit_neither"),
    (CLOCKS, "within: PT2H", "within: PT3H", "clocks[0].within", "limit_disagrees"),
    (CLOCKS, 'at: "17:00"', 'at: "17:01"', "clocks[5].at", "limit_disagrees"),
    (CLOCKS, "within: PT2H", 'at: "17:00"', "clocks[0].at", "limit_disagrees"),
    (
        DEMANDS,
        'limit: {due_local_time: "17:00"}',
        'limit: {due_local_time: "17:00", within: PT2H}',
        "requirements[3].limit",
        "demand_both",
    ),
    (DEMANDS, 'limit: {due_local_time: "17:00"}', "limit: {}", "requirements[3].limit", "demand_neither"),
    (DEMANDS, "figures: {roles: 5}", "limit: {within: PT1H}", "requirements[6].limit", "limit_not_kept"),
    (
        CLOCKS,
        "{event: reporting.case-reported, key: sample_id}",
        "{event: testing.sample-positive, key: sample_id}",
        "clocks[0].stop[0].event",
        "event_twice",
    ),
    (
        CLOCKS,
        "event: testing.sample-positive,",
        "event: testing.sample-postive,",
        "clocks[0].start[0].event",
        "unknown_event",
    ),
    (CLOCKS, "key: sample_id", "key: sample", "clocks[0].start[0].key", "unknown_field"),
    (CLOCKS, "key: [unit, day]", "key: [unit, date]", "clocks[5].start[0].key[1]", "unknown_field"),
    (
        CLOCKS,
        "event: registration.symptom-seen, key: report_id",
        "event: registration.symptom-seen, key: symptoms",
        "clocks[2].start[0].key",
        "field_not_single",
    ),
    (
        CLOCKS,
        "institution: institution",
        "institution: hospital",
        "clocks[0].owner.institution",
        "unknown_field",
    ),
    (CLOCKS, "field: positive_at", "field: positive", "clocks[1].shown_beside.field", "unknown_field"),
    (CLOCKS, "field: positive_at", "field: sample_id", "clocks[1].shown_beside.field", "field_not_moment"),
    (CLOCKS, "instant: received_at", "instant: received", "clocks[1].start[0].instant", "unknown_field"),
    (CLOCKS, "instant: received_at", "instant: case_id", "clocks[1].start[0].instant", "field_not_instant"),
    (CLOCKS, "instant: received_at", "instant: Received", "clocks[1].start[0].instant", "pattern"),
    (CLOCKS, "instant: received_at", "instant: [a]", "clocks[1].start[0].instant", "not_text"),
    (
        CLOCKS,
        "decided, key: transfer_id",
        "decided, key: transfer_id, instant: arrived_at",
        "clocks[4].start[0].instant",
        "field_not_instant",
    ),
    (CLOCKS, "post: reporting-officer", "post: nobody", "clocks[0].owner.post", "unknown_post"),
    (LADDERS, "{post: reporting-officer", "{post: nobody", "ladders[0].rungs[0].post", "unknown_post"),
    (CLOCKS, "ladder: direct-report", "ladder: rope", "clocks[0].ladder", "unknown_ladder"),
    (LADDERS, "    repeat_every: PT10M\n", "", "ladders[0].repeat_every", "ladder_no_repeat"),
    (
        LADDERS,
        "repeat_every: PT10M",
        "repeat_every: PT0M",
        "ladders[0].repeat_every",
        "duration_not_positive",
    ),
    (
        LADDERS,
        "repeat_every: PT10M",
        "repeat_every: PT20M",
        "ladders[0].rungs[3].wait",
        "last_wait_disagrees",
    ),
    (LADDERS, "wait: PT5M", "wait: PT0S", "ladders[0].rungs[0].wait", "duration_not_positive"),
    # measures
    (MEASURES, "levels: [medium]", "levels: [middling]", "measures[4].when.route.levels[0]", "not_one_of"),
    (MEASURES, "days: 14}", "days: 367}", "measures[0].stages[0].days", "above_most"),
    (MEASURES, "at: here", "at: home", "measures[0].when.entry.at", "not_one_of"),
    (MEASURES, "returning_worker: true", "worker: true", "measures[6].when.worker", "unknown_name"),
    (MEASURES, "id: contact", "id: drugs-with-symptoms", "grounds[1].id", "duplicate_id"),
    (MEASURES, "[town §8(3)]", "[town §18]", "measures[8].clause[0]", "clause_not_of_requirement"),
    (MEASURES, "[town §8(3)]", "[city §19]", "measures[8].clause[0]", "missing_article"),
    (
        MEASURES,
        "requirement: key-occupations",
        "requirement: occupations",
        "measures[8].requirement",
        "unknown_requirement",
    ),
    (
        MEASURES,
        "{kind: home-monitoring,",
        "{kind: hospital,",
        "measures[6].stages[0].kind",
        "unknown_stage_kind",
    ),
    (
        MEASURES,
        "care_list: in-central-quarantine",
        "care_list: hotel",
        "stage_kinds[0].care_list",
        "not_one_of",
    ),
    (
        MEASURES,
        "care_list: in-central-quarantine",
        "care_list: at-home",
        "stage_kinds[0].care_list",
        "list_of_another_place",
    ),
    (
        MEASURES,
        "care_list: in-community-management",
        "care_list: in-central-quarantine",
        "stage_kinds[2].care_list",
        "list_of_another_place",
    ),
    (
        MEASURES,
        "[no-public-transport, ",
        "[no-dancing, ",
        "measures[4].restrictions[0]",
        "unknown_restriction",
    ),
    (
        MEASURES,
        "      - border-inspection\n",
        "      - border\n",
        "occupation_lists[0].members[0]",
        "unknown_occupation",
    ),
    (
        MEASURES,
        "occupation: key-occupations",
        "occupation: key",
        "measures[8].when.occupation",
        "unknown_occupation_list",
    ),
    (MEASURES, "ground: contact", "ground: rumour", "measures[10].when.ground", "unknown_ground"),
    (MEASURES, "figures: without", "figures: within", "measures[5].figures", "unknown_figures"),
    (MEASURES, "figures: without", "figures: proof_age", "measures[5].figures", "unknown_figures"),
    (MEASURES, "otherwise: true", "otherwise: false", "measures[12].when", "no_condition"),
    (
        MEASURES,
        "      returning_worker: true\n",
        "",
        "measures[6].when",
        "no_condition",
    ),
    (
        MEASURES,
        "otherwise: true",
        "otherwise: true\n      returning_worker: true",
        "measures[12].when",
        "otherwise_alone",
    ),
    (MEASURES, "otherwise: true", "returning_worker: true", "measures", "no_otherwise"),
    (
        MEASURES,
        "occupation: key-occupations",
        "otherwise: yes",
        "measures[12].when.otherwise",
        "otherwise_twice",
    ),
    (MEASURES, "counts_from: entry", "counts_from: ground", "measures[0].counts_from", "needs_condition"),
    (
        MEASURES,
        "negative_test: {not_older_than: P7D}",
        "negative_test: {not_older_than: P7D, since_entry: true}",
        "measures[6].when.proof.negative_test.since_entry",
        "needs_condition",
    ),
    (
        MEASURES,
        "proof: {shown: true, negative_test: {not_older_than: P7D}}",
        "proof: {shown: true}",
        "measures[6].when.proof",
        "proof_asks_nothing",
    ),
    (
        MEASURES,
        "proof: {shown: true, negative_test: {not_older_than: P7D}}",
        "proof: {shown: true, negative_test: null}",
        "measures[6].when.proof",
        "proof_asks_nothing",
    ),
    (MEASURES, "- {day: 7}", "- {day: 7, every: 7}", "measures[3].tests[0]", "test_form"),
    (MEASURES, "- {day: 7}", "- {beyond_figures: false}", "measures[3].tests[0]", "test_form"),
    (MEASURES, "- {day: 14}", "- {day: 15}", "measures[3].tests[1].day", "test_beyond_stages"),
    (MEASURES, "- {day: 14}", "- {every: 15}", "measures[3].tests[1].every", "test_beyond_stages"),
    (
        MEASURES,
        "at_end_of: community-management",
        "at_end_of: home-quarantine",
        "measures[4].tests[0].at_end_of",
        "stage_not_of_measure",
    ),
    # figures of the notices
    (
        MEASURES,
        "{kind: central-quarantine, days: 14}",
        "{kind: central-quarantine, days: 13}",
        "measures[0].stages",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "{kind: central-quarantine, days: 14}",
        "{kind: home-quarantine, days: 14}",
        "measures[0].stages",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "{kind: home-monitoring, days: 14}",
        "{kind: home-monitoring, days: 15}",
        "measures[6].stages",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "      - {at_end_of: community-management}\n",
        "      - {day: 7}\n      - {day: 14}\n",
        "measures[4].tests",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "      - {day: 0, beyond_figures: true}\n",
        "      - {day: 0}\n",
        "measures[7].tests",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "not_older_than: P3D",
        "not_older_than: P4D",
        "measures[4].when.proof.negative_test.not_older_than",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "less_than_days_ago: 28",
        "less_than_days_ago: 29",
        "measures[1].when.entry.less_than_days_ago",
        "figure_disagrees",
    ),
    (
        MEASURES,
        "      - cold-chain-inspection\n",
        "",
        "measures[8].when.occupation",
        "figure_disagrees",
    ),
    (DEMANDS, "test_days: [7, 14]", "test_days: [7, 13]", "measures[8].tests", "figure_disagrees"),
    (
        DEMANDS,
        "figures: {every: P7D}",
        "figures: {stages: [P7D home]}",
        "requirements[11].figures",
        "figures_not_kept",
    ),
    (LADDERS, "rung: 2", "rung: 5", "ladders[0].occasions.breach.rung", "no_such_rung"),
    (
        LADDERS,
        "breach: {rung: 2, climb: true}",
        "breach: {rung: 2, climb: false}",
        "ladders[0].occasions.breach",
        "breach_must_climb",
    ),
    (
        LADDERS,
        "      breach: {rung: 2, climb: true}\n",
        "",
        "ladders[0].occasions.breach",
        "missing",
    ),
    (
        LADDERS,
        "      warn: {rung: 1, climb: true}\n",
        "",
        "clocks[0].warn_at_shares",
        "warns_nobody",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "path", "code"), BROKEN)
def test_a_broken_pack_names_the_place_and_the_reason(
    tmp_path: Path, file: str, old: str, new: str, path: str, code: str
) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, file, old, new)
    found = problems(pack)
    named = [problem for problem in found if (problem.path, problem.code) == (path, code)]
    assert named, [(problem.file, problem.path, problem.code) for problem in found]
    (problem,) = named
    elsewhere = {
        "warns_nobody": CLOCKS,
        "figure_disagrees": file if file in (TESTING, CAMPAIGNS) else MEASURES,
    }
    assert problem.file == elsewhere.get(code, file)
    assert problem.reason
    assert problem.reason_zh
    if code not in ("too_deep", "yaml_syntax"):
        assert problem.line is not None


def test_a_ladder_without_rungs_has_no_end(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    text = (pack / LADDERS).read_text(encoding="utf-8")
    first = text.index("    rungs:\n")
    end = text.index("    occasions:\n")
    (pack / LADDERS).write_text(text[:first] + "    rungs: []\n" + text[end:], encoding="utf-8")
    (problem,) = problems(pack)
    assert (problem.path, problem.code) == ("ladders[0].rungs", "ladder_no_rungs")


def test_a_limit_of_our_own_needs_a_reason(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(
        pack,
        DEMANDS,
        "    limit: {within: PT2H}\n    decided:\n      zh: 所见",
        "    decided:\n      zh: 所见",
    )
    (problem,) = problems(pack)
    assert (problem.path, problem.code) == ("clocks[2]", "limit_without_source")


def test_days_of_our_own_need_a_reason(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    text = (pack / MEASURES).read_text(encoding="utf-8")
    first = text.index("    decided:\n      zh: 文件除登记外")
    (pack / MEASURES).write_text(text[:first], encoding="utf-8")
    (problem,) = problems(pack)
    assert (problem.path, problem.code) == ("measures[12]", "measure_without_source")


def test_the_line_is_the_one_that_must_be_mended(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, CLOCKS, "ladder: twelve-hours", "ladder: rope")
    (problem,) = problems(pack)
    assert problem.line is not None
    lines = (pack / CLOCKS).read_text(encoding="utf-8").splitlines()
    assert lines[problem.line - 1].strip() == "ladder: rope"
    assert problem.place == f"clocks.yaml:{problem.line}"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, PACK_FILE, "version: 2", "version: none")
    replace(pack, CLOCKS, "within: PT2H", "within: PT0S")
    replace(pack, CLOCKS, "event: reporting.case-reviewed", "event: reporting.case-seen")
    replace(pack, LADDERS, "    repeat_every: PT10M\n", "")
    found = {(problem.file, problem.path, problem.code) for problem in problems(pack)}
    assert found >= {
        (PACK_FILE, "version", "not_number"),
        (CLOCKS, "clocks[0].within", "duration_not_positive"),
        (CLOCKS, "clocks[1].stop[0].event", "unknown_event"),
        (LADDERS, "ladders[0].repeat_every", "ladder_no_repeat"),
    }


def test_a_file_that_cannot_be_read_gives_one_problem_and_no_echoes(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / DEMANDS).unlink()
    (problem,) = problems(pack)
    assert (problem.file, problem.code) == (DEMANDS, "no_file")


SPOILERS: list[tuple[str, Callable[[Path], object]]] = [
    ("not_utf8", lambda file: file.write_bytes("clocks:\n  - id: 直报".encode("gbk"))),
    ("empty_file", lambda file: file.write_text("# nothing\n", encoding="utf-8")),
    ("too_large", lambda file: file.write_bytes(b"#" * 1_000_001)),
    ("not_mapping", lambda file: file.write_text("- a\n- b\n", encoding="utf-8")),
    ("yaml_syntax", lambda file: file.write_bytes(b"clocks: \x00")),
    ("missing", lambda file: file.write_text("clocks:\n", encoding="utf-8")),
    ("not_list", lambda file: file.write_text("clocks: 3\n", encoding="utf-8")),
]


@pytest.mark.parametrize(("code", "spoil"), SPOILERS)
def test_a_spoiled_file_says_so(tmp_path: Path, code: str, spoil: Callable[[Path], object]) -> None:
    pack = copy_pack(tmp_path)
    spoil(pack / CLOCKS)
    assert (CLOCKS, code) in {(problem.file, problem.code) for problem in problems(pack)}


def test_a_folder_in_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / CLOCKS).unlink()
    (pack / CLOCKS).mkdir()
    (problem,) = problems(pack)
    assert (problem.file, problem.code) == (CLOCKS, "unreadable_file")


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / CLOCKS).write_bytes(b"\xef\xbb\xbf" + (pack / CLOCKS).read_bytes())
    assert problems(pack) == []


def test_a_file_that_would_be_ignored_is_refused(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / "clock.yaml").write_text("clocks: []\n", encoding="utf-8")
    (problem,) = problems(pack)
    assert (problem.file, problem.code) == ("clock.yaml", "stray_file")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load_pack(tmp_path / "nowhere")
    assert caught.value.found[0].code == "no_folder"
    assert "nowhere" in caught.value.detail


def test_the_error_says_the_first_problem_and_counts_the_rest(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, CLOCKS, "[0.5, 0.75]", "[0, 1]")
    with pytest.raises(PolicyError) as caught:
        load_pack(pack)
    assert "clocks[0].warn_at_shares[0]" in caught.value.detail
    assert "(and 1 more)" in caught.value.detail
    assert [problem.field.split()[1] for problem in caught.value.problems] == [
        "clocks[0].warn_at_shares[0]",
        "clocks[0].warn_at_shares[1]",
    ]


def test_every_reason_of_the_catalogue_can_happen() -> None:
    tested = {code for *_, code in BROKEN} | {code for code, _ in SPOILERS}
    tested |= {
        "measure_without_source",
        "ladder_no_rungs",
        "limit_without_source",
        "no_file",
        "no_folder",
        "stray_file",
        "unreadable_file",
    }
    versions = {"changed_without_version", "version_not_recorded", "version_went_back"}
    assert known_codes() - tested - versions == {"refused"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_pack_with_a_line_spoiled_at_random_loads_or_names_its_problems(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    pack = copy_pack(tmp_path_factory.mktemp("pack"))
    file = pack / data.draw(st.sampled_from([PACK_FILE, DEMANDS, CLOCKS, LADDERS, MEASURES]))
    lines = file.read_text(encoding="utf-8").splitlines()
    position = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(
        st.sampled_from(["", "x", "- 1", "  a: b", "key: [", "? :", "\t", "a: !!set {b}", "null"])
    )
    head = lines[position].split(":")[0]
    lines[position] = data.draw(st.sampled_from([junk, f"{head}: {junk}", f"{lines[position]} {junk}"]))
    file.write_text("\n".join(lines), encoding="utf-8")
    for problem in problems(pack):
        assert isinstance(problem, Problem)
        assert problem.reason
        assert problem.reason_zh
        assert problem.line is None or 1 <= problem.line <= 2000
