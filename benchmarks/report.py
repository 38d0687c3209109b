"""The lines of a run: ours beside peer and limit, as text and as RESULTS.md."""

from __future__ import annotations

import os
import platform
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

_HEADS = ("what", "ours", "beside", "ratio", "limit", "")
_PACKAGES = ("duckdb", "deltalake", "ibis-framework", "polars", "pandas", "pyarrow")
_GB = 1024**3
_METHOD = (
    "Medians; runs of ours and of its peer take turns; every run is a process of its own. Seconds "
    "are those of the work, without start-up and imports; memory is the peak of the process. Files "
    "are in the page cache."
)
RESULTS = Path(__file__).parent / "RESULTS.md"


@dataclass(frozen=True, slots=True)
class Line:
    """One result. ``holds`` is None where there is no limit to hold."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    limit: str = ""
    holds: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: "holds", False: "MISSED"}[self.holds]
        return (self.what, self.ours, self.beside, self.ratio, self.limit, verdict)


@dataclass(frozen=True, slots=True)
class Section:
    """The results of one item, with what a reader must know to judge or repeat them."""

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def text(section: Section) -> str:
    """A section for the terminal."""
    rows = [_HEADS, *(line.cells for line in section.lines)]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(_HEADS))]
    lines = [section.title]
    for row in rows:
        padded = (cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True))
        lines.append("  " + "  ".join(padded).rstrip())
    return "\n".join([*lines, *(f"  - {note}" for note in section.notes), ""])


def markdown(sections: Sequence[Section], arguments: str, took: float) -> str:
    """RESULTS.md: the machine, how to repeat, a table an item."""
    parts = [
        "# Results of the benchmarks",
        "",
        f"Written by `python -m benchmarks {arguments}` in {took / 60:.0f} minutes.",
        "",
        _METHOD,
        "",
        *(f"- {line}" for line in machine()),
        "",
    ]
    return "\n".join([*parts, *(_section(section) for section in sections)])


def renewed(former: str, sections: Sequence[Section], arguments: str) -> str:
    """RESULTS.md with some sections measured anew, each with its machine; others stay."""
    head, *held = re.split(r"^(?=## )", former, flags=re.MULTILINE)
    by_title = {text.partition("\n")[0].removeprefix("## "): text.rstrip() + "\n" for text in held}
    for section in sections:
        told = (f"Written by `python -m benchmarks {arguments}`.", *machine())
        by_title[section.title] = _section(replace(section, notes=(*section.notes, *told)))
    return "\n".join([head.rstrip() + "\n", *by_title.values()])


def _section(section: Section) -> str:
    parts = [f"## {section.title}", "", f"| {' | '.join(_HEADS)} |", "|---" * 6 + "|"]
    parts += [f"| {' | '.join(line.cells)} |" for line in section.lines]
    return "\n".join([*parts, "", *(f"- {note}" for note in section.notes), ""])


def machine() -> list[str]:
    """What the numbers were measured on."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return [
        (
            f"{os.cpu_count()} cores ({_processor()}), {total / _GB:.0f} GB, "
            f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
        ),
        packages,
        f"load over the last 15 minutes, that of the run with it: {os.getloadavg()[2]:.1f}",
    ]


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"  # noqa: PLR2004 - three digits


def memory(value: float) -> str:
    return f"{value / _GB:.1f} GB"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in words)
