"""Processes killed for real between and inside the steps of a load and of a key rotation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow as pa
import pytest

import powercx
from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.models import PersonalRecord, PersonalToken
from powercx.apps.core.vault.keyring import read_ring

AT = datetime(2025, 3, 1, 8, tzinfo=UTC)
ROWS = 30
HEADER = LoadHeader("second", "customer", "/in/customer.csv", "file", AT)

LOADER = """
import os, sys, time
from datetime import UTC, datetime
import pyarrow as pa
from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from
vault = start(home_from(os.environ), os.environ)
from powercx.apps.core.domain import bulk, loading

def stop_at(step):
    if step == sys.argv[1]:
        print("here", flush=True)
        time.sleep(60)

def batches():
    for first in (0, 15):
        keys = [f"C{n}" for n in range(first, first + 15)]
        yield pa.record_batch({"record_key": keys, "name": ["新名"] * 15})
        stop_at("between batches")

def show(load, shown=bulk.show):
    shown(load)
    stop_at("in finish")

loading.CHUNK, bulk.show = 10, show
at = datetime(2025, 3, 1, 8, tzinfo=UTC)
vault.begin(LoadHeader("second", "customer", "/in/customer.csv", "file", at))
stop_at("begun")
vault.stage(load_id="second", table="customer", rows=batches())
stop_at("staged")
vault.finish(load_id="second", report={}, finished_at=at)
stop_at("finished")
"""

ROTATOR = """
import os, sys, time
from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from
vault = start(home_from(os.environ), os.environ)
from powercx.apps.core.domain import rotation

def pause():
    print("here", flush=True)
    time.sleep(60)

def progress(done, total):
    if done >= int(sys.argv[1]):
        pause()

def retired(home, ring, real=rotation._retired):
    if sys.argv[1] == "99":
        pause()
    return real(home, ring)

rotation.BATCH, rotation._retired = 7, retired
vault.rotate_keys(progress)
"""


def names(vault):
    return {vault.reveal("customer", f"C{n}")["name"] for n in range(ROWS)}


def load_first(vault):
    keys = [f"C{n}" for n in range(ROWS)]
    phones = [f"138000000{n:02d}" for n in range(ROWS)]
    rows = pa.record_batch({"record_key": keys, "name": ["旧名"] * ROWS, "phone": phones})
    vault.begin(LoadHeader("first", "customer", "/in/old.csv", "file", AT))
    vault.stage(load_id="first", table="customer", rows=[rows])
    vault.finish(load_id="first", report={}, finished_at=AT)


def kill_at(environ, source, step):
    """Run ``source`` in a process of its own until it says it is there, then kill -9."""
    variables = os.environ | environ | {"PYTHONPATH": str(powercx.__path__[0]) + "/.."}
    with subprocess.Popen(
        [sys.executable, "-c", source, step], env=variables, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert (said, child.returncode) == (b"here\n", -signal.SIGKILL)


@pytest.mark.parametrize("step", ["begun", "between batches", "staged", "in finish"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_killed_load_shows_nothing_and_ends_either_way(vault, environ, step, committed):
    load_first(vault)

    kill_at(environ, LOADER, step)
    left, seen = vault.unfinished(), names(vault)
    if committed:
        vault.finish(load_id="second", report={}, finished_at=AT)
    else:
        vault.discard("second", reason="no commit")

    assert (left, seen) == ([HEADER], {"旧名"})
    assert vault.unfinished() == []
    assert PersonalRecord.objects.filter(visible=False).count() == 0
    if not committed:
        assert names(vault) == {"旧名"}
        assert PersonalToken.objects.count() == 2 * ROWS
    elif step in {"staged", "in finish"}:
        assert names(vault) == {"新名"}
        assert PersonalToken.objects.count() == ROWS


def test_a_load_killed_after_finish_is_whole(vault, environ):
    kill_at(environ, LOADER, "finished")

    assert vault.unfinished() == []
    assert names(vault) == {"新名"}


@pytest.mark.parametrize("step", ["7", "21", "99"])
def test_a_killed_rotation_loses_nothing_and_goes_on(vault, environ, home, step):
    load_first(vault)
    [old] = read_ring(home).generations

    kill_at(environ, ROTATOR, step)
    between = read_ring(home)
    seen = names(vault), vault.find_personal("customer", "phone", "13800000029")
    resealed = vault.rotate_keys(lambda *_: None)

    ring = read_ring(home)
    assert seen == ({"旧名"}, ["C29"])
    assert set(between.generations) == {old, between.current}
    assert list(ring.generations) == [between.current]
    assert resealed == max(ROWS - int(step), 0)
    assert set(PersonalRecord.objects.values_list("key_id", flat=True)) == {ring.current}
    assert names(vault) == {"旧名"}
    assert vault.find_personal("customer", "phone", "13800000000") == ["C0"]
    assert PersonalToken.objects.count() == 2 * ROWS
    assert ring.digest == between.digest


def test_rows_staged_during_a_rotation_survive_it(vault, environ):
    load_first(vault)
    kill_at(environ, LOADER, "staged")
    kill_at(environ, ROTATOR, "21")

    vault.finish(load_id="second", report={}, finished_at=AT)
    vault.rotate_keys(lambda *_: None)

    assert names(vault) == {"新名"}


def test_rotations_may_follow_each_other(vault, home):
    load_first(vault)
    first = read_ring(home).current

    counts = [vault.rotate_keys(lambda *_: None) for _ in range(2)]

    assert counts == [ROWS, ROWS]
    assert first not in read_ring(home).generations
    assert names(vault) == {"旧名"}
