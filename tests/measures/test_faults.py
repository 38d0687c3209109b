"""Fault reports against commitments: 45, 90, 120 minutes to arrive; 240, 300 to restore."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import yaml
from support.figures import Asker
from support.tables import CITY, CUSTOMERS

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER
from powercx.base.home import Config, Home

# The data end with 31 March: `young` has waited 30 minutes by then, `waiting` three weeks.
FAULTS = """
order_id  | org_id | type_l1 | status    | accepted_at      | arrived_at          | completed_at
prompt    | n1     | fault   | done      | 2025-03-05 10:00 | 2025-03-05 10:45    | 2025-03-05 12:45
second    | n1     | fault   | done      | 2025-03-05 10:00 | 2025-03-05 10:45:01 | 2025-03-05 15:45:01
country   | n2     | fault   | done      | 2025-03-05 10:00 | 2025-03-05 11:31    | 2025-03-05 16:31
no_visit  | n1     | fault   | done      | 2025-03-05 10:00 |                     | 2025-03-05 20:00
waiting   | n1     | fault   | open      | 2025-03-10 10:00 |                     |
young     | n1     | fault   | open      | 2025-03-31 23:30 |                     |
no_limit  | north  | fault   | done      | 2025-03-05 10:00 | 2025-03-05 10:30    | 2025-03-05 11:30
remote    | s1     | fault   | done      | 2025-03-05 10:00 | 2025-03-05 12:00    | 2025-04-01 00:00
stopped   | n1     | fault   | cancelled | 2025-03-05 10:00 | 2025-03-05 10:05    | 2025-03-05 10:06
complaint | n1     | complaint | done    | 2025-03-05 10:00 | 2025-03-05 10:05    | 2025-03-05 10:06
"""  # noqa: E501 - a table reads across
# The same, as known at the end of 31 March.
MARCH = FAULTS.replace("2025-04-01 00:00", "                ").replace(
    "remote    | s1     | fault   | done", "remote    | s1     | fault   | open"
)


@pytest.fixture(scope="module")
def march(world) -> Asker:
    return world({ORG_UNIT: CITY, CUSTOMER: CUSTOMERS, SERVICE_ORDER: MARCH})


def test_arrival_counts_visits_and_those_waited_for_past_the_limit(march):
    # In time: prompt, remote. Late: second, country, waiting. Left out: no_visit (closed without
    # one), young (within its limit), no_limit (no area class), stopped.
    assert march("fault_arrival_on_time", period="2025-03") == [
        {"org": "city", "numerator": 2, "denominator": 5, "value": 0.4}
    ]


def test_arrival_mean_is_of_orders_with_an_arrival(march):
    [row] = march("fault_arrival_mean", period="2025-03")

    assert row["denominator"] == 5
    assert row["value"] == pytest.approx((45 + 45 + 1 / 60 + 91 + 30 + 120) / 5, abs=1e-9)


def test_restoring_is_counted_from_arrival_by_completion(march):
    # prompt 120, second 300, country 300, no_limit 60; remote is not completed.
    assert march("fault_restore_time", period="2025-03") == [
        {"org": "city", "numerator": 780, "denominator": 4, "value": 195.0}
    ]


def test_restoring_in_time_goes_by_the_area_of_the_station(march):
    # 240 minutes in town: prompt yes, second no; 300 in the country: country yes, to the minute.
    assert march("fault_restore_on_time", period="2025-03") == [
        {"org": "city", "numerator": 2, "denominator": 3, "value": 2 / 3}
    ]


def test_another_rule_set_speaks_with_its_own_limits(facts, measure, home):
    _choose(home, "national")
    facts(ORG_UNIT, CITY)
    facts(SERVICE_ORDER, MARCH)

    # 60, 120 and 240 minutes: second and country are in time now; nothing is said of restoring.
    assert measure("fault_arrival_on_time", period="2025-03") == [
        {"org": "city", "numerator": 4, "denominator": 5, "value": 0.8}
    ]
    assert measure("fault_restore_on_time", period="2025-03") == [
        {"org": "city", "numerator": 0, "denominator": 0, "value": None}
    ]

    _choose(home, "sgcc_2022")
    measure.stale = True

    # 180 and 240 minutes to restore: country, 300, is late; arrival is as with the default set.
    assert measure("fault_restore_on_time", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 3, "value": 1 / 3}
    ]
    assert measure.value("fault_arrival_on_time", period="2025-03") == 0.4


def _choose(home: Home, ruleset: str) -> None:
    home.config_file.write_text(yaml.safe_dump(asdict(Config(ruleset=ruleset))), "utf-8")
