"""How much memory Go may use within what its container may."""

import re

UNITS_MIB = {"M": 1, "Mi": 1, "MiB": 1, "G": 1024, "Gi": 1024, "GiB": 1024}
"""Compose reads M and G as powers of 1,024, as Kubernetes reads Mi and Gi."""


def mebibytes(text: str) -> int:
    """Return the size in MiB; raises AssertionError for what is no whole number with a known unit."""
    found = re.fullmatch(r"(\d+)([A-Za-z]+)", text)
    assert found is not None, text
    assert found[2] in UNITS_MIB, text
    return int(found[1]) * UNITS_MIB[found[2]]


def assert_room_for_go(go_limit: str, container_limit: str) -> None:
    """Hold that Go's limit leaves room for what is not its heap, and wastes nothing.

    Above the container's limit the server is killed before it collects; far below it collects all the time
    while memory lies idle.
    """
    share = mebibytes(go_limit) / mebibytes(container_limit)
    assert 0.7 <= share <= 0.85, f"GOMEMLIMIT is {share:.0%} of what the container may use"
