"""Writes docs/clauses.md: every requirement with its clause, its rules, its service and its tests."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from dutyclock.documents.citations import Citation, read_citations
from shared.clock import SHANGHAI
from shared.policy import Pack, Requirement, Text, load_pack
from shared.settings import PROJECT
from shared.yaml_files import read_yaml

PAGE = PROJECT / "docs" / "clauses.md"
PACK = PROJECT / "policies" / "chongqing-2021-winter"
TESTS = PROJECT / "tests"
_MESSAGES = PROJECT / "dutyclock" / "messages" / "clauses.yaml"

Status = Literal["in_force", "untested", "later"]


@cache
def _messages() -> dict[str, dict[str, str]]:
    return read_yaml(_MESSAGES)


def _say(name: str, **values: object) -> Text:
    message = _messages()[name]
    return Text(zh=message["zh"].format_map(values), en=message["en"].format_map(values))


def _aside(text: Text) -> str:
    return f"{text.zh} {text.en}"


def status_of(requirement: Requirement, pack: Pack, tests: Sequence[Citation]) -> Status:
    """Return how far a requirement is kept: by a test that proves it, by a rule alone, or not yet."""
    if tests:
        return "in_force"
    ruled = any(rule.requirement == requirement.id for rule in pack.clocks)
    return "untested" if ruled else "later"


def wrong_citations(pack: Pack, citations: Sequence[Citation], root: Path) -> list[Text]:
    """Return what is wrong with the markers of the tests, in words."""
    known = {requirement.id for requirement in pack.requirements}
    wrong: list[Text] = []
    for citation in citations:
        place = {"file": citation.file.relative_to(root).as_posix(), "line": citation.line}
        if citation.requirement is None:
            wrong.append(_say("unreadable_citation", **place))
        elif citation.requirement not in known:
            wrong.append(_say("unknown_citation", id=citation.requirement, **place))
    return wrong


def write_page(pack: Pack, citations: Sequence[Citation], root: Path) -> str:
    """Return the page as Markdown; `root` is the folder that the tests' paths are shown from."""
    tests = {
        requirement.id: [one for one in citations if one.requirement == requirement.id]
        for requirement in pack.requirements
    }
    parts = [*_head(pack, tests), *_table(pack, tests, root), *_demands(pack)]
    return "\n".join(parts).rstrip() + "\n"


def _head(pack: Pack, tests: Mapping[str, Sequence[Citation]]) -> list[str]:
    states = [status_of(requirement, pack, tests[requirement.id]) for requirement in pack.requirements]
    counts = {status: states.count(status) for status in ("in_force", "untested", "later")}
    valid_from = pack.valid_from.astimezone(SHANGHAI).isoformat()
    told = [
        _say("generated"),
        _say("pack", pack=pack.id, version=pack.version, valid_from=valid_from),
        _say("counts", all=len(states), **counts),
    ]
    lines = [f"# {_aside(_say('heading'))}", ""]
    lines += [line for text in told for line in (text.zh, "", text.en, "")]
    lines += [f"## {_aside(_say('notices'))}", ""]
    for notice in pack.head.notices:
        names = {"document": notice.document, "dated": notice.dated.isoformat()}
        zh = _say("notice", issuer=notice.issuer.zh, title=notice.title.zh, **names).zh
        en = _say("notice", issuer=notice.issuer.en, title=notice.title.en, **names).en
        if notice.missing_articles:
            missing = _messages()["missing_articles"]
            articles = [str(article) for article in notice.missing_articles]
            zh += missing["zh"].format(articles="、".join(articles))
            en += missing["en"].format(articles=", ".join(articles))
        lines.append(f"- {zh}  \n  {en}")
    return [*lines, ""]


def _table(pack: Pack, tests: Mapping[str, Sequence[Citation]], root: Path) -> list[str]:
    columns = ("requirement", "clause", "rule", "service", "tests", "status")
    heads = [_say(f"column_{column}") for column in columns]
    lines = [
        f"## {_aside(_say('overview'))}",
        "",
        "| " + " | ".join(f"{head.zh}<br>{head.en}" for head in heads) + " |",
        "|" + " --- |" * len(columns),
    ]
    for requirement in pack.requirements:
        cited = tests[requirement.id]
        cells = (
            f"[`{requirement.id}`](#{requirement.id})<br>{requirement.title.zh}",
            "<br>".join(place.zh for place in pack.cite(requirement.clauses)),
            "<br>".join(f"`{rule.id}`" for rule in pack.clocks if rule.requirement == requirement.id) or "–",
            requirement.service,
            "<br>".join(_links(cited, root)) or "–",
            _aside(_say(f"status_{status_of(requirement, pack, cited)}")),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _links(citations: Sequence[Citation], root: Path) -> list[str]:
    files = sorted({citation.file.relative_to(root).as_posix() for citation in citations})
    names = {file: {one.test for one in citations if one.file == root / file} for file in files}
    return [f"[{file}](../{file}) ({len(names[file])})" for file in files]


def _demands(pack: Pack) -> list[str]:
    lines = [f"## {_aside(_say('demands'))}", ""]
    for requirement in pack.requirements:
        lines += [f"### {requirement.id}", "", f"**{requirement.title.zh}**: {requirement.demand.zh}", ""]
        lines += [f"**{requirement.title.en}**: {requirement.demand.en}", ""]
        if requirement.decided is not None:
            label = _say("decided")
            lines += [f"> **{label.zh}**: {requirement.decided.zh}", ">"]
            lines += [f"> **{label.en}**: {requirement.decided.en}", ""]
    return lines


def clauses(
    check: Annotated[bool, typer.Option("--check", help="只检查是否过期。Only say if out of date.")] = False,
) -> None:
    """生成 docs/clauses.md：条款、规则、服务、测试。Write the page of clauses, rules, services and tests."""
    pack, citations = load_pack(PACK), read_citations(TESTS)
    wrong = wrong_citations(pack, citations, PROJECT)
    page = write_page(pack, citations, PROJECT)
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page
    if check and stale:
        wrong.append(_say("stale"))
    for text in wrong:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"{text.zh}\n{text.en}", style="red")
    if wrong:
        raise typer.Exit(1)
    if stale:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    told = _say("written" if stale else "same")
    Console(soft_wrap=True, highlight=False).print(f"{told.zh}\n{told.en}")


if __name__ == "__main__":
    typer.run(clauses)
