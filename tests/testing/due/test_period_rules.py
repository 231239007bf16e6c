"""Periods of routine testing: each day lies in exactly one, counted from the policy's first day."""

from datetime import date
from typing import Any

import pytest

from services.testing.rules.due.law import compile_due_law
from shared.day_count import day_of
from shared.policy import load_pack
from shared.settings import PROJECT
from shared.vocabulary import SubjectKind
from tests.testing.due.tests_owed import at

pytestmark = pytest.mark.requirement("test-all-due")

LAW = compile_due_law(load_pack(PROJECT / "policies" / "chongqing-2021-winter"))
NOW = at(0, 10)


def test_periods_are_counted_from_the_policys_day_in_both_directions() -> None:
    week, fortnight = LAW.kinds["cold-chain-workers"], LAW.kinds["couriers"]

    def spans(kind: Any, on: date) -> tuple[date, date]:
        period = LAW.period_of(kind, on)
        assert period is not None
        return period.first_on, period.last_on

    assert spans(week, date(2021, 1, 3)) == (date(2020, 12, 28), date(2021, 1, 3))
    assert spans(week, date(2021, 1, 4)) == (date(2021, 1, 4), date(2021, 1, 10))
    assert spans(fortnight, date(2021, 1, 17)) == (date(2021, 1, 4), date(2021, 1, 17))
    assert LAW.period_of(LAW.kinds["entrants"], day_of(NOW)) is None
    assert sum(one.subject_kind is SubjectKind.PERSON for one in LAW.kinds.values()) == 18
