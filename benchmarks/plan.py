"""How large each item runs, and where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes
from benchmarks.city import Size, results
from powercx.base.home import Home


@dataclass(frozen=True, slots=True)
class Scale:
    """Customers of each item; ``times`` runs a measurement."""

    name: str
    refresh: int
    two_years: int
    load: int
    growth: tuple[int, ...]
    demo: int
    pages: int
    times: int


SCALES = {
    "small": Scale("small", 30_000, 10_000, 30_000, (10_000, 30_000, 100_000), 2_000, 10_000, 3),
    "full": Scale(
        "full",
        1_000_000,
        100_000,
        300_000,
        (100_000, 300_000, 1_000_000, 3_000_000),
        20_000,
        100_000,
        3,
    ),
}


@dataclass(frozen=True)
class Bench:
    """One run of the benchmarks: its scale and its data folder."""

    scale: Scale
    folder: Path

    def city(self, size: Size) -> Home:
        """The home of a city of that size; made when it is not there, in its own process."""
        processes.measure("build", folder=self.folder, customers=size.customers, days=size.days)
        return Home(self.folder / size.name)

    def drop(self, size: Size) -> None:
        """Give back the disk of a city that no other item uses."""
        shutil.rmtree(self.folder / size.name, ignore_errors=True)

    @contextmanager
    def twin(self, home: Home) -> Iterator[Home]:
        """A home of the same content to change: data files are linked, for nothing rewrites them.

        A Delta table adds files and never changes one that is there.
        """
        path = self.folder / "twin"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(home.path, path, copy_function=os.link)
        for name in ("config.yaml", "db.sqlite3"):
            if (home.path / name).exists():
                (path / name).unlink()
                shutil.copy2(home.path / name, path / name)
        try:
            yield Home(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def restored(home: Home) -> Iterator[None]:
    """Put the published tables back afterwards as they were before."""
    kept = home.path / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(results(home), kept, copy_function=os.link)
    try:
        yield
    finally:
        shutil.rmtree(results(home), ignore_errors=True)
        kept.rename(results(home))
