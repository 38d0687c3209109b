"""``python -m benchmarks``: every number of the issue, ours beside its peer and its limit.

Writes nothing but its data folder and, with ``--write``, ``benchmarks/RESULTS.md``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import items, loads, pages, report
from benchmarks.plan import SCALES, Bench
from benchmarks.report import Section

ITEMS: dict[str, Callable[[Bench], Section]] = {
    "refresh": items.refresh,
    "day": items.day,
    "load": loads.load,
    "growth": items.growth,
    "demo": items.demo,
    "pages": pages.pages,
}
_DATA = Path(__file__).parent / "data"


def main(arguments: Sequence[str]) -> int:
    """Run the chosen items and print them; 1 when a limit is missed."""
    given = _parser().parse_args(arguments)
    scale = SCALES[given.scale]
    sizes = tuple(size for size in scale.growth if size <= given.largest)
    scale = replace(scale, growth=sizes, times=given.times or scale.times)
    bench = Bench(scale, given.data.resolve())
    bench.folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    sections: list[Section] = []
    try:
        for name in given.only:
            sections.append(ITEMS[name](bench))
            print(report.text(sections[-1]), flush=True)
    finally:
        if not given.keep:
            shutil.rmtree(bench.folder, ignore_errors=True)
    took = time.monotonic() - began
    for line in report.machine():
        print(line)
    if given.write:
        words = " ".join(_anywhere(arguments))
        if list(given.only) == list(ITEMS):
            text = report.markdown(sections, words, took)
        else:
            former = report.RESULTS.read_text("utf-8")
            text = report.renewed(former, sections, words)
        report.RESULTS.write_text(text.rstrip() + "\n", "utf-8")
    missed = [line for section in sections for line in section.lines if line.holds is False]
    return 1 if missed else 0


def _anywhere(arguments: Sequence[str]) -> list[str]:
    """The arguments without the place of the data, which is of this machine alone."""
    places = {"--data"}
    return [
        word
        for before, word in zip(["", *arguments], arguments, strict=False)
        if word not in places and before not in places and not word.startswith("--data=")
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", choices=SCALES, default="small")
    parser.add_argument(
        "--only",
        type=_names,
        default=list(ITEMS),
        help=f"some of {','.join(ITEMS)}",
        metavar="A,B",
    )
    parser.add_argument("--times", type=int, help="runs of each measurement", metavar="N")
    parser.add_argument(
        "--largest", type=int, default=10**9, help="leave larger cities of growth out", metavar="N"
    )
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    parser.add_argument("--keep", action="store_true", help="keep the data for the next run")
    parser.add_argument("--data", type=Path, default=_DATA, help="where the data goes")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in ITEMS:
            raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(ITEMS)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
