"""The glossary's identifiers of data are those of the schema and the code lists."""

from __future__ import annotations

import re
from pathlib import Path

from powercx.analytics.definitions.catalogue import SHIPPED
from powercx.analytics.definitions.codes import FOLDER, code_list
from powercx.analytics.lake.catalogue import TABLES

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
LISTS = {path.stem for path in (SHIPPED / FOLDER).glob("*.yaml")}


def _identifiers():
    rows = [line.split("|") for line in GLOSSARY.read_text("utf-8").splitlines() if "|" in line]
    return [word for row in rows if len(row) > 3 for word in re.findall(r"`([^`]+)`", row[3])]


def test_every_column_named_is_a_column():
    named = [word.split(".") for word in _identifiers() if word.split(".")[0] in TABLES]
    columns = [(table[0], table[1]) for table in named if len(table) > 1]

    assert columns
    assert [f"{t}.{c}" for t, c in columns if not TABLES[t].has(c)] == []


def test_every_code_named_is_in_its_list():
    named = [word.split(":") for word in _identifiers() if word.split(":")[0] in LISTS]
    codes = [(name[0], name[1]) for name in named if len(name) > 1]

    assert codes
    assert [f"{n}:{c}" for n, c in codes if c not in code_list(n).codes] == []


def test_one_chinese_word_has_one_row():
    rows = [
        line.split("|")[1].strip()
        for line in GLOSSARY.read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    words = [word for word in rows if word not in {"中文", "---"}]

    assert sorted(word for word in set(words) if words.count(word) > 1) == []
