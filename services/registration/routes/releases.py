"""HTTP door of releases and their certificates."""

import asyncio
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from services.registration.actions.people.unmask_person import unmask_person
from services.registration.actions.plans.read_certificate import read_certificate, verify_code
from services.registration.actions.plans.release_plans import release_plan
from services.registration.routes.lists import Service
from services.registration.rules.plans.certificate import LONGEST_CODE, code_of
from services.registration.wire.releases import ReleaseView, VerificationView
from shared.access import requires
from shared.admission import OPEN
from shared.bodies import WireRequest

PDF = "application/pdf"
UNMASKED_FOR = "release-certificate"

Code = Annotated[
    str,
    QueryParameter(
        min_length=1, max_length=LONGEST_CODE, description="The verification code of a certificate."
    ),
]


@post(
    "/v1/plans/{plan_id:uuid}/release",
    guards=[requires("plans:write")],
    status_code=201,
    responses={200: ResponseSpec(ReleaseView, description="The person was released before.")},
)
async def post_release(
    plan_id: FromPath[UUID], request: WireRequest, registration: Service
) -> Response[ReleaseView]:
    """Release the person of a plan 解除管理; 409 names what is missing, by test and day. Takes no body."""
    certificate, is_new = await release_plan(
        registration.database,
        plan_id,
        bounds=request.user.bounds(),
        ordered_from=request.user.id,
        now=registration.clock.now(),
    )
    registration.wake()
    code = code_of(registration.certificate_keys[0], certificate.number, certificate.content_hash)
    return Response(ReleaseView.of(certificate, code), status_code=201 if is_new else 200)


@get(
    "/v1/plans/{plan_id:uuid}/certificate",
    guards=[requires("plans:read", "pii:read")],
    media_type=PDF,
    responses={
        200: ResponseSpec(
            bytes, description="The certificate to print.", media_type=PDF, generate_examples=False
        )
    },
)
async def get_certificate(
    plan_id: FromPath[UUID], request: WireRequest, registration: Service
) -> Response[bytes]:
    """Return the certificate of a release 解除医学观察证明, a PDF; it names the person, so it is audited."""
    bounds = request.user.bounds()
    certificate = await read_certificate(registration.database, plan_id, bounds)
    whole = await unmask_person(
        registration.database,
        registration.sealer,
        certificate.content.person_id,
        bounds=bounds,
        reason=UNMASKED_FOR,
        unmasked_by=request.user.id,
        request_id=request.scope["state"]["request_id"],
        now=registration.clock.now(),
    )
    from services.registration.wire.certificate_pdf import page_of, render  # fonts cost every start 0.5 s

    page = page_of(
        certificate, whole.person, registration.pack, registration.divisions, registration.certificate_keys[0]
    )
    headers = {
        "content-disposition": f'inline; filename="{certificate.number}.pdf"',
        "cache-control": "no-store",
    }
    return Response(await asyncio.to_thread(render, page), media_type=PDF, headers=headers)


@get("/v1/certificates/verify", opt={OPEN: True})
async def get_verification(code: Code, registration: Service) -> VerificationView:
    """Tell whether a certificate is genuine 查验解除证明: open to everybody, and silent about the person."""
    certificate = await verify_code(registration.database, registration.certificate_keys, code)
    return VerificationView.of(certificate)


ROUTES = [post_release, get_certificate, get_verification]
