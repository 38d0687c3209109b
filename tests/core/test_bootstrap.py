from __future__ import annotations

import json
import multiprocessing
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

import powercx
from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.bootstrap import start
from powercx.apps.core.databases import database_settings
from powercx.apps.core.vault.keyring import create_ring, read_ring, ring_file
from powercx.base.errors import UserError
from powercx.base.home import Home

AT = datetime(2025, 3, 1, 8, tzinfo=UTC)


def load(vault):
    vault.begin(LoadHeader("a", "customer", "/in/customer.csv", "file", AT))
    rows = pa.record_batch({"record_key": ["C1"], "name": ["王小明"]})
    vault.stage(load_id="a", table="customer", rows=[rows])
    vault.finish(load_id="a", report={}, finished_at=AT)


def test_start_makes_database_and_keys_and_again_keeps_them(home, environ):
    load(start(home, environ))
    ring = read_ring(home)

    again = start(home, environ)

    assert again.reveal("customer", "C1") == {"name": "王小明"}
    assert read_ring(home) == ring
    assert again.digest_key() == ring.digest
    assert len(ring.digest) == 32
    assert ring.secret == settings.SECRET_KEY


def test_start_needs_a_home(tmp_path, environ):
    with pytest.raises(UserError) as missing:
        start(Home(tmp_path / "elsewhere"), environ)

    assert missing.value.code == "home.missing"


def test_two_homes_in_one_process_do_not_mix(home, environ, tmp_path):
    if "DATABASE_URL" in environ:
        pytest.skip("both homes would name one server")
    other = Home(tmp_path / "other")
    other.create()
    load(start(home, environ))

    there = start(other, environ)
    seen = there.find_personal("customer", "name", "王小明")
    back = start(home, environ)

    assert seen == []
    assert back.find_personal("customer", "name", "王小明") == ["C1"]


def test_several_first_starts_at_once_make_one_database_and_one_ring(home, environ):
    source = (
        "import os; from powercx.base.home import home_from; "
        "from powercx.apps.core.bootstrap import start; "
        "print(start(home_from(os.environ), os.environ).digest_key().hex())"
    )
    variables = os.environ | environ | {"PYTHONPATH": str(powercx.__path__[0]) + "/.."}

    children = [
        subprocess.Popen([sys.executable, "-c", source], env=variables, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = {child.communicate()[0] for child in children}

    assert [child.returncode for child in children] == [0, 0, 0]
    assert said == {f"{read_ring(home).digest.hex()}\n".encode()}


def test_commits_are_durable(home, environ):
    start(home, environ)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone()[0] == "on"
            return
        cursor.execute("PRAGMA synchronous")
        full = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]

    assert (full, mode) == (2, "wal")
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_models_and_migrations_agree(home, environ):
    start(home, environ)

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_settings_need_no_home():
    variables = os.environ | {"POWERCX_HOME": "/nowhere", "PYTHONPATH": powercx.__path__[0] + "/.."}

    done = subprocess.run(
        [sys.executable, "-c", "import powercx.settings"], env=variables, check=False
    )

    assert done.returncode == 0


def test_keys_are_for_the_owner_alone(home):
    create_ring(home)

    assert stat.S_IMODE(ring_file(home).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.keys.stat().st_mode) == 0o700
    assert [path.name for path in home.keys.iterdir()] == ["keyring.json"]


def test_the_home_and_its_database_are_for_the_owner_alone(tmp_path, environ):
    home = Home(tmp_path / "city" / "home")
    home.create()
    load(start(home, environ))

    folders = (home.path, home.quarantine, home.staging)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    files = list(home.path.glob("db.sqlite3*"))
    assert bool(files) == ("DATABASE_URL" not in environ)  # a server keeps its own files
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_keys_are_not_shown_by_accident(home):
    ring = create_ring(home)

    assert ring.digest.hex() not in f"{ring} {ring.generations}"
    assert ring.secret not in repr(ring)


def test_a_ring_made_twice_is_one(home):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        made = pool.map(create_ring, [home] * 4)

    assert {ring.digest for ring in made} == {read_ring(home).digest}


def test_keys_open_to_others_are_refused(home, environ):
    create_ring(home)
    ring_file(home).chmod(0o644)

    with pytest.raises(UserError, match="chmod 600") as refused:
        start(home, environ)

    assert refused.value.code == "core.keys_open"


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"version": 2}', '{"generations": {"k": {"data": "AA==", "index": ""}}}'],
)
def test_a_damaged_ring_is_told(home, environ, content):
    create_ring(home)
    ring_file(home).write_text(content)

    with pytest.raises(UserError) as damaged:
        start(home, environ)

    assert damaged.value.code == "core.keys_damaged"


def test_a_ring_of_another_version_is_told(home):
    create_ring(home)
    content = json.loads(ring_file(home).read_text()) | {"version": 2}
    ring_file(home).write_text(json.dumps(content))

    with pytest.raises(UserError) as damaged:
        read_ring(home)

    assert damaged.value.code == "core.keys_damaged"


def test_a_ring_that_is_a_folder_is_told(home):
    ring_file(home).mkdir(mode=0o700)

    with pytest.raises(UserError) as damaged:
        read_ring(home)

    assert damaged.value.code == "core.keys_damaged"


def test_lost_keys_are_not_replaced_while_records_need_them(home, environ):
    load(start(home, environ))
    ring_file(home).unlink()

    with pytest.raises(UserError) as lost:
        start(home, environ)

    assert lost.value.code == "core.keys_missing"
    assert not ring_file(home).exists()


def test_a_database_that_is_none_is_told(home):
    home.database.write_text("this is no database, and long enough to be looked at" * 40)
    create_ring(home)

    done = run_start(home, {})

    assert done == "core.database_unreachable"


def test_a_server_that_does_not_answer_is_told_without_the_password(home):
    url = "postgresql://someone:hunter2@127.0.0.1:1/none"

    said = run_start(home, {"DATABASE_URL": url}, show="str(error)")

    assert "127.0.0.1" in said
    assert "hunter2" not in said


def run_start(home, variables, show="error.code"):
    """What a process of its own says about opening ``home``; keeps bad databases out of ours."""
    source = (
        "import os\n"
        "from powercx.base.home import home_from\n"
        "from powercx.base.errors import UserError\n"
        "from powercx.apps.core.bootstrap import start\n"
        "try: start(home_from(os.environ), os.environ)\n"
        f"except UserError as error: print({show})\n"
    )
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    paths = {"PYTHONPATH": str(powercx.__path__[0]) + "/..", "POWERCX_HOME": str(home.path)}
    done = subprocess.run(
        [sys.executable, "-c", source],
        env=clean | paths | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/name",
        "postgresql://host:port/name",
        "postgresql://host",
        "postgresql://host/",
        "name",
        "sqlite://relative.db/x",
    ],
)
def test_a_bad_database_url_is_refused_with_the_forms_that_work(home, url):
    with pytest.raises(UserError, match="postgresql://user") as refused:
        database_settings(home, {"DATABASE_URL": url})

    assert refused.value.code == "core.database_url"


def test_database_urls_are_understood(home):
    server = database_settings(
        home, {"DATABASE_URL": "postgres://me:p%40ss@db.example:6543/power?sslmode=require"}
    )
    socket = database_settings(home, {"DATABASE_URL": "postgresql://me:@/power?host=/srv/pg"})
    file = database_settings(home, {"DATABASE_URL": "sqlite:////srv/px.db"})
    none = database_settings(home, {"DATABASE_URL": " "})

    assert {name: server[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "power",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6543",
    }
    assert server["OPTIONS"]["sslmode"] == "require"
    assert (socket["HOST"], socket["PORT"]) == ("/srv/pg", "")
    assert file["NAME"] == "/srv/px.db"
    assert none["NAME"] == str(home.database)
