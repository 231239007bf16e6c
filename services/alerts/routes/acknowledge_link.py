"""HTTP door of the one-tap link: a page for a telephone that shows what is asked and has one button."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from litestar import MediaType, Response, get, post
from litestar.params import FromPath

from services.alerts.actions.deliver_page import page_clock
from services.alerts.actions.read_pages import WholePage, read_page
from services.alerts.messages import Catalogue
from services.alerts.paging import Paging
from services.alerts.routes.duty import Service
from services.alerts.rules.one_tap_link import BadLink, ExpiredLink
from services.alerts.rules.page_text import PageClock, by_urgency, count_names, say_moment, say_time
from shared.admission import OPEN
from shared.errors import NotFound, Unavailable
from shared.policy.values import Text

SHOWN = 300
"""How many clocks the page lists; a telephone does not scroll through twelve thousand."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class _Row:
    title: Text
    place: str
    subject: str
    clauses: str
    time: Text
    due: Text
    late: bool
    open: bool


@dataclass(frozen=True, slots=True)
class _View:
    total: int
    rules: Text
    townships: str
    rows: Sequence[_Row]
    acknowledged_at: Text | None
    any_open: bool
    """Whether there is still a clock to act on; without one there is nothing to acknowledge."""


@get("/a/{token:str}", opt={OPEN: True}, media_type=MediaType.HTML, include_in_schema=False)
async def get_acknowledgement(token: FromPath[str], paging: Service) -> Response[str]:
    """Show what a page asks and its one button; nothing is acknowledged by looking.

    Chat programs and mail filters fetch every link in a message before a person has seen it.
    """
    return await _answer(token, paging, acknowledge=False)


@post("/a/{token:str}", opt={OPEN: True}, media_type=MediaType.HTML, include_in_schema=False, status_code=200)
async def post_acknowledgement_by_link(token: FromPath[str], paging: Service) -> Response[str]:
    """Acknowledge a page by its link; again it is harmless."""
    return await _answer(token, paging, acknowledge=True)


async def _answer(token: str, paging: Paging, *, acknowledge: bool) -> Response[str]:
    now = paging.clock.now()
    try:
        page_id = paging.signer.read(token, now)
        if acknowledge:
            await paging.acknowledge(page_id, principal=None)
        whole = await read_page(paging.database, page_id, principal=None)
    except ExpiredLink:
        return _page(paging.catalogue, None, trouble="expired", status=410)
    except (BadLink, NotFound):
        return _page(paging.catalogue, None, trouble="bad", status=404)
    except Unavailable:
        return _page(paging.catalogue, None, trouble="trouble", status=503)
    return _page(paging.catalogue, _view(whole, paging, now))


def _view(whole: WholePage, paging: Paging, now: datetime) -> _View:
    clocks = [(page_clock(item, paging.register, paging.law), item.is_open) for item in whole.items]
    is_open = {id(clock): open_ for clock, open_ in clocks}
    ordered = by_urgency([clock for clock, _ in clocks])
    names = [clock.title for clock in ordered]
    catalogue = paging.catalogue
    answered = whole.page.acknowledged_at
    return _View(
        total=whole.page.items,
        rules=Text(
            zh=count_names([name.zh for name in names], "zh", catalogue),
            en=count_names([name.en for name in names], "en", catalogue),
        ),
        townships=count_names([clock.township for clock in ordered], "zh", catalogue),
        rows=[_row(clock, is_open[id(clock)], now, catalogue) for clock in ordered[:SHOWN]],
        acknowledged_at=None if answered is None else _both_moments(answered, catalogue),
        any_open=any(is_open.values()),
    )


def _both_moments(moment: datetime, catalogue: Catalogue) -> Text:
    return Text(zh=say_moment(moment, "zh", catalogue), en=say_moment(moment, "en", catalogue))


def _row(clock: PageClock, is_open: bool, now: datetime, catalogue: Catalogue) -> _Row:
    return _Row(
        title=clock.title,
        place=clock.place,
        subject=clock.subject,
        clauses=catalogue.say("zh", "page.clause_separator").join(clause.zh for clause in clock.clauses),
        time=Text(
            zh=say_time(clock.due_at, now, "zh", catalogue), en=say_time(clock.due_at, now, "en", catalogue)
        ),
        due=_both_moments(clock.due_at, catalogue),
        late=now > clock.due_at,
        open=is_open,
    )


def _page(catalogue: Catalogue, view: _View | None, *, trouble: str = "", status: int = 200) -> Response[str]:
    nonce = secrets.token_urlsafe(16)
    html = _TEMPLATES.get_template("acknowledge.html").render(
        view=view, trouble=trouble, nonce=nonce, say=catalogue.say
    )
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'"
    return Response(
        html,
        media_type=MediaType.HTML,
        status_code=status,
        headers={"content-security-policy": policy, "cache-control": "no-store", "x-robots-tag": "noindex"},
    )


LINK_ROUTES = [get_acknowledgement, post_acknowledgement_by_link]
