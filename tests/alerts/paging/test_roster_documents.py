"""The roster by file and by API: every format, a verdict for each row, nothing spoiled by a neighbour."""

import json
from datetime import timedelta

import pytest

from services.alerts.actions.fill_roster import RowVerdict, fill_roster
from services.alerts.actions.reseal_channels import reseal_channels
from services.alerts.actions.review_roster import close_filled_gaps, read_coverage, read_duty_now
from services.alerts.rules.roster_document import PersonEntry, ShiftEntry, read_document
from shared.access import Principal, Scope
from shared.errors import InvalidInput, MalformedInput, TooLarge
from shared.row_documents import CSV, JSON, NDJSON, YAML
from shared.sealing import Sealer, Unsealable
from tests.alerts.paging.room import DISTRICT, MUNICIPALITY, OPERATOR, REGISTER, TOWNSHIP, VILLAGE, Room

PERSON = {"id": "leader", "name": "王某", "division": TOWNSHIP, "channels": ["log:"]}
SHIFT = {
    "post": "duty-leader",
    "division": TOWNSHIP,
    "person": "leader",
    "from": "2021-02-01T08:00:00+08:00",
    "until": "2021-02-02T08:00:00+08:00",
}
DOCUMENTS = {
    "json": (JSON, json.dumps({"people": [PERSON], "shifts": [SHIFT]}).encode()),
    "json list": (JSON, json.dumps([SHIFT, PERSON]).encode()),
    "json lines": (NDJSON, (json.dumps(PERSON) + "\n\n" + json.dumps(SHIFT) + "\n").encode()),
    "yaml": (
        YAML,
        """
people:
  - {id: leader, name: 王某, division: 500104102, channels: ["log:"], working: true}
shifts:
  - post: duty-leader
    division: 500104102
    person: leader
    from: 2021-02-01T08:00:00+08:00
    until: 2021-02-02T08:00:00+08:00
""".encode(),
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_format_says_the_same(name: str) -> None:
    media, body = DOCUMENTS[name]
    entries = [read.entry for read in read_document(body, media)]
    assert PersonEntry.model_validate(PERSON) in entries
    assert ShiftEntry.model_validate(SHIFT) in entries


def test_csv_is_one_kind_a_file() -> None:
    people = (
        "\ufeffid,name,division,channels,working,language\r\nleader,王某,500104102,log: json://g/1,true,\r\n"
    )
    (read,) = read_document(people.encode(), CSV)
    assert isinstance(read.entry, PersonEntry)
    assert read.entry.channels == ("log:", "json://g/1")
    shifts = "post,division,person,from,until\nduty-leader,500104102,leader,{from},{until}\n".format(**SHIFT)
    (read,) = read_document(shifts.encode(), CSV)
    assert read.entry == ShiftEntry.model_validate(SHIFT)
    assert read.place == "line 2"


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (JSON, b"{"),
        (JSON, b'"text"'),
        (JSON, b'{"people": 5}'),
        (JSON, b'{"persons": []}'),
        (YAML, b"people: ["),
        (YAML, b"a: &a [1]\npeople: *a"),
        (JSON, b"\xff\xfe"),
        (JSON, b"[" * 100_000),
    ],
)
def test_what_cannot_be_read_at_all_is_malformed(media: str, body: bytes) -> None:
    with pytest.raises(MalformedInput):
        read_document(body, media)


def test_empty_and_endless_documents_are_refused() -> None:
    for media, body in (
        (JSON, b"[]"),
        (JSON, b"{}"),
        (NDJSON, b"\n"),
        (YAML, b"!!python/object:os.system {}"),
    ):
        with pytest.raises(InvalidInput):
            read_document(body, media)
    with pytest.raises(TooLarge):
        read_document(b"{}\n" * 10_001, NDJSON)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"until": SHIFT["from"]}, ""),
        ({"until": "2022-03-01T08:00:00+08:00"}, ""),
        ({"from": "2021-02-01T08:00:00"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"division": "500104-102"}, "division"),
        ({"person": "Wang Mou"}, "person"),
        ({"colour": "red"}, "colour"),
        ({"post": None}, "post"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_with_its_field(change: dict[str, object], field: str) -> None:
    (read,) = read_document(json.dumps([{**SHIFT, **change}]).encode(), JSON)
    assert read.entry is None
    assert read.problems[0].field.endswith(field)


def test_one_bad_row_spoils_none() -> None:
    body = (json.dumps(PERSON) + "\n{broken\n[1]\n" + json.dumps(SHIFT)).encode()
    reads = read_document(body, NDJSON)
    assert [read.entry is not None for read in reads] == [True, False, False, True]
    assert [read.place for read in reads] == ["line 1", "line 2", "line 3", "line 4"]


def test_a_refusal_never_repeats_a_channel() -> None:
    (read,) = read_document(json.dumps([{**PERSON, "channels": ["json://geheim wort"]}]).encode(), JSON)
    assert read.entry is None
    assert "geheim" not in str(read.problems)


async def test_a_document_is_stored_and_again_it_is_unchanged(room: Room) -> None:
    media, body = DOCUMENTS["json list"]
    entries = read_document(body, media)
    first = await fill_roster(room.paging.roster_tools, entries, principal=OPERATOR, now=room.now)
    again = await fill_roster(room.paging.roster_tools, entries, principal=OPERATOR, now=room.now)
    assert {one.verdict for one in first} == {RowVerdict.STORED}
    assert {one.verdict for one in again} == {RowVerdict.UNCHANGED}


async def test_the_same_shift_may_move_its_end(room: Room) -> None:
    await room.person("leader", division=TOWNSHIP)
    begin = room.now
    await room.shift("leader", "duty-leader", TOWNSHIP, begin=begin, hours=8)
    assert (await room.shift("leader", "duty-leader", TOWNSHIP, begin=begin, hours=9)).verdict == "stored"
    (row,) = await room.rows("SELECT until_at - from_at AS span FROM duty_shift")
    assert row["span"] == timedelta(hours=9)
    trail = [
        json.loads(one["content"]) for one in await room.rows("SELECT content FROM audit ORDER BY sequence")
    ]
    kept = [one for one in trail if one["source"] in ("duty_person", "duty_shift")]
    assert [one["action"] for one in kept] == ["duty-person-entered", "shift-entered", "shift-changed"]
    assert {one["by"] for one in kept} == {OPERATOR.id}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"division": "500199"}, "division"),
        ({"division": "500101"}, "division"),
        ({"channels": ["log:", "nonsense://x"]}, "channels.1"),
        ({"channels": ["dbus://x"]}, "channels.0"),
    ],
)
async def test_people_that_are_refused(room: Room, change: dict[str, object], field: str) -> None:
    key = Principal("k", "k", DISTRICT, frozenset({Scope.DUTY_WRITE}), "key")
    entries = read_document(json.dumps([{**PERSON, **change}, PERSON]).encode(), JSON)
    refused, stored = await fill_roster(room.paging.roster_tools, entries, principal=key, now=room.now)
    assert (refused.verdict, stored.verdict) == ("refused", "stored")
    assert refused.problems[0].field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"post": "no-such-post"}, "post"),
        ({"person": "nobody"}, "person"),
        ({"division": "500101"}, "division"),
    ],
)
async def test_shifts_that_are_refused(room: Room, change: dict[str, object], field: str) -> None:
    key = Principal("k", "k", DISTRICT, frozenset({Scope.DUTY_WRITE}), "key")
    entries = read_document(json.dumps([PERSON, {**SHIFT, **change}]).encode(), JSON)
    _, refused = await fill_roster(room.paging.roster_tools, entries, principal=key, now=room.now)
    assert refused.verdict == "refused"
    assert refused.problems[0].field == field


async def test_an_office_cannot_take_over_a_person_of_another(room: Room) -> None:
    await room.person("leader", division="500101")
    key = Principal("k", "k", DISTRICT, frozenset({Scope.DUTY_WRITE}), "key")
    entries = read_document(json.dumps([PERSON]).encode(), JSON)
    (refused,) = await fill_roster(room.paging.roster_tools, entries, principal=key, now=room.now)
    assert refused.problems[0].field == "id"


@pytest.mark.requirement("duty-24h")
async def test_who_is_on_duty_now_and_where_nobody_will_be(room: Room) -> None:
    await room.person("town", division=TOWNSHIP)
    await room.shift("town", "duty-leader", TOWNSHIP, begin=room.now, hours=24)
    await room.person("top", division=MUNICIPALITY)
    await room.shift("top", "duty-leader", MUNICIPALITY, begin=room.now + timedelta(hours=20), hours=24)
    posts = {
        one.post: one for one in await read_duty_now(room.database, REGISTER, room.law, VILLAGE, now=room.now)
    }
    leader = posts["duty-leader"]
    assert leader.found is not None
    assert (leader.found.division, [one.key for one in leader.found.people]) == (TOWNSHIP, ["town"])
    (gap,) = leader.gaps
    assert (gap.from_at, gap.until_at) == (room.now + timedelta(hours=44), room.now + timedelta(days=7))
    assert posts["reporting-officer"].found is None
    assert posts["reporting-officer"].gaps[0].from_at == room.now


async def test_coverage_is_the_share_of_the_days_ahead(room: Room) -> None:
    await room.person("top", division=MUNICIPALITY)
    await room.shift("top", "duty-leader", MUNICIPALITY, begin=room.now, hours=84)
    shares = {
        (one.post, one.division): one.share
        for one in await read_coverage(room.database, REGISTER, room.law, now=room.now)
    }
    assert shares["duty-leader", DISTRICT] == pytest.approx(0.5)
    assert shares["reporting-officer", DISTRICT] == 0


async def test_a_gap_closes_when_its_post_is_held_again(room: Room) -> None:
    await room.on_duty("top", "duty-leader", MUNICIPALITY)
    await room.page(await room.clock_at())
    assert await close_filled_gaps(room.database, REGISTER, now=room.now) == 0
    await room.on_duty("officer", "reporting-officer", DISTRICT)
    assert await close_filled_gaps(room.database, REGISTER, now=room.now) == 1
    assert await close_filled_gaps(room.database, REGISTER, now=room.now) == 0


async def test_channels_are_sealed_anew_with_a_new_key(room: Room) -> None:
    await room.person("leader", "log:", "json://gateway/138")
    old, new = ("tests", b"thirty-two bytes for tests only!"), ("new", b"another thirty-two bytes of test")
    both = Sealer([new, old])
    assert await reseal_channels(room.database, both) == 2
    assert await reseal_channels(room.database, both) == 0
    with pytest.raises(Unsealable):
        await reseal_channels(room.database, Sealer([old]))
