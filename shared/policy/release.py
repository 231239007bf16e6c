"""What `release.yaml` says: which sample settles a test, how sites hand over, when somebody is released."""

from typing import Annotated

from pydantic import Field

from shared.policy.notices import Citation
from shared.policy.values import Identifier, PolicyModel, Text

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]
Days = Annotated[int, Field(ge=0, le=366)]


class Window(PolicyModel):
    """On which days around the due day a sample must be taken to settle a test."""

    clause: Clauses
    days_before: Days
    """How many days before the due day a sample counts already; 0: from the due day on."""
    days_after: Days | None = None
    """How many days after the due day it still counts; left out, however late it was taken."""
    decided: Text | None = None


class HandoverRule(PolicyModel):
    """How a person leaves a quarantine site for home without a gap."""

    clause: Clauses
    from_kinds: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """The kinds of stages that are spent at a site."""
    asked_days_before: Days
    """How many days before the change the hand-over is asked for; 1: on the last day at the site."""
    decided: Text | None = None


class ReleaseRule(PolicyModel):
    """When a plan ends."""

    clause: Clauses
    decided: Text | None = None


class ReleaseFile(PolicyModel):
    """The file release.yaml: how tests are settled, how sites hand over, and how plans end."""

    tests: Window
    handover: HandoverRule
    release: ReleaseRule
