from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powercx.analytics.privacy.mask import MASK_RULES, mask_sql, mask_text
from powercx.analytics.privacy.patterns.parts import EDGE, HOLD
from powercx.analytics.privacy.surnames import COMPOUND, SINGLE

MASKED = [
    ("我的电话13812345678，谢谢", "我的电话[电话]，谢谢"),
    ("138 1234 5678", "[电话]"),
    ("138-1234-5678或139—8765—4321", "[电话]或[电话]"),
    ("+86 13812345678；或 0086-138-1234-5678", "[电话]；或 [电话]"),
    ("（+86）13812345678", "[电话]"),
    ("手机１３８１２３４５６７８停机", "手机[电话]停机"),
    ("1 3 8 1 2 3 4 5 6 7 8", "[电话]"),
    ("138 12345678", "[电话]"),
    ("13812345678,13912345678,13712345678 15012345678", "[电话],[电话],[电话] [电话]"),
    ("0755-83456789转12", "[电话]转12"),
    ("(0755) 8345 6789，010-62345678", "[电话]，[电话]"),
    ("家里座机：83456789", "家里座机：[电话]"),
    ("call +852 2345 6789 or tel 23456789", "call [电话] or tel [电话]"),
    ("身份证号：11010519491231002X。", "身份证号：[证件号]。"),
    ("110105 19491231 002x", "[证件号]"),
    ("旧证110105491231002号", "旧证[证件号]号"),
    ("证件编号110105194912310021", "证件编号[证件号]"),
    ("护照E12345678", "护照[证件号]"),
    ("卡6222021234567890123", "卡[银行卡]"),
    ("6222 0212 3456 7890 123", "[银行卡]"),
    ("银行卡号：1234567890123456", "银行卡号：[银行卡]"),
    ("邮箱zhang.san@example.com.cn", "邮箱[邮箱]"),
    ("发到a_b+c＠qq.com吧", "发到[邮箱]吧"),
    ("微信号abc_12345", "微信号[微信]"),
    ("微信：Zhang-san99", "微信：[微信]"),
    ("加qq 123456789", "加qq [QQ]"),
    ("粤B12345和粤bd12345挡住车库", "[车牌]和[车牌]挡住车库"),
    ("我叫王小明，没电了", "我叫[姓名]，没电了"),
    ("我是张伟。", "我是[姓名]。"),
    ("本人李雷，户号0312345678", "本人[姓名]，户号0312345678"),
    ("联系人：欧阳娜娜 电话：13812345678", "联系人：[姓名] 电话：[电话]"),
    ("姓名 赵六\n地址不详", "姓名 [姓名]\n地址不详"),
    ("我叫阿卜杜拉·买买提，家里没电", "我叫[姓名]，家里没电"),
    ("客户张小明来电反映停电", "客户[姓名]来电反映停电"),
    ("客户欧阳震华 电话13912345678", "客户[姓名] 电话[电话]"),
    ("用户：李娜，手机停机", "用户：[姓名]，手机停机"),
    ("客户张伟13912345678催办", "客户[姓名][电话]催办"),
    ("/u?phone=13912345678&tab=1", "/u?phone=[电话]&tab=1"),
    ("/u?tel=%2B8613912345678", "/u?tel=%2B[电话]"),
    ("/u?tel=%2B86%2013912345678#a", "/u?tel=%2B86%20[电话]#a"),
    ("/q?id=%2011010519491231002X", "/q?id=%20[证件号]"),
    ("请联系王芳女士", "请联系[姓名]女士"),
    ("我姓诸葛", "我姓[姓名]"),
    ("My name is John Smith and I wait", "My name is [姓名] and I wait"),
    ("深南大道100号3栋2单元501室停电", "深南大道[地址]停电"),
    ("人民路15号停电", "人民路[地址]停电"),
    ("解放街三号院2号楼", "解放街[地址]"),
    ("福田花园3-2-501没电", "福田花园[地址]没电"),
    ("Room 501, 100 Shennan Road", "[地址], [地址] Shennan Road"),
]

KEPT = [
    "",
    "工单号2025030112345678一直没人处理",
    "工单编号：6222021234567890，请尽快",
    "订单号 440300202503011234 已受理",
    "单号是13812345678",
    "户号0312345678901，用户编号 4403001234567",
    "电费150.50元，交了1500元，余额13812.35",
    "用电1380kWh，比上月多300度",
    "2025-03-01 08:30停电，20250301来电，2025年3月15号恢复",
    "3月15号抄表，5号到",
    "拨打95598、12345、12398和400-820-8888",
    "10kV线路3号杆和回路2号开关",
    "我是高压用户，我是新用户，我是单位的电工",
    "本人常年在外，本人方便时再来",
    "客户经理电话，用户联系电话，用户应急电话，客户预留手机，客户安装电话",
    "/bill/2025-03?order=20250301&page=2%20",
    "户名变更，户名单独列出，联系人方便时间",
    "客户何时能用电，客户于昨日来电，业主向社区要求，用户多次来电",
    "一座变电站，三栋楼，两个单元",
    "微信小程序打不开，微信支付失败",
    "会议室和配电室，3室2厅",
    "充电桩功率7kW，容量315kVA，电压220V",
    "电量150 20250301",
    "Bill No. 20250301 of 150.00 CNY, 30 kWh, due 2025-03-31",
]


def test_rules_are_named_patterns_with_replacements():
    assert all(rule.name and rule.pattern for rule in MASK_RULES)
    assert len({rule.name for rule in MASK_RULES}) > 20


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_masked_and_the_rest_stays(text: str, masked: str):
    assert mask_text(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_personal_stays(text: str):
    assert mask_text(text) == text


@pytest.mark.parametrize("text", [text for text, _ in MASKED])
def test_masking_twice_is_masking_once(text: str):
    assert mask_text(mask_text(text)) == mask_text(text)


def test_private_characters_cannot_shield_a_number():
    hidden = f"1381234{HOLD}5678 {EDGE}{HOLD}13912345678"

    assert mask_text(hidden) == "[电话] [电话]"


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        yield connection


def in_engine(engine: duckdb.DuckDBPyConnection, texts: list[str | None]) -> list[str | None]:
    """The texts as the engine masks them, all in one query."""
    query = f"SELECT {mask_sql('text')} FROM (SELECT unnest(?::VARCHAR[]) AS text)"
    return [row[0] for row in engine.execute(query, [texts]).fetchall()]


def test_the_engine_masks_the_examples_alike(engine):
    texts = [text for text, _ in MASKED] + KEPT

    assert in_engine(engine, texts) == [mask_text(text) for text in texts]


def test_null_stays_null(engine):
    assert in_engine(engine, [None, "13812345678"]) == [None, "[电话]"]


PIECES = st.sampled_from(
    [text for text, _ in MASKED]
    + KEPT
    + list(
        "0123456789１２３４５６７８９０ -－—()（）+＋.·@＠,，。:：\n\t'\"\\号码是路街栋单元室粤AXx"
    )
    + ["我叫", "我是", "本人", "联系人", "微信", "身份证", "工单号", "138", "王", "欧阳", "客户"]
    + [HOLD, EDGE, "😀", "é", "\r\n", "\x00", "𠮷"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_engine_and_python_agree_on_any_text(engine, texts):
    assert in_engine(engine, list(texts)) == [mask_text(text) for text in texts]


DIGITS = st.text("0123456789", min_size=8, max_size=8)
SEPARATORS = st.sampled_from(["", "-", " ", "—", "·"])
BEFORE = st.sampled_from(
    ["", "电话", "请打", "联系我：", "我的号码是", "13912345678，", "停电了\n", "x"]
)
AFTER = st.sampled_from(["", "。", "，谢谢", " 王", "转1", "\n", "或13700000000", "abc"])


@given(
    second=st.sampled_from("3456789"),
    rest=DIGITS,
    d=DIGITS,
    sep=SEPARATORS,
    before=BEFORE,
    after=AFTER,
)
def test_nothing_of_a_mobile_number_stays(second, rest, d, sep, before, after):
    number = f"1{second}{d[0]}{sep}{rest[:4]}{sep}{rest[4:]}"

    masked = mask_text(before + number + after)

    assert number not in masked
    assert "[电话]" in masked
    assert not any(character.isdigit() for character in masked.replace("转1", ""))


@given(
    region=st.sampled_from(["110105", "440304", "650102"]),
    year=st.integers(1900, 2030),
    month=st.integers(1, 12),
    day=st.integers(1, 31),
    tail=st.text("0123456789", min_size=3, max_size=3),
    last=st.sampled_from("0123456789Xx"),
)
def test_nothing_of_an_identity_number_stays(region, year, month, day, tail, last):
    number = f"{region}{year}{month:02}{day:02}{tail}{last}"

    assert mask_text(f"证号{number}，请查") == "证号[证件号]，请查"


@given(
    surname=st.sampled_from([*SINGLE, *COMPOUND]),
    given_name=st.text("小明伟芳娜秀英敏静强磊军洋勇艳杰", min_size=1, max_size=2),
    cue=st.sampled_from(["我叫", "姓名：", "联系人:", "户主是", "我的名字是"]),
    after=st.sampled_from(["，", "。", " ", "\n", "先生，", ""]),
)
def test_an_announced_name_goes(surname, given_name, cue, after):
    masked = mask_text(f"{cue}{surname}{given_name}{after}")

    assert masked == f"{cue}[姓名]{after}"
