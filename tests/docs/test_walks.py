"""What the guides tell a reader to write does what they say it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from powercx.cli.main import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
WALKS = ("own-data-in-ten-minutes.en.md", "own-data-in-ten-minutes.zh-CN.md")
GUIDES = ("guide.en.md", "guide.zh-CN.md")


def _yaml(page, word):
    """The example of ``page`` that holds ``word``."""
    tokens = MarkdownIt("commonmark").parse((DOCS / page).read_text("utf-8"))
    [found] = [t.content for t in tokens if t.info == "yaml" and word in t.content]
    return found


def _answer(capsys, environ, *args):
    code = main([*map(str, args), "--json"], environ)
    said = capsys.readouterr()
    assert code == 0, said.err
    return json.loads(said.out)


@pytest.mark.parametrize("page", WALKS)
def test_mapping_of_the_walk_loads_the_vendors_wide_file(page, city, environ, tmp_path, capsys):
    mapping = tmp_path / "meter-wide.yaml"
    mapping.write_text(_yaml(page, "unpivot"), "utf-8")
    [wide] = (city / "exports-vendor").iterdir()
    cells = sum(line.count(",") - 1 for line in wide.read_text("utf-8").splitlines()[1:])

    [report] = _answer(capsys, environ, "load", wide, "--mapping", mapping)["files"]

    assert (report["fact"], report["from"], report["to"]) == (
        "usage_daily",
        "2025-03-01",
        "2025-03-31",
    )
    assert (report["quarantined"], report["loaded"] > 0, report["read"] <= cells) == (0, True, True)


@pytest.mark.parametrize("page", WALKS)
def test_words_said_once_in_the_walks_mapping_leave_quarantine(
    page, city, environ, tmp_path, capsys
):
    mapping = tmp_path / "bill.yaml"
    mapping.write_text(_yaml(page, "error_kind"), "utf-8")
    bills = tmp_path / "bill-2025-01.csv"
    original = (city / "exports" / "bill-2025-01.csv").read_bytes().decode("gb18030")
    bills.write_text(original.replace("无差错", "未知类型"), "utf-8")

    [report] = _answer(capsys, environ, "load", bills, "--mapping", mapping)["files"]

    assert report["reasons"].get("unknown_code", 0) == 0
    assert report["loaded"] > 0


@pytest.mark.parametrize("page", GUIDES)
def test_own_measure_of_the_guide_is_computed(page, city, home, environ, capsys):
    own = home.catalog / "measures" / "hall_share.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(_yaml(page, "hall_share"), "utf-8")
    exports = [city / "exports" / f"{name}.csv" for name in ("org_unit", "service_order")]
    _answer(capsys, environ, "load", *exports)
    _answer(capsys, environ, "refresh")

    [row] = _answer(capsys, environ, "measures", "show", "hall_share", "--period", "2025Q1")["rows"]

    assert row["denominator"] > 0
    assert row["value"] == row["numerator"] / row["denominator"]
