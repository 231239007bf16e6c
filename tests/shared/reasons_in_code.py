"""The sentences with which the code refuses fields, as they stand in its source."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOURCES = ("services/registration", "services/testing", "services/alerts", "services/reporting")
"""What judges what is sent to the doors; what all doors stand on is `SHARED`."""
SHARED = (
    "admission",
    "batches",
    "bodies",
    "event_stream",
    "idempotency",
    "instants",
    "line_streams",
    "pages",
    "parameter_reasons",
    "personal_numbers",
    "problems",
    "reasons",
    "row_documents",
    "strict_json",
    "verdicts",
    "workbooks/cells",
    "workbooks/columns",
    "workbooks/importing",
)
TOLD_ELSEWHERE = frozenset(
    {
        "detail['msg']",  # pydantic's: told by their type
        "_reason(detail)",
        "pattern_in_words(detail.get('ctx', {}).get('pattern', '')) or detail['msg']",
        "_no_room_reason(wanted)",
        "sentence",
        "one['reason']",  # as it was kept
        "str(facts)",  # why a channel is unusable
        "str(error)",  # a ValueError whose sentence is collected where it is raised
        "reason",  # what a function of refusals returned
        "refused.detail",
        "row.detail",
        "one.reason",
        "problem.reason",
        "wrong.reason",
        "stored.reason",
        "name_refusal(person.name)",
        "name_refusal(person.contact.name)",
        "refusal_of(person.identity)",
        "telephone_refusal(person.telephone)",
        "telephone_refusal(person.contact.telephone)",
    }
)
"""What passes a reason on that was written, and is collected, elsewhere."""

FILLED_WITH_WORDS = {"is {}": ("is missing", "is expired", "is withdrawn")}
"""Sentences that say nothing before their word is known, with all that they can say."""

_FUNCTIONS_OF_REASONS = ("refusal_of", "_refusal", "no_room_reason", "number_in", "excel_damage", "_reason")
_POSITIONS = {
    "FieldProblem": 1,
    "fault_of": 1,
    "ValueError": 0,
    "PydanticCustomError": 1,
    "NoRoom": 0,
    "StaysElsewhere": 0,
    "UnusableChannel": 0,
}
_AT_START = ("the policy {} ", "there is no version of the policy", "DUTYCLOCK_", "only one language has")
"""How a service refuses to start with what it lacks, a policy or a setting: no field, and nobody's row."""
_SAID_TO_NOBODY = frozenset({"altered", "U+0000"})
"""What a cursor is refused for inside; its sender hears one reason for all."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the source; each `{}` stands for a value. `unread` is code that is no sentence."""

    place: str
    text: str | None
    unread: str = ""


def sentences() -> list[Sentence]:
    """Return every sentence, in the order of the files."""
    files = [file for source in SOURCES for file in _files(ROOT / source)]
    files += [ROOT / "shared" / f"{name}.py" for name in SHARED]
    found = [sentence for file in files for sentence in _in_file(file)]
    found += [Sentence("", text) for texts in FILLED_WITH_WORDS.values() for text in texts]
    return [
        one
        for one in found
        if one.text is None or not (one.text.startswith(_AT_START) or one.text in _SAID_TO_NOBODY)
    ]


def _files(source: Path) -> Sequence[Path]:
    return [source] if source.suffix == ".py" else sorted(source.rglob("*.py"))


def _in_file(file: Path) -> Iterator[Sentence]:
    tree = ast.parse(file.read_text())
    named = _imported(tree) | _assigned(tree)
    place = str(file.relative_to(ROOT))
    for expression in _expressions(tree):
        yield from _read(place, expression, named)


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _imported(tree: ast.Module) -> dict[str, ast.expr]:
    """The constants that a module takes from others of ours."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
            ("services.", "shared.")
        ):
            continue
        constants = {one.name for one in node.names if one.name.isupper()}
        file = ROOT / f"{(node.module or '').replace('.', '/')}.py"
        if constants and file.exists():
            assigned = _assigned(ast.parse(file.read_text()))
            found |= {name: assigned[name] for name in constants & assigned.keys()}
    return found


def _expressions(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            position = _POSITIONS.get(name)
            if position is not None and len(node.args) > position:
                yield node.args[position]
        elif isinstance(node, ast.FunctionDef) and node.name.endswith(_FUNCTIONS_OF_REASONS):
            yield from (
                inner.value
                for inner in ast.walk(node)
                if isinstance(inner, ast.Return)
                and isinstance(inner.value, ast.Constant | ast.JoinedStr | ast.IfExp)
            )


def _read(place: str, expression: ast.expr, named: dict[str, ast.expr]) -> Iterator[Sentence]:
    match expression:
        case ast.Constant(value=str(text)):
            if text != "{reason}":  # pydantic's way to write a sentence of ours
                yield Sentence(place, text)
        case ast.Constant(value=None):
            return
        case ast.JoinedStr():
            parts = ((part.value if isinstance(part, ast.Constant) else "{}") for part in expression.values)
            text = "".join(str(part) for part in parts)
            if text not in FILLED_WITH_WORDS:
                yield Sentence(place, text)
        case ast.IfExp():
            yield from _read(place, expression.body, named)
            yield from _read(place, expression.orelse, named)
        case ast.Name(id=name) if isinstance(named.get(name), ast.Constant | ast.JoinedStr):
            yield from _read(place, named[name], named)
        case _:
            unread = ast.unparse(expression)
            if unread not in TOLD_ELSEWHERE:
                yield Sentence(place, None, unread)
