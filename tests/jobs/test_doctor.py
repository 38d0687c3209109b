"""Each thing that can be wrong is found, named, and mended where that is safe."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.refresh import refresh
from powercx.analytics.sources.service import LoadOptions, load
from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.bootstrap import start
from powercx.apps.core.domain import audit
from powercx.apps.core.models import AuditEntry, AuditHead, LoadRecord, Task
from powercx.apps.core.vault.keyring import create_ring, read_ring, ring_file, write_ring
from powercx.base.home import Home
from powercx.cli.main import main
from powercx.jobs.doctor.service import State, examine

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
CUSTOMERS = (
    "customer_id,name,org_id,usage_category\nC1,王小明,S1,residential\nC2,李强,S1,residential\n"
)
UNITS = "org_id,name,level\nS1,城东供电所,station\n"


@pytest.fixture
def filled(home, environ, tmp_path):
    """A home with two customers, refreshed."""
    vault = start(home, environ)
    for name, text in (("org_unit", UNITS), ("customer", CUSTOMERS)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    files = [str(tmp_path / "org_unit.csv"), str(tmp_path / "customer.csv")]
    reports = load(home, vault, files, options=LoadOptions(), at=AT)
    assert [report.loaded for report in reports] == [1, 2]
    refresh(home, at=AT)
    return home


def states(home, environ, **given):
    return {key: f.state for key, f in examine(home, environ=environ, at=AT, **given).items()}


def wrong(home, environ, **given):
    """The checks that do not come out well; of those that depend on the machine nothing is said."""
    machine = {"disk", "memory", "font"}
    found = states(home, environ, **given)
    return {key: s for key, s in found.items() if s is not State.OK and key not in machine}


def test_an_installation_in_order_has_nothing_to_mend(filled, environ):
    assert wrong(filled, environ) == {}


def test_where_there_is_no_home_one_check_says_so_and_the_rest_wait(environ, tmp_path):
    environ["POWERCX_HOME"] = str(tmp_path / "none")

    code = main(["doctor", "--json"], environ)

    assert code == 1
    found = states(home := Home(tmp_path / "none"), environ)
    assert [key for key, state in found.items() if state is State.FAIL] == ["folders"]
    assert not home.path.exists()


def test_rights_are_found_and_closed(filled, environ):
    ring = ring_file(filled)
    ring.chmod(0o640)
    (filled.quarantine / "names.csv").write_text("王小明", "utf-8")
    (filled.quarantine / "names.csv").chmod(0o644)

    before = wrong(filled, environ)
    found = examine(filled, environ=environ, at=AT, fix=True)

    assert before["rights"] is State.FAIL
    assert before["keys"] is State.FAIL
    assert (found["rights"].state, "2" in found["rights"].fixed) == (State.OK, True)
    assert ring.stat().st_mode & 0o777 == 0o600
    assert wrong(filled, environ) == {}


def test_a_missing_folder_is_made_again(filled, environ):
    filled.quarantine.rmdir()

    before = wrong(filled, environ)
    after = wrong(filled, environ, fix=True)

    assert before["folders"] is State.FAIL
    assert after == {}
    assert filled.quarantine.stat().st_mode & 0o777 == 0o700


def test_without_fix_nothing_is_changed(filled, environ):
    filled.quarantine.rmdir()
    ring_file(filled).chmod(0o644)

    examine(filled, environ=environ, at=AT)

    assert not filled.quarantine.exists()
    assert ring_file(filled).stat().st_mode & 0o777 == 0o644


def test_a_key_ring_of_another_home_is_found(filled, environ, tmp_path):
    other = Home(tmp_path / "other")
    other.create()
    create_ring(other)
    write_ring(filled, read_ring(other))

    assert wrong(filled, environ) == {"sealed": State.FAIL}


def test_a_load_left_half_done_is_settled_but_one_under_way_is_not(filled, environ):
    vault = start(filled, environ)
    vault.begin(LoadHeader("left", "customer", "/in/customer.csv", "file", AT))

    before = wrong(filled, environ)
    fixed = examine(filled, environ=environ, at=AT, fix=True)["loads"]

    assert before == {"loads": State.WARN}
    assert (fixed.state, fixed.fixed != "") == (State.OK, True)
    assert LoadRecord.objects.get(load_id="left").state == "discarded"


def test_a_broken_file_of_the_lake_is_named(filled, environ):
    [file] = places.store(filled.lake, TABLES["customer"]).files()
    os.truncate(file.path, 100)

    found = examine(filled, environ=environ, at=AT)

    assert found["tables"].state is State.FAIL
    assert Path(file.path).name in found["tables"].found


def test_figures_behind_the_data_are_told(filled, environ, tmp_path):
    more = tmp_path / "customer-2.csv"
    more.write_text(CUSTOMERS.replace("C1", "C3").replace("C2", "C4"), "utf-8")
    load(filled, start(filled, environ), [str(more)], options=LoadOptions(), at=AT)

    found = examine(filled, environ=environ, at=AT)

    assert found["figures"].state is State.WARN
    assert "customer" in found["figures"].found


def test_a_faulty_definition_is_named_with_its_file(filled, environ):
    (filled.catalog / "measures").mkdir()
    (filled.catalog / "measures" / "odd.yaml").write_text("key: odd\nunit: kilos\n", "utf-8")

    found = examine(filled, environ=environ, at=AT)["definitions"]

    assert (found.state, "odd.yaml" in found.found) == (State.FAIL, True)


def test_work_that_nobody_does_and_work_that_fails_are_told(filled, environ):
    start(filled, environ)
    early = AT - timedelta(minutes=5)
    task = Task.objects.create(name="refresh", asked_at=early, due_at=early)

    forsaken = examine(filled, environ=environ, at=AT)["worker"]
    Task.objects.update(state="failed", heard_at=early, finished_at=early)
    failed = examine(filled, environ=environ, at=AT)["worker"]
    task.delete()
    well = examine(filled, environ=environ, at=AT)["worker"]

    assert (forsaken.state, failed.state, well.state) == (State.WARN, State.WARN, State.OK)
    assert "1" in failed.found


def test_an_entry_of_the_audit_that_was_changed_is_found(filled, environ):
    start(filled, environ)
    for number in range(3):
        audit.record(actor=audit.SYSTEM, action="look", record_type="test", record_id=number, at=AT)
    assert wrong(filled, environ) == {}

    AuditEntry.objects.filter(seq=2).update(action="nothing")
    changed = examine(filled, environ=environ, at=AT)["chain"]
    AuditEntry.objects.filter(seq=2).update(action="look")
    AuditHead.objects.update(seq=2)
    cut = examine(filled, environ=environ, at=AT)["chain"]

    assert (changed.state, "2" in changed.found) == (State.FAIL, True)
    assert cut.state is State.FAIL


def test_a_setting_that_cannot_be_read_is_named(filled, environ):
    filled.config_file.write_text("time_zone: Mars/Olympus\n", "utf-8")

    found = examine(filled, environ=environ, at=AT)["config"]

    assert (found.state, "Mars/Olympus" in found.found) == (State.FAIL, True)


@pytest.mark.parametrize(
    ("variables", "state"),
    [
        ({"POWERCX_HOSTS": "cx.example"}, State.WARN),
        ({"POWERCX_HOSTS": "cx.example", "POWERCX_HTTPS": "1"}, State.OK),
        ({"POWERCX_HOSTS": "https://cx.example"}, State.FAIL),
        ({"POWERCX_HOSTS": "*", "POWERCX_HTTPS": "1"}, State.WARN),
    ],
)
def test_hosts_and_https_are_weighed_together(home, environ, variables, state):
    found = examine(home, environ={**environ, **variables}, at=AT)

    assert found["addresses"].state is state


@pytest.mark.parametrize(
    "variable", [("POWERCX_HTTPS", "perhaps"), ("DATABASE_URL", "mysql://a/b")]
)
def test_a_variable_that_cannot_be_understood_is_the_only_finding(home, environ, variable):
    found = examine(home, environ={**environ, variable[0]: variable[1]}, at=AT)

    assert {key: f.state for key, f in found.items()} == {"environment": State.FAIL}
    assert variable[0] in found["environment"].found


def test_a_year_whose_holidays_are_not_known_is_a_warning(filled, environ):
    def calendar(*day):
        return examine(filled, environ=environ, at=datetime(*day, tzinfo=UTC))["calendar"].state

    assert [calendar(2025, 10, 1), calendar(2025, 12, 1)] == [State.OK, State.OK]
    assert calendar(2055, 3, 1) is State.WARN


def test_a_broken_sqlite_file_is_found(filled, environ):
    if connection.vendor != "sqlite":
        pytest.skip("of SQLite's file")
    connection.close()
    content = filled.database.read_bytes()
    filled.database.write_bytes(content[:100] + b"\0" * 4096 * 8 + content[100 + 4096 * 8 :])
    for journal in filled.path.glob("db.sqlite3-*"):
        journal.unlink()

    found = wrong(filled, environ)
    connection.close()

    assert State.FAIL in {
        found[key] for key in ("database", "migrations", "integrity") if key in found
    }


def test_findings_are_told_in_both_languages_and_as_json(filled, environ, capsys, monkeypatch):
    said = {}
    for language in ("zh", "en"):
        monkeypatch.setenv("POWERCX_LANG", language)
        assert main(["doctor", "--json"], environ) == 0
        said[language] = json.loads(capsys.readouterr().out)

    keys = [each["check"] for each in said["zh"]["checks"]]
    assert keys == [each["check"] for each in said["en"]["checks"]]
    assert sum(said["zh"][state] for state in ("ok", "warn", "fail")) == len(keys)
    assert said["zh"]["checks"] != said["en"]["checks"]
