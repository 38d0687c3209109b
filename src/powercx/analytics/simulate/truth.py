"""What is true of the simulated city, in a folder that nothing else reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from powercx.analytics.simulate.arrays import Columns
from powercx.analytics.simulate.experience import Experience, spread
from powercx.analytics.simulate.keys import customer_ids
from powercx.analytics.simulate.people import People, personas
from powercx.analytics.simulate.plan import City


class Moments:
    """Variance of a stream."""

    def __init__(self) -> None:
        self.n, self.total, self.squares = 0, 0.0, 0.0

    def add(self, values: Any) -> None:  # noqa: ANN401  # an array of any shape
        self.n += values.size
        self.total += float(values.sum())
        self.squares += float((values.astype(np.float64) ** 2).sum())

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def variance(self) -> float:
        return self.squares / self.n - self.mean**2


class Truth:
    """Streams the latent values of every block and writes the summary at the end."""

    def __init__(self, folder: Path, city: City) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._city = folder, city
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._level, self._events = Moments(), Moments()
        self._drivers: dict[str, Moments] = {}
        self._scales: list[float] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        if error is None:
            self._write("drivers", self._driver_summary())
            self._write("planted", self._planted())

    def add(self, people: People, experience: Experience, feedback: Columns) -> None:
        """Take in one block."""
        self._level.add(experience.level)
        self._events.add(experience.events)
        self._scales.append(experience.scale)
        for name, part in experience.by_driver.items():
            self._drivers.setdefault(name, Moments()).add(part)
        self._stream("experience", _experience_rows(self._city, people, experience))
        self._stream("customers", _customer_rows(self._city, people))
        self._stream(
            "feedback", pa.table({name: pa.array(column) for name, column in feedback.items()})
        )

    def _stream(self, name: str, rows: pa.Table) -> None:
        if name not in self._writers:
            path = self._folder / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(path, rows.schema, compression="zstd")
        self._writers[name].write_table(rows)

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=2)
        (self._folder / f"{name}.json").write_text(text + "\n", "utf-8")

    def _driver_summary(self) -> dict[str, Any]:
        effects = self._city.strengths.group("drivers")
        return {
            "experience_mean": self._level.mean,
            "experience_variance": self._level.variance,
            "standard_deviation": spread(self._city.strengths),
            "events_variance_share": self._events.variance / self._level.variance,
            "carry_over": self._city.strengths.number("experience.carry_over"),
            "block_scales": self._scales,
            "drivers": {
                name: {
                    "effect": effects[name],
                    "variance_share": part.variance / self._level.variance,
                    "mean_points": part.mean,
                }
                for name, part in self._drivers.items()
            },
            "persona_factors": {persona["key"]: persona["sensitivity"] for persona in personas()},
        }

    def _planted(self) -> dict[str, Any]:
        city = self._city
        ids = np.array(city.stations.org_ids)
        return {
            "bad_stations": ids[city.stations.bad].tolist(),
            "bad_station_factors": {
                "working_time": city.strengths.number("orders.late_bad_station"),
                "outage_length": city.strengths.number("orders.outage_bad_station"),
            },
            "improvement": {
                "stations": ids[city.stations.improved].tolist(),
                "from": city.calendar.date_of(city.improvement_day).isoformat(),
                "experience_points": city.strengths.number("planted.improvement_effect"),
                "fault_arrival_factor": city.strengths.number("planted.improvement_arrival"),
            },
            "storm_day": city.calendar.date_of(city.storm_day).isoformat(),
            "temperature": [round(float(t), 1) for t in city.temperature],
            "personas": [
                {k: p[k] for k in ("key", "zh", "categories", "share", "base")} for p in personas()
            ],
        }


def _experience_rows(city: City, people: People, experience: Experience) -> pa.Table:
    months = len(city.calendar.months)
    who = np.repeat(np.arange(len(people), dtype=np.int32), months)
    which = np.tile(np.arange(months, dtype=np.int8), len(people))
    labels = pa.array([m.label for m in city.calendar.months])
    return pa.table(
        {
            "customer_id": pa.DictionaryArray.from_arrays(
                pa.array(who), customer_ids(people.numbers)
            ),
            "month": pa.DictionaryArray.from_arrays(pa.array(which), labels),
            "experience": experience.level.astype(np.float32).ravel(),
            "events": experience.events.astype(np.float32).ravel(),
        }
    )


def _customer_rows(city: City, people: People) -> pa.Table:
    keys = pa.array([persona["key"] for persona in personas()])
    return pa.table(
        {
            "customer_id": customer_ids(people.numbers),
            "org_id": pa.array(city.stations.org_ids).take(pa.array(people.station)),
            "persona": keys.take(pa.array(people.persona)),
            "base": people.base.astype(np.float32),
        }
    )
