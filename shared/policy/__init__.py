"""The law as data: what a folder under `policies/` says, read, checked and given a version.

`load_pack(folder)` returns a checked `Pack` or raises `PolicyError` with everything that is wrong. A clock
that starts keeps the number of the version that binds it, so that a later version binds only later clocks.
"""

from shared.policy.clocks import ClockFact, ClockRule, Owner, ShownBeside
from shared.policy.escalation import Ladder, Occasions, OccasionStep, Post, Rung
from shared.policy.loader import load_pack
from shared.policy.notices import Notice
from shared.policy.pack import FrozenRule, Pack, version_in_force
from shared.policy.problems import PolicyError, Problem
from shared.policy.requirements import Requirement
from shared.policy.values import Text, write_duration, write_wall_time
from shared.policy.versions import check_version, record_version

__all__ = [
    "ClockFact",
    "ClockRule",
    "FrozenRule",
    "Ladder",
    "Notice",
    "OccasionStep",
    "Occasions",
    "Owner",
    "Pack",
    "PolicyError",
    "Post",
    "Problem",
    "Requirement",
    "Rung",
    "ShownBeside",
    "Text",
    "check_version",
    "load_pack",
    "record_version",
    "version_in_force",
    "write_duration",
    "write_wall_time",
]
