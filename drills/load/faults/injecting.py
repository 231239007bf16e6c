"""What can be done to a platform, and the injector that does it for a drill: begins, waits, takes back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from drills.happenings import write_span
from drills.load.faults.messages import say
from drills.load.outcome import AppliedFault
from drills.load.scenario import Fault
from dutyclock.terminal import Sentence
from shared.clock import Clock

READY_SECONDS = 120.0
"""How long a part that was put back is waited for; real seconds."""
READY_AGAIN_SECONDS = 0.25


class CannotInject(Exception):
    """A fault cannot be done to this platform; `sentence` says why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence.en)


class Faults(Protocol):
    """Breaks the parts of one platform and puts them back; several at once, but one fault for a part."""

    async def check(self, fault: Fault) -> None:
        """Raise CannotInject where a fault cannot be done; nothing is touched."""
        ...

    async def apply(self, fault: Fault) -> str:
        """Begin a fault; return, once it is done, what was done, as one would do it at a terminal.

        Raises CannotInject.
        """
        ...

    async def undo(self, fault: Fault) -> None:
        """Take a fault back; what it has ended may still be starting when this returns.

        Raises CannotInject.
        """
        ...

    async def is_ready(self, whom: str) -> bool:
        """Whether a service answers for itself, or everybody who needs it for the bus and the database."""
        ...


class FaultInjector:
    """Carries out a drill's faults (it is a `drills.load.injector.Injector`) by the drill's own clock."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock

    async def apply(self, fault: Fault) -> AppliedFault:
        """Carry out a fault, put everything back when it is over, and return what was done and when.

        A part that could not be put back is said in `note`. Broken off, it puts back before it ends. Raises
        CannotInject when the fault cannot even begin.
        """
        began = datetime.now(UTC)
        try:
            how = await self._faults.apply(fault)
            left = (fault.lasts or timedelta()) - (self._clock.now() - self._clock.world(began))
            await asyncio.sleep(self._clock.real_seconds(left))
        except BaseException:
            with suppress(CannotInject):
                await self._faults.undo(fault)
            raise
        done = AppliedFault(
            does=fault.does,
            whom=fault.whom,
            planned_at=write_span(fault.at),
            began_real=began,
            began_world=self._clock.world(began),
            note=how,
        )
        try:
            await self._faults.undo(fault)
        except CannotInject as problem:
            return done.model_copy(update={"note": f"{how}; {problem.sentence}"})
        return await self._until_ready(done)

    async def _until_ready(self, done: AppliedFault) -> AppliedFault:
        restored = datetime.now(UTC)
        times = {"restored_real": restored, "restored_world": self._clock.world(restored)}
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                while not await self._faults.is_ready(done.whom):  # noqa: ASYNC110  # nobody tells us
                    await asyncio.sleep(READY_AGAIN_SECONDS)
                ready = datetime.now(UTC)
                times |= {"ready_real": ready, "ready_world": self._clock.world(ready)}
        return done.model_copy(update=times)


async def choose_faults(
    faults: Sequence[Fault], platform: Faults | None, *, without_faults: bool
) -> Sequence[Fault]:
    """Return the faults that are to be done to the platform: all that are not the sender's own, or none.

    Raises CannotInject when one of them cannot be done and nobody has said that they may be left out.
    """
    wanted = [fault for fault in faults if not fault.is_sent]
    if without_faults or not wanted:
        return ()
    if platform is None:
        raise CannotInject(say("nobody-to-hurt", faults=", ".join(name_of(fault) for fault in wanted)))
    await one_at_a_time(wanted)
    for fault in wanted:
        await platform.check(fault)
    return wanted


async def one_at_a_time(faults: Sequence[Fault]) -> None:
    """Raise CannotInject when a part of the platform would be under two faults at once."""
    for number, fault in enumerate(faults):
        if not fault.is_sent and any(_overlap(fault, other) for other in faults[:number]):
            raise refused(fault, say("under-a-fault", whom=fault.whom))


def _overlap(one: Fault, other: Fault) -> bool:
    return one.whom == other.whom and one.at <= other.ends and other.at <= one.ends


def name_of(fault: Fault) -> str:
    """Return a fault in a few words."""
    return f"{write_span(fault.at)} {fault.does} {fault.whom}"


def refused(fault: Fault, reason: Sentence) -> CannotInject:
    """Return the refusal of one fault for a reason."""
    return CannotInject(say("cannot-inject", fault=name_of(fault), reason_zh=reason.zh, reason_en=reason.en))
