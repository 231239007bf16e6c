"""What cannot be read is refused with a problem document by every service, and nothing of it is stored."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from shared.jetstream import SERVICES
from tests.builders import A_VILLAGE
from tests.system.campaign_doors import CAMPAIGN_KEYS, CAMPAIGNS_BY_ID
from tests.system.doors import (
    NEEDED,
    OFFICER,
    Attacked,
    Door,
    doors_of,
    rows_of,
    trouble_with,
)
from tests.system.due_doors import DUE_KEYS
from tests.system.laboratory_doors import LABORATORIES_BY_ID, LABORATORY_KEYS
from tests.system.people_doors import PEOPLE_BY_ID, PEOPLE_LISTS
from tests.system.place_doors import PLACE_LISTS, PLACES_BY_ID
from tests.system.result_doors import RESULT_KEYS, RESULTS_BY_ID
from tests.system.site_doors import SITE_LISTS
from tests.system.standing import STILL, Standing
from tests.system.surveillance_doors import SURVEILLANCE_BY_ID, SURVEILLANCE_KEYS
from tests.system.tube_doors import TUBE_KEYS, TUBES_BY_ID

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("standing")]

DEEP = 100_000
NOBODY = str(UUID(int=0))


def _broken_bodies(good: bytes) -> dict[str, tuple[bytes, int]]:
    """Bodies that are no JSON, or not the JSON that is wanted, with the status of their refusal."""
    inside = good.rstrip()[:-1]
    return {
        "spaces": (b"  ", 400),
        "null": (b"null", 422),
        "a list": (b"[]", 422),
        "text": (b'"text"', 422),
        "no number": (b"NaN", 422),
        "cut": (inside, 400),
        "followed by more": (good + b"x", 400),
        "a byte order mark": (b"\xef\xbb\xbf" + good, 400),
        "no UTF-8": (inside + b',"x":"\xff"}', 400),
        "UTF-16": (good.decode().encode("utf-16"), 400),
        "half a character": (inside + b',"x":"\\ud800"}', 400),
        "half a character as a name": (inside + b',"\\ud800":1}', 400),
        "100,000 brackets": (b"[" * DEEP, 400),
        "100,000 braces": (b'{"a":' * DEEP, 400),
        "100,000 brackets in a field": (inside + b',"x":' + b"[" * DEEP + b"]" * DEEP + b"}", 400),
        "a number of 5,000 digits": (inside + b',"x":' + b"9" * 5000 + b"}", 400),
        "an unknown field": (inside + b',"x":1}', 422),
        "U+0000 in a name": (inside + b',"a\\u0000":1}', 422),
        "a field twice": (inside + b"," + inside.lstrip(b"{ ").split(b",")[0] + b"}", 422),
        "a field twice, once escaped": (inside + b',"\\u00' + _first_name_escaped(inside) + b"}", 422),
        "10 MB": (b" " * 10_000_000 + good, 413),
    }


def _first_name_escaped(inside: bytes) -> bytes:
    first = inside.lstrip(b'{ "')
    return f"{first[0]:02x}".encode() + first[1:].split(b",")[0]


WRONG_MEDIA = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "application/json; charset=gbk",
    "",
)
WRONG_TEXTS: dict[str, Any] = {
    "U+0000": "a\0b-1",
    "empty": "",
    "a number": 7,
    "a number beyond 64 bits": 10**30,
    "a fraction": 1.5,
    "true": True,
    "a list": ["a"],
    "an object": {"a": 1},
    "100,000 characters": "9" * 100_000,
}


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(200):
        yield b" " * 100_000


async def _bodies_refused(attacked: Attacked, door: Door) -> list[str]:
    good = json.dumps(door.body(attacked.now)).encode()
    wrong: list[str] = []
    for name, (body, status) in _broken_bodies(good).items():
        if trouble := trouble_with(await attacked.send(door, body), status):
            wrong.append(f"{door.path} {name}: {trouble}")
    if not door.body_is_optional and (trouble := trouble_with(await attacked.send(door, b""), 400, 422)):
        wrong.append(f"{door.path} nothing: {trouble}")
    for media in WRONG_MEDIA:
        if trouble := trouble_with(await attacked.send(door, good, **{"content-type": media}), 415):
            wrong.append(f"{door.path} {media}: {trouble}")
    client = attacked.platform.clients[door.service]
    headers = {"content-type": "application/json"}
    endless = await client.request(
        door.method, door.path.format(**attacked.ids), content=_chunks(), headers=headers, timeout=30
    )
    if trouble := trouble_with(endless, 413):
        wrong.append(f"{door.path} in chunks without a length: {trouble}")
    return wrong


async def _texts_refused(attacked: Attacked, door: Door) -> list[str]:
    wrong: list[str] = []
    good = door.body(attacked.now)
    for field in door.texts:
        for name, value in WRONG_TEXTS.items():
            # a nested value is named with its place: reporter.0
            if trouble := trouble_with(await attacked.send(door, {**good, field: value}), 422, field=field):
                wrong.append(f"{door.path} {field} {name}: {trouble}")
    return wrong


@pytest.mark.parametrize("service", NEEDED)
async def test_what_cannot_be_read_is_refused_and_nothing_of_it_is_stored(
    service: str, standing: Standing
) -> None:
    # alerts keeps the time of the outside world in its roster: there the clock runs
    rate = 1.0 if service == "alerts" else STILL
    attacked, database_url = await standing.attacked(*NEEDED[service], rate=rate)
    before = await rows_of(database_url, service)
    wrong: list[str] = []
    for door in doors_of(service):
        wrong += await _bodies_refused(attacked, door)
        wrong += await _texts_refused(attacked, door)
        wrong += await _other_methods_refused(attacked, door)
    wrong += await _ids_refused(attacked, service)
    wrong += await _queries_refused(attacked, service)
    assert not wrong, "\n".join(wrong)
    assert await rows_of(database_url, service) == before
    assert '"level":"error"' not in attacked.platform.services[service].output()
    await attacked.platform.close()


async def _other_methods_refused(attacked: Attacked, door: Door) -> list[str]:
    client = attacked.platform.clients[door.service]
    wrong: list[str] = []
    for method in ("PATCH", "DELETE", "TRACE", "PROPFIND"):
        answer = await client.request(method, door.path.format(**attacked.ids))
        if trouble := trouble_with(answer, 405):
            wrong.append(f"{method} {door.path}: {trouble}")
        elif "POST" not in answer.headers["allow"] and "PUT" not in answer.headers["allow"]:
            wrong.append(f"{method} {door.path}: Allow is {answer.headers['allow']}")
    return wrong


BY_ID = {
    "testing": ["/v1/samples/{}", *LABORATORIES_BY_ID, *TUBES_BY_ID, *CAMPAIGNS_BY_ID, *RESULTS_BY_ID],
    "registration": [
        "/v1/returns/{}",
        "/v1/symptom-reports/{}",
        "/v1/transfers/{}",
        *PEOPLE_BY_ID,
        *PLACES_BY_ID,
        *SURVEILLANCE_BY_ID,
    ],
    "reporting": ["/v1/cases/{}"],
    "alerts": ["/v1/clocks/{}", "/v1/pages/{}"],
}
NO_IDS = ("x", "1", "%00", "%FF", "%ED%A0%80", "a" * 5000, f"{NOBODY}%0A", f"{{{NOBODY}}}", "..%2f..", NOBODY)


async def _ids_refused(attacked: Attacked, service: str) -> list[str]:
    client = attacked.platform.clients[service]
    wrong: list[str] = []
    for path in BY_ID[service]:
        for id_ in NO_IDS:
            if trouble := trouble_with(await client.get(path.format(id_)), 400, 404, 405):
                wrong.append(f"{path} {id_[:40]}: {trouble}")
    return wrong


LISTS: dict[str, dict[str, Sequence[Any]]] = {
    "testing": {**LABORATORY_KEYS, **DUE_KEYS, **TUBE_KEYS, **CAMPAIGN_KEYS, **RESULT_KEYS},
    "registration": {
        **PEOPLE_LISTS,
        "/v1/returns": (A_VILLAGE, NOBODY),
        "/v1/symptom-reports": (A_VILLAGE, NOBODY),
        "/v1/transfers": (A_VILLAGE, NOBODY),
        **dict.fromkeys([*PLACE_LISTS, *SITE_LISTS], (A_VILLAGE, NOBODY)),
        **SURVEILLANCE_KEYS,
    },
    "reporting": {"/v1/cases": ("2021-02-01T00:00:00Z", NOBODY)},
    "alerts": {
        "/v1/clocks": ("2021-02-01T00:00:00Z", NOBODY),
        "/v1/pages": ("2021-02-01T00:00:00Z", NOBODY),
        "/v1/duty/people": (OFFICER,),
        "/v1/duty/shifts": ("2021-02-01T00:00:00Z", NOBODY),
    },
}
"""Each list with a key that its cursors may hold."""
NO_LIMITS = ("0", "501", "-1", "", "null", "abc", "9" * 30, "%D9%A3", "%00", "1_0", "0x10")
NO_CURSORS = ("x", "====", "", "%00", "%FF", "A" * 2000)
NO_PARAMETERS = ("unknown=1", "Limit=5", "limit=5&limit=6", "%FF=1", "cursor[]=x", "%00=1")


def _forged(path: str, key: bytes) -> str:
    """A cursor as the service makes it: its checksum keeps mistakes out, not those who read the source."""
    purpose = hashlib.blake2b(path.encode() + b"?" + urlencode([]).encode(), digest_size=32).digest()
    checksum = hashlib.blake2b(key, digest_size=8, key=purpose).digest()
    return base64.urlsafe_b64encode(key + checksum).rstrip(b"=").decode()


def _forged_cursors(path: str, key: Sequence[Any]) -> list[str]:
    first = key[0]
    far = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    firsts: list[Any] = [f"{first}\0", [], None, 1e300, *(far if str(first).endswith("Z") else ())]
    keys = [json.dumps([other, *key[1:]]).encode() for other in firsts]
    keys += [b"[]", b"{}", b"[" * 500, b'["\\ud800"]', b"\xff"]
    return [_forged(path, one) for one in keys]


async def _queries_refused(attacked: Attacked, service: str) -> list[str]:
    client = attacked.platform.clients[service]
    wrong: list[str] = []
    for path, key in LISTS[service].items():
        good = await client.get(f"{path}?cursor={_forged(path, json.dumps(list(key)).encode())}")
        assert good.status_code == 200, (path, good.text)
        queries = [
            *(f"limit={value}" for value in NO_LIMITS),
            *(f"cursor={value}" for value in NO_CURSORS),
            *(f"cursor={value}" for value in _forged_cursors(path, key)),
            *NO_PARAMETERS,
        ]
        for query in queries:
            if trouble := trouble_with(await client.get(f"{path}?{query}"), 400, 422):
                wrong.append(f"{path}?{query[:60]}: {trouble}")
    return wrong


async def test_an_instant_at_the_end_of_all_days_is_no_failure(standing: Standing) -> None:
    attacked, _ = await standing.attacked(*SERVICES, rate=1.0)
    asked = {
        "alerts": [
            "/v1/clocks?due_before=",
            "/v1/pages?since=",
            "/v1/duty/shifts?from=",
            "/v1/duty/shifts?until=",
        ],
        "reporting": ["/v1/cases?positive_since=", "/v1/cases?positive_until="],
    }
    for service, paths in asked.items():
        for path in paths:
            for instant in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-30T00:00:00Z"):
                answer = await attacked.platform.clients[service].get(path + instant)
                assert answer.status_code in (200, 422), (path, instant, answer.text)
    for day in ("0001-01-01", "9999-12-31", "10000-01-01", "2021-02-29", "2021-2-1", "%00", "1612137600"):
        for path in ("/v1/daily-reports", "/v1/daily-reports/missing"):
            answer = await attacked.platform.clients["reporting"].get(f"{path}?day={day}")
            assert answer.status_code in (200, 400, 422), (path, day, answer.text)
    await attacked.platform.close()
