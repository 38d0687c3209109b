from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powercx.analytics.privacy.show import shown


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("phone", "13812345678", "138****5678"),
        ("phone", " 138-1234-5678 ", "138****5678"),
        ("phone", "0755-83456789", "075****6789"),
        ("phone", "83456789", "8*"),
        ("phone", "无", ""),
        ("name", "张三", "张*"),
        ("name", "张三丰", "张*"),
        ("name", "欧阳锋", "欧阳*"),
        ("name", "深圳某某有限公司", "深*"),
        ("name", "", ""),
        ("id_number", "11010519491231002X", "110****2X"),
        ("id_number", "91350100M000100Y43", "913****43"),
        ("id_number", "E1234567", "E*"),
        ("address", "深南大道100号3栋501室", "深南大道[地址]"),
        ("address", "某村", "某*"),
        ("contact", "王小明", "王*"),
        ("phone", None, None),
    ],
)
def test_values_are_shown_by_their_ends(column, value, expected):
    assert shown(column, value) == expected


@given(column=st.sampled_from(["phone", "name", "id_number", "note"]), value=st.text(min_size=2))
def test_a_value_is_never_shown_whole(column, value):
    stripped = value.strip()

    assert stripped == "" or shown(column, value) != stripped
