"""Find which returns statements are about, all that decides it locked until the transaction ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from services.registration.rules.returns.return_merge import Return, ReturnStatement
from services.registration.rules.returns.same_return import Candidate, Settled, settle, shared_reference
from services.registration.storage import people, plan_decisions, same_returns, withdrawn_returns
from services.registration.storage.withdrawn_returns import Gone
from shared.postgres import Connection


class Moved(Exception):
    """What decides changed between the first look and the lock; the whole transaction is done again."""


@dataclass(frozen=True, slots=True)
class Found:
    """The statements with the returns that they are about, and the returns that end in others."""

    statements: list[ReturnStatement]
    withdrawn: Mapping[UUID, UUID]


async def find_same(
    connection: Connection, statements: Sequence[ReturnStatement], *, within: timedelta
) -> Found:
    """Return the statements each with its return, their references written down.

    Everybody locks people first, then references, then returns, each in the order of ids: nobody waits for
    another crosswise, and of two who tell of one person's arrival at once the second sees what the first
    made of it. Raises Moved.
    """
    own = {statement.reference_id for statement in statements}
    stated = {one.person_id for one in statements if one.person_id is not None}
    survivors = await _lock_people(connection, stated | await same_returns.people_of(connection, own))
    references = dict(await same_returns.claim_references(connection, own))
    shared = {
        shared_reference(one.reference_id, one.person_id)
        for one in statements
        if one.person_id is not None and one.reference_id in references
    }
    if shared:
        references |= await same_returns.find_references(connection, shared)
    gone = await withdrawn_returns.gone_of(
        connection, set(references.values()), [one.statement_id for one in statements]
    )
    said = {statement_id: one.named for one in gone.values() for statement_id in one.said}
    fresh = [one for one in statements if one.statement_id not in said]
    renamed = _renamed(fresh, references, gone)
    known = await _returns(connection, survivors, references | renamed)
    settled = settle(
        fresh,
        references | renamed,
        [Candidate.of(one, one.person_id and survivors[one.person_id]) for one in known],
        within=within,
    )
    settled.references = renamed | settled.references
    found = await write_settled(connection, fresh, settled)
    if not said:
        return found
    about = iter(found.statements)
    return replace(
        found,
        statements=[
            replace(one, about=said[one.statement_id]) if one.statement_id in said else next(about)
            for one in statements
        ],
    )


def _renamed(
    fresh: Sequence[ReturnStatement], references: Mapping[UUID, UUID], gone: Mapping[UUID, Gone]
) -> dict[UUID, UUID]:
    """Return what the references of withdrawn returns name from now on, where something new is said.

    What had been said of such a return is a repetition, and says nothing of another one.
    """
    if not gone:
        return {}
    used = {one.reference_id for one in fresh} | {
        shared_reference(one.reference_id, one.person_id) for one in fresh
    }
    return {
        reference: gone[id_].again_id
        for reference, id_ in references.items()
        if id_ in gone and reference in used
    }


async def _lock_people(connection: Connection, ids: set[UUID]) -> dict[UUID, UUID]:
    """Lock people and return for each id that stands for one of them the id that survived all merges."""
    if not ids:
        return {}
    survivors = dict(await people.resolve(connection, list(ids)))
    await plan_decisions.lock_people(connection, set(survivors.values()))
    same = await people.merged_into(connection, list(set(survivors.values())))
    return survivors | {id_: survivor for survivor, several in same.items() for id_ in several}


async def _returns(
    connection: Connection, survivors: Mapping[UUID, UUID], references: Mapping[UUID, UUID]
) -> list[Return]:
    if not survivors and not references:
        return []
    known = await same_returns.returns_of(connection, survivors, set(references.values()))
    if any(one.person_id is not None and one.person_id not in survivors for one in known):
        raise Moved
    return known


async def write_settled(
    connection: Connection, statements: Sequence[ReturnStatement], settled: Settled
) -> Found:
    """Write down what references name now, and return the statements each with its return."""
    named = {reference: id_ for reference, id_ in settled.references.items() if reference != id_}
    if named:
        await same_returns.name_returns(connection, named)
    about = [
        one if target.id == one.reference_id else replace(one, about=target)
        for one, target in zip(statements, settled.targets, strict=True)
    ]
    return Found(about, settled.withdrawn)
