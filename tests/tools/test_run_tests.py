from __future__ import annotations

import pytest

from tools.run_tests import Outcome, _read, _split, _tell

REPORT = """<testsuites><testsuite>
<testcase classname="tests.a" name="one"/>
<testcase classname="tests.a" name="two"><failure message="no"/></testcase>
<testcase classname="tests.a" name="three">
<skipped type="pytest.skip" message="no Java"/></testcase>
<testcase classname="tests.a" name="four"><skipped type="pytest.xfail" message="known"/></testcase>
<testcase classname="tests.a" name="five"><error message="fixture"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.xml"
    path.write_text(REPORT, "utf-8")
    return path


def test_report_counts_passed_failed_and_skipped_tests(report):
    outcome = _read("SQLite", 1, report)

    assert (outcome.passed, outcome.failed) == (1, 2)
    assert outcome.skipped == {"tests.a.three": "no Java"}


def test_a_run_that_left_no_report_is_not_fine(tmp_path):
    outcome = _read("SQLite", 0, tmp_path / "missing.xml")

    assert not outcome.fine


def test_a_suite_without_tests_is_not_fine():
    assert not Outcome("Spark", 0).fine


def test_last_line_says_what_passed_and_loud_lines_what_was_not_tested(capsys):
    first = Outcome("SQLite", 0, passed=2, done={"t.one", "t.two"}, skipped={"t.three": "no Java"})
    second = Outcome("Spark", 0, passed=1, done={"t.four"})

    _tell([first, second], 90)

    assert capsys.readouterr().out.splitlines() == [
        "",
        "!!! NOT TESTED (1 tests): no Java",
        "tests: passed in 1.5 min: SQLite 2 passed; Spark 1 passed",
    ]


def test_a_test_that_another_suite_ran_counts_as_tested(capsys):
    first = Outcome("SQLite", 0, passed=1, done={"t.one"})
    second = Outcome("PostgreSQL", 0, passed=1, done={"t.two"}, skipped={"t.one": "SQLite's"})

    _tell([first, second], 60)

    assert "NOT TESTED" not in capsys.readouterr().out


def test_a_failure_is_said_in_the_last_line(capsys):
    _tell([Outcome("SQLite", 1, passed=5, failed=2), Outcome("Spark", 3)], 60)

    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "tests: FAILED in 1.0 min: SQLite 5 passed, 2 FAILED; Spark 0 passed (FAILED TO RUN)"
    )


def test_what_stands_behind_two_dashes_goes_to_pytest():
    assert _split(["sqlite", "--", "-k", "word"]) == (["sqlite"], ["-k", "word"])


def test_an_unknown_suite_is_refused():
    with pytest.raises(SystemExit, match="no suite sqlight"):
        _split(["sqlight"])
