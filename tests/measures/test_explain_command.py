"""What ``powercx measures explain`` prints: each part beneath what it is a part of."""

from __future__ import annotations

import pytest
from support.tables import CITY, CUSTOMERS

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER
from powercx.base.messages import use_language
from powercx.cli.main import main

ORDERS = """
order_id  | customer_id | type_l1   | accepted_at      | status
now       | home        | complaint | 2025-03-05 10:00 | done
withdrawn | home        | complaint | 2025-03-05 10:00 | cancelled
before    | home2       | complaint | 2024-03-05 10:00 | done
last      | home2       | enquiry   | 2025-03-31 10:00 | done
"""
ENGLISH = """\
terms       complaint_rate_numerator = 1, complaint_rate_numerator_before = 1

    ▸ Complaints per 10,000 customers · complaint_rate · 2025-03 = 2,000.0
    filter        type_l1 = 'complaint'
    numerator     1
    denominator   5
    rows counted  1
    left out      cancelled orders 1
    data version  service_order v1
    loads         load-3

        ▸ denominator: population customers, mean over the days of the period, 5
        rows counted  5
        data version  customer v1, org_unit v1
        loads         load-2

    ▸ Complaints per 10,000 customers · complaint_rate · 2024-03-01..2024-03-31 = 2,000.0
    filter        type_l1 = 'complaint'
    numerator     1
    denominator   5
    rows counted  1
    data version  service_order v1
    loads         load-3

        ▸ denominator: population customers, mean over the days of the period, 5
        rows counted  5
        data version  customer v1, org_unit v1
        loads         load-2
"""
CHINESE = """\
式中各项  complaint_rate_numerator = 1, complaint_rate_numerator_before = 1

    ▸ 万户投诉率 · complaint_rate · 2025-03 = 2,000.0
    范围      type_l1 = 'complaint'
    分子      1
    分母      5
    计入行数  1
    未计入    已撤销的工单 1
    数据版本  service_order v1
    来自加载  load-3

        ▸ 分母：群体 customers，期间逐日平均，5
        计入行数  5
        数据版本  customer v1, org_unit v1
        来自加载  load-2

    ▸ 万户投诉率 · complaint_rate · 2024-03-01..2024-03-31 = 2,000.0
    范围      type_l1 = 'complaint'
    分子      1
    分母      5
    计入行数  1
    数据版本  service_order v1
    来自加载  load-3

        ▸ 分母：群体 customers，期间逐日平均，5
        计入行数  5
        数据版本  customer v1, org_unit v1
        来自加载  load-2
"""
UNTOLD = ("form", "clause", "source", "definition", "算法", "条款", "依据", "定义版本", "note")


@pytest.mark.parametrize(("language", "text"), [("en", ENGLISH), ("zh", CHINESE)])
def test_parts_stand_beneath_their_figure(facts, home, measure, capsys, language, text):
    facts(ORG_UNIT, CITY)
    facts(CUSTOMER, CUSTOMERS)
    facts(SERVICE_ORDER, ORDERS)
    measure("complaint_change", period="2025-03")
    asked = ["complaint_change", "--period", "2025-03", "--rows", "0"]

    with use_language(language):
        main(["measures", "explain", *asked], {"POWERCX_HOME": str(home.path)})

    said = capsys.readouterr().out
    told = [line for line in said.splitlines() if not line.strip().startswith(UNTOLD)]
    start = next(i for i, line in enumerate(told) if line.startswith(text.split(" ")[0]))
    assert told[start:] == text.splitlines()
