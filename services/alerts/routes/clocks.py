"""HTTP door of the clocks: parse, act, answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import ServerSentEvent

from services.alerts.actions.list_clocks import list_clocks
from services.alerts.actions.read_clock import read_clock
from services.alerts.actions.void_clock import Withdrawal, void_clock
from services.alerts.engine import ClockEngine
from services.alerts.paging import Paging
from services.alerts.routes.clock_views import (
    ClockView,
    WholeClockView,
    WithdrawalOrder,
    view_of,
    whole_view_of,
)
from services.alerts.rules.clock_state import Clock, State
from services.alerts.rules.clock_terms import Law
from services.alerts.storage.clock_records import ClockFilter
from shared.access import requires
from shared.bodies import WireRequest
from shared.errors import FieldProblem, InvalidInput
from shared.event_stream import DivisionFilter, EventStream, LastEventId
from shared.instants import read_instant
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

InstantFilter = Annotated[str | None, QueryParameter(max_length=64, description="RFC 3339 with an offset.")]
TextFilter = Annotated[str | None, QueryParameter(max_length=200)]
StateFilter = Annotated[State | None, QueryParameter(name="state")]
"""Named otherwise in Python, where `state` is Litestar's own."""


@get("/v1/clocks", guards=[requires("clocks:read")])
async def get_clocks(
    request: WireRequest,
    engine: NamedDependency[ClockEngine],
    paging: NamedDependency[Paging],
    division: DivisionFilter = None,
    rule: TextFilter = None,
    subject: TextFilter = None,
    owner: TextFilter = None,
    in_state: StateFilter = None,
    due_before: InstantFilter = None,
    cursor: PageCursor = None,
    limit: PageLimit = DEFAULT_LIMIT,
) -> Page[ClockView]:
    """List the subtree's clocks 时钟列表, soonest due first; states are those at the moment of the answer."""
    now = engine.clock.now()
    place = place_in_list(request, cursor, limit, tuple[datetime, UUID])
    wanted = ClockFilter(
        bounds=request.user.bounds_in(paging.register, division),
        rule_id=None if rule is None else _known_rule(rule, engine.law),
        subject=subject,
        owner=owner,
        state=in_state,
        due_before=None if due_before is None else read_instant("due_before", due_before),
    )
    clocks = await list_clocks(engine.database, wanted, after=place.after, most=place.rows_wanted, now=now)
    return page_of(
        request,
        place,
        clocks,
        key=lambda clock: (clock.due_at, clock.id),
        show=lambda clock: _view(clock, paging, now),
    )


@get("/v1/clocks/{clock_id:uuid}", guards=[requires("clocks:read")])
async def get_clock(
    clock_id: FromPath[UUID],
    request: WireRequest,
    engine: NamedDependency[ClockEngine],
    paging: NamedDependency[Paging],
) -> WholeClockView:
    """Return a clock with every fact, every step and every page 时钟及其全部记录."""
    whole = await read_clock(engine.database, clock_id, principal=request.user)
    return whole_view_of(whole, _view(whole.history.clock, paging, engine.clock.now()))


@post("/v1/clocks/{clock_id:uuid}/void", guards=[requires("clocks:void")], status_code=200)
async def post_withdrawal(
    clock_id: FromPath[UUID],
    data: JSONBody[WithdrawalOrder],
    request: WireRequest,
    engine: NamedDependency[ClockEngine],
    paging: NamedDependency[Paging],
) -> WholeClockView:
    """Withdraw a clock 撤销时钟, of a false positive for example, with reason and name; it stays on record.

    The same withdrawal again changes nothing; another one answers 409.
    """
    now = engine.clock.now()
    withdrawal = Withdrawal(reason=data.reason, name=data.name)
    absorbed = await void_clock(
        engine.database, clock_id, withdrawal, engine.law, principal=request.user, now=now
    )
    engine.note(absorbed, now)
    whole = await read_clock(engine.database, clock_id, principal=request.user)
    return whole_view_of(whole, _view(whole.history.clock, paging, now))


@get("/v1/clocks/stream", guards=[requires("events:read")], media_type="text/event-stream")
async def get_stream(
    request: WireRequest,
    event_stream: NamedDependency[EventStream],
    division: DivisionFilter = None,
    last_event_id: LastEventId = None,
) -> ServerSentEvent:
    """Stream the subtree's events about clocks and pages 事件流, as server-sent events.

    Each is a CloudEvent; its id is its place in the stream, and `Last-Event-ID` goes on behind it. The answer
    ends after 15 minutes or with the service, for the listener to come back.
    """
    return await event_stream.answer(request.user, division, last_event_id)


def _known_rule(rule: str, law: Law) -> str:
    """Return the rule as it is; raises InvalidInput when no version of the policy has ever had it."""
    known = law.rule_ids
    if rule not in known:
        problem = FieldProblem("rule", f"no such rule; known are {', '.join(known)}")
        raise InvalidInput("The rule is not known.", problems=[problem])
    return rule


def _view(clock: Clock, paging: Paging, now: datetime) -> ClockView:
    frozen = paging.law.frozen(clock.rule_version, clock.rule_id)
    return view_of(clock, frozen.rule.title, frozen.citations, now)


ROUTES = [get_clocks, get_clock, post_withdrawal, get_stream]
