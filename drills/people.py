"""The people on duty: they see their pages and answer, each after their own time, or never."""

import asyncio
import base64
import json
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from drills.doors import Doors
from drills.play import wait_until
from drills.scenario import Person
from shared.clock import Clock

LOOK_SECONDS = 0.2
"""How often the duty room's list is read, in real time; shorter than anybody's answer takes."""

SeePage = Callable[[dict[str, Any]], None]
SeeAnswer = Callable[[Person, datetime, str], None]

LINK = re.compile(r"https?://\S+/a/(?P<token>[\w.-]+)")


class Messages(Protocol):
    """What has reached people's channels."""

    def link_of(self, page_id: str) -> str | None:
        """Return the one-tap link in the message about a page; None while there is none."""
        ...


class Course(Protocol):
    """What of a drill concerns the people on duty: who they are, and until when it lasts."""

    @property
    def ends_at(self) -> datetime: ...

    def people(self) -> Mapping[str, Person]: ...


class DutyPeople:
    """Looks for new pages and answers them as the scenario says."""

    def __init__(
        self,
        scenario: Course,
        doors: Doors,
        clock: Clock,
        messages: Messages,
        *,
        see_page: SeePage,
        see_answer: SeeAnswer,
    ) -> None:
        self._people = scenario.people()
        self._ends_at = scenario.ends_at
        self._doors = doors
        self._clock = clock
        self._messages = messages
        self._see_page = see_page
        self._see_answer = see_answer
        self._seen: set[str] = set()

    async def work(self, since: datetime) -> None:
        """Look and answer until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                pages = await self._doors.get_all("duty-room", "alerts", "/v1/pages", since=since.isoformat())
                for page in reversed(pages):
                    if page["id"] not in self._seen:
                        self._seen.add(page["id"])
                        self._see_page(page)
                        group.create_task(self._answer(page))
                if pages:
                    since = datetime.fromisoformat(pages[0]["created_at"]) - timedelta(minutes=10)
                await asyncio.sleep(LOOK_SECONDS)

    async def _answer(self, page: dict[str, Any]) -> None:
        person = self._people[page["person"]]
        if person.answers_after is None:
            return
        at = datetime.fromisoformat(page["created_at"]) + person.answers_after
        if at >= self._ends_at:
            return
        await wait_until(at, self._clock)
        if person.answers_by == "link":
            await self._tap(page["id"])
        else:
            path = f"/v1/pages/{page['id']}/acknowledge"
            await self._doors.post("duty-room", "alerts", path, {"by": person.key})
        self._see_answer(person, self._clock.now(), page["id"])

    async def _tap(self, page_id: str) -> None:
        link = await asyncio.to_thread(self._messages.link_of, page_id)
        if link is None:
            raise LookupError(f"the message of page {page_id} has not reached its channel, or has no link")
        answer = await self._doors.client.post(link)
        answer.raise_for_status()


class MessagesInLog:
    """What the channel `log:` received: one line of JSON for each message, read as it grows."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0
        self._links: dict[str, str] = {}

    def link_of(self, page_id: str) -> str | None:
        """Return the one-tap link in the message about a page; None while there is none."""
        if page_id not in self._links:
            with self._log.open("rb") as file:
                file.seek(self._read)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    self._take(line)
        return self._links.get(page_id)

    def _take(self, line: bytes) -> None:
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        if record.get("action") == "page" and (found := LINK.search(str(record.get("body", "")))):
            self._links[page_of_token(found["token"])] = found[0]


def page_of_token(token: str) -> str:
    """Return the id of the page that a link's token is about, which it carries in clear."""
    packed = token.startswith(".")
    payload = token.lstrip(".").split(".")[0]
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    page, _ = json.loads(zlib.decompress(raw) if packed else raw)
    return str(UUID(hex=page))
