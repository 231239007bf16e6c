"""The seven days of a positive that is to be sequenced: from the order's event to whom is paged when."""

from datetime import timedelta
from itertools import permutations

import pytest

from services.alerts.rules.clock_state import State, state_of
from shared.contracts.testing import (
    SamplePositiveWithdrawn,
    SampleSequenced,
    SequencingExcluded,
    SequencingOrdered,
)
from shared.policy import load_pack
from shared.vocabulary import Occasion
from tests.alerts.clocks.facts import NOON
from tests.alerts.clocks.test_limits_of_the_notices import (
    HOSPITAL,
    HOUR,
    SAMPLE,
    assert_limit,
    clock_of,
)
from tests.builders import A_VILLAGE
from tests.policy.packs import PACK

pytestmark = pytest.mark.requirement("sequencing")

SEVEN_DAYS = timedelta(days=7)
TOLD = {"division": A_VILLAGE, "occurred_at": NOON, "recorded_at": NOON, "sample_id": SAMPLE}


def ordered() -> SequencingOrdered:
    return SequencingOrdered.model_validate({**TOLD, "institution": HOSPITAL, "due_at": NOON + SEVEN_DAYS})


def sequenced() -> SampleSequenced:
    found = {"laboratory": HOSPITAL, "lineage": "B.1.1.7", "accession": "CQ-1"}
    return SampleSequenced.model_validate({**TOLD, **found})


def excluded() -> SequencingExcluded:
    return SequencingExcluded.model_validate({**TOLD, "reason_code": "degraded"})


def withdrawn() -> SamplePositiveWithdrawn:
    why = {"institution": HOSPITAL, "reason_code": "mix-up", "withdrawn_by": "key"}
    return SamplePositiveWithdrawn.model_validate({**TOLD, **why})


def test_a_sequence_or_a_reason_is_in_time_for_seven_days() -> None:
    assert_limit("sequencing", ordered(), sequenced(), NOON + SEVEN_DAYS)
    assert_limit("sequencing", ordered(), excluded(), NOON + SEVEN_DAYS)


def test_a_reason_first_and_a_sequence_later_is_met_by_the_reason_in_any_order() -> None:
    late = NOON + SEVEN_DAYS + HOUR
    events = [ordered(), excluded(), sequenced().model_copy(update={"occurred_at": late})]
    for turn in permutations(events):
        assert state_of(clock_of("sequencing", turn), late) is State.MET


def test_a_withdrawn_positive_is_owed_no_sequence() -> None:
    for turn in permutations([ordered(), withdrawn()]):
        assert state_of(clock_of("sequencing", turn), NOON + SEVEN_DAYS + HOUR) is State.VOID


def test_the_order_and_the_clock_have_one_limit_and_disease_control_is_paged_first() -> None:
    pack = load_pack(PACK)
    clock, ladder = pack.rule("sequencing"), pack.ladder("sequencing")
    assert pack.laboratories is not None
    assert clock.within == pack.laboratories.sequencing.within == SEVEN_DAYS
    assert ladder.occasions.step(Occasion.INFORM) is None, "a positive pages for its report already"
    breach = ladder.occasions.step(Occasion.BREACH)
    assert breach is not None
    assert ladder.rungs[breach.rung - 1].post == clock.owner.post == "disease-control-officer"
    assert clock.owner.institution == "institution"
