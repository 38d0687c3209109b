"""After a refresh that broke off, and after a unit has gone, figures are like counted anew."""

from __future__ import annotations

import threading
import time

import pytest
from support.figures import NOW
from support.lake import FactWriter
from support.tables import CITY, CUSTOMERS, HALL

from powercx.analytics.engine.compute import DuckCompute
from powercx.analytics.engine.workspace import EngineError, workspace
from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER
from powercx.analytics.measures import refresh, service
from powercx.analytics.measures.sessions import side_by_side
from powercx.base.errors import DefinitionError

ORDERS = """
order_id | customer_id | org_id | type_l1 | accepted_at      | channel
o1       | home        |        | enquiry | 2025-03-05 10:00 | hall
o2       | home        | new    | enquiry | 2025-03-05 10:00 | app
"""
NEW = """
org_id | parent_id | level   | name | valid_from
new    | city      | station | New  | 2025-06-01
"""
COUNTED = "count(*) filter (where channel = 'hall')"


def figures(home):
    orgs = ["city", "n1", "s1"]
    found = service.show(home, "online_share", orgs=orgs, periods=["2025-03"])
    return [(row.org, row.numerator, row.denominator) for row in found.rows]


def assert_like_counted_anew(home):
    service.refresh(home, at=NOW)
    left = figures(home)
    service.refresh(home, at=NOW, full=True)
    assert left == figures(home)


@pytest.fixture
def city(home, facts):
    facts(ORG_UNIT, CITY)
    facts(CUSTOMER, CUSTOMERS)
    facts(SERVICE_ORDER, ORDERS)
    service.refresh(home, at=NOW)
    return home


def test_one_stopped_before_it_published(city, facts, monkeypatch):
    facts(CUSTOMER, CUSTOMERS.replace("n1", "s1"))

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(refresh._Refresher, "_publish", stopped)
        with pytest.raises(KeyboardInterrupt):
            service.refresh(city, at=NOW)

    assert_like_counted_anew(city)


def own(home, numerator):
    folder = home.catalog / "measures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.yaml").write_text(HALL.replace(COUNTED, numerator), "utf-8")
    return folder / "own.yaml"


@pytest.mark.parametrize(
    "numerator", ["sum(cast(channel as double))", "sum(power(10.0, 31))", "sum(1.0) / 0"]
)
def test_a_measure_that_cannot_be_computed_is_named_and_does_no_harm(city, facts, numerator):
    facts(CUSTOMER, CUSTOMERS.replace("n1", "s1"))
    file = own(city, numerator)

    with pytest.raises(DefinitionError) as error:
        service.refresh(city, at=NOW)

    assert (error.value.code, error.value.params["key"]) == ("measure.not_computable", "hall_share")
    file.unlink()
    assert_like_counted_anew(city)


def test_a_unit_that_is_no_more(home, facts):
    """Its rows of all days go to ``unassigned``, of days before its record began too."""
    facts(ORG_UNIT, CITY)
    facts(ORG_UNIT, NEW)
    facts(CUSTOMER, CUSTOMERS)
    facts(SERVICE_ORDER, ORDERS)
    service.refresh(home, at=NOW)
    FactWriter(home).without(ORG_UNIT, "org_id = 'new'")

    assert_like_counted_anew(home)


def test_the_number_of_a_place_is_no_column_of_definitions(city):
    own(city, "count(case when place = 1 then 1 end)")

    with pytest.raises(DefinitionError) as error:
        service.refresh(city, at=NOW)

    assert (error.value.code, error.value.params["column"]) == ("measure.unknown_column", "place")


# Sessions ---------------------------------------------------------------------------------------


class Sessions:
    """Stands for a gatherer: an engine, and the same for another session."""

    def __init__(self, compute):
        self.compute = compute

    def beside(self, work):
        return Sessions(self.compute.beside(work))


@pytest.fixture
def work(tmp_path):
    with workspace(tmp_path) as opened:
        yield opened


def test_every_job_is_done_once(work):
    done = []
    jobs = [lambda *_, number=number: done.append(number) for number in range(500)]

    side_by_side(work, Sessions(DuckCompute(work)), jobs)

    assert sorted(done) == list(range(500))


def test_a_fault_stops_what_runs_beside_it_between_two_statements_too(work):
    begun, went_on = threading.Event(), threading.Event()

    def long(session, _):
        begun.set()
        time.sleep(0.5)  # no statement runs while the fault is raised
        try:
            session.run("select sum(sqrt(a.range)) from range(1000000) a, range(100000) b")
        except EngineError:
            went_on.set()
            raise

    def faulty(*_):
        begun.wait()
        raise ZeroDivisionError

    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        side_by_side(work, Sessions(DuckCompute(work)), [long, faulty])

    assert went_on.is_set()
    assert time.monotonic() - began < 60  # left alone the statement takes many minutes
