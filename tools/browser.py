"""Chromium and a Chinese font for the browser tests, from Debian: ``python3 tools/browser.py``.

Root gets the packages installed. Anyone else gets them unpacked under ``.venv/debian``, where
nothing of the system is touched. Where there is no apt, one loud line says what is not tested.
Runs before anything is installed, so it needs the standard library alone.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / ".venv" / "debian"
WRAPPER = UNPACKED / "chromium"
PACKAGES = ("chromium", "fonts-noto-cjk")
FONT = Path("usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
WITHOUT = "no headless Chromium on this machine: sudo apt-get install " + " ".join(PACKAGES)
SYSTEM = Path("/")

# The sandbox needs a helper owned by root, which an unpacked package cannot have.
_SCRIPT = """#!/bin/sh
export LD_LIBRARY_PATH={libraries}
export FONTCONFIG_FILE={fonts}
exec {program} --no-sandbox "$@"
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{here}/usr/share/fonts</dir>
  <cachedir>{here}/fontcache</cachedir>
</fontconfig>
"""


def find() -> Path | None:
    """The Chromium to test with, or None; with it comes a font that has Chinese."""
    if WRAPPER.exists():
        return WRAPPER
    found = shutil.which("chromium")
    return Path(found) if found and (SYSTEM / FONT).exists() else None


def options() -> list[str]:
    """What Chromium must be told here: its sandbox refuses to work for root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def main() -> int:
    """Find or fetch it; 0 also where there is none, since all other tests can do without."""
    if find() or _fetch():
        return 0
    print(f"!!! NOT TESTED: {WITHOUT}", file=sys.stderr, flush=True)
    return 0


def _fetch() -> bool:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return False
    print(f"Getting Debian's {' and '.join(PACKAGES)} (the first time takes a minute)", flush=True)
    got = _install() if os.geteuid() == 0 else _unpack()
    found = find()
    return got and found is not None and _runs([str(found), *options(), "--version"])


def _install() -> bool:
    return _runs(["apt-get", "update", "-q"]) and _runs(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *PACKAGES]
    )


def _unpack() -> bool:
    """Download what the system lacks with a state of apt of our own, and unpack it."""
    shutil.rmtree(UNPACKED, ignore_errors=True)
    archives = UNPACKED / "cache" / "archives"
    for folder in (UNPACKED / "state" / "lists" / "partial", archives / "partial"):
        folder.mkdir(parents=True)
    apt = ["apt-get", "-q", "-o", f"Dir::State={UNPACKED / 'state'}"]
    apt += ["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "Debug::NoLocking=1"]
    apt += ["-o", f"Dir::Cache={UNPACKED / 'cache'}"]
    wanted = ["-y", "--no-install-recommends", "--download-only"]
    if not _runs([*apt, "update"]) or not _runs([*apt, *wanted, "install", *PACKAGES]):
        return False
    if not all(_runs(["dpkg", "-x", str(deb), str(UNPACKED)]) for deb in archives.glob("*.deb")):
        return False
    shutil.rmtree(UNPACKED / "cache")
    _write_wrapper()
    return True


def _write_wrapper() -> None:
    """A script that starts what was unpacked with its own libraries and the font."""
    fonts = UNPACKED / "fonts.conf"
    fonts.write_text(_FONTS.format(here=UNPACKED), "utf-8")
    libraries = [each for each in UNPACKED.glob("**/lib/**/*.so*") if ".so" in each.suffixes]
    folders = {str(each.parent) for each in libraries}
    unpacked = UNPACKED / "usr/lib/chromium/chromium"
    program = str(unpacked) if unpacked.exists() else shutil.which("chromium") or "chromium"
    script = _SCRIPT.format(
        libraries=shlex.quote(":".join(sorted(folders))),
        fonts=shlex.quote(str(fonts)),
        program=shlex.quote(program),
    )
    WRAPPER.write_text(script, "utf-8")
    WRAPPER.chmod(WRAPPER.stat().st_mode | stat.S_IXUSR)


def _runs(command: list[str]) -> bool:
    """Whether it ended well; what it said is shown only when it did not."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        print(f"{' '.join(command[:2])}: {done.stdout.strip()[-2000:]}", file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
