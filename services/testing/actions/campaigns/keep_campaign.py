"""Keep campaigns: state one whole, start it, end it, each in a transaction (town §6, city §5)."""

from dataclasses import dataclass
from datetime import datetime

from services.testing.actions.campaigns.people_of import people_of
from services.testing.rules.campaigns.campaign import Campaign, CampaignState, CampaignStated
from services.testing.storage import campaigns
from shared import outbox
from shared.access import Principal
from shared.contracts import derived_id, envelop
from shared.contracts.testing import CampaignEnded, CampaignOnTrack, CampaignStarted
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.policy.campaigns import CampaignsFile, Target
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class Kept:
    """A campaign after an order, and whether it was new."""

    campaign: Campaign
    is_new: bool


async def find_campaign(connection: Connection, code: str, user: Principal) -> Campaign:
    """Return a campaign of the caller's subtree; raises NotFound."""
    found = await campaigns.find(connection, code)
    if found is None or not user.reaches(found.division):
        raise NotFound("There is no such campaign.")
    return found


def target_of(stated: CampaignStated, law: CampaignsFile) -> Target:
    """Return the campaign's target; raises Conflict when the policy has it no more."""
    target = law.target(stated.target)
    if target is None:
        raise Conflict(f"The policy has no target {stated.target} any more; state the campaign anew.")
    return target


async def state_campaign(
    database: Database,
    stated: CampaignStated,
    law: CampaignsFile,
    user: Principal,
    *,
    recorded_at: datetime,
    now: datetime,
) -> Kept:
    """Make a campaign what is stated; the same again changes nothing.

    Raises NotFound for a code that a campaign elsewhere has, Conflict for one that has begun.
    """
    target = target_of(stated, law)
    async with database.transaction() as connection:
        await campaigns.lock(connection, stated.code)
        held = await campaigns.find(connection, stated.code)
        if held is not None:
            user.must_find(held.division, "This campaign")
            if held.stated == stated:
                return Kept(held, False)
            if held.state is not CampaignState.PLANNED:
                raise Conflict("The campaign has begun; what it was planned with stays as it is.")
        await campaigns.keep(
            connection,
            stated,
            due_at=stated.starts_at + target.within,
            aim_at=None if target.aim is None else stated.starts_at + target.aim,
            recorded_at=recorded_at,
            received_from=user.id,
            now=now,
        )
        return Kept(await find_campaign(connection, stated.code, user), held is None)


async def start_campaign(
    database: Database,
    code: str,
    law: CampaignsFile,
    user: Principal,
    *,
    started_at: datetime,
    recorded_at: datetime,
    now: datetime,
) -> Campaign:
    """Begin a campaign: its limit runs from `started_at`, and how many are to be tested is fixed.

    One that runs since then stays as it is. Raises NotFound, Conflict when it has begun at another time or
    nobody is to be tested.
    """
    async with database.transaction() as connection:
        await campaigns.lock(connection, code)
        held = await find_campaign(connection, code, user)
        if held.state is not CampaignState.PLANNED:
            if held.started_at == started_at:
                return held
            raise Conflict("The campaign has begun already.")
        target = target_of(held.stated, law)
        people = sum(area.people for area in await people_of(connection, held.stated, target))
        if not people:
            raise Conflict("Nobody is to be tested: the register has nobody in the divisions picked.")
        due_at = started_at + target.within
        await campaigns.start(
            connection,
            held.id,
            started_at=started_at,
            due_at=due_at,
            aim_at=None if target.aim is None else started_at + target.aim,
            people=people,
            now=now,
        )
        event = CampaignStarted(
            division=held.division,
            occurred_at=started_at,
            recorded_at=recorded_at,
            campaign_id=held.id,
            target=target.id,
            people=people,
            due_at=due_at,
        )
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, held.id))], now=now)
        return await find_campaign(connection, code, user)


async def end_campaign(
    database: Database,
    code: str,
    user: Principal,
    *,
    reason: str,
    ended_at: datetime,
    recorded_at: datetime,
    now: datetime,
) -> Campaign:
    """End a campaign; an alarm that it was behind ends with it, and one that is over stays as it is.

    Raises NotFound, Conflict for one that has not begun, InvalidInput for an end before the beginning.
    """
    async with database.transaction() as connection:
        await campaigns.lock(connection, code)
        held = await find_campaign(connection, code, user)
        if held.state is CampaignState.ENDED:
            return held
        if held.started_at is None:
            raise Conflict("The campaign has not begun.")
        if ended_at < held.started_at:
            raise InvalidInput(
                "A campaign ends after its beginning.",
                problems=[FieldProblem("ended_at", "lies before the beginning of the campaign")],
            )
        await campaigns.end(connection, held.id, ended_at=ended_at, reason=reason, now=now)
        ended = CampaignEnded(
            division=held.division,
            occurred_at=ended_at,
            recorded_at=recorded_at,
            campaign_id=held.id,
            reason=reason,
        )
        events = [envelop(ended, id=derived_id(ended.TYPE, held.id))]
        if held.is_behind:
            over = CampaignOnTrack(
                division=held.division,
                occurred_at=ended_at,
                recorded_at=recorded_at,
                campaign_id=held.id,
                crossing=held.crossings,
                because="ended",
            )
            events.append(envelop(over, id=derived_id(over.TYPE, held.id, held.crossings)))
        await outbox.put(connection, events, now=now)
        return await find_campaign(connection, code, user)
