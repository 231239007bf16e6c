"""Part returns again that ended in others because two people had wrongly been taken for one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from uuid import UUID

from services.registration.ledger import Change
from services.registration.rules.returns.return_merge import (
    Named,
    Return,
    ReturnStatement,
    begin,
    merge,
    return_id,
)
from services.registration.storage import ended_returns, returns, same_returns
from shared.contracts import derived_id
from shared.postgres import Connection


async def part_returns(
    connection: Connection, owners: Mapping[UUID, UUID], *, now: datetime
) -> list[Change[Return]]:
    """Give back what was said of each person's return to a return of its own; return what changed.

    `owners` gives for every id that stands for one of the people the id of the person. The return that had
    been withdrawn stays so, for so does its clock: another one takes up its references and is known from
    now on.
    """
    wrong = [
        (ended, into)
        for ended, into in await ended_returns.ended_in_others(connection, owners)
        if _owner(ended, owners) != _owner(into, owners)
    ]
    if not wrong:
        return []
    changes: list[Change[Return]] = []
    for ended, into in sorted(wrong, key=lambda pair: pair[0].id):
        changes += await _part(connection, ended, into, now)
    return changes


def _owner(held: Return, owners: Mapping[UUID, UUID]) -> UUID | None:
    return held.person_id and owners.get(held.person_id)


async def _part(connection: Connection, ended: Return, into: Return, now: datetime) -> list[Change[Return]]:
    named = Named(derived_id("return-again", ended.id), ended.division, ended.reference)
    said = await ended_returns.statements_under(connection, ended.id)
    later = await ended_returns.statements_under(connection, into.id)
    own = [one for one in later if return_id(one.division, one.reference) == ended.id]
    rest = [one for one in later if one not in own]
    others = await ended_returns.statements_of_others(connection, into.id, ended.id)
    again = replace(_rebuilt([*said, *own], named), person_id=ended.person_id)
    kept = replace(
        _rebuilt([*rest, *others], Named(into.id, into.division, into.reference)),
        person_id=into.person_id,
        withdrawn=into.withdrawn,
    )
    await returns.insert(connection, [again], now)
    await returns.update(connection, [replace(ended, withdrawn_into=again.id), kept], now)
    references = {return_id(one.division, one.reference) for one in (*said, *own)} | {ended.id}
    await same_returns.name_returns(connection, dict.fromkeys(sorted(references), again.id))
    return [Change(None, again), Change(into, kept)]


def _rebuilt(said: Sequence[ReturnStatement], named: Named) -> Return:
    return reduce(merge, (begin(replace(one, about=named)) for one in said))
