"""Run the test suites one after the other: ``python -m tools.run_tests SUITE... [-- pytest args]``.

Ends with one line that says what passed, and one loud line for each thing that could not be
tested on this machine. Exit 0 only when every suite passed and none was empty.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "reports"
PERSONAL = {"DATABASE_URL", "POWERCX_HOME", "POWERCX_LANG"}
DAILY = "not prove and not pyspark and not e2e"
PARALLEL = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")


@dataclass(frozen=True)
class Suite:
    """One pytest run; ``marks`` and ``options`` choose its tests and how they run."""

    title: str
    marks: str
    options: tuple[str, ...] = ()
    database: str = "sqlite"


SUITES = {
    "sqlite": Suite("SQLite", DAILY, PARALLEL),
    "postgresql": Suite(
        "PostgreSQL", DAILY, ("-p", "tools.only_database", *PARALLEL), database="postgres"
    ),
    "spark": Suite("Spark", "pyspark and not prove"),
    "browser": Suite("Chromium", "e2e", PARALLEL),
    "prove": Suite("proofs", "prove"),
}


@dataclass
class Outcome:
    """What a run says of itself."""

    title: str
    code: int
    passed: int = 0
    failed: int = 0
    done: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def fine(self) -> bool:
        return self.code == 0 and self.passed > 0


def main(args: list[str]) -> int:
    names, extra = _split(args)
    began = time.monotonic()
    outcomes = [_run(SUITES[name], extra) for name in names]
    _tell(outcomes, time.monotonic() - began)
    return 0 if all(outcome.fine for outcome in outcomes) else 1


def _split(args: list[str]) -> tuple[list[str], list[str]]:
    """The suites before ``--`` and what pytest gets, behind it."""
    at = args.index("--") if "--" in args else len(args)
    names = args[:at] or ["sqlite"]
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        sys.exit(f"no suite {', '.join(unknown)}; there are {', '.join(SUITES)}")
    return names, args[at + 1 :]


def _run(suite: Suite, extra: list[str]) -> Outcome:
    print(f"\n=== {suite.title}", flush=True)
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{suite.title.lower()}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--durations=5", f"--junitxml={report}"]
    command += ["-m", suite.marks, *suite.options, *extra]
    # A developer's own settings must not colour a test run.
    plain = {k: v for k, v in os.environ.items() if k not in PERSONAL}
    with tempfile.TemporaryDirectory(prefix="powercx-test-") as home:
        variables = {"POWERCX_HOME": f"{home}/home", "POWERCX_TEST_DATABASE": suite.database}
        done = subprocess.run(command, cwd=ROOT, env=plain | variables, check=False)
    return _read(suite.title, done.returncode, report)


def _read(title: str, code: int, report: Path) -> Outcome:
    outcome = Outcome(title, code)
    if not report.exists():
        return outcome
    # pytest wrote the file a moment ago; nobody else's XML is read here.
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif skipped is None:
            outcome.passed += 1
            outcome.done.add(name)
        elif skipped.get("type") != "pytest.xfail":
            outcome.skipped[name] = skipped.get("message") or "no reason given"
    return outcome


def _tell(outcomes: list[Outcome], seconds: float) -> None:
    parts = []
    for outcome in outcomes:
        said = f"{outcome.title} {outcome.passed} passed"
        if not outcome.fine:
            said += f", {outcome.failed} FAILED" if outcome.failed else " (FAILED TO RUN)"
        parts.append(said)
    print()
    for reason, tests in _untested(outcomes).most_common():
        print(f"!!! NOT TESTED ({tests} tests): {reason}")
    verdict = "passed" if all(outcome.fine for outcome in outcomes) else "FAILED"
    print(f"tests: {verdict} in {seconds / 60:.1f} min: {'; '.join(parts)}", flush=True)


def _untested(outcomes: list[Outcome]) -> Counter[str]:
    """Reasons of the tests that ran in no suite, with their number."""
    ran = {name for outcome in outcomes for name in outcome.done}
    skipped = {name: why for outcome in outcomes for name, why in outcome.skipped.items()}
    return Counter(why for name, why in skipped.items() if name not in ran)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
