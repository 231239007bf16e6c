"""Nobody is let go whom no village has registered: too little is known of them."""

from datetime import date

from services.registration.rules.plans.release import ReleaseFacts, missing


def facts(*, is_registered: bool) -> ReleaseFacts:
    return ReleaseFacts(
        last_day=date(2021, 2, 4),
        tests=[],
        is_positive=False,
        has_symptoms=False,
        is_registered=is_registered,
    )


def test_a_return_that_nobody_registered_is_not_released() -> None:
    today = date(2021, 2, 5)
    assert missing(facts(is_registered=True), today) == []
    assert [problem.field for problem in missing(facts(is_registered=False), today)] == ["registration"]
