"""Each command's JSON answer is what its schema in docs/json says, and every command has one."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from powercx.cli.main import main, powercx
from tools.docs.commands import walk

DOCS = Path(__file__).resolve().parents[2] / "docs"
ANSWERS = [
    path.removeprefix("powercx ")
    for path, command in walk(powercx)
    if not isinstance(command, click.Group)
]


def _problems(name, text):
    schema = json.loads((DOCS / "json" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    found = Draft202012Validator(schema).iter_errors(json.loads(text))
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.mark.parametrize("command", ANSWERS)
def test_every_command_has_a_schema_that_the_page_lists(command):
    name = command.replace(" ", "-")

    assert (DOCS / "json" / f"{name}.schema.json").exists()
    assert f"json/{name}.schema.json" in (DOCS / "json-answers.md").read_text("utf-8")


def test_answers_of_a_day_s_work_are_as_their_schemas_say(city, environ, tmp_path, capsys):
    exports = city / "exports"
    day = {
        "init": ["init"],
        "simulate": ["simulate", tmp_path / "other", "--customers", "200", "--months", "1"],
        "load": ["load", exports / "org_unit.csv", exports / "bill-2025-03.csv"],
        "load-template": ["load", "--template", "bill", "--output", tmp_path / "bill.xlsx"],
        "refresh": ["refresh"],
        "tidy": ["tidy"],
        "doctor": ["doctor"],
        "measures-list": ["measures", "list"],
        "measures-show": ["measures", "show", "bill_error", "--period", "2025-03", "--by", "org"],
        "measures-explain": ["measures", "explain", "bill_error", "--period", "2025-03"],
        "keys-rotate": ["keys", "rotate"],
        "people-add": ["people", "add", "li.na", "--name", "Li Na", "--role", "org_manager:B01"],
        "audit-verify": ["audit", "verify"],
        "people-list": ["people", "list"],
        "people-password": ["people", "password", "li.na"],
        "people-unlock": ["people", "unlock", "li.na"],
    }
    problems = {}
    for name, args in day.items():
        code = main([*map(str, args), "--json"], environ)
        said = capsys.readouterr()
        problems[name] = _problems(name, said.out) if code == 0 else said.err

    assert {name: found for name, found in problems.items() if found} == {}


def test_explanations_of_every_form_are_as_their_schema_says(city, environ, capsys):
    keys = ["caidi", "ebill_share", "experience_index", "government_rating", "voltage_compliance"]
    main(["load", str(city / "exports")], environ)
    main(["refresh"], environ)
    capsys.readouterr()
    problems = {}
    for key in keys:
        main(["measures", "explain", key, "--period", "2025-03", "--json"], environ)
        problems[key] = _problems("measures-explain", capsys.readouterr().out)

    assert problems == {key: [] for key in keys}


def test_answer_of_the_demo_is_as_its_schema_says(environ, tmp_path, capsys):
    size = ["--customers", "200", "--months", "1"]

    code = main(["demo", "--dir", str(tmp_path / "demo"), *size, "--no-serve", "--json"], environ)

    assert code == 0
    assert _problems("demo", capsys.readouterr().out) == []


def test_an_error_is_as_its_schema_says(environ, capsys):
    code = main(["measures", "show", "sadi", "--json"], environ)

    assert code == 1
    assert _problems("error", capsys.readouterr().err) == []
