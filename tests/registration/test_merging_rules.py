"""What holds of a return, a report and a transfer: the same after every order, repetition and delay."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.quarantine import transfer
from services.registration.rules.quarantine.transfer import TransferState, TransferStatement
from services.registration.rules.returns import return_merge
from services.registration.rules.returns.return_merge import ReturnSource, ReturnState, ReturnStatement
from services.registration.rules.sentinels import symptom_report
from services.registration.rules.sentinels.symptom_report import SymptomReportState, SymptomStatement
from services.registration.rules.telling import whole_minutes
from shared.vocabulary import Symptom
from tests.builders import A_VILLAGE, JIANSHENG, OUTSIDE

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
AHEAD = timedelta(minutes=5)
WITHIN = timedelta(hours=2)
KNOWN = {A_VILLAGE}

RETURN = ReturnStatement(
    reference="R-1",
    division=A_VILLAGE,
    source=ReturnSource.SELF,
    arrived_at=NOW - 3 * HOUR,
    registered_at=NOW - HOUR,
    recorded_at=NOW,
    received_from="key",
)
SYMPTOMS = SymptomStatement(
    reference="S-1",
    sentinel="clinic-1",
    division=A_VILLAGE,
    symptoms=frozenset({Symptom.FEVER}),
    seen_at=NOW - 3 * HOUR,
    reported_at=NOW - HOUR,
    due_at=NOW - HOUR,
    recorded_at=NOW,
    received_from="key",
)
TRANSFER = TransferStatement(
    reference="T-1",
    division=A_VILLAGE,
    person_id=UUID(int=7),
    decided_at=NOW - 3 * HOUR,
    arrived_at=NOW - HOUR,
    recorded_at=NOW,
    received_from="key",
)

LEDGERS = [
    pytest.param(return_merge, RETURN, "arrived_at", "registered_at", id="returns"),
    pytest.param(symptom_report, SYMPTOMS, "seen_at", "reported_at", id="symptom-reports"),
    pytest.param(transfer, TRANSFER, "decided_at", "arrived_at", id="transfers"),
]


@pytest.mark.parametrize(("rule", "statement", "begin", "end"), LEDGERS)
def test_times_are_refused_on_the_far_side_of_each_limit(
    rule: Any, statement: Any, begin: str, end: str
) -> None:
    def fields(**changes: Any) -> list[str]:
        return [problem.field for problem in rule.problems_of(replace(statement, **changes), NOW, KNOWN)]

    started = getattr(statement, begin)
    assert fields() == []
    assert fields(**{end: None}) == []
    assert fields(**{end: started}) == []
    assert fields(**{end: started - MICROSECOND}) == [end]
    assert fields(**{end: NOW + AHEAD}) == []
    assert fields(**{end: NOW + AHEAD + MICROSECOND}) == [end]
    assert fields(**{begin: NOW + AHEAD, end: None}) == []
    assert fields(**{begin: NOW + AHEAD + MICROSECOND, end: None}) == [begin]
    assert fields(recorded_at=NOW + AHEAD + MICROSECOND) == ["recorded_at"]
    assert fields(division="500104102999") == ["division"]


def test_a_report_without_symptoms_is_none() -> None:
    (problem,) = symptom_report.problems_of(replace(SYMPTOMS, symptoms=frozenset()), NOW, KNOWN)
    assert problem.field == "symptoms"


@pytest.mark.requirement("sentinel-report")
@pytest.mark.parametrize(
    ("reported_at", "state", "late_by"),
    [
        (None, SymptomReportState.UNREPORTED, None),
        (NOW, SymptomReportState.REPORTED, None),
        (NOW + WITHIN, SymptomReportState.REPORTED, None),
        (NOW + WITHIN + MICROSECOND, SymptomReportState.REPORTED_LATE, MICROSECOND),
        (NOW + WITHIN + HOUR, SymptomReportState.REPORTED_LATE, HOUR),
    ],
)
def test_a_report_is_late_after_the_limit_and_not_at_it(
    reported_at: datetime | None, state: SymptomReportState, late_by: timedelta | None
) -> None:
    due_at = symptom_report.due_at(NOW, WITHIN)
    held = symptom_report.begin(replace(SYMPTOMS, seen_at=NOW, due_at=due_at, reported_at=reported_at))
    assert (held.state, held.late_by) == (state, late_by)


def test_the_last_of_all_days_has_a_limit() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert symptom_report.due_at(last, WITHIN) == symptom_report.LAST_INSTANT


@pytest.mark.requirement("return-registration")
def test_the_earliest_arrival_holds_whoever_told_of_it() -> None:
    told = [
        replace(RETURN, registered_at=None, source=ReturnSource.NEIGHBOUR, arrived_at=NOW - 2 * HOUR),
        replace(RETURN, registered_at=None, source=ReturnSource.RAILWAY_LIST, arrived_at=NOW - 5 * HOUR),
        replace(RETURN, source=ReturnSource.VILLAGE, registered_at=NOW - HOUR),
    ]
    held = reduce(return_merge.merge, map(return_merge.begin, told))
    assert (held.arrived.at, held.arrived.source) == (NOW - 5 * HOUR, "railway-list")
    assert held.registered is not None
    assert held.registered.at == NOW - HOUR
    assert held.state is ReturnState.REGISTERED


@pytest.mark.parametrize(
    ("return_division", "shown"), [(A_VILLAGE, True), (JIANSHENG, False), (OUTSIDE, False)]
)
def test_a_return_is_shown_beside_a_transfer_of_its_own_subtree_only(
    return_division: str, shown: bool
) -> None:
    held = transfer.begin(TRANSFER)
    arrivals = {TRANSFER.person_id: (return_division, NOW)}
    assert transfer.returned_at(held, arrivals) == (NOW if shown else None)
    assert transfer.returned_at(held, {}) is None


@pytest.mark.parametrize(
    ("span", "minutes"),
    [(-HOUR, 0), (-MICROSECOND, 0), (timedelta(0), 0), (timedelta(seconds=59), 0), (HOUR, 60)],
)
def test_minutes_are_whole_and_never_below_zero(span: timedelta, minutes: int) -> None:
    assert whole_minutes(span) == minutes


def test_what_is_said_again_is_known_and_what_is_said_anew_is_not() -> None:
    again = replace(RETURN, recorded_at=NOW + HOUR, received_from="another key")
    assert again.statement_id == RETURN.statement_id
    others = [
        replace(RETURN, source=ReturnSource.VILLAGE),
        replace(RETURN, arrived_at=NOW - 4 * HOUR),
        replace(RETURN, registered_at=None),
    ]
    assert len({said.statement_id for said in [RETURN, *others]}) == 4
    assert {said.id for said in others} == {RETURN.id}
    assert replace(RETURN, division=JIANSHENG).id != RETURN.id
    assert replace(RETURN, reference="R-2").id != RETURN.id
    assert replace(SYMPTOMS, sentinel="clinic-2").id != SYMPTOMS.id
    assert replace(TRANSFER, person_id=UUID(int=8)).id != TRANSFER.id


moments = st.integers(min_value=0, max_value=6).map(lambda hours: NOW - hours * HOUR)


@st.composite
def _spans(draw: st.DrawFn) -> tuple[datetime, datetime | None]:
    begin, end = draw(moments), draw(st.none() | moments)
    return begin, end if end is None or end >= begin else begin


@st.composite
def _returns(draw: st.DrawFn) -> ReturnStatement:
    arrived_at, registered_at = draw(_spans())
    return replace(
        RETURN,
        arrived_at=arrived_at,
        registered_at=registered_at,
        recorded_at=draw(moments),
        source=draw(st.sampled_from(ReturnSource)),
    )


@st.composite
def _symptoms(draw: st.DrawFn) -> SymptomStatement:
    seen_at, reported_at = draw(_spans())
    return replace(
        SYMPTOMS,
        seen_at=seen_at,
        reported_at=reported_at,
        recorded_at=draw(moments),
        symptoms=draw(st.frozensets(st.sampled_from(Symptom), min_size=1)),
        due_at=seen_at + draw(st.sampled_from([WITHIN, HOUR])),
    )


@st.composite
def _transfers(draw: st.DrawFn) -> TransferStatement:
    decided_at, arrived_at = draw(_spans())
    told = replace(TRANSFER, decided_at=decided_at, arrived_at=arrived_at, recorded_at=draw(moments))
    return replace(
        told,
        requested_at=draw(st.none() | moments),
        vehicle=draw(st.sampled_from([None, "渝A12345", "渝B54321"])),
        crew=draw(st.sampled_from([None, "team-1", "team-2"])),
        picked_up_at=draw(st.none() | moments),
        site=draw(st.sampled_from([None, "site-a", "site-b"])),
        withdrawn_at=(withdrawn_at := draw(st.none() | moments)),
        reason_code=withdrawn_at and draw(st.sampled_from(["mistake", "moved-away"])),
    )


def _same_after_every_order(statements: Sequence[Any], again: Sequence[Any], rule: Any) -> Any:
    begin: Callable[[Any], Any] = rule.begin
    first = reduce(rule.merge, map(begin, statements))
    assert reduce(rule.merge, map(begin, again)) == first
    half = len(again) // 2 or 1
    parts = [reduce(rule.merge, map(begin, part)) for part in (again[:half], again[half:]) if part]
    assert reduce(rule.merge, parts) == first
    assert rule.merge(first, first) == first
    return first


@given(st.data(), st.lists(_returns(), min_size=1, max_size=6))
def test_a_return_is_the_same_after_every_order_and_repetition(
    data: st.DataObject, statements: list[ReturnStatement]
) -> None:
    again = data.draw(st.permutations([*statements, *data.draw(st.lists(st.sampled_from(statements)))]))
    held = _same_after_every_order(statements, again, return_merge)
    assert held.arrived.at == min(said.arrived_at for said in statements)
    assert held.registered is None or held.registered.at >= held.arrived.at
    assert (held.state is ReturnState.REGISTERED) == any(said.registered_at for said in statements)


@given(st.data(), st.lists(_symptoms(), min_size=1, max_size=6))
def test_a_report_is_the_same_after_every_order_and_repetition(
    data: st.DataObject, statements: list[SymptomStatement]
) -> None:
    again = data.draw(st.permutations([*statements, *data.draw(st.lists(st.sampled_from(statements)))]))
    held = _same_after_every_order(statements, again, symptom_report)
    assert held.symptoms == frozenset[Symptom]().union(*(said.symptoms for said in statements))
    assert held.due_at in {said.due_at for said in statements if said.seen_at == held.seen.at}


@given(st.data(), st.lists(_transfers(), min_size=1, max_size=6))
def test_a_transfer_is_the_same_after_every_order_and_repetition(
    data: st.DataObject, statements: list[TransferStatement]
) -> None:
    again = data.draw(st.permutations([*statements, *data.draw(st.lists(st.sampled_from(statements)))]))
    held = _same_after_every_order(statements, again, transfer)
    assert (held.state is TransferState.ARRIVED) == any(said.arrived_at for said in statements)
    withdrawn = [said.withdrawn_at for said in statements if said.withdrawn_at is not None]
    assert (held.withdrawn and held.withdrawn.at) == min(withdrawn, default=None)
    picked_up = [said.picked_up_at for said in statements if said.picked_up_at is not None]
    assert (held.picked_up and held.picked_up.at) == min(picked_up, default=None)
    last = max((said.recorded_at for said in statements if said.vehicle), default=None)
    assert (held.dispatch and held.dispatch.recorded_at) == last
