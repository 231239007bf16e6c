"""What the person at the terminal sees while it starts, and once it is ready."""

import time
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from dutyclock.services import PROCESSES
from dutyclock.supervisor.platform import Addresses
from dutyclock.terminal import Sentence, say
from shared.bus_address import BusAddress

DOCUMENTS_PATH = "/schema"


class StartProgress:
    """A line for each step, with a spinner and its time; without a terminal, a line when it is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun: dict[str, tuple[TaskID, float]] = {}
        columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __enter__(self) -> "StartProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begun(self, step: str) -> None:
        self._begun[step] = (self._bar.add_task(str(say(step)), total=1), time.monotonic())

    def done(self, step: str) -> None:
        task, since = self._begun[step]
        self._bar.update(task, completed=1)
        if not self._console.is_terminal:
            self._console.print(f"✓ {say(step)} ({time.monotonic() - since:.1f} s)", soft_wrap=True)


def show_ready(console: Console, addresses: Addresses, seconds: float) -> None:
    """One screen: where everything is, and the key to begin with."""
    console.print(Text(f"\n{say('ready', seconds=seconds)}", style="bold green"))
    table = Table(*(str(say(f"column-{name}")) for name in ("service", "address", "documents")), box=None)
    for name in PROCESSES:
        url = addresses.services[name]
        table.add_row(str(say(name)), url, url + DOCUMENTS_PATH)
    console.print(table)
    facts = Table.grid(padding=(0, 2))
    if addresses.first_key:
        facts.add_row(str(say("first-key")), Text(addresses.first_key, style="bold"))
    facts.add_row(str(say("database")), _place(addresses.database_url, ours=addresses.database_is_ours))
    facts.add_row(str(say("bus")), _whose(BusAddress(addresses.nats_url).place, ours=addresses.bus_is_ours))
    facts.add_row(str(say("state")), str(addresses.state))
    facts.add_row(str(say("logs")), str(addresses.logs))
    console.print(facts, soft_wrap=True)
    console.print(Text(str(say("how-to-stop")), style="dim"))


def _place(url: str, *, ours: bool) -> str:
    """An address without its password."""
    parts = urlsplit(url)
    return _whose(parts.netloc.rpartition("@")[2] + parts.path, ours=ours)


def _whose(place: str, *, ours: bool) -> str:
    return place if ours else f"{place} ({say('yours')})"


def tell(console: Console, sentence: Sentence) -> None:
    """One line about something that happened, with the time of this machine."""
    console.print(Text(f"{time.strftime('%H:%M:%S')} {sentence}"), soft_wrap=True)


def refuse(console: Console, sentence: Sentence) -> None:
    """Why it did not start, in both languages."""
    console.print(Text(f"✗ {sentence.zh}", style="bold red"), soft_wrap=True)
    console.print(Text(f"  {sentence.en}", style="red"), soft_wrap=True)
