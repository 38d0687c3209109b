"""Figures remembered as long as the refresh they stand on: asked again, they are only read.

Pages ask for the same few hundred figures all day. They are kept in a file of the home's cache
that carries the mark of one refresh and of the definitions; another refresh begins another file.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from powercx.analytics.measures.explanation import Explanation
from powercx.analytics.measures.figures import Figure, Share
from powercx.analytics.measures.service import Session
from powercx.base.periods import Period, parse_period

_PREFIX = "figures-"
_TABLE = """
create table if not exists figure (
    measure text, segment text, org text, period text, figures text,
    primary key (measure, segment, org, period)
) without rowid
"""
_MANY = 300
# What a process keeps at hand: at 1 kB a figure some 60 MB.
_AT_HAND = 60_000
_EXPLANATIONS = 50
Asked = tuple[str, str, str, str]
Explained = tuple[str, str | None, str | None, int]


class Remembered:
    """Answers of one session, kept beside the lake; safe for several threads and processes.

    What is not known yet is worked out, a measure at a time for all units and periods missing.
    ``mark`` tells one refresh, under one set of definitions, from every other.
    """

    def __init__(self, session: Session, folder: Path, *, kept: object = None) -> None:
        """``kept`` is what the session needs alive, as long as anybody asks here."""
        self.session = session
        self._kept = kept
        self._lock = threading.Lock()
        self._at_hand: dict[Asked, list[Figure]] = {}
        self._explained: dict[Explained, Explanation] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self.mark = _mark(session)
        self._file = folder / f"{_PREFIX}{self.mark}.sqlite3"
        with closing(self._opened()) as store:
            store.execute(_TABLE)
        for other in folder.glob(f"{_PREFIX}*"):
            if not other.name.startswith(self._file.name):
                # Another process may still read it; then it goes the next time.
                with suppress(OSError):
                    other.unlink()

    def figures(
        self,
        keys: Sequence[str],
        *,
        orgs: Sequence[str],
        periods: Sequence[str],
        by: str | None = None,
    ) -> dict[str, list[Figure]]:
        """The figures of each measure in order of units, periods and segments.

        ``periods`` as ``parse_period`` reads them, ``orgs`` ids that the tree knows, ``by`` a
        segment of the measures or None.

        :raises UserError: something asked for is not known, with the nearest that is.
        """
        asked = [(key, by or "", org, period) for key in keys for org in orgs for period in periods]
        at_hand = self._at_hand
        known = {each: at_hand[each] for each in asked if each in at_hand}
        if fresh := self._fetched([each for each in asked if each not in known]):
            known |= fresh
            # Another dictionary, so that whoever reads the old one still finds all of it.
            room = len(at_hand) + len(fresh) <= _AT_HAND
            self._at_hand = {**at_hand, **fresh} if room else fresh
        return {
            key: [
                figure
                for org in orgs
                for period in periods
                for figure in known[key, by or "", org, period]
            ]
            for key in keys
        }

    def explain(
        self, key: str, *, org: str | None = None, period: str | None = None, rows: int = 5
    ) -> Explanation:
        """``Session.explain``, one thread at a time; to be read only, for others get it too."""
        asked = (key, org, period, rows)
        with self._lock:
            if asked not in self._explained:
                if len(self._explained) >= _EXPLANATIONS:
                    self._explained.clear()
                found = self.session.explain(key, org=org, period=period, rows=rows)
                self._explained[asked] = found
            return self._explained[asked]

    def _fetched(self, asked: Sequence[Asked]) -> dict[Asked, list[Figure]]:
        """From the file what is there, the rest worked out and added to it."""
        if not asked:
            return {}
        with closing(self._opened()) as store:
            known = _read(store, asked)
            absent = [each for each in asked if each not in known]
            if absent:
                found = self._worked_out(absent)
                _write(store, found)
                known |= found
        return known

    def _worked_out(self, absent: Iterable[Asked]) -> dict[Asked, list[Figure]]:
        wanted: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for key, by, org, period in absent:
            wanted.setdefault((key, by), []).append((org, period))
        found: dict[Asked, list[Figure]] = {}
        for (key, by), places in wanted.items():
            orgs = list(dict.fromkeys(org for org, _ in places))
            periods = list(dict.fromkeys(period for _, period in places))
            labels = {parse_period(period).label: period for period in periods}
            found |= {(key, by, org, period): [] for org in orgs for period in periods}
            with self._lock:
                answer = self.session.show(key, orgs=orgs, periods=periods, by=by or None)
            for figure in answer.rows:
                found[key, by, figure.org, labels[figure.period.label]].append(figure)
        return found

    def _opened(self) -> sqlite3.Connection:
        # Losing the last lines in a power cut costs a second look: no waiting for the disk.
        store = sqlite3.connect(self._file, timeout=30, isolation_level=None)
        store.execute("pragma journal_mode = wal")
        store.execute("pragma synchronous = off")
        return store


def _mark(session: Session) -> str:
    definitions = {key: file.version for key, file in session.catalogue.measures.items()}
    text = session.state.to_text() + json.dumps(definitions, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read(store: sqlite3.Connection, asked: Sequence[Asked]) -> dict[Asked, list[Figure]]:
    found: dict[Asked, list[Figure]] = {}
    for start in range(0, len(asked), _MANY):
        some = asked[start : start + _MANY]
        places = ", ".join(["(?, ?, ?, ?)"] * len(some))
        sql = (
            "select measure, segment, org, period, figures from figure "
            f"where (measure, segment, org, period) in (values {places})"
        )
        for *place, text in store.execute(sql, [value for each in some for value in each]):
            key, segment, org, period = place
            found[key, segment, org, period] = [_figure(row) for row in json.loads(text)]
    return found


def _write(store: sqlite3.Connection, found: Mapping[Asked, Sequence[Figure]]) -> None:
    rows = [(*place, json.dumps([_row(f) for f in figures])) for place, figures in found.items()]
    store.execute("begin immediate")
    store.executemany("insert or replace into figure values (?, ?, ?, ?, ?)", rows)
    store.execute("commit")


def _row(figure: Figure) -> dict[str, Any]:
    row = asdict(figure)
    period = figure.period
    row["period"] = [period.start.isoformat(), period.end.isoformat(), period.label]
    return row


def _figure(row: dict[str, Any]) -> Figure:
    start, end, label = row["period"]
    row["period"] = Period(date.fromisoformat(start), date.fromisoformat(end), label)
    row["notes"] = tuple(row["notes"])
    row["shares"] = {name: Share(**share) for name, share in row["shares"].items()}
    return Figure(**row)
