from __future__ import annotations

import hashlib
import hmac
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powercx.analytics.privacy.tokens import (
    BlindIndex,
    Keyed,
    digest_batch,
    keyed_digest,
    normalised,
)

KEY = bytes(range(32))
VALUES = st.none() | st.text(max_size=20)


@given(key=st.binary(min_size=1, max_size=64), prefix=st.binary(max_size=80), text=st.binary())
def test_the_fast_hmac_is_the_standard_one(key, prefix, text):
    assert Keyed(key, prefix).digest(text) == hmac.digest(key, prefix + text, hashlib.sha256)


@pytest.mark.parametrize("key", [b"", bytes(65)])
def test_keys_of_impossible_length_are_refused(key):
    with pytest.raises(ValueError, match="64 bytes"):
        Keyed(key)


def test_the_digest_is_that_of_the_canonical_json():
    plain = json.dumps({"name": "王", "phone": None}, ensure_ascii=False, separators=(",", ":"))
    expected = hmac.digest(KEY, plain.encode(), hashlib.sha256).hex()[:32]

    assert keyed_digest(KEY, {"phone": None, "name": "王"}) == expected


@given(name=VALUES, phone=VALUES, other_name=VALUES, other_phone=VALUES)
def test_digests_are_equal_exactly_when_the_columns_are(name, phone, other_name, other_phone):
    same = (name, phone) == (other_name, other_phone)
    one = keyed_digest(KEY, {"name": name, "phone": phone})
    two = keyed_digest(KEY, {"phone": other_phone, "name": other_name})

    assert (one == two) == same


def test_digests_of_a_batch_are_those_of_its_rows():
    rows = [{"name": "王", "phone": "1"}, {"name": None, "phone": None}, {"name": "", "phone": "1"}]
    batch = pa.RecordBatch.from_pylist(rows).append_column("kwh", pa.array([1.0, 2.0, 3.0]))

    found = digest_batch(KEY, batch, ["phone", "name"])

    assert found.type == pa.string()
    assert found.to_pylist() == [keyed_digest(KEY, row) for row in rows]


def test_a_column_that_is_not_there_counts_as_empty():
    batch = pa.record_batch({"name": ["王"]})

    assert digest_batch(KEY, batch, ["name", "phone"]).to_pylist() == [
        keyed_digest(KEY, {"name": "王", "phone": None})
    ]
    assert digest_batch(KEY, batch, []).to_pylist() == [keyed_digest(KEY, {})]


def test_tokens_differ_by_key_table_column_and_value():
    tokens = {
        BlindIndex(key, table).token(column, value)
        for key in (KEY, KEY[::-1])
        for table in ("customer", "employee")
        for column in ("phone", "other")
        for value in ("13812345678", "13812345679")
    }

    assert len(tokens) == 16
    assert all(token is not None and len(token) == 16 for token in tokens)


def test_values_of_which_nothing_remains_have_no_token():
    index = BlindIndex(KEY, "customer")

    assert index.token("phone", "无") is None
    assert index.tokens({"phone": "-", "name": None, "address": " ", "id_number": ""}) == []


@pytest.mark.parametrize(
    ("column", "spellings"),
    [
        (
            "phone",
            ["13812345678", "+86 138-1234-5678", "0086 13812345678", "１３８１２３４５６７８"],
        ),
        ("name", ["Ａda 王", "ada王", " ADA 王 "]),
        ("id_number", ["11010519491231002x", "110105 19491231 002X"]),
        ("address", ["深南大道１号", "深南 大道 1号"]),
        ("note", ["Straße 1", "STRASSE1"]),
    ],
)
def test_spellings_of_one_value_are_one(column, spellings):
    assert len({normalised(column, spelling) for spelling in spellings}) == 1


def test_a_landline_keeps_its_digits():
    assert normalised("phone", "(0755) 8345-6789") == "075583456789"
    assert normalised("phone", "86123456") == "86123456"
