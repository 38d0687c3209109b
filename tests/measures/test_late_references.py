"""What waited for a unit, a customer or a version finds its place when that arrives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.lake import FactWriter
from support.published import published

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.service import refresh, show
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.service import OperationalVault
from powercx.base.home import Home

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "org_id,parent_id,name\ncity,,City\n"
STATION = "org_id,parent_id,name\nstation,city,Station\n"
CUSTOMER = "customer_id,org_id,usage_category,opened_on\nc1,station,residential,2024-01-01\n"
POINT = "usage_point_id,customer_id,opened_on\np1,c1,2024-01-01\n"
OUTAGE = (
    "interruption_id,usage_point_id,started_at,restored_at,planned\n"
    "i1,p1,2025-03-03 10:00,2025-03-03 12:00,false\n"
)
COMPLAINT = "order_id,customer_id,type_l1,accepted_at\nw1,c1,complaint,2025-03-03 10:00\n"


@pytest.fixture
def arrive(home: Home, vault: OperationalVault, tmp_path: Path) -> Callable[..., None]:
    """``arrive(table=text, ...)`` loads the files and refreshes."""

    def files(**texts: str) -> None:
        for table, text in texts.items():
            path = tmp_path / f"{table}.csv"
            path.write_text(text)
            [report] = load(home, vault, [str(path)], options=LoadOptions(), at=NOW)
            assert report.refused is None
        refresh(home, at=NOW)

    return files


@pytest.mark.parametrize("last", ["unit", "customer"])
def test_a_refresh_after_the_missing_row_equals_a_full_one(
    home: Home, arrive: Callable[..., None], last: str
) -> None:
    texts = {"customer": CUSTOMER, "usage_point": POINT}
    first = {"org_unit": ROOT, **texts} if last == "unit" else {"org_unit": ROOT + STATION}
    arrive(**first, interruption=OUTAGE, service_order=COMPLAINT)
    if last == "unit":
        arrive(org_unit=STATION)
    else:
        arrive(usage_point=POINT)
        arrive(customer=CUSTOMER)
    step_by_step = published(home)

    refresh(home, at=NOW, full=True)

    assert step_by_step == published(home)
    [figure] = show(home, "saidi", orgs=["station"], periods=["2025-03"]).rows
    assert (figure.value, figure.n) == (120.0, 1)


def test_a_date_in_the_far_future_moves_no_clock(home: Home) -> None:
    write = FactWriter(home)
    write(TABLES["org_unit"], "org_id | name\ncity | City")
    write(
        TABLES["service_order"],
        """
        order_id | org_id | type_l1 | accepted_at | due_at     | completed_at
        w1       | city   | billing | 2025-03-01  | 2025-03-05 | 2025-03-02
        w2       | city   | billing | 2025-03-01  | 2026-03-05 | 2098-01-01
        """,
    )
    refresh(home, at=NOW)

    [figure] = show(home, "order_on_time", periods=["2025..2027"]).rows

    assert (figure.numerator, figure.denominator) == (1, 1)


def test_a_closing_recorded_later_counts_from_its_day(home: Home) -> None:
    write = FactWriter(home)
    write(TABLES["org_unit"], "org_id | name\ncity | City")
    write(
        TABLES["customer"],
        """
        customer_id | org_id | valid_from | opened_on  | closed_on  | close_reason | e_bill
        c1          | city   |            | 2024-01-01 |            |              | yes
        c1          | city   | 2025-04-01 | 2024-01-01 | 2025-03-11 | by_choice    | yes
        c2          | city   |            | 2024-01-01 |            |              | no
        """,
    )
    write(TABLES["bill"], "bill_id | org_id | issued_on | amount_cny\nb1 | city | 2025-04-30 | 1")
    refresh(home, at=NOW)

    [share, left] = (
        show(home, key, periods=["2025-03"]).rows[0] for key in ("ebill_share", "churn")
    )

    assert (share.numerator, share.denominator) == (0, 1)
    assert (left.numerator, left.denominator) == (1, 2)
