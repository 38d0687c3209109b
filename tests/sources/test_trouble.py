"""A full disk, a second writer, a bug: nothing is lost, and it is said."""

from __future__ import annotations

import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.loads import NOW, Loader, MemoryVault, counts

from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.service import LoadOptions, load
from powercx.base.home import Home

HEAD = "contact_id,at,channel,touchpoint"


def noise(rows: int) -> str:
    """Contacts whose bytes do not compress."""
    source = random.Random(1)  # noqa: S311 - noise, no secret
    return "".join(f"K{at},2025-03-01,app,{source.randbytes(64).hex()}\n" for at in range(rows))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root: the full disk is not tested")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607 - wherever the system has it


def test_a_full_disk_loads_nothing_and_says_so(put: Loader, small_disk: Path):
    home = Home(small_disk / "home")
    home.create()
    put.home = home
    put("contact.csv", f"{HEAD}\nK0,2025-03-01,app,x\n")
    before = sorted(home.lake.rglob("*.parquet"))

    report = put("contact-2.csv", f"{HEAD}\n{noise(60_000)}")
    after = put("contact-3.csv", f"{HEAD}\nK0,2025-03-01,app,x\nK1,2025-03-01,app,y\n")

    assert report.refused is not None
    assert report.refused.code == "load.disk_full"
    assert counts(after) == (2, 1, 1, 0, 0)
    assert len(sorted(home.lake.rglob("facts/**/*.parquet"))) == len(before) + 1
    assert list(home.staging.iterdir()) == []


def test_a_failure_before_the_commit_leaves_no_trace(put: Loader, monkeypatch):
    put("contact.csv", f"{HEAD}\nK0,2025-03-01,app,x\n")
    store = places.store(put.home.lake, TABLES["contact"])
    before = sorted(put.home.lake.rglob("*.parquet"))
    real = DeltaStore._commit

    def broken(self: DeltaStore, *parts: object, **more: object) -> int:
        if self.folder == store.folder:
            raise ZeroDivisionError
        return real(self, *parts, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(DeltaStore, "_commit", broken)
    with pytest.raises(ZeroDivisionError):
        put("contact-2.csv", f"{HEAD}\nK0,2025-03-01,hall,x\nK1,2025-03-01,app,x\n")
    monkeypatch.undo()

    assert sorted(put.vault.states.values()) == ["discarded", "done"]
    assert sorted(store.folder.rglob("*.parquet")) == [f for f in before if "facts" in str(f)]
    report = put("contact-3.csv", f"{HEAD}\nK0,2025-03-01,hall,x\nK1,2025-03-01,app,x\n")
    assert counts(report) == (2, 1, 0, 1, 0)


def test_a_retraction_that_failed_can_be_made_again(put: Loader, monkeypatch):
    put("contact.csv", f"{HEAD}\nK0,2025-03-01,app,x\n")
    store = places.store(put.home.lake, TABLES["contact"])
    real = DeltaStore._commit

    def broken(self: DeltaStore, *parts: object, **more: object) -> int:
        if self.folder == store.folder:
            raise ZeroDivisionError
        return real(self, *parts, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(DeltaStore, "_commit", broken)
    with pytest.raises(ZeroDivisionError):
        put("contact-2.csv", f"{HEAD},deleted\nK0,,,,1\n")
    monkeypatch.undo()

    assert counts(put("contact-3.csv", f"{HEAD},deleted\nK0,,,,1\n")) == (1, 0, 0, 1, 0)
    assert put.rows("contact") == []


def test_a_second_writer_waits_and_says_so(put: Loader):
    path = put.write("contact.csv", f"{HEAD}\nK0,2025-03-01,app,x\n")
    told: list[str] = []
    waits = threading.Event()

    def waiting(table: str) -> None:
        told.append(table)
        waits.set()

    def second() -> None:
        options = LoadOptions()
        load(put.home, MemoryVault(), [str(path)], options=options, at=NOW, waiting=waiting)

    thread = threading.Thread(target=second)
    with writer_lock(put.home.locks, "contact"):
        thread.start()
        assert waits.wait(30)
        assert put.rows("contact") == []
    thread.join(30)

    assert told == ["contact"]
    assert len(put.rows("contact")) == 1


def test_a_load_that_is_alive_is_not_taken_for_dead(put: Loader):
    put("contact.csv", f"{HEAD}\nK0,2025-03-01,app,x\n")
    [load_id] = put.vault.states
    put.vault.states[load_id] = "started"

    with writer_lock(put.home.locks, "contact"):
        put("bill.csv", "bill_id,amount_cny,issued_on\nB1,1,2025-03-01\n")
        assert put.vault.states[load_id] == "started"
    put("bill-2.csv", "bill_id,amount_cny,issued_on\nB1,1,2025-03-01\n")

    assert put.vault.states[load_id] == "done"
    assert put.vault.reports[load_id]["loaded"] == 1
