"""What is planted can be found again in a town large enough."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from powercx.analytics.simulate.service import simulate


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Twenty thousand customers, four months."""
    target = tmp_path_factory.mktemp("town") / "out"
    simulate(target=target, customers=20_000, months=4, seed=2)
    return target


def truth_of(town, name):
    return json.loads((town / "truth" / f"{name}.json").read_text("utf-8"))


def levels(town):
    """Experience and the part of events, customers x months; the station of every customer."""
    lived = pq.read_table(town / "truth" / "experience.parquet")
    stations = pq.read_table(town / "truth" / "customers.parquet")["org_id"].to_numpy()
    level, events = (lived[name].to_numpy() for name in ("experience", "events"))
    return level.reshape(len(stations), -1), events.reshape(len(stations), -1), stations


def test_the_improvement_raises_experience_by_its_true_effect(town):
    planted = truth_of(town, "planted")["improvement"]
    level, events, stations = levels(town)
    quiet = level - events  # one storm over a few feeders would hide the effect
    here = np.isin(stations, planted["stations"])

    gain = quiet[:, 2:].mean(axis=1) - quiet[:, :2].mean(axis=1)

    assert planted["from"] == "2025-03-01"
    assert abs(gain[here].mean() - gain[~here].mean() - planted["experience_points"]) < 0.3


def test_bad_stations_finish_fewer_orders_in_time(town):
    options = pa_csv.ReadOptions(encoding="gb18030")
    orders = pa_csv.read_csv(
        town / "exports" / "service_order.csv", read_options=options
    ).to_pylist()
    bad = set(truth_of(town, "planted")["bad_stations"])
    done = [row for row in orders if row["工单状态"] == "已完成"]

    late = {
        inside: np.mean(
            [
                str(r["完成时间"]) > str(r["要求完成时间"])
                for r in done
                if (r["供电单位编号"] in bad) is inside
            ]
        )
        for inside in (True, False)
    }

    assert late[True] > 2 * late[False]
    assert 0.01 < late[False] < 0.12


def test_the_contented_answer_more_often(town):
    options = pa_csv.ReadOptions(encoding="utf-8-sig")
    path = town / "exports" / "survey_invitation.csv"
    invitations = pa_csv.read_csv(path, read_options=options).to_pylist()
    level, _, _ = levels(town)
    mean = level.mean(axis=1)

    def felt(done):
        rows = [row for row in invitations if (row["完成时间"] is not None) is done]
        return np.mean([mean[int(row["客户编号"]) - 300_000_000] for row in rows])

    assert felt(done=True) > felt(done=False)


def test_volumes_are_those_of_the_strengths_file(town):
    counts = {
        path.name.split(".")[0].split("-")[0]: 0.0 for path in (town / "exports").glob("*.csv")
    }
    for path in (town / "exports").glob("*.csv"):
        if "correction" not in path.name:
            counts[path.name.split(".")[0].split("-")[0]] += path.read_bytes().count(b"\n") - 1
    yearly = {name: count / 20_000 * 12 / 4 for name, count in counts.items()}

    assert 0.9 < yearly["contact"] < 1.5
    assert 0.3 < yearly["service_order"] < 0.45
    assert 0.2 < yearly["survey_invitation"] < 0.4
    assert 11.5 < yearly["bill"] < 12.1
