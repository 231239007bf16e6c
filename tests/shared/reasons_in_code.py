"""The sentences with which the code refuses fields, as they stand in its source."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOURCES = ("services/registration",)
"""What judges the rows of a village's workbooks and batches; what all doors stand on is `SHARED`."""
SHARED = (
    "batches",
    "instants",
    "personal_numbers",
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

_FUNCTIONS_OF_REASONS = ("refusal_of", "_refusal", "number_in", "excel_damage", "_reason")
_POSITIONS = {"FieldProblem": 1, "fault_of": 1, "ValueError": 0, "PydanticCustomError": 1}
_AT_START = "the policy {} "
"""How a service refuses to start with a policy that lacks something: no field, and nobody's row."""


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
    return [one for one in found if one.text is None or not one.text.startswith(_AT_START)]


def _files(source: Path) -> Sequence[Path]:
    return [source] if source.suffix == ".py" else sorted(source.rglob("*.py"))


def _in_file(file: Path) -> Iterator[Sentence]:
    tree = ast.parse(file.read_text())
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    place = str(file.relative_to(ROOT))
    for expression in _expressions(tree):
        yield from _read(place, expression, named)


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
