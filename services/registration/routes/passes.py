"""HTTP door of passes: whether somebody may move."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from services.registration.actions.movement.check_passage import check_passage
from services.registration.routes.lists import Service
from services.registration.rules.people.identity import Identity
from services.registration.service import Registration
from services.registration.wire.passes import PassRow, PassView
from shared.access import Principal, requires
from shared.bodies import WireRequest
from shared.errors import FieldProblem, InvalidInput


@post("/v1/passes/check", guards=[requires("movement:read")], status_code=200)
async def post_check(data: JSONBody[PassRow], request: WireRequest, registration: Service) -> PassView:
    """Check whether somebody may move 通行核验, by their document or id; nothing of it is kept.

    Whoever is not on record in the caller's subtree is not found, which is no green code.
    """
    who = data.person_id if data.identity is None else data.identity.identity
    assert who is not None
    return await _checked(registration, request.user, who, data.passage, for_work=data.for_work)


@get("/v1/passes/{person_id:uuid}", guards=[requires("movement:read")])
async def get_pass(person_id: FromPath[UUID], request: WireRequest, registration: Service) -> PassView:
    """Return the colour of somebody's code 码色, and whether they may move inside the municipality."""
    first = registration.movement.passes.passages[0].id
    return await _checked(registration, request.user, person_id, first, for_work=False)


async def _checked(
    registration: Registration, user: Principal, who: UUID | Identity, passage: str, *, for_work: bool
) -> PassView:
    law = registration.movement.passes
    kind = law.passage(passage)
    if kind is None:
        known = ", ".join(one.id for one in law.passages)
        problem = FieldProblem("passage", f"is none of the policy's: {known}")
        raise InvalidInput("The way of moving is not known.", problems=[problem])
    checked = await check_passage(
        registration.database,
        who,
        kind,
        law,
        registration.stay_at_work,
        registration.sealer,
        for_work=for_work,
        bounds=user.bounds(),
        now=registration.clock.now(),
    )
    return PassView.of(checked, passage, law, registration.pack)


ROUTES = [post_check, get_pass]
