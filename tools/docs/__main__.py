"""``python -m tools.docs``: write the generated pages; ``--check``: say which are out of date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tools.docs import codes, commands, measures, rulesets, tables

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "catalogue"
PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables.page,
    "codes.md": codes.page,
    "measures.md": measures.page,
    "rule-sets.md": rulesets.page,
    "commands.md": commands.page,
}


def main(args: list[str]) -> int:
    made = {FOLDER / name: page() for name, page in PAGES.items()}
    stale = [path for path, text in made.items() if not _holds(path, text)]
    stale += [path for path in FOLDER.glob("*.md") if path not in made]
    if "--check" in args:
        for path in stale:
            print(f"out of date: docs/catalogue/{path.name}")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in made:
            path.write_text(made[path], "utf-8")
        else:
            path.unlink()
        print(f"docs/catalogue/{path.name}")
    return 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
