"""The peers: a bare query, a bare copy, and a few of the measures in polars and in pandas.

The peers compute ``MEASURES`` by organisation, day and class, and publish nothing. They are handed
the versions of customers and usage points ready made, and make use of what they know of the city:
no row names an organisation of its own, and a usage point has one version.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from powercx.analytics.engine.workspace import default_memory
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.results.contracts import result_store

Said = dict[str, Any]
MEASURES = (
    "peak_shift",
    "hotline_answer_20s",
    "hotline_abandon",
    "hotline_rating",
    "first_contact_resolution",
    "order_on_time",
    "order_duration",
    "online_share",
)
_USAGE = ["usage_point_id", "customer_id", "date", "kwh", "valley_kwh"]
_CONTACT = [
    "customer_id",
    "business_type",
    "at",
    "date",
    "channel",
    "direction",
    "wait_s",
    "answered",
    "abandoned",
    "resolved",
    "rating",
]
_ORDER = ["customer_id", "accepted_on", "channel", "accepted_at", "completed_at", "due_at"]
_ONLINE = ["web", "app", "wechat", "alipay", "gov"]
_GRAIN = ["org_id", "usage_category"]


def scan(home: str) -> Said:
    """The bare query of the issue over the files of ``usage_daily``."""
    files = _files(home, "usage_daily")
    connection = duckdb.connect(config={"memory_limit": default_memory()})
    began = time.perf_counter()
    [row] = connection.execute(
        "select count(customer_id), max(date), sum(kwh), sum(peak_kwh), sum(flat_kwh), "
        f"sum(valley_kwh) from read_parquet({files!r}, hive_partitioning=false)"
    ).fetchall()
    return {"seconds": time.perf_counter() - began, "rows": row[0]}


def copy(file: str, target: str) -> Said:
    """A bare copy of a file of readings into Parquet, without any check."""
    reader = "read_csv" if file.endswith(".csv") else "read_parquet"
    connection = duckdb.connect(config={"memory_limit": default_memory()})
    began = time.perf_counter()
    connection.execute(
        f"copy (select * from {reader}('{file}')) to '{target}' (format parquet, compression zstd)"
    )
    return {"seconds": time.perf_counter() - began}


# Polars -----------------------------------------------------------------------------------------


def with_polars(home: str) -> Said:
    """The measures of this module in polars, lazily, by its streaming engine."""
    who = pl.scan_parquet(_results(home, "customer_version"))
    points = pl.scan_parquet(_results(home, "usage_point_version"))
    began = time.perf_counter()
    frames = [
        _polars_usage(_lazy(home, "usage_daily", _USAGE), who, points),
        *_polars_contacts(_lazy(home, "contact", _CONTACT), who),
        *_polars_orders(_lazy(home, "service_order", _ORDER), who),
    ]
    rows = [frame.collect(engine="streaming").height for frame in frames]
    return {"seconds": time.perf_counter() - began, "rows": sum(rows)}


def _lazy(home: str, table: str, columns: list[str]) -> pl.LazyFrame:
    return pl.scan_parquet(_files(home, table)).select(columns)


def _placed(rows: pl.LazyFrame, who: pl.LazyFrame, day: str) -> pl.LazyFrame:
    columns = ["customer_id", "org_id", "usage_category", "from_day", "to_day"]
    joined = rows.join(who.select(columns), on="customer_id")
    return joined.filter((pl.col(day) >= pl.col("from_day")) & (pl.col(day) < pl.col("to_day")))


def _polars_usage(rows: pl.LazyFrame, who: pl.LazyFrame, points: pl.LazyFrame) -> pl.LazyFrame:
    tou = who.filter(pl.col("tariff") == "tou")
    own = points.select("usage_point_id", point_org="org_id").drop_nulls()
    placed = _placed(rows, tou, "date").join(own, on="usage_point_id", how="left")
    placed = placed.with_columns(org_id=pl.coalesce("point_org", "org_id"))
    found = placed.group_by("date", *_GRAIN)
    return found.agg(pl.len().alias("n"), pl.col("valley_kwh").sum(), pl.col("kwh").sum())


def _polars_contacts(rows: pl.LazyFrame, who: pl.LazyFrame) -> list[pl.LazyFrame]:
    hotline = rows.filter(pl.col("channel") == "hotline", pl.col("direction") == "in")
    calls = (
        _placed(hotline, who, "date")
        .group_by("date", *_GRAIN)
        .agg(
            pl.len().alias("n"),
            (pl.col("answered") & (pl.col("wait_s") <= 20)).sum().alias("soon"),  # noqa: PLR2004
            pl.col("abandoned").sum(),
            (pl.col("rating") >= 4).sum().alias("content"),  # noqa: PLR2004
        )
    )
    known = rows.filter(
        pl.col("customer_id").is_not_null(),
        pl.col("business_type").is_not_null(),
        pl.col("direction") == "in",
    ).sort("at")
    following = pl.col("at").shift(-1).over("customer_id", "business_type")
    week = pl.duration(hours=7 * 24)
    repeated = (following - pl.col("at") <= week).fill_null(value=False)
    resolved = (
        _placed(known.with_columns(repeated.alias("repeated")), who, "date")
        .group_by("date", *_GRAIN, "channel")
        .agg(pl.len().alias("n"), (pl.col("resolved") & ~pl.col("repeated")).sum())
    )
    return [calls, resolved]


def _polars_orders(rows: pl.LazyFrame, who: pl.LazyFrame) -> list[pl.LazyFrame]:
    taken = (pl.col("completed_at") - pl.col("accepted_at")).dt.total_seconds() / 3600
    found = _placed(rows, who, "accepted_on").group_by("accepted_on", *_GRAIN, "channel")
    return [
        found.agg(
            pl.len().alias("n"),
            (pl.col("completed_at") <= pl.col("due_at")).sum().alias("in_time"),
            taken.mean().alias("hours"),
            pl.col("channel").is_in(_ONLINE).sum().alias("online"),
        )
    ]


# Pandas -----------------------------------------------------------------------------------------


def with_pandas(home: str, months: int) -> Said:
    """The measures of this module in pandas, over the last ``months`` files of each table."""
    began = time.perf_counter()
    who = pq.read_table(_results(home, "customer_version")).to_pandas()
    points = pq.read_table(_results(home, "usage_point_version")).to_pandas()
    sizes = [
        _pandas_usage(_frame(home, "usage_daily", _USAGE, months), who, points),
        _pandas_contacts(_frame(home, "contact", _CONTACT, months), who),
        _pandas_orders(_frame(home, "service_order", _ORDER, months), who),
    ]
    return {"seconds": time.perf_counter() - began, "rows": sum(sizes)}


def _frame(home: str, table: str, columns: list[str], months: int) -> Any:  # noqa: ANN401 - pandas
    read = pq.read_table(_files(home, table)[-months:], columns=columns)
    for number, field in enumerate(read.schema):
        # Decimals would become Python objects, at a tenth of the speed.
        if pa.types.is_decimal(field.type):
            read = read.set_column(number, field.name, read[field.name].cast(pa.float64()))
    return read.to_pandas()


def _pandas_placed(rows: Any, who: Any, day: str) -> Any:  # noqa: ANN401 - pandas
    columns = ["customer_id", "org_id", "usage_category", "from_day", "to_day"]
    met = rows.merge(who[columns], on="customer_id")
    return met[(met[day] >= met["from_day"]) & (met[day] < met["to_day"])]


def _pandas_usage(rows: Any, who: Any, points: Any) -> int:  # noqa: ANN401 - pandas
    met = _pandas_placed(rows, who[who["tariff"] == "tou"], "date")
    own = points[["usage_point_id", "org_id"]].rename(columns={"org_id": "point_org"}).dropna()
    met = met.merge(own, on="usage_point_id", how="left")
    met["org_id"] = met["point_org"].fillna(met["org_id"])
    return len(met.groupby(["date", *_GRAIN])[["valley_kwh", "kwh"]].agg(["sum", "count"]))


def _pandas_contacts(rows: Any, who: Any) -> int:  # noqa: ANN401 - pandas
    calls = rows[(rows["channel"] == "hotline") & (rows["direction"] == "in")]
    calls = _pandas_placed(calls, who, "date")
    calls = calls.assign(
        soon=calls["answered"].astype(bool) & (calls["wait_s"] <= 20),  # noqa: PLR2004
        content=calls["rating"] >= 4,  # noqa: PLR2004
    )
    keys = ["date", *_GRAIN]
    found = calls.groupby(keys)[["soon", "abandoned", "content"]].sum()
    known = rows[rows["business_type"].notna() & (rows["direction"] == "in")].sort_values("at")
    following = known.groupby(["customer_id", "business_type"])["at"].shift(-1)
    known = known.assign(repeated=(following - known["at"]).dt.total_seconds() <= 7 * 86_400)
    known = known.assign(ended=known["resolved"].astype(bool) & ~known["repeated"])
    again = _pandas_placed(known, who, "date").groupby([*keys, "channel"])["ended"].sum()
    return len(found) + len(again)


def _pandas_orders(rows: Any, who: Any) -> int:  # noqa: ANN401 - pandas
    rows = rows.assign(
        hours=(rows["completed_at"] - rows["accepted_at"]).dt.total_seconds() / 3600,
        in_time=rows["completed_at"] <= rows["due_at"],
        online=rows["channel"].isin(_ONLINE),
    )
    met = _pandas_placed(rows, who, "accepted_on")
    grouped = met.groupby(["accepted_on", *_GRAIN, "channel"])
    return len(grouped.agg({"hours": "mean", "in_time": "sum", "online": "sum"}))


# Files ------------------------------------------------------------------------------------------


def _files(home: str, table: str) -> list[str]:
    store = places.store(Path(home) / "lake", TABLES[table])
    return sorted(file.path for file in store.files())


def _results(home: str, table: str) -> str:
    [file] = result_store(Path(home) / "lake", table).files()
    return file.path
