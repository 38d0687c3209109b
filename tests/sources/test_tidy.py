"""Upkeep changes no row, no figure and no answer; only how many files there are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.loads import Loader, counts
from support.published import published

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures import service
from powercx.analytics.sources.tidying import Tidied, tidy
from powercx.base.home import Home

HEAD = "usage_point_id,customer_id,date,kwh,valley_kwh"
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)
NOW = datetime(2100, 1, 1, tzinfo=UTC)
"""Later than the engine's own clock, by which it tells how long a file has been unneeded."""
USAGE = TABLES["usage_daily"]
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.sources.tidying import tidy
from powercx.base.home import Home
DeltaStore.commit = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
tidy(Home(Path(sys.argv[1])), at=datetime.now(UTC), waiting=print)
"""


def load_days(put: Loader) -> None:
    """References, and five days of March one by one, the first of them corrected."""
    put("org_unit.csv", "org_id,parent_id,name,level\nR,,R,company\nB,R,B,bureau\n")
    put(
        "customer.csv",
        "customer_id,org_id,kind,usage_category,tariff\n"
        "C1,B,person,residential,tou\nC2,B,person,residential,tou\n",
    )
    for day in range(1, 6):
        rows = [f"P{n},C{n},2025-03-0{day},{10 + day}.5,{day}" for n in (2, 1)]
        put(f"usage_daily-{day}.csv", "\n".join([HEAD, *rows]))
    put("usage_daily-2025-04.csv", f"{HEAD}\nP1,C1,2025-04-01,9,1\n")
    put("usage_daily-1.csv", f"{HEAD}\nP1,C1,2025-03-01,99,7\n")


def months(home: Home) -> dict[str, int]:
    """Files by month."""
    found = [str(file.partition) for file in places.store(home.lake, USAGE).files()]
    return {month: found.count(month) for month in sorted(set(found))}


def clean(home: Home, at: datetime = NOW) -> list[Tidied]:
    return tidy(home, at=at, waiting=print)


def test_a_crowded_month_becomes_one_sorted_file_of_the_same_rows(put):
    load_days(put)
    before = put.rows("usage_daily")

    [tidied] = clean(put.home)

    # The correction left two files in the place of one, which was replaced long ago.
    assert tidied == Tidied("usage_daily", months=1, before=6, removed=1)
    assert months(put.home) == {"2025-03": 1, "2025-04": 1}
    assert put.rows("usage_daily") == before
    [march] = [f for f in places.store(put.home.lake, USAGE).files() if f.partition == "2025-03"]
    assert (march.rows, march.low["date"], march.high["date"]) == (
        10,
        date(2025, 3, 1),
        date(2025, 3, 5),
    )


def test_loads_know_the_rows_afterwards(put):
    load_days(put)
    clean(put.home)

    again = put("usage_daily-2.csv", f"{HEAD}\nP1,C1,2025-03-02,12.5,2\nP2,C2,2025-03-02,1,0\n")

    assert counts(again) == (2, 0, 1, 1, 0)


def test_tidying_twice_changes_nothing(put):
    load_days(put)
    clean(put.home)
    version = places.store(put.home.lake, USAGE).version()

    [second] = clean(put.home)

    assert (second.months, second.removed) == (0, 0)
    assert places.store(put.home.lake, USAGE).version() == version


def test_a_refresh_finds_nothing_new_in_it(put):
    load_days(put)
    service.refresh(put.home, at=NOW)
    before = published(put.home)
    clean(put.home)

    report = service.refresh(put.home, at=NOW)

    assert report.mode == "incremental"
    assert {step.name for step in report.steps} <= {"references", "populations", "publish"}
    assert published(put.home) == before


def test_figures_are_explained_before_and_after_the_next_refresh(put):
    load_days(put)
    service.refresh(put.home, at=NOW)
    explained = [rows_behind(put.home)]
    clean(put.home)
    explained.append(rows_behind(put.home))
    service.refresh(put.home, at=NOW)
    explained.append(rows_behind(put.home))

    assert explained[0] > 0
    assert explained == [explained[0]] * 3


def rows_behind(home: Home) -> int | None:
    with service.open_session(home) as session:
        return session.explain("peak_shift", period="2025-03").rows.counted


def test_files_that_no_version_of_seven_days_has_go(put):
    load_days(put)
    store = places.store(put.home.lake, USAGE)
    version = store.version()

    [tidied] = clean(put.home, LONG_AGO)

    # Six small files, and the one that the correction replaced.
    assert tidied.removed == 7
    assert len(list(store.folder.rglob("*.parquet"))) == 2
    with pytest.raises(LookupError):
        store.files(version=version)


def test_killed_before_its_commit_it_did_nothing(put):
    load_days(put)
    before = put.rows("usage_daily")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(put.home.path)], env=environ, check=False
    )

    assert ended.returncode == -signal.SIGKILL
    assert (months(put.home)["2025-03"], put.rows("usage_daily")) == (6, before)
    [tidied] = clean(put.home)
    assert (tidied.months, put.rows("usage_daily")) == (1, before)
    written = list(Path(places.store(put.home.lake, USAGE).folder).rglob("*.parquet"))
    assert len(written) > 2
