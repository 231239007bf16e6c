"""What a person at the terminal sees of a drill: a line for all that happens, the table, the verdict."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from drills.happenings import Event
from drills.judge import JudgedClock, JudgedPage, Verdict
from drills.messages import say
from drills.places import Drill
from drills.scenario import Person
from dutyclock.supervisor.screen import StartProgress
from dutyclock.terminal import Sentence
from shared.clock import SHANGHAI, Clock

_STYLES = {
    "met": "green",
    "met-late": "yellow",
    "breached": "bold red",
    "void": "dim",
    "running": "cyan",
}
_CLOCK_EVENTS = {
    "alerts.clock-started": ("clock-started", "cyan"),
    "alerts.clock-warned": ("clock-warned", "yellow"),
    "alerts.clock-breached": ("clock-breached", "bold red"),
    "alerts.clock-met": ("clock-met", "green"),
    "alerts.clock-voided": ("clock-voided", "dim"),
}


class DrillScreen:
    """Shows a drill line by line, each with the world's time in Shanghai."""

    def __init__(self, console: Console, drill: Drill) -> None:
        self._console = console
        self._drill = drill
        self._rules = {rule.id: rule.title for rule in drill.registers.pack.clocks}
        self._people = drill.scenario.people()
        self._clock: Clock | None = None
        self.progress = StartProgress(console)

    def begin(self) -> None:
        """Say what is going to be played."""
        scenario = self._drill.scenario
        title = f"{scenario.title.zh}  {scenario.title.en}"
        self._console.print(Text(title, style="bold"))
        facts = say(
            "facts",
            people=len(scenario.roster),
            happenings=len(scenario.events),
            units=len(self._drill.registers.divisions),
            rate=f"{scenario.rate:g}",
            minutes=f"{scenario.lasts.total_seconds() / scenario.rate / 60:.1f}",
        )
        self._console.print(Text(str(facts), style="dim"), soft_wrap=True)

    def tell(self, sentence: Sentence) -> None:
        """Say something about the platform itself."""
        self._console.print(Text(f"         {sentence}", style="dim"), soft_wrap=True)

    def ready(self, clock: Clock) -> None:
        """Say that everything is ready, and when it begins."""
        self._clock = clock
        seconds = clock.real_seconds(self._drill.scenario.starts_at - clock.now())
        self.tell(say("ready", seconds=f"{seconds:.0f}", begins=_hour(self._drill.scenario.starts_at)))

    def happened(self, event: Event, at: datetime) -> None:
        """Show what was told to the platform."""
        values = {name: value for name, value in event if name not in ("at", "does")}
        place = values.get("division") or values.get("unit")
        values["place"] = self._place(str(place)) if place else ""
        values["occurred"] = _hour(self._drill.scenario.world(event.happened))
        self._line(at, "●", say(f"does-{event.does}", **values), "bold")

    def paged(self, page: Mapping[str, Any]) -> None:
        """Show a page."""
        person = self._people[page["person"]]
        sentence = say(
            "paged", person=person.name, key=person.key, clocks=page["clocks"], **_occasion(page["occasion"])
        )
        self._line(datetime.fromisoformat(page["created_at"]), "☎", sentence, "magenta")

    def answered(self, person: Person, at: datetime, page_id: str) -> None:
        """Show an answer."""
        self._line(at, "✓", say(f"answered-{person.answers_by}", person=person.name, key=person.key), "blue")

    def clock_changed(self, event: Mapping[str, Any]) -> None:
        """Show what became of a clock; pages are shown from their own list."""
        code, style = _CLOCK_EVENTS.get(event["type"], (None, ""))
        if code is None:
            return
        data: Mapping[str, Any] = event["data"]
        if data["rule"] == "daily-report" and code in ("clock-started", "clock-warned"):
            return  # a clock for every unit; what matters of them shows in the pages
        title = self._rules[data["rule"]]
        due = _hour(datetime.fromisoformat(data["due_at"])) if "due_at" in data else ""
        code = "clock-met-late" if data.get("late") else code
        values = {"zh": title.zh, "en": title.en, "place": self._place(data["division"]), "due": due}
        at = self._clock.now() if self._clock else datetime.fromisoformat(event["time"])
        self._line(at, "◷", say(code, **values), style)

    def _line(self, at: datetime, mark: str, sentence: Sentence, style: str) -> None:
        line = Text.assemble(
            (f"{at.astimezone(SHANGHAI):%H:%M:%S} ", "dim"),
            (f"{mark} ", style),
            (sentence.zh, style),
            (f"  {sentence.en}", "dim"),
        )
        self._console.print(line, soft_wrap=True)

    def _place(self, division: str) -> str:
        return self._drill.registers.divisions.get(division).name

    def show(self, verdict: Verdict) -> None:
        """Show the table clock by clock, and every difference."""
        self._console.print(self._table(verdict))
        if verdict.differences:
            count = len(verdict.differences)
            self._console.print(Text(str(say("failed", count=count)), style="bold red"), soft_wrap=True)
            for one in verdict.differences:
                self._console.print(Text(f"✗ {one.zh}\n  {one.en}", style="red"), soft_wrap=True)
        if verdict.merely_late:
            self._console.print(Text(str(say("merely-late")), style="bold yellow"), soft_wrap=True)
        scenario = self._drill.scenario
        latest = verdict.latest.total_seconds()
        figures = say(
            "figures",
            figures=verdict.figures,
            messages=sum(verdict.rings.values()),
            latest=round(latest),
            real=f"{latest / scenario.rate:.2f}",
            slack=round(scenario.slack.total_seconds()),
            slack_real=f"{scenario.slack_seconds:g}",
        )
        self._console.print(Text(str(figures), style="dim"), soft_wrap=True)
        if verdict.passed:
            self._console.print(Text(f"✓ {say('passed')}", style="bold green"), soft_wrap=True)

    def _table(self, verdict: Verdict) -> Table:
        names = ("clause", "duty", "started", "due", "stopped", "state", "pages")
        table = Table(
            *(f"{(head := say(f'column-{name}')).zh}\n{head.en}" for name in names), show_lines=True
        )
        for clock in verdict.clocks:
            table.add_row(*self._row(clock))
        return table

    def _row(self, clock: JudgedClock) -> list[Text]:
        wanted, made = clock.wanted, clock.made
        title = self._rules[wanted.rule]
        duty = f"{title.zh} {title.en}\n{wanted.label} {self._place(wanted.division)}"
        if made is None:
            return [Text(), Text(duty), Text(), Text(), Text(), Text("-", style="red"), Text()]
        stopped = made.voided_at or made.stopped_at
        state = say(f"state-{made.state}")
        return [
            Text("\n".join(clause.zh for clause in made.clauses)),
            Text(duty),
            Text(_moment(made.started_at)),
            Text(_moment(made.due_at)),
            Text(_moment(stopped) if stopped else "—"),
            Text(f"{state.zh}\n{state.en}", style=_STYLES[made.state]),
            Text("\n").join([self._page(page) for page in clock.pages]),
        ]

    def _page(self, page: JudgedPage) -> Text:
        person = self._people[page.wanted.person]
        if page.made is None:
            return Text(f"✗ {person.key}", style="red")
        occasion = _occasion(page.wanted.occasion)["occasion_zh"]
        line = Text(f"{_hour(page.made.created_at)} {occasion} {page.wanted.rung}↑ {person.key}")
        answered = page.made.acknowledged_at
        if answered is not None and answered < self._drill.scenario.ends_at:
            return line.append(f" ✓{_hour(answered)}", style="green")
        return line.append(f" {say('nobody').zh}", style="yellow")


def _occasion(occasion: str) -> dict[str, str]:
    words = say(f"occasion-{occasion}")
    return {"occasion_zh": words.zh, "occasion_en": words.en}


def _hour(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%H:%M}"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%m-%d}\n{instant.astimezone(SHANGHAI):%H:%M:%S}"
