from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from powercx.analytics.lake.catalogue import TABLES
from powercx.cli.main import main

BILL = "bill_id,amount_cny,issued_on\n"
KEYS = [
    "path",
    "fact",
    "read",
    "loaded",
    "duplicate",
    "superseded",
    "quarantined",
    "reasons",
    "quarantine",
    "from",
    "to",
    "orphans",
    "seconds",
]


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Run ``powercx load`` over files given as text; answers exit code, stdout, stderr."""
    assert main(["init"], environ) == 0
    capsys.readouterr()

    def call(files: dict[str, str], *args: str) -> tuple[int, str, str]:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
        code = main(["load", *(str(folder / name) for name in files), *args], environ)
        found = capsys.readouterr()
        return code, found.out, found.err

    return call


def answer(out: str) -> list[dict[str, Any]]:
    return json.loads(out)["files"]


def test_json_answers_as_the_product_says(run):
    code, out, err = run({"bill.csv": f"{BILL}B1,1,2025-03-01\nB2,x,2025-03-02\n"}, "--json")

    [file] = answer(out)
    assert code == 0
    assert list(file) == KEYS
    assert file["reasons"] == {"bad_number": 1}
    assert (file["from"], file["to"]) == ("2025-03-01", "2025-03-01")
    assert "bill_id → bill_id" in err


def test_strict_fails_on_quarantine(run):
    code, _, _ = run({"bill.csv": f"{BILL}B2,x,2025-03-02\n"}, "--strict")

    assert code == 1


def test_a_refused_file_fails_after_the_others_loaded(run):
    code, out, err = run(
        {"asset.csv": "asset_id\n1\n", "bill.csv": f"{BILL}B1,1,2025-03-01\n"}, "--json"
    )

    files = {file["fact"]: file for file in answer(out)}
    assert code == 1
    assert (files["bill"]["loaded"], files["asset"]["loaded"]) == (1, 0)
    assert files["asset"]["error"]["code"] == "load.missing_columns"
    assert "kind" in err


@pytest.mark.parametrize(
    "text", ["", "\n\n", "\x00\x01\x02", '"', "a" * 300_000, "PK\x03\x04 no workbook"]
)
def test_rubbish_is_refused_with_a_message(run, text):
    code, _, err = run({"bill.csv": text})

    assert code == 1
    assert "✗" in err
    assert "Traceback" not in err


def test_a_path_that_is_not_there_is_told(run, tmp_path):
    code, _, err = run({}, str(tmp_path / "nothing.csv"))

    assert (code, "nothing.csv" in err) == (1, True)


def test_no_path_is_wrong_use(run):
    assert run({})[0] == 2


def test_a_text_report_lines_up(run):
    _, out, _ = run({"bill.csv": f"{BILL}B1,1,2025-03-01\n"})

    head, row = out.splitlines()
    assert row.split()[:7] == ["bill.csv", "bill", "1", "1", "0", "0", "0"]
    assert len(head.split()) == 9


def test_a_home_that_was_not_made_is_told(tmp_path, capsys):
    (tmp_path / "bill.csv").write_text(BILL, "utf-8")

    code = main(["load", str(tmp_path / "bill.csv")], {"POWERCX_HOME": str(tmp_path / "none")})

    assert code == 1
    assert "powercx init" in capsys.readouterr().err


def test_init_keeps_what_is_there_and_sets_the_rule_set(environ, capsys):
    (Path(environ["POWERCX_HOME"]) / "catalog" / "rulesets").mkdir(parents=True)
    (Path(environ["POWERCX_HOME"]) / "catalog" / "rulesets" / "ours.yaml").write_text("{}")

    codes = [
        main(["init", "--ruleset", name, "--json"], environ) for name in ("ours", "our", "ours")
    ]

    found = capsys.readouterr()
    assert codes == [0, 1, 0]
    assert json.loads(found.out.splitlines()[0])["ruleset"] == "ours"


@pytest.mark.parametrize("fact", sorted(TABLES))
def test_a_template_loads_back_into_its_table(fact, tmp_path, capsys):
    path = tmp_path / f"{fact}.xlsx"

    assert main(["load", "--template", fact, "--output", str(path), "--json"], {}) == 0

    sheets = CalamineWorkbook.from_path(str(path))
    heads = sheets.get_sheet_by_index(0).to_python()[0]
    assert heads[: len(TABLES[fact].own)] == [column.zh for column in TABLES[fact].own]
    assert json.loads(capsys.readouterr().out) == {"template": str(path)}


def test_a_template_of_an_unknown_table_names_the_nearest(capsys):
    assert main(["load", "--template", "bil"], {}) == 1
    assert "bill" in capsys.readouterr().err
