"""powercx in a notebook: tables as Ibis expressions, figures as rows.

>>> import powercx
>>> with powercx.open("powercx-home") as city:      # doctest: +SKIP
...     city.table("bill").group_by("error_kind").count().to_pandas()
...     city.measures.show("nps", by="org").to_json()
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.gather import Lake
from powercx.analytics.measures.service import Session, open_session
from powercx.analytics.results.state import read_state
from powercx.base.errors import UserError
from powercx.base.home import Home, home_from
from powercx.base.identifiers import suggestion

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass
class City:
    """An opened home, for reading only."""

    home: Home
    _work: Workspace
    _session: Session | None = None

    @cached_property
    def _backend(self) -> Any:  # noqa: ANN401 - Ibis has no types we may lean on
        import ibis  # noqa: PLC0415 - takes a second, and not everyone asks for tables

        return ibis.duckdb.from_connection(self._work.connection)

    def table(self, name: str) -> ir.Table:
        """The current rows of a lake table as an Ibis expression.

        :raises UserError: no such table, or nothing has been loaded into it.
        """
        if name not in TABLES:
            raise UserError("lake.no_table", table=name, nearest=suggestion(name, TABLES))
        files = [file.path for file in Lake(self.home.lake).files(name)]
        if not files:
            raise UserError("lake.empty_table", table=name)
        return self._backend.read_parquet(files, table_name=name, hive_partitioning=False)

    @property
    def measures(self) -> Session:
        """Questions about measures, as of the last refresh.

        :raises UserError: there has been no refresh.
        """
        if self._session is None:
            raise UserError("measure.no_refresh")
        return self._session


@contextmanager
def open_city(path: str | Path | None = None) -> Iterator[City]:
    """Open the home at ``path``, or the one that ``POWERCX_HOME`` names.

    :raises UserError: there is no home.
    """
    home = Home(Path(path).absolute()) if path else home_from(os.environ)
    home.check()
    with ExitStack() as closing:
        work = closing.enter_context(workspace(home.staging))
        refreshed = read_state(home.lake) is not None
        session = closing.enter_context(open_session(home)) if refreshed else None
        yield City(home, work, session)
