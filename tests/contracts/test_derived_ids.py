"""Ids that follow from a cause: the same in every process and every version."""

from uuid import UUID, uuid5

import pytest

from shared.contracts import derived_id
from shared.contracts.envelope import NAMESPACE


@pytest.mark.parametrize("parts", [("sample", "500104-cdc", "T-1"), ("区", 1, UUID(int=7)), ()])
def test_they_are_the_uuid5_of_their_parts(parts: tuple[object, ...]) -> None:
    assert derived_id(*parts) == uuid5(NAMESPACE, "\x1f".join(map(str, parts)))


def test_they_never_change() -> None:
    assert derived_id("sample", "500104-cdc", "T-1") == UUID("c5492b84-b2c3-598b-a668-ec2b453241ab")
