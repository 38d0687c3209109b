"""Make ``.venv`` and install what the locks pin: ``python3 tools/setup_env.py runtime|test``.

Runs on the system's Python before anything is installed, so it needs the standard library alone.
A second call with unchanged locks returns at once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
CANDIDATES = ("python3.11", "python3.12", "python3.13")
LOCKS = {
    "runtime": ("requirements.lock",),
    "test": ("requirements.lock", "requirements-test.lock"),
}


def main(args: list[str]) -> int:
    kind = args[0] if args else "runtime"
    if kind not in LOCKS:
        print(f"usage: setup_env.py {'|'.join(LOCKS)}", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        return _run_with_newer_python(args)
    current = any(_is_current(each) for each in LOCKS if set(LOCKS[kind]) <= set(LOCKS[each]))
    if not current and (not _make_venv() or _install(kind) != 0):
        return 1
    return _get_browser() if kind == "test" else 0


def _get_browser() -> int:
    """Chromium from Debian, for the browser tests."""
    return subprocess.call([sys.executable, str(ROOT / "tools" / "browser.py")])


def _run_with_newer_python(args: list[str]) -> int:
    for name in CANDIDATES:
        if found := shutil.which(name):
            return subprocess.call([found, __file__, *args])
    wanted = ".".join(map(str, OLDEST))
    found_version = ".".join(map(str, sys.version_info[:2]))
    print(f"powercx needs Python {wanted} or newer; python3 is {found_version}.", file=sys.stderr)
    return 1


def _make_venv() -> bool:
    python = VENV / "bin" / "python"
    if python.exists() and _succeeds([str(python), "-m", "pip", "--version"]):
        return True
    if importlib.util.find_spec("ensurepip") is None and not _install_venv_package():
        return False
    print(f"Making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
    return subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) == 0


def _install_venv_package() -> bool:
    """Debian keeps ``ensurepip`` in a package of its own; root may install it here and now."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing Debian's {package}", flush=True)
        if _succeeds(["apt-get", "update", "-q"]) and _succeeds(
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", package]
        ):
            return True
    print(
        f"This Python cannot make virtual environments. Ask for Debian's package {package}:\n"
        f"    sudo apt-get install {package}",
        file=sys.stderr,
    )
    return False


def _install(kind: str) -> int:
    began = time.monotonic()
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-q", "--no-input"]
    pip += ["--disable-pip-version-check", "--no-build-isolation"]
    for lock in LOCKS[kind]:
        print(f"Installing {lock} (the first time takes some minutes)", flush=True)
        # The locks are complete, so nothing is resolved again; one sdist needs PEP 517 on old pips.
        pinned = ["--require-hashes", "--no-deps", "--use-pep517", "-r", lock]
        if subprocess.call(pip + pinned, cwd=ROOT) != 0:
            print(f"✗ {lock} could not be installed; see above.", file=sys.stderr)
            return 1
    if subprocess.call([*pip, "--no-deps", "-e", "."], cwd=ROOT) != 0:
        return 1
    _stamp(kind).write_text(_digest(kind), "utf-8")
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)
    return 0


def _stamp(kind: str) -> Path:
    return VENV / f".installed-{kind}"


def _is_current(kind: str) -> bool:
    stamp = _stamp(kind)
    return stamp.exists() and stamp.read_text("utf-8") == _digest(kind)


def _digest(kind: str) -> str:
    made_of = hashlib.sha256(str(VENV).encode())
    for name in (*LOCKS[kind], "pyproject.toml"):
        made_of.update((ROOT / name).read_bytes())
    return made_of.hexdigest()


def _succeeds(command: list[str]) -> bool:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
