"""A small city that many tests live in."""

from __future__ import annotations

CITY = """
org_id | parent_id | name     | level   | area_class
city   |           | 市局     | company |
north  | city      | 城北分局 | bureau  |
n1     | north     | 城北一所 | station | urban
n2     | north     | 城北二所 | station | rural
south  | city      | 城南分局 | bureau  |
s1     | south     | 城南一所 | station | remote
"""
CUSTOMERS = """
customer_id | org_id | usage_category   | opened_on
home        | n1     | residential      | 2020-01-01
home2       | n2     | residential      | 2020-01-01
shop        | n2     | commercial       | 2020-01-01
plant       | n2     | large_industrial | 2020-01-01
farm        | s1     | agricultural     | 2020-01-01
"""
HALL = """\
key: hall_share
name: {zh: 营业厅受理比例, en: Orders accepted in halls}
clause: "8.8"
kind: behaviour
unit: ratio
better: lower
fact: order
when: accepted_on
numerator: count(*) filter (where channel = 'hall')
denominator: count(*)
interval: wilson
source: own choice
"""
