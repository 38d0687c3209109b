"""An export of the chain: whatever is done to it afterwards is found, without a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powercx.apps.core.chain import (
    FIELDS,
    FIRST,
    BrokenChain,
    Span,
    digest,
    entry_line,
    head_line,
    verify,
)
from powercx.cli.main import main

texts = st.text(max_size=8)
details = st.dictionaries(
    texts, st.lists(st.none() | st.integers() | texts, max_size=2), max_size=2
)


@st.composite
def exports(draw) -> list[bytes]:
    """The lines of an export of one to six entries, from anywhere in a chain."""
    first = draw(st.integers(1, 50))
    before = FIRST if first == 1 else digest(dict.fromkeys(FIELDS, first))
    begin, lines = before, []
    for seq in range(first, first + draw(st.integers(1, 6))):
        row = {
            "seq": seq,
            "at": f"2026-02-01T08:00:00.{draw(st.integers(0, 999999)):06d}+00:00",
            "actor": draw(texts),
            "action": draw(st.sampled_from(["change", "create"])),
            "record_type": "target",
            "record_id": draw(texts),
            "org_id": "B01",
            "detail": draw(details),
            "address": "",
            "before": before,
        }
        before = digest(row)
        lines.append(entry_line(row, before))
    span = Span(first, first + len(lines) - 1, begin, before)
    return [head_line(span), *lines]


def is_whole(lines: list[bytes]) -> bool:
    try:
        verify(lines)
    except BrokenChain:
        return False
    return True


@given(exports())
def test_what_was_exported_is_whole(lines):
    span = verify(lines)

    assert span.entries == len(lines) - 1
    assert json.loads(lines[-1])["hash"] == span.hash


@given(exports(), st.data())
def test_a_line_that_is_gone_is_found(lines, data):
    at = data.draw(st.integers(0, len(lines) - 1))

    assert not is_whole(lines[:at] + lines[at + 1 :])


@given(exports(), st.data())
def test_two_lines_that_changed_places_are_found(lines, data):
    places = st.integers(0, len(lines) - 1)
    a, b = data.draw(st.tuples(places, places).filter(lambda pair: pair[0] != pair[1]))
    lines[a], lines[b] = lines[b], lines[a]

    assert not is_whole(lines)


@given(exports(), st.data())
def test_a_line_that_was_put_in_is_found(lines, data):
    at = data.draw(st.integers(0, len(lines)))
    other = data.draw(st.sampled_from([*lines, *data.draw(exports()), b"\n"]))

    assert not is_whole([*lines[:at], other, *lines[at:]])


@given(exports(), st.data())
def test_a_byte_that_was_changed_is_found(lines, data):
    whole = b"".join(lines)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    changed = whole[:at] + bytes([byte]) + whole[at + 1 :]

    assert not is_whole(changed.splitlines(keepends=True))


@given(exports(), st.data())
def test_a_field_changed_with_its_own_seal_made_anew_is_found(lines, data):
    at = data.draw(st.integers(1, len(lines) - 1))
    row = json.loads(lines[at])
    row["actor"] += "x"
    lines[at] = entry_line({name: row[name] for name in FIELDS}, digest(row))

    assert not is_whole(lines)


@given(exports())
def test_a_span_that_does_not_follow_the_seal_told_is_found(lines):
    begin = json.loads(lines[0])["before"]

    assert verify(lines, after=begin)
    with pytest.raises(BrokenChain):
        verify(lines, after="f" * 64)


def test_the_command_needs_no_database_and_names_the_line_and_the_reason(tmp_path, capsys):
    row = dict.fromkeys(FIELDS, "") | {"seq": 1, "before": FIRST, "detail": {}}
    seal = digest(row)
    lines = [head_line(Span(1, 1, FIRST, seal)), entry_line(row, seal)]
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(b"".join(lines))
    bad.write_bytes(b"".join(lines).replace(b'"actor":""', b'"actor":"me"'))
    nowhere = {"POWERCX_HOME": str(tmp_path / "no-home"), "LANG": "en"}

    assert main(["audit", "verify", str(good), "--json"], nowhere) == 0
    assert json.loads(capsys.readouterr().out)["hash"] == seal
    assert main(["audit", "verify", str(bad), "--json"], nowhere) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["params"]["line"]) == ("audit.broken", 2)
    assert main(["audit", "verify", str(tmp_path / "none"), "--json"], nowhere) == 1
    assert not (tmp_path / "no-home").exists()


def test_verifying_a_file_opens_no_database():
    code = "import powercx.apps.core.chain, sys; print('django.db' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"
