"""``make check``: every check that needs no test run, each named, all of them run.

Ends with one line: what passed, or what failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """``needs`` is a pattern of files: without one there is nothing to look at."""

    name: str
    command: tuple[str, ...]
    remedy: str
    needs: str = "pyproject.toml"


PYTHON = str(BIN / "python")
CODE = ("src", "tests", "tools", "benchmarks")
CHECKS = (
    Check("format", (str(BIN / "ruff"), "format", "--check", "-q", *CODE), "ruff format"),
    Check("lint", (str(BIN / "ruff"), "check", "-q", *CODE), "ruff check --fix"),
    Check("walls", (str(BIN / "lint-imports"),), "see docs of the contract in pyproject.toml"),
    Check("types", (str(BIN / "mypy"), "--no-error-summary"), "see the lines above"),
    Check(
        "templates",
        (str(BIN / "djlint"), "--check", "--lint", "--quiet", "src"),
        "djlint --reformat src",
        needs="src/**/*.html",
    ),
    Check(
        "migrations",
        (PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"),
        "python -m django makemigrations",
        needs="src/powercx/apps/*/migrations/__init__.py",
    ),
    Check("documents", (PYTHON, "-m", "tools.docs", "--check"), "make docs"),
)


def main() -> int:
    began = time.monotonic()
    wanted = [check for check in CHECKS if any(ROOT.glob(check.needs))]
    failed = [check for check in wanted if not _passes(check)]
    seconds = time.monotonic() - began
    if failed:
        for check in failed:
            print(f"✗ {check.name}: {check.remedy}")
        print(f"make check: FAILED in {seconds:.0f} s: {', '.join(c.name for c in failed)}")
        return 1
    print(f"make check: passed in {seconds:.0f} s: {', '.join(c.name for c in wanted)}", flush=True)
    return 0


def _passes(check: Check) -> bool:
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"--- {check.name}\n{done.stdout}", flush=True)
    return done.returncode == 0


def _environment() -> dict[str, str]:
    return os.environ | {"DJANGO_SETTINGS_MODULE": "powercx.settings", "PYTHONPATH": "src"}


if __name__ == "__main__":
    sys.exit(main())
