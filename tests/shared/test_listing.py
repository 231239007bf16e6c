"""Lists at the terminal: a table where it fits, lines where it does not, and no value cut or interpreted."""

import pytest
from rich.cells import cell_len

from dutyclock.listing import Row, print_rows

HEADINGS = [("服务", "service"), ("主题", "subject"), ("原因", "reason")]
VALUES = ("reporting", "testing.sample-positive.50.0104.102.001", "field [red] 区划代码 is unknown: 500199")


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_every_value_is_whole_at_any_width(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_rows(HEADINGS, [Row(VALUES), Row(("alerts", "", "short"), "bold red")])
    said = capsys.readouterr().out
    for value in VALUES:
        assert value in said
    assert ("┃" in said) == (columns == 200)
    if columns == 80:
        assert all(cell_len(line) <= 80 for line in said.splitlines())
