"""The certificate of release as a page to print: A4, Chinese first, English beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from services.registration.rules.people.person import PersonStated
from services.registration.rules.plans.certificate import CertificateContent, code_of, masked_for_paper
from services.registration.storage.releases import Certificate
from shared.divisions import DivisionRegister
from shared.policy import Pack
from shared.policy.values import Text
from shared.yaml_files import read_yaml

_CATALOGUE = Path(__file__).parent.parent / "messages" / "certificate.yaml"
FONT = "NotoSansSC"
MARGIN_MM = 22.0
LINE_MM = 6.5
SMALL, BODY, TITLE = 8.5, 10.5, 20


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """All that stands on a certificate; the only place where its person is named."""

    number: str
    code: str
    name: str
    document: tuple[str, str] | None
    """Kind and masked number of the identity document; None where none is known."""
    issuer: str
    """The issuing division's name with those of the units above it."""
    issued_at: datetime
    content: CertificateContent
    measure: Text
    stage_titles: Mapping[str, Text]


def page_of(
    certificate: Certificate, person: PersonStated, pack: Pack, divisions: DivisionRegister, key: bytes
) -> CertificatePage:
    """Return what stands on a person's certificate; titles are those of the present policy."""
    content, measures = certificate.content, pack.measures
    titles = {} if measures is None else {measure.id: measure.title for measure in measures.measures}
    rule = content.governing_rule
    issuer = divisions.full_name(content.division) if content.division in divisions else ""
    return CertificatePage(
        number=certificate.number,
        code=code_of(key, certificate.number, certificate.content_hash),
        name=person.name,
        document=person.identity and (person.identity.kind, masked_for_paper(person.identity.number)),
        issuer=issuer,
        issued_at=certificate.issued_at,
        content=content,
        measure=titles.get(rule, Text(zh=rule, en=rule)),
        stage_titles={} if measures is None else {kind.id: kind.title for kind in measures.stage_kinds},
    )


def render(page: CertificatePage) -> bytes:
    """Return the certificate as a PDF with its font embedded; the same page gives the same bytes.

    Takes some 0.2 s of processor time, so a door calls it in a thread.
    """
    pdf = FPDF(format="A4")
    pdf.set_creation_date(page.issued_at)
    pdf.set_title(f"{_text('title').zh} {page.number}")
    pdf.set_lang("zh-CN")
    pdf.set_margin(MARGIN_MM)
    pdf.add_font(FONT, fname=str(pylopdf_fonts_zh_cn.sans_path()))
    pdf.add_page()
    _head(pdf, page)
    _person(pdf, page)
    _stages(pdf, page)
    _tests(pdf, page)
    _foot(pdf, page)
    return bytes(pdf.output())


def _head(pdf: FPDF, page: CertificatePage) -> None:
    title = _text("title")
    _line(pdf, title.zh, TITLE, Align.C, 12)
    _line(pdf, title.en, BODY, Align.C)
    _line(pdf, f"{_both('number')}: {page.number}", SMALL, Align.R)
    pdf.ln(2)


def _person(pdf: FPDF, page: CertificatePage) -> None:
    for name, value in (
        ("person", page.name),
        ("document", _document(page)),
        ("basis", f"{page.measure.zh} {page.measure.en}"),
    ):
        _line(pdf, f"{_both(name)}: {value}", BODY)
    pdf.ln(2)
    statement = _text("statement")
    issued_on = page.content.issued_on
    _line(pdf, statement.zh.format(issued_on=issued_on), BODY)
    _line(pdf, statement.en.format(issued_on=issued_on), SMALL, height=5)
    pdf.ln(3)


def _document(page: CertificatePage) -> str:
    if page.document is None:
        return "–"
    kind, masked = page.document
    title = _text("documents", kind)
    return f"{title.zh} {title.en}  {masked}"


def _stages(pdf: FPDF, page: CertificatePage) -> None:
    _line(pdf, _both("stages"), BODY)
    rows = [
        (_titled(page.stage_titles, stage.kind), stage.first_day, stage.last_day)
        for stage in page.content.stages
    ]
    _table(pdf, ("stage", "first_day", "last_day"), rows, (60, 20, 20))


def _titled(titles: Mapping[str, Text], kind: str) -> str:
    title = titles.get(kind)
    return kind if title is None else f"{title.zh} {title.en}"


def _tests(pdf: FPDF, page: CertificatePage) -> None:
    pdf.ln(3)
    _line(pdf, _both("tests"), BODY)
    if not page.content.tests:
        _line(pdf, _both("no_tests"), BODY)
        return
    rows = [
        (test.due_on, test.sampled_on, f"{result.zh} {result.en}")
        for test in page.content.tests
        for result in (_text("results", test.result),)
    ]
    _table(pdf, ("due_on", "sampled_on", "result"), rows, (30, 30, 40))


def _foot(pdf: FPDF, page: CertificatePage) -> None:
    pdf.ln(6)
    _line(pdf, f"{_both('issuer')}: {page.issuer} ({page.content.division})", BODY)
    _line(pdf, f"{_both('issued_on')}: {page.content.issued_on}", BODY)
    pdf.ln(4)
    _line(pdf, f"{_both('code')}: {page.code}", BODY)
    verify = _text("verify")
    _line(pdf, verify.zh, SMALL, height=5)
    _line(pdf, verify.en, SMALL, height=5)


def _line(pdf: FPDF, text: str, size: float, align: Align = Align.L, height: float = LINE_MM) -> None:
    """Write text, broken where the line ends."""
    pdf.set_font(FONT, size=size)
    pdf.multi_cell(0, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _table(
    pdf: FPDF, heads: Sequence[str], rows: Sequence[Sequence[str | date]], widths: tuple[int, ...]
) -> None:
    """Write a table whose headings are repeated on a further page."""
    pdf.set_font(FONT, size=SMALL + 1)
    with pdf.table(col_widths=widths, line_height=LINE_MM, first_row_as_headings=False) as table:
        for cells in ([_both(head) for head in heads], *([str(cell) for cell in row] for row in rows)):
            row = table.row()
            for cell in cells:
                row.cell(cell)


def _both(name: str) -> str:
    text = _text(name)
    return f"{text.zh} {text.en}"


def _text(*path: str) -> Text:
    entry: Any = _catalogue()
    for name in path:
        entry = entry[name]
    return Text.model_validate(entry)


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Any]:
    return read_yaml(_CATALOGUE)
