"""Who comes home: made up from a seed, the same people each time, with check digits that are right."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from drills.festival.scenario import Festival, Phase, Profile
from shared.divisions import Division

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
REGISTERED_WITHIN_HOURS = 11.5
BIRTHDAYS = 18_253
"""Fifty years of days, a prime number of them, so that all are used before one is used again."""


@dataclass(frozen=True, slots=True)
class Returnee:
    """Somebody who comes home, and how that will be told; instants aware."""

    number: int
    village: str
    profile: Profile
    name: str
    identity: str
    telephone: str
    arrived_at: datetime
    known_at: datetime | None
    """The earlier arrival that a railway's list has; None when no list tells."""
    registered_at: datetime | None
    preregistered: bool
    told_twice: bool

    @property
    def first_known_at(self) -> datetime:
        """The earliest arrival that anybody tells."""
        return self.arrived_at if self.known_at is None else min(self.known_at, self.arrived_at)


def people_of(
    festival: Festival, phase: Phase, villages: Sequence[Division], share: float
) -> Iterator[Returnee]:
    """Yield everybody who comes home in a phase; `share` of the people take part, at random, by the seed."""
    dice = random.Random(f"{festival.seed}-{phase.id}")  # noqa: S311  # a drill, no secret
    numbers = count(1)
    profiles = festival.profiles
    weights = [profile.share for profile in profiles]
    for village in villages:
        for _ in range(_how_many(dice, phase.returning_per_village * share)):
            profile = dice.choices(profiles, weights)[0]
            yield _returnee(festival, dice, next(numbers), village.code, profile)


def _how_many(dice: random.Random, mean: float) -> int:
    whole = int(mean)
    return whole + (dice.random() < mean - whole)


def _returnee(
    festival: Festival, dice: random.Random, number: int, village: str, profile: Profile
) -> Returnee:
    arrived_at = festival.starts_at + timedelta(seconds=dice.randrange(int(festival.lasts.total_seconds())))
    telling = festival.telling
    known = dice.random() < telling.known_by_list
    fate = dice.random()
    registered_at: datetime | None = None
    if fate >= telling.never_registered:
        late = fate < telling.never_registered + telling.registered_late
        hours = dice.uniform(13, 20) if late else dice.uniform(0.1, REGISTERED_WITHIN_HOURS)
        registered_at = arrived_at + timedelta(hours=hours)
    return Returnee(
        number=number,
        village=village,
        profile=profile,
        name=dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=dice.choice((1, 2)))),
        identity=identity_number(village[:6], number),
        telephone=f"13{number % 10**9:09d}",
        arrived_at=arrived_at,
        known_at=arrived_at - timedelta(minutes=dice.randrange(1, 20)) if known else None,
        registered_at=registered_at,
        preregistered=dice.random() < telling.preregistered,
        told_twice=dice.random() < telling.told_twice,
    )


def identity_number(region: str, number: int) -> str:
    """Return a resident identity number with its check digit (GB 11643), another one for each number."""
    born = date(1950, 1, 1) + timedelta(days=number // 1000 * 37 % BIRTHDAYS)
    body = f"{region}{born:%Y%m%d}{number % 1000:03d}"
    return body + _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]
