from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools import browser


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without Chromium, as a folder; the commands that would run there are noted."""
    monkeypatch.setattr(browser, "SYSTEM", tmp_path)
    monkeypatch.setattr(browser, "UNPACKED", tmp_path / ".venv" / "debian")
    monkeypatch.setattr(browser, "WRAPPER", tmp_path / ".venv" / "debian" / "chromium")
    return tmp_path


def have(monkeypatch, *programs: str) -> None:
    monkeypatch.setattr(
        browser.shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None
    )


@pytest.fixture
def ran(monkeypatch):
    commands: list[list[str]] = []
    monkeypatch.setattr(browser, "_runs", lambda command: commands.append(command) or True)
    return commands


def test_a_machine_without_apt_says_one_loud_line_and_goes_on(machine, ran, monkeypatch, capsys):
    have(monkeypatch)

    assert browser.main() == 0
    assert capsys.readouterr().err == f"!!! NOT TESTED: {browser.WITHOUT}\n"
    assert ran == []


def test_chromium_without_a_chinese_font_is_not_enough(machine, monkeypatch):
    have(monkeypatch, "chromium")

    before = browser.find()
    font = machine / browser.FONT
    font.parent.mkdir(parents=True)
    font.touch()

    assert (before, browser.find()) == (None, Path("/usr/bin/chromium"))


def test_root_gets_the_packages_installed(machine, ran, monkeypatch):
    have(monkeypatch, "apt-get", "dpkg")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)

    browser.main()

    assert [command[:2] for command in ran] == [["apt-get", "update"], ["apt-get", "install"]]
    assert set(browser.PACKAGES) < set(ran[1])


def test_anyone_else_gets_them_unpacked_beside_the_environment(machine, monkeypatch):
    have(monkeypatch, "apt-get", "dpkg")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    unpacked = browser.UNPACKED

    def runs(command: list[str]) -> bool:
        if "install" in command:
            (unpacked / "cache" / "archives" / "chromium.deb").touch()
        if command[0] == "dpkg":
            program = unpacked / "usr" / "lib" / "chromium" / "chromium"
            program.parent.mkdir(parents=True)
            program.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH" "$@"\n', "utf-8")
            program.chmod(0o700)
            (program.parent / "libown.so.1").touch()
        return True

    monkeypatch.setattr(browser, "_runs", runs)

    assert browser.main() == 0
    said = subprocess.run([browser.find(), "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"{unpacked}/usr/lib/chromium --no-sandbox --version\n"
    assert not (unpacked / "cache").exists()


def test_a_download_that_failed_is_said_with_its_last_words(machine, monkeypatch, capsys):
    have(monkeypatch, "apt-get", "dpkg")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    failing = [sys.executable, "-c", "print('no such package'); raise SystemExit(100)"]
    real = browser._runs
    monkeypatch.setattr(browser, "_runs", lambda _: real(failing))

    assert browser.main() == 0
    said = capsys.readouterr().err
    assert "no such package" in said
    assert browser.WITHOUT in said


def test_it_runs_on_the_standard_library_alone():
    tree = ast.parse(Path(browser.__file__).read_text("utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert imported - sys.stdlib_module_names == set()
