from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tools import setup_env
from tools.setup_env import main


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with locks, whose .venv is as if everything had been installed."""
    for name in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name, "utf-8")
    venv = tmp_path / ".venv"
    venv.mkdir()
    monkeypatch.setattr(setup_env, "ROOT", tmp_path)
    monkeypatch.setattr(setup_env, "VENV", venv)
    for kind in setup_env.LOCKS:
        setup_env._stamp(kind).write_text(setup_env._digest(kind), "utf-8")
    return tmp_path


@pytest.fixture
def installed(monkeypatch):
    """The kinds that were asked to be installed."""
    asked: list[str] = []
    monkeypatch.setattr(setup_env, "_make_venv", lambda: True)
    monkeypatch.setattr(setup_env, "_get_browser", lambda: 0)
    monkeypatch.setattr(setup_env, "_install", lambda kind: asked.append(kind) or 0)
    return asked


@pytest.mark.usefixtures("checkout")
def test_nothing_is_installed_again_while_the_locks_stay_the_same(installed):
    assert main(["runtime"]) == 0
    assert main(["test"]) == 0
    assert installed == []


def test_a_changed_test_lock_leaves_the_runtime_as_it_is(checkout, installed):
    (checkout / "requirements-test.lock").write_text("other", "utf-8")

    main(["runtime"])
    main(["test"])

    assert installed == ["test"]


@pytest.mark.usefixtures("checkout")
def test_what_the_tests_need_holds_what_the_program_needs(installed):
    setup_env._stamp("runtime").unlink()

    main(["runtime"])

    assert installed == []


def test_an_unknown_kind_is_wrong_use():
    assert main(["everything"]) == 2


def test_setup_runs_on_the_standard_library_alone():
    tree = ast.parse(Path(setup_env.__file__).read_text("utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert imported - sys.stdlib_module_names == set()


@pytest.fixture
def no_ensurepip(monkeypatch):
    """A Debian whose Python came without the module that puts pip into an environment."""
    monkeypatch.setattr(setup_env.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(setup_env.subprocess, "call", lambda *_args, **_more: 0)


@pytest.mark.usefixtures("checkout", "no_ensurepip")
def test_without_ensurepip_and_without_root_the_package_to_ask_for_is_named(monkeypatch, capsys):
    monkeypatch.setattr(setup_env.os, "geteuid", lambda: 1000)

    assert not setup_env._make_venv()

    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert f"sudo apt-get install {package}" in capsys.readouterr().err


@pytest.mark.usefixtures("checkout", "no_ensurepip")
def test_without_ensurepip_root_gets_the_package(monkeypatch):
    ran = []
    monkeypatch.setattr(setup_env.os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup_env.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup_env, "_succeeds", lambda command: ran.append(command) or True)

    assert setup_env._make_venv()
    assert [command[1] for command in ran] == ["update", "install"]
