"""Tens of thousands of Chinese utterances: none is lost, nothing but personal data changes."""

from __future__ import annotations

import csv
from typing import Any, TextIO

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs, numerators, same_but_masked

NAMES = ("tipdm_zhengwu", "waimai_10k", "online_shopping_10_cats")
pytestmark = needs(NAMES[0]) + [mark for name in NAMES[1:] for mark in needs(name)[1:]]
MESSAGES = DATA / "tipdm_zhengwu" / "f3_hotspot_messages.parquet"
LABELLED = DATA / "tipdm_zhengwu" / "f2_labelled_sample.parquet"
REVIEWS = DATA / "online_shopping_10_cats" / "dev_reviews.parquet"
TAKEAWAY = DATA / "waimai_10k" / "reviews.parquet"
ZONE = "Asia/Shanghai"


def texts(home: RealHome) -> dict[str, str]:
    return dict(home.rows("feedback", "SELECT feedback_id, text"))


def assert_kept(raw: dict[str, str], found: dict[str, str], *, masked: float) -> None:
    """Every text is there and reads as it did, but for blanks at its ends and personal data.

    ``masked`` is the largest share of texts that may hold any.
    """
    trimmed = {key: (text or "").strip(" \t\r\n\u3000\u00a0") for key, text in raw.items()}
    assert found.keys() == trimmed.keys()
    changed = [key for key, text in trimmed.items() if (found[key] or "") != text]
    lost = [(trimmed[k], found[k]) for k in changed if not same_but_masked(trimmed[k], found[k])]
    assert lost == []
    assert len(changed) <= masked * len(raw)


@pytest.fixture(scope="module")
def messages(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("tipdm"), ZONE)
    report = made.load(MESSAGES, "tipdm_zhengwu")
    rows = figures("tipdm_zhengwu")["f3_rows"]
    assert counted(report) == {"read": rows, "loaded": rows}
    return made


def test_messages(messages):
    raw = messages.raw(f"SELECT cast(留言编号 AS VARCHAR), 留言详情 FROM '{MESSAGES}'")

    # One in six names the writer's house, or a person.
    assert_kept(dict(raw), texts(messages), masked=0.2)


def test_messages_of_every_month(messages):
    raw = messages.raw(
        f"SELECT strftime(留言时间, '%Y-%m') AS month, count(*) FROM '{MESSAGES}' GROUP BY 1"
    )

    found = messages.rows("feedback", "SELECT strftime(date, '%Y-%m'), count(*) GROUP BY 1")

    assert dict(found) == dict(raw)


def test_a_message_that_was_sorted_twice_is_one(tmp_path):
    home = RealHome(tmp_path, ZONE)
    [(rows, numbers)] = home.raw(f"SELECT count(*), count(DISTINCT 留言编号) FROM '{LABELLED}'")

    report = home.load(LABELLED, "tipdm_zhengwu")

    assert counted(report) == {"read": rows, "loaded": numbers, "duplicate": rows - numbers}


def test_messages_under_every_head(tmp_path):
    home = RealHome(tmp_path, ZONE)
    told = figures("tipdm_zhengwu")["f2_label_counts"]
    home.load(LABELLED, "tipdm_zhengwu_orders")

    found = home.figures("complaint_rate", "2011..2020", by="type_l2")

    assert numerators(found) == told


def test_the_same_in_gb18030_is_the_same(messages, tmp_path):
    home = RealHome(tmp_path, ZONE)
    columns = "留言编号, 留言时间, replace(留言详情, chr(0), '') AS 留言详情"
    table = home.raw(f"SELECT {columns} FROM '{MESSAGES}' ORDER BY 留言编号")
    path = tmp_path / "messages.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        write_csv(file, ["留言编号", "留言时间", "留言详情"], table)

    report = home.load(path, "tipdm_zhengwu")

    assert report.loaded == len(table)
    assert texts(home) == texts(messages)


def write_csv(file: TextIO, heads: list[str], rows: list[tuple[Any, ...]]) -> None:
    writer = csv.writer(file)
    writer.writerow(heads)
    writer.writerows(rows)


def test_people_who_wrote_again(tmp_path):
    home = RealHome(tmp_path, ZONE)
    home.load(MESSAGES, "tipdm_zhengwu_contacts")
    [(people,)] = home.raw(
        f"SELECT count(DISTINCT 留言用户) FROM '{MESSAGES}' WHERE year(留言时间) = 2019"
    )

    found = home.figure("repeat_contact_30d", "2019")

    # Without a business type nothing follows anything, but everyone is in contact.
    assert (found.numerator, found.denominator) == (0, people)


def test_product_reviews(tmp_path):
    home = RealHome(tmp_path, ZONE)
    raw = home.raw(f"SELECT concat('R', rid), review FROM '{REVIEWS}'")

    report = home.load(REVIEWS, "online_shopping_10_cats")

    assert counted(report) == {"read": len(raw), "loaded": len(raw)}
    assert_kept(dict(raw), texts(home), masked=0.01)


def test_takeaway_reviews(tmp_path):
    """The file has no number for a review: it gets one before the load."""
    home = RealHome(tmp_path, ZONE)
    told = figures("waimai_10k")["recomputed"]
    numbered = f"SELECT *, row_number() OVER () AS rid FROM '{TAKEAWAY}'"
    file = home.prepared("reviews.parquet", numbered)

    report = home.load(file, "online_shopping_10_cats")

    assert counted(report) == {"read": told["n"], "loaded": told["n"]}
    polarity = home.rows("feedback", "SELECT if(rating = 5, '1', '0'), count(*) GROUP BY 1")
    assert dict(polarity) == told["label_counts"]
    raw = dict(home.raw(f"SELECT concat('R', rid), review FROM '{file}'"))
    assert_kept(raw, texts(home), masked=0.01)
