"""Keys that do not tell their month: found by bounds and by indices, as if all were read."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.loads import Loader, counts

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources import keyindex

HEAD = "contact_id,customer_id,at,channel,wait_s"
FIRST = f"{HEAD}\nA3,C1,2025-01-05 08:00,hotline,10\nA7,C2,2025-02-05 08:00,hotline,20\n"
SECOND = (
    f"{HEAD}\nA3,C1,2025-01-05 08:00,hotline,10\n"
    "A7,C2,2025-03-09 08:00,hotline,99\nA5,C3,2025-03-01 08:00,hotline,30\n"
)
LATER = f"{HEAD}\nB1,C1,2025-04-05 08:00,hotline,10\n"


@pytest.fixture(autouse=True)
def _every_file_is_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyindex, "INDEXED_FROM", 1)


def indices(put: Loader) -> set[str]:
    """The data files that have an index, or what else lies among the indices."""
    folder = places.key_index(put.home.lake, TABLES["contact"])
    return {path.name.rpartition("-")[0] for path in folder.glob("*")}


def data_files(put: Loader) -> dict[str, str]:
    """Months by data file."""
    files = places.store(put.home.lake, TABLES["contact"]).files()
    return {Path(file.path).stem: str(file.partition) for file in files}


def waits(put: Loader) -> dict[str, int]:
    return {row["contact_id"]: row["wait_s"] for row in put.rows("contact", "contact_id", "wait_s")}


def test_a_key_is_found_in_whatever_month_it_stands(put):
    put("contact.csv", FIRST)

    report = put("contact-2.csv", SECOND)

    assert counts(report) == (3, 1, 1, 1, 0)
    assert waits(put) == {"A3": 10, "A5": 30, "A7": 99}


def test_keys_beyond_the_bounds_of_a_file_need_no_index(put):
    put("contact.csv", FIRST)

    put("contact-2.csv", LATER)

    assert indices(put) == set()


def test_an_index_stands_beside_each_file_that_bounds_do_not_rule_out(put):
    put("contact.csv", FIRST)
    files = data_files(put)

    put("contact-2.csv", f"{HEAD}\nA3,C1,2025-01-05 08:00,hotline,10\n")
    only_first = {files[name] for name in indices(put)}
    put("contact-3.csv", SECOND)

    assert only_first == {"2025-01"}
    assert indices(put) == set(files)


def test_indices_of_files_that_are_gone_go(put):
    put("contact.csv", FIRST)
    put("contact-2.csv", SECOND)
    folder = places.key_index(put.home.lake, TABLES["contact"])
    (folder / "interrupted-00000000.part").write_bytes(b"half")

    report = put("contact-3.csv", SECOND)

    assert counts(report) == (3, 0, 3, 0, 0)
    assert indices(put) <= set(data_files(put))


@pytest.mark.parametrize("damage", ["gone", "cut short"])
def test_an_index_that_is_lost_is_made_again(put, damage):
    put("contact.csv", FIRST)
    put("contact-2.csv", f"{HEAD}\nA4,C1,2025-01-05 08:00,hotline,10\nA6,C1,2025-02-05,app,\n")
    for path in places.key_index(put.home.lake, TABLES["contact"]).glob("*"):
        path.unlink() if damage == "gone" else path.write_bytes(path.read_bytes()[:20])

    reports = [put(f"contact-{n}.csv", SECOND) for n in (3, 4)]

    assert [counts(report) for report in reports] == [(3, 1, 1, 1, 0), (3, 0, 3, 0, 0)]
    assert waits(put) == {"A3": 10, "A4": 10, "A5": 30, "A6": None, "A7": 99}


def test_the_keys_of_a_source_are_found_beside_the_own_ones(put):
    keyed = f"source_key,{HEAD}\nK1,A3,C1,2025-01-05 08:00,hotline,10\n"
    put("contact.csv", FIRST)
    put("contact-2.csv", keyed)

    mixed = put("contact-3.csv", f"{keyed},A7,C2,2025-02-05 08:00,hotline,20\n")

    assert counts(mixed) == (2, 0, 2, 0, 0)
    assert len(put.rows("contact", "contact_id")) == 3


def test_a_dry_run_writes_no_index(put):
    put("contact.csv", FIRST)

    report = put("contact-2.csv", SECOND, dry_run=True)

    assert counts(report) == (3, 1, 1, 1, 0)
    assert indices(put) == set()
