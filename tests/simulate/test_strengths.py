from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq

from powercx.analytics.simulate import experience as experiencing
from powercx.analytics.simulate.strengths import catalogue, code_labels, strengths


def test_every_number_has_a_reason():
    silent = [
        f"{group}.{name}"
        for group, entries in catalogue("strengths").items()
        for name, entry in entries.items()
        if len(entry.get("reason", "")) < 10
    ]

    assert silent == []


def test_every_driver_of_the_strengths_file_is_one_that_is_lived(city):
    truth = json.loads((city.target / "truth" / "drivers.json").read_text("utf-8"))

    assert set(truth["drivers"]) == set(strengths().group("drivers"))


def test_events_explain_at_most_a_third_of_experience(city):
    lived = pq.read_table(city.target / "truth" / "experience.parquet")
    level, events = (lived[name].to_numpy() for name in ("experience", "events"))

    share = events.var() / level.var()
    truth = json.loads((city.target / "truth" / "drivers.json").read_text("utf-8"))

    assert 0.05 < share <= 0.35
    assert abs(share - truth["events_variance_share"]) < 1e-4
    assert np.corrcoef(level, events)[0, 1] > 0.2


def test_what_happened_is_felt_on_in_part():
    felt = experiencing._carry_over(np.array([[-8.0, 0.0, 0.0]]), 0.5)

    assert felt.tolist() == [[-8.0, -4.0, -2.0]]


def test_complaints_and_answers_keep_their_limits(rows):
    complaint = code_labels("order_type")["complaint"]
    by_month = {}
    for row in rows("service_order"):
        if row["type_l1"] == complaint:
            by_month[row["accepted_at"][:7]] = by_month.get(row["accepted_at"][:7], 0) + 1
    invitations = rows("survey_invitation")
    delivered = sum(row["delivered"] == "是" for row in invitations)

    assert 0 < max(by_month.values()) <= 0.005 * 1000
    assert sum(row["completed_at"] is not None for row in invitations) <= 0.15 * delivered


def test_the_unhappy_complain_more_often(city, rows):
    lived = pq.read_table(city.target / "truth" / "experience.parquet").to_pylist()
    level = {(row["customer_id"], row["month"]): row["experience"] for row in lived}
    complaint = code_labels("order_type")["complaint"]
    orders = [r for r in rows("service_order") if r["type_l1"] == complaint]

    felt = [
        level[o["customer_id"], o["accepted_at"][:7]]
        for o in orders
        if "-30" not in o["accepted_at"]
    ]

    assert np.mean(felt) < np.mean(list(level.values()))


def test_about_one_row_in_two_hundred_is_written_twice(city):
    path = city.target / "exports" / "usage_daily-2025-01.parquet"
    found = pq.read_table(path)
    keys = found.group_by(["用电点编号", "日期"]).aggregate([([], "count_all")])

    doubled = (found.num_rows - keys.num_rows) / keys.num_rows

    assert 0.004 < doubled < 0.006
