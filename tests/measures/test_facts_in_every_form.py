"""Every derived fact can be made with names of places and with their numbers, whatever is known."""

from __future__ import annotations

from itertools import product

import pytest

from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.measures import refresh
from powercx.analytics.measures.compiled import Rules, Statements

assert refresh.FACT_MODULES  # facts are known once their modules are imported


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("name", sorted(DERIVED))
def test_places_are_named_or_numbered(tmp_path, name, numbered):
    statements = Statements(tmp_path, Rules.of({}, (), ()), "duckdb")
    fact = DERIVED[name]
    said = [[None, f"{hint} empty", f"{hint} full"] for hint in fact.hints]
    for known in product(*said):
        columns = statements.fact(fact, None, [*filter(None, known)], numbered=numbered).columns
        assert {"place", "channel", "left_out", "customer_id"} <= set(columns)
        if not numbered:
            assert {"org_id", "class"} <= set(columns)
