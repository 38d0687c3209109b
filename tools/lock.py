"""Resolve ``pyproject.toml`` into the hash-pinned locks: ``python3 tools/lock.py [PACKAGE...]``.

Pins already in the locks stay unless named (or ``--upgrade`` is given). pip-tools lives in a
folder of its own, so that it never moves what the program runs with. No index, host or link is
written.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_TOOLS = "pip-tools==7.6.2"
OPTIONS = [
    "--quiet",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--strip-extras",
    "--allow-unsafe",
    "--build-deps-for=editable",
    "--no-header",
]
LOCKS: dict[str, list[str]] = {
    "requirements.lock": ["--extra=postgres"],
    "requirements-test.lock": [
        "--extra=postgres",
        "--extra=spark",
        "--extra=test",
        "--extra=docs",
        "--constraint=requirements.lock",
    ],
}


def main(args: list[str]) -> int:
    moved = [arg if arg.startswith("-") else f"--upgrade-package={arg}" for arg in args]
    with tempfile.TemporaryDirectory(prefix="powercx-lock-") as folder:
        venv.create(folder, with_pip=True)
        tools = Path(folder) / "bin"
        install = [str(tools / "pip"), "install", "-q", "--disable-pip-version-check", PIP_TOOLS]
        subprocess.run(install, check=True)
        for lock, options in LOCKS.items():
            print(f"Resolving {lock}", flush=True)
            command = [str(tools / "pip-compile"), *OPTIONS, *options, *moved]
            done = subprocess.run([*command, "-o", lock, "pyproject.toml"], cwd=ROOT, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
