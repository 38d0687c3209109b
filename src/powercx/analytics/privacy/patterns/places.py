"""Addresses from the house number down to the door; road and estate may stay."""

from __future__ import annotations

from powercx.analytics.privacy.patterns.parts import HOLD, LEFT, D, Rule

_COUNT = "[一二三四五六七八九十百]{1,4}"
_N = f"(?:[A-Za-z]?{D}{{1,5}}[A-Za-z]?|[A-Za-z]|{_COUNT})"
_PLAIN = f"(?:[A-Za-z]?{D}{{1,4}}[A-Za-z]?|[A-Za-z])"
_TO = "[-－—之]"
_ROAD = "路|大道|街|街道|巷|弄|胡同|坊"
# Wires and circuits, not roads: line numbers stay.
_NO_ROAD = "线路|电路|回路|支路|短路|断路|铁路|馈路|网路"
_UNIT = f"[ ,，]?{_N}(?:号楼|号院|号房|号|栋|幢|座|单元|梯|楼|层|室|房|户)"
_DOOR = f"[ \\-－—]?[A-Za-z]?{D}{{3,4}}(?:室|房)?"
_REST = f"(?:{_UNIT}){{0,5}}(?:{_DOOR})?"
_ESTATE = "小区|花园|苑|园|府|公寓|家园|新村|湾|庭|邸"

PLACE_RULES = [
    Rule("hold_road", f"({_NO_ROAD})({_N}号)", rf"\1{HOLD}\2"),
    Rule("house", f"({_ROAD}){_N}(?:{_TO}{_N})?[号號]院?{_REST}", r"\1[地址]"),
    Rule(
        "building",
        f"(?:{_PLAIN}(?:{_TO}{_PLAIN})?(?:号楼|号院|号房|栋|幢|座|单元)|{_COUNT}(?:号楼|号院|单元)"
        f"|{_COUNT}[栋幢座]{_UNIT}){_REST}",
        "[地址]",
    ),
    Rule("room", f"{LEFT}[A-Za-z]?{D}{{3,4}}(?:室|房)", r"\1[地址]"),
    Rule(
        "dashed",
        f"({_ESTATE})([ \u3000]?){D}{{1,3}}{_TO}(?:{D}{{1,3}}{_TO}{D}{{2,4}}|{D}{{3,4}})(?:室|房)?",
        r"\1\2[地址]",
    ),
    Rule(
        "english_room",
        "(?:Room|Rm\\.?|Flat|Apt\\.?|Apartment|Suite|Building|Block|Bldg\\.?) {0,2}"
        "#?[0-9]{1,5}[A-Za-z]?",
        "[地址]",
    ),
    Rule(
        "english_road",
        "(?:No\\.? ?)?[0-9]{1,5}[A-Za-z]?,? "
        "((?:[A-Z][a-z]+ ){1,3}(?:Road|Street|Avenue|Lane|Rd|St|Ave))",
        r"[地址] \1",
    ),
]
