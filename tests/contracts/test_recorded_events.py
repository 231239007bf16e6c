"""The events keep the shape that was recorded; a new shape is a new version."""

import re

import pytest

from shared.contracts import EVENTS
from tests.contracts.events import present, recorded

PERSONAL = re.compile(r"name|phone|telephone|mobile|address|identity|birth", re.ASCII)


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_an_event_has_the_shape_that_was_recorded(type_: str) -> None:
    versions = recorded().get(type_, {})
    for version, shape in present()[type_].items():
        assert versions.get(version) == shape, (
            f"{type_} {version} is not as recorded: raise its VERSION, or record a new event with "
            "`python -m tests.contracts.events`"
        )


def test_no_event_was_taken_away() -> None:
    assert set(recorded()) <= set(EVENTS)


def test_no_event_has_a_field_for_personal_data() -> None:
    fields = {
        field for versions in present().values() for shape in versions.values() for field in shape["fields"]
    }
    assert [field for field in sorted(fields) if PERSONAL.search(field)] == []
