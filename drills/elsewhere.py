"""A drill against an installation that runs already, from outside: through its one address, on its own clock.

It must be empty, and its clock must be the drill's: it is started for the drill, in containers for instance.
"""

import json
import re
import ssl
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any
from urllib.parse import urlsplit

from drills.doors import Doors, make_keys
from drills.judge import Verdict
from drills.messages import say
from drills.people import LINK, page_of_token
from drills.places import Drill
from drills.run import NotReadyInTime, Screen, Stage, play
from drills.scenario import Scenario
from shared.clock import Clock

LONGEST_BODY_BYTES = 1024 * 1024
MESSAGE_SECONDS = 20.0
LEAST_LEAD = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the installation is, and how the drill gets its keys."""

    url: str
    """The address of all its services, as people and systems reach it."""
    database_url: str
    """The operator's: a drill makes a key for each party as `dutyclock keys create` does."""
    authority: Path | None = None
    """Who vouches for the address, where that is no public authority."""


async def play_elsewhere(drill: Drill, place: Elsewhere, clock: Clock, screen: Screen) -> Verdict:
    """Play a drill on the installation's clock and judge it.

    Raises NotReadyInTime when the clock is not the drill's or has passed its start, and Refused.
    """
    scenario = drill.scenario
    if clock.rate != scenario.rate or clock.now() + LEAST_LEAD >= scenario.starts_at:
        values = {"rate": f"{scenario.rate:g}", "starts_at": scenario.starts_at.isoformat()}
        raise NotReadyInTime(say("not-the-drills-clock", **values))
    top = next(unit.code for unit in drill.registers.divisions.units() if unit.parent is None)
    keys = await make_keys(place.database_url, top)
    trust = ssl.create_default_context(cafile=str(place.authority)) if place.authority else True
    async with (
        Telephones.switched_on(place) as telephones,
        Doors.open(dict.fromkeys(SERVICES, place.url.rstrip("/")), keys, trust=trust) as doors,
    ):
        stage = Stage(doors, telephones)
        return await play(with_telephones(drill, telephones), stage, clock, screen)


SERVICES = ("registration", "testing", "alerts", "reporting")


def with_telephones(drill: Drill, telephones: "Telephones") -> Drill:
    """Return the drill in which whoever answers by the link has a telephone that messages really reach."""
    roster = tuple(
        person.model_copy(update={"channels": (telephones.address,)})
        if person.answers_by == "link"
        else person
        for person in drill.scenario.roster
    )
    scenario: Scenario = drill.scenario.model_copy(update={"roster": roster})
    return Drill(scenario, drill.forecast, drill.registers)


class Telephones:
    """An HTTP gateway that takes messages as JSON and keeps the one-tap link in each."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._links: dict[str, str] = {}
        self._came = threading.Condition()
        self._server = ThreadingHTTPServer(("", 0), self._handler())

    @classmethod
    @asynccontextmanager
    async def switched_on(cls, place: Elsewhere) -> "AsyncGenerator[Telephones]":
        """Take messages for as long as the block runs."""
        telephones = cls(place.url)
        thread = threading.Thread(target=telephones._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield telephones
        finally:
            telephones._server.shutdown()
            telephones._server.server_close()

    @property
    def address(self) -> str:
        """The channel that leads here."""
        host = own_address(urlsplit(self._url).hostname or "")
        return f"json://{host}:{self._server.server_address[1]}/telephone"

    def link_of(self, page_id: str) -> str | None:
        """Return the link in the message about a page, at the drill's own address of the installation.

        Waits for a message that is on its way; None when none came.
        """
        with self._came:
            self._came.wait_for(lambda: page_id in self._links, MESSAGE_SECONDS)
            token = self._links.get(page_id)
        return token and f"{self._url}/a/{token}"

    def take(self, message: Mapping[str, Any]) -> None:
        """Keep the link that a message holds."""
        found = re.search(LINK, str(message.get("message", "")))
        if found is None:
            return
        with self._came:
            self._links[page_of_token(found["token"])] = found["token"]
            self._came.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        telephones = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                status = 400
                if 0 < length <= LONGEST_BODY_BYTES:
                    try:
                        telephones.take(json.loads(self.rfile.read(length)))
                        status = 200
                    except (ValueError, AttributeError):
                        status = 422
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Write nothing: addresses hold tokens."""

        return Handler


def own_address(peer: str) -> str:
    """Return the address of this machine that `peer` sees; nothing is sent."""
    with socket(AF_INET, SOCK_DGRAM) as probe:
        probe.connect((peer, 9))
        return str(probe.getsockname()[0])
