"""``powercx people``: the first administrator, and help for when nobody can get at the pages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from powercx.apps.core.models import Person
from powercx.cli.main import main


@pytest.fixture
def ask(environ, capsys):
    def run(*args: str):
        code = main(["people", *args, "--json"], environ)
        said = capsys.readouterr()
        return code, json.loads(said.out or said.err)

    return run


def test_a_fresh_home_tells_how_to_begin_until_there_is_somebody(environ, capsys, ask):
    main(["init"], environ)
    first = capsys.readouterr().out
    ask("add", "admin", "--name", "张伟", "--role", "administrator")
    main(["init"], environ)

    assert "powercx people add" in first
    assert "powercx people add" not in capsys.readouterr().out


def test_the_first_administrator_signs_in_with_the_password_that_was_printed(ask):
    code, made = ask("add", "admin", "--name", "张伟", "--role", "administrator")

    assert code == 0
    assert made["roles"] == [{"role": "administrator", "unit": None}]
    held = authenticate(None, username="admin", password=made["password"])
    assert (held.username, held.must_change) == ("admin", True)
    _, listed = ask("list")
    assert listed["people"] == [{key: made[key] for key in made if key != "password"}]


def test_a_new_password_and_an_end_of_a_lock(ask):
    _, made = ask("add", "admin", "--name", "张伟")
    Person.objects.update(locked_until=timezone.now() + timedelta(hours=1))

    assert ask("unlock", "ADMIN") == (0, {"username": "admin"})
    code, renewed = ask("password", "admin")

    assert code == 0
    assert renewed["password"] != made["password"]
    assert Person.objects.get().check_password(renewed["password"])
    assert Person.objects.get().locked_until is None


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["add", "admin", "--name", "A", "--role", "boss"], "people.unknown_role"),
        (["add", "admin", "--name", "A", "--role", "agent:B09"], "people.unknown_unit"),
        (["password", "admim"], "people.unknown_person"),
        (["unlock", "nobody"], "people.unknown_person"),
    ],
)
def test_what_is_not_there_is_told_with_what_comes_near(ask, args, code):
    found, error = ask(*args)

    assert (found, error["error"]["code"]) == (1, code)
    assert not Person.objects.exists()


def test_a_name_is_taken_once(ask):
    ask("add", "admin", "--name", "A")

    code, error = ask("add", "Admin", "--name", "B")

    assert (code, error["error"]["code"]) == (1, "people.name_taken")
