"""Numbers and addresses of persons: telephones, identity, cards, mail, WeChat, plates.

Half and full width digits, with the separators people type. A boundary behind a match is consumed
with it, so that the next number would be missed after a single comma: those rules stand twice.
"""

from __future__ import annotations

from powercx.analytics.privacy.patterns.parts import DASH, HOLD, LEFT, RIGHT, SEP, D, Rule, wide

_IS = "[编号码是为:：#＃(（ \u3000]{0,4}"
_GAP = f"{DASH}?"
_LETTER = "[A-Za-zＡ-Ｚａ-ｚ]"

_MONTH = f"(?:{wide('0')}{wide('123456789')}|{wide('1')}{wide('012')})"
_DAY = f"(?:{wide('0')}{wide('123456789')}|{wide('12')}{D}|{wide('3')}{wide('01')})"
_CENTURY = f"(?:{wide('1')}{wide('89')}|{wide('2')}{wide('0')})"
# The provinces of GB/T 2260, so that few numbers of other kinds look like an identity.
_SECOND_DIGITS = {
    "1": "12345",
    "2": "123",
    "3": "1234567",
    "4": "123456",
    "5": "01234",
    "6": "12345",
    "7": "1",
    "8": "123",
}
_PROVINCE = "|".join(wide(first) + wide(second) for first, second in _SECOND_DIGITS.items())
_REGION = f"(?:{_PROVINCE}){D}{{4}}"
_BIRTHDAY = f"{D}{{2}}{_MONTH}{_DAY}"
_IDENTITY = f"{_REGION}{_GAP}{_CENTURY}{_BIRTHDAY}{_GAP}{D}{{3}}[0-9０-９XxＸｘ]"
_OLD_IDENTITY = f"{_REGION}{_GAP}{_BIRTHDAY}{_GAP}{D}{{3}}"

_COUNTRY = f"(?:[(（]?[+＋]?(?:{wide('0')}{{2}})?{wide('8')}{wide('6')}[)）]?{SEP})?"
_DASHES = f"{DASH}{{1,2}}"
_GROUPS = (
    f"{D}{{9}}",
    f"{D}{_DASHES}{D}{{4}}{_DASHES}{D}{{4}}",
    # Eight digits behind an amount may be a date: not what begins with 20.
    f"{D}{_DASHES}(?:{wide('013456789')}{D}|{wide('2')}{wide('123456789')}){D}{{6}}",
    f"{D}{{2}}{SEP}{D}{{4}}{SEP}{D}{{3}}",
    f"{D}{{3}}{SEP}{D}{{6}}",
)
_SPACED = f"{DASH}{wide('3456789')}(?:{DASH}{D}){{9}}"
_MOBILE = f"{_COUNTRY}{wide('1')}(?:{wide('3456789')}(?:{'|'.join(_GROUPS)})|{_SPACED})"
_AREA = f"{wide('0')}(?:{wide('1')}{wide('0')}|{wide('2')}{D}|{wide('3456789')}{D}{{2}})"
_LANDLINE = f"[(（]?{_AREA}[)）]?{SEP}{wide('2345678')}{D}{{2,3}}{_GAP}{D}{{4}}"
_ABROAD = f"[+＋](?:{D}{{9,15}}|{D}{{1,3}}{_DASHES}{D}{{2,5}}{SEP}{D}{{3,4}}(?:{SEP}{D}{{2,4}})?)"
# By their first digits: 62 UnionPay, 4 Visa, 5 MasterCard, 3 JCB and others, 60 and 95 older
# cards. What begins like a year (20) stays.
_BANK_FIRST = f"(?:{wide('6')}{wide('02')}|{wide('345')}{D}|{wide('9')}{wide('5')})"
_BANK = f"{_BANK_FIRST}{D}{{2}}(?:{_GAP}{D}{{4}}){{3}}(?:{_GAP}{D}{{1,3}})?"
_PLATE = (
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    "[A-HJ-NP-Za-hj-np-z][·• ]?[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳]"
)

_ORDER_WORDS = "工单|订单|受理编?号|报修编?号|流水号|单号|单据编?号|单编号"
_ACCOUNT_WORDS = "户号|用户编?号|客户编?号|缴费号|表号|资产编?号|合同编?号|发票编?号|终端编?号|编号"
_CARD_WORDS = "银行卡|卡号|银行账号|银行帐号"
_PAPER_WORDS = "身份证|身份證|证件|护照|军官证|通行证|驾驶证|驾照|居住证"
_PHONE_WORDS = (
    "电话|座机|固话|手机|联系方式|联系号码|回电|来电号码|主叫|[Tt]el|TEL|[Pp]hone|[Mm]obile"
)
_CHAT_WORDS = "微信|[Ww]e[Cc]hat|WECHAT|[Ww]eixin|[Vv]信|[Vv][Xx]|[Ww][Xx]"

_MAIL = "[A-Za-z0-9._%+\\-]{1,64}[@＠][A-Za-z0-9\\-]{1,63}(?:[.．][A-Za-z0-9\\-]{1,63})+"

_ANNOUNCED = [
    Rule("mail", _MAIL, "[邮箱]"),
    Rule(
        "wechat",
        f"({_CHAT_WORDS})(号码?[是为:： \u3000]{{0,3}}|[是为加:： \u3000]{{1,3}})"
        "[A-Za-z][A-Za-z0-9_\\-]{5,19}",
        r"\1\2[微信]",
    ),
    Rule("qq", f"(QQ|qq|扣扣)({_IS}){D}{{5,12}}", r"\1\2[QQ]"),
    Rule("paper", f"({_PAPER_WORDS})({_IS})[A-Za-z]?{D}{{6,18}}[XxＸｘ]?", r"\1\2[证件号]"),
    Rule("card", f"({_CARD_WORDS})({_IS}){D}{{4}}(?:{_GAP}{D}{{2,4}}){{2,4}}", r"\1\2[银行卡]"),
]
_HELD = f"({_IS})((?:{D}|{_LETTER}){{6}})"
# An order number may look like anything; an account number never like a mobile telephone.
_BOUNDED = [
    [Rule("hold_order", f"({_ORDER_WORDS}){_HELD}", rf"\1\2{HOLD}\3")],
    2 * [Rule("id_number", f"{LEFT}{_IDENTITY}{RIGHT}", r"\1[证件号]\2")],
    # In web addresses a separator is written %20 or %3A, whose last digit is no part of the number.
    [Rule("encoded_mobile", f"(%[0-9A-Fa-f]{{2}}){_MOBILE}{RIGHT}", r"\1[电话]\2")],
    [Rule("encoded_id", f"(%[0-9A-Fa-f]{{2}}){_IDENTITY}{RIGHT}", r"\1[证件号]\2")],
    2 * [Rule("mobile", f"{LEFT}{_MOBILE}{RIGHT}", r"\1[电话]\2")],
    [Rule("hold_account", f"({_ACCOUNT_WORDS}){_HELD}", rf"\1\2{HOLD}\3")],
    2
    * [
        Rule("old_id_number", f"{LEFT}{_OLD_IDENTITY}{RIGHT}", r"\1[证件号]\2"),
        Rule("landline", f"{LEFT}{_LANDLINE}{RIGHT}", r"\1[电话]\2"),
        Rule("abroad", f"{LEFT}{_ABROAD}{RIGHT}", r"\1[电话]\2"),
        Rule("bank_card", f"{LEFT}{_BANK}{RIGHT}", r"\1[银行卡]\2"),
        Rule("plate", f"{_PLATE}([^A-Za-z0-9])", r"[车牌]\1"),
    ],
]

NUMBER_RULES = [
    *_ANNOUNCED,
    *(rule for rules in _BOUNDED for rule in rules),
    Rule(
        "phone",
        f"({_PHONE_WORDS})({_IS}){_COUNTRY}{D}{{3,4}}{_GAP}{D}{{4}}{RIGHT}",
        r"\1\2[电话]\3",
    ),
]
