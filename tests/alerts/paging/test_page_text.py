"""What people read: clause, duty, place, minutes and link, in both languages, as short as a channel asks."""

from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.messages import LANGUAGES, load_catalogue
from services.alerts.rules.page_text import PageClock, say_time, write_page, write_short_page
from shared.policy.values import Text
from shared.vocabulary import Occasion

CATALOGUE = load_catalogue()
NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
LINK = "https://duty.example/a/token"


def a_clock(number: int = 1, *, due_in: timedelta = timedelta(minutes=30), **changes: object) -> PageClock:
    values: dict[str, object] = {
        "occasion": Occasion.WARN,
        "title": Text(zh="病例网络直报", en="Direct report"),
        "clauses": (Text(zh="渝肺炎组发〔2021〕1号 §20", en="渝肺炎组发〔2021〕1号 §20"),),
        "subject": f"S-{number}",
        "place": "重庆市大渡口区建胜镇四民村",
        "township": "建胜镇",
        "due_at": NOW + due_in,
        **changes,
    }
    return PageClock(**values)  # type: ignore[arg-type]  # built from defaults and changes


@pytest.mark.parametrize(
    ("due_in", "zh", "en"),
    [
        (timedelta(minutes=30), "剩余 30 分钟", "30 min left"),
        (timedelta(minutes=30, seconds=59), "剩余 30 分钟", "30 min left"),
        (timedelta(seconds=59), "剩余不足 1 分钟", "less than 1 min left"),
        (timedelta(0), "剩余不足 1 分钟", "less than 1 min left"),
        (timedelta(microseconds=-1), "刚刚超时", "overdue since this minute"),
        (timedelta(seconds=-59), "刚刚超时", "overdue since this minute"),
        (timedelta(seconds=-60), "已超时 1 分钟", "overdue by 1 min"),
        (timedelta(hours=-3), "已超时 180 分钟", "overdue by 180 min"),
    ],
)
def test_minutes_on_both_sides_of_the_limit(due_in: timedelta, zh: str, en: str) -> None:
    assert say_time(NOW + due_in, NOW, "zh", CATALOGUE) == zh
    assert say_time(NOW + due_in, NOW, "en", CATALOGUE) == en


def test_one_clock_is_told_whole_chinese_first() -> None:
    text = write_page([a_clock()], LINK, NOW, CATALOGUE)
    for part in (
        "渝肺炎组发〔2021〕1号 §20",
        "S-1",
        "重庆市大渡口区建胜镇四民村",
        "剩余 30 分钟",
        "30 min left",
        LINK,
    ):
        assert part in text.body
    assert text.body.index("剩余 30 分钟") < text.body.index("30 min left")
    assert text.title.startswith("【临近时限】病例网络直报")
    assert "2月1日 09:30" in text.body  # Asia/Shanghai


def test_many_clocks_are_counted_and_ten_are_listed_the_most_urgent_first() -> None:
    clocks = [a_clock(number, due_in=timedelta(minutes=number)) for number in range(1, 326)]
    clocks.append(a_clock(999, occasion=Occasion.BREACH, due_in=timedelta(minutes=-5), township="茄子溪街道"))
    text = write_page(clocks, LINK, NOW, CATALOGUE)
    assert "建胜镇 325" in text.body
    assert "茄子溪街道 1" in text.body
    assert "病例网络直报 326" in text.body
    assert "1. 病例网络直报 重庆市大渡口区建胜镇四民村 S-999 已超时 5 分钟" in text.body
    assert "10. " in text.body
    assert "11. " not in text.body
    assert "另有 316 项" in text.body
    assert text.title.startswith("【已超时】共 326 项")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", [70, 160, 500])
@pytest.mark.parametrize("count", [1, 40])
def test_short_texts_keep_their_limit_and_their_link(language: str, limit: int, count: int) -> None:
    clocks = [a_clock(number) for number in range(count)]
    chosen = LANGUAGES[0] if language == "zh" else LANGUAGES[1]
    text = write_short_page(clocks, LINK, NOW, CATALOGUE, language=chosen, limit=limit)
    assert len(text.body) <= limit
    assert text.body.endswith(LINK)
    assert text.title == ""


def test_names_with_braces_and_other_scripts_are_only_text() -> None:
    odd = a_clock(place="{link} 𠮷重庆 🏥 <b>", subject="{0}")
    text = write_page([odd], LINK, NOW, CATALOGUE)
    assert "{link} 𠮷重庆 🏥 <b>" in text.body
    assert "{0}" in text.body


def test_every_text_can_be_said_in_both_languages() -> None:
    assert CATALOGUE.texts["zh"].keys() == CATALOGUE.texts["en"].keys()
