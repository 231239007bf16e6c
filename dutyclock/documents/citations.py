"""Which tests hold which requirement, read from their markers without running them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Citation:
    """A test that is marked with `@pytest.mark.requirement("direct-report")`."""

    requirement: str | None
    """None where the marker holds something other than a literal text."""
    file: Path
    line: int
    test: str
    """The test's name, or the class's or module's whose tests all carry the marker."""


def read_citations(folder: Path) -> list[Citation]:
    """Return every citation in the test files of a folder, in the order of files and lines."""
    files = sorted(folder.rglob("test_*.py"))
    return [citation for file in files for citation in _read_file(file)]


def _read_file(file: Path) -> Iterator[Citation]:
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                yield from _read_marker(decorator, file, node.name)
        elif isinstance(node, ast.Assign) and _names_pytestmark(node):
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            for mark in marks:
                yield from _read_marker(mark, file, file.stem)


def _names_pytestmark(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)


def _read_marker(node: ast.expr, file: Path, test: str) -> Iterator[Citation]:
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "pytest.mark.requirement":
        return
    literal = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    for requirement in literal:
        yield Citation(requirement, file, node.lineno, test)
    if not literal or len(literal) != len(node.args):
        yield Citation(None, file, node.lineno, test)
