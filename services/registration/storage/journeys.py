"""How a journey lies in a column: JSON with the words of each source, and the papers of all."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from services.registration.rules.plans.facts import Entry, Proof, ProofKind
from services.registration.rules.returns.journey import (
    UNTOLD,
    Journey,
    PaperWord,
    Passed,
    Told,
    Transport,
    TransportKind,
)
from shared.vocabulary import Result


def write_journey(journey: Journey) -> str:
    """Return a journey as JSON; equal journeys are written alike."""
    told = [
        [one.field, one.source, one.recorded_at.astimezone(UTC), one.value]
        for one in sorted(journey.told.values(), key=lambda one: (one.field, one.source))
    ]
    proofs = sorted(orjson.dumps(proof).decode() for proof in journey.proofs)
    document: dict[str, Any] = {"told": told, "proofs": [orjson.Fragment(proof) for proof in proofs]}
    if journey.words:
        document["words"] = [
            [str(one.paper_id), one.recorded_at.astimezone(UTC), one.withdrawn, one.reason]
            for one in sorted(journey.words.values(), key=lambda one: one.paper_id)
        ]
    return orjson.dumps(document).decode()


def read_journey(document: Mapping[str, Any] | None) -> Journey:
    """Return the journey that `write_journey` wrote; nothing told for None."""
    if not document:
        return UNTOLD
    told: dict[tuple[str, str], Told] = {}
    for field, source, recorded_at, value in document["told"]:
        read = _READ.get(field)
        told[field, source] = Told(
            field, source, datetime.fromisoformat(recorded_at), read(value) if read else value
        )
    words = [
        PaperWord(UUID(id_), datetime.fromisoformat(recorded_at), withdrawn, reason)
        for id_, recorded_at, withdrawn, reason in document.get("words", ())
    ]
    proofs = frozenset(read_proof(proof) for proof in document["proofs"])
    return Journey(told, proofs, {word.paper_id: word for word in words})


def _route(value: list[Mapping[str, str]]) -> tuple[Passed, ...]:
    return tuple(
        Passed(one["area"], date.fromisoformat(one["entered_on"]), date.fromisoformat(one["left_on"]))
        for one in value
    )


def _transport(value: Mapping[str, Any]) -> Transport:
    return Transport(TransportKind(value["kind"]), value["number"], value["seat"])


def _entry(value: Mapping[str, Any]) -> Entry:
    completed = value["central_completed_on"]
    return Entry(
        date.fromisoformat(value["entered_on"]), value["here"], completed and date.fromisoformat(completed)
    )


def read_proof(value: Mapping[str, Any]) -> Proof:
    """Return a paper that was written as JSON."""
    sampled_at, issued_on, result = value["sampled_at"], value["issued_on"], value["result"]
    return Proof(
        kind=ProofKind(value["kind"]),
        sampled_at=sampled_at and datetime.fromisoformat(sampled_at),
        issued_on=issued_on and date.fromisoformat(issued_on),
        result=result and Result(result),
        institution=value["institution"],
    )


_READ: Mapping[str, Callable[[Any], Any]] = {"route": _route, "transport": _transport, "entry": _entry}
