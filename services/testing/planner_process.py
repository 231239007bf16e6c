"""The planner in a process of its own: a solver that computes for a minute must not hold up results."""

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from services.testing.rules.campaigns.campaign_facts import Plan
from services.testing.storage.campaigns import Question

NICENESS = 10


class PlannerProcess:
    """Computes one plan after another in a child process, which is started when it is first needed."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def ask(self, question: Question) -> Plan | str:
        """Return the plan, or why there is none."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=_settle_in
            )
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, compute, question)
        except BrokenProcessPool:
            self._pool = None
            return "the planner's process ended before it had an answer"

    def close(self) -> None:
        """End the child process, if there is one."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()


def compute(question: Question) -> Plan | str:
    """Return the plan, or why the solver found none in its time; only this process needs the solver."""
    from services.testing.rules.campaigns.planner import plan_campaign
    from services.testing.rules.campaigns.program import NotSolved

    try:
        return plan_campaign(question.work, question.law)
    except NotSolved as problem:
        return f"the solver found nothing within its time: {problem}"


def _settle_in() -> None:
    """Let others go first, and keep what the solver says on starting out of the service's log."""
    os.nice(NICENESS)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
