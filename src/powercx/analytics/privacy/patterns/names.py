"""Names of persons behind the words that announce them."""

from __future__ import annotations

from powercx.analytics.privacy.patterns.parts import HAN, HOLD, Rule
from powercx.analytics.privacy.surnames import COMPOUND, SINGLE

_SURNAME = f"(?:{'|'.join(COMPOUND)}|[{SINGLE}])"
_NAME = f"(?:{HAN}{{1,8}}(?:[·•]{HAN}{{1,8}}){{1,2}}|{_SURNAME}{HAN}{{1,2}})"
_END = (
    f"([^一-鿿㐀-䶿{HOLD}]|先生|女士|小姐|老师|师傅|电话|手机|身份证|户号|联系|住址|住在|家住|地址)"
)
_IS = "[:：是为叫 \u3000]"
_CALLED = "我叫|名叫|名字叫|名字是|我名字"
_FIELDS = (
    "姓名|联系人|户主|户名|收件人|经办人|申请人|办理人|来电人|报修人|投诉人|反映人|客户名称"
    "|用户名称|当事人|举报人|发帖人"
)
_MAYBE = "我是|本人|这里是"
_WHO = "客户|用户|业主|市民|住户|居民|群众"
_SAID = "来电|来访|反映|反应|表示|称|要求|咨询|投诉|致电|报修|诉求|告知|催办|申请|认为|希望|质疑"

# Behind "customer" and the like these are words of the sentence far more often than names.
_NO_REPORTER = "向于时常房车单简"
_REPORTER = f"(?:{'|'.join(COMPOUND)}|[{''.join(c for c in SINGLE if c not in _NO_REPORTER)}])"

# Words that begin with a surname and follow those cues more often than a person does.
_WORDS = (
    "方便|方面|方才|高压|高层|高新|高速|高中|高三|高龄|高峰|高级|高考|单位|单身|单独|单元|房东"
    "|房主|房产|房租|房屋|安装|安全|安居|安置|安徽|常年|常住|常常|常州|时常|时间|时代|向贵|向供"
    "|向你|向您|向国|向南|向来|向我|于今|于昨|于前|于当|于上|于本|于去|于早|于凌|于晚|曾经|曾多"
    "|曾在|曾向|曾两|曾三|曾于|曾致|曾投|何时|何故|何况|成都|成功|成年|江苏|江西|江门|金融|金额"
    "|金地|万科|万分|龙岗|龙华|路过|路边|左右|左边|关于|关注|关心|程序|程度|任何|任意|任务|严重"
    "|尚未|解决|解释|管理|管道|管家|文化|施工|马上|马路|党员|车主|车间|车库|白天|夏天|夏季|毕业"
    "|宁夏|宁波|卫生|洪水|雷电|雷雨|石家庄|申请|申报|申诉|黄色|白色|包括|包月|费用|符合|简单|余额"
    "|余款|沈阳|温州|郑州|徐州|苏州|武汉|游客|顾客|顾虑|罗湖|许多|许可|许久|范围|付款|付费|林业"
    "|周末|周边|周围|周一|周二|周三|周四|周五|周六|周日|陆续|兰州|颜色|尤其|辛苦|凌晨|项目|桂林"
    "|季度|焦急|叶片|田地|甘肃|齐全|党费|单列|单据|单纯|单里|单上|单在|单和"
)

NAME_RULES = [
    Rule(
        "hold_words",
        f"({_CALLED}|{_FIELDS}|{_MAYBE}|{_WHO})({_IS}{{0,3}})({_WORDS})",
        rf"\1\2{HOLD}\3",
    ),
    Rule("called", f"({_CALLED}|{_FIELDS}|{_MAYBE})({_IS}{{0,3}}){_NAME}{_END}", r"\1\2[姓名]\3"),
    Rule("called_on", f"({_CALLED}|(?:{_FIELDS}){_IS}{{1,3}}){_NAME}", r"\1[姓名]"),
    Rule("reported", f"({_WHO}){_REPORTER}{HAN}{{1,2}}({_SAID})", r"\1[姓名]\2"),
    Rule(
        "reached",
        f"({_WHO})([:： \u3000]{{0,2}}){_REPORTER}{HAN}{{1,2}}"
        "([,，:： \u3000]{0,2}(?:电话|手机|先生|女士|小姐|\\[电话\\]))",
        r"\1\2[姓名]\3",
    ),
    Rule("titled", f"{_SURNAME}{HAN}{{1,2}}(先生|女士|小姐)", r"[姓名]\1"),
    Rule("surname", f"(我姓|贵姓|本人姓)({_IS}{{0,2}}){_SURNAME}", r"\1\2[姓名]"),
    Rule(
        "english",
        "([Mm]y name is|MY NAME IS|[Nn]ame:|[Cc]ontact:|Mr\\.?|Mrs\\.?|Ms\\.?|Miss) {1,2}"
        "[A-Z][A-Za-z']*(?:[ \\-][A-Z][A-Za-z']*){0,2}",
        r"\1 [姓名]",
    ),
    Rule(
        "english_maybe",
        "(I am|I'm|I’m|[Tt]his is) {1,2}[A-Z][a-z]+[ \\-][A-Z][a-z]+",
        r"\1 [姓名]",
    ),
]
