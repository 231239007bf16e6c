"""HTTP door of rooms: who is given which, who moves, who leaves."""

from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from services.registration.actions.quarantine.assign_rooms import assign_rooms
from services.registration.actions.quarantine.move_people import let_go, move_people
from services.registration.actions.quarantine.refuse_strangers import refuse_strangers
from services.registration.routes.lists import Service
from services.registration.rules.quarantine.stay import problems_of, repeated
from services.registration.wire.rooms import AssignmentOrder, LeaveOrder, MoveOrder, StaysReceipt
from shared.access import requires
from shared.bodies import WireRequest
from shared.errors import InvalidInput
from shared.instants import refuse_future

REPETITION = "They had these rooms already."


@post(
    "/v1/rooms/assignments",
    guards=[requires("sites:write")],
    status_code=201,
    responses={200: ResponseSpec(StaysReceipt, description=REPETITION)},
)
async def post_assignment(
    data: JSONBody[AssignmentOrder], request: WireRequest, registration: Service
) -> Response[StaysReceipt]:
    """Give rooms 分配房间 to somebody alone or to a family together, in the nearest open site or a named one.

    Nobody shares a room with another party, and no bed is given twice. The same people again answer 200.
    Whoever is on record outside the key's subtree alone is refused.
    """
    now = registration.clock.now()
    wanted = data.wanted(now)
    if problems := problems_of(wanted, now, registration.divisions):
        raise InvalidInput("The order has fields that are refused.", problems=problems)
    request.user.must_reach(wanted.division)
    named = {f"person_ids.{place}": person_id for place, person_id in enumerate(wanted.person_ids)}
    await refuse_strangers(registration.database, named, request.user.bounds())
    assigned = await assign_rooms(registration.database, wanted, bounds=request.user.bounds(), now=now)
    receipt = StaysReceipt.after(assigned.stays, is_new=assigned.is_new)
    return Response(receipt, status_code=201 if assigned.is_new else 200)


@post("/v1/rooms/moves", guards=[requires("sites:write")], status_code=200)
async def post_move(data: JSONBody[MoveOrder], request: WireRequest, registration: Service) -> StaysReceipt:
    """Move people to another room 调换房间; whoever is in it already stays."""
    now = registration.clock.now()
    moved_at = data.moved_at or now
    refuse_future("moved_at", moved_at, now)
    _refuse_repeated(data)
    moved = await move_people(
        registration.database,
        data.person_ids,
        site=data.site,
        room=data.room,
        at=moved_at,
        bounds=request.user.bounds(),
        now=now,
    )
    return StaysReceipt.after(moved.stays, is_new=moved.is_new)


@post("/v1/rooms/leaves", guards=[requires("sites:write")], status_code=200)
async def post_leave(data: JSONBody[LeaveOrder], request: WireRequest, registration: Service) -> StaysReceipt:
    """Let people go from their rooms 离开隔离场所; who has left already stays as on record."""
    now = registration.clock.now()
    left_at = data.left_at or now
    refuse_future("left_at", left_at, now)
    _refuse_repeated(data)
    left = await let_go(
        registration.database, data.person_ids, reason=data.reason, at=left_at, bounds=request.user.bounds()
    )
    return StaysReceipt.after(left.stays, is_new=left.is_new)


def _refuse_repeated(data: MoveOrder | LeaveOrder) -> None:
    if problems := repeated("person_ids", data.person_ids):
        raise InvalidInput("The order has fields that are refused.", problems=problems)


ROUTES = [post_assignment, post_move, post_leave]
