"""``python -m tools.docs``: write the generated pages; ``--check``: say which are out of date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tools.docs import codes, commands, expressions, facts, glossary, measures, rulesets, tables

FOLDER = Path(__file__).resolve().parents[2] / "docs"
PAGES: dict[str, Callable[[], str]] = {
    "catalogue/tables.md": tables.page,
    "catalogue/codes.md": codes.page,
    "catalogue/facts.md": facts.page,
    "catalogue/measures.md": measures.page,
    "catalogue/rule-sets.md": rulesets.page,
    "catalogue/commands.md": commands.page,
    "expressions.md": expressions.page,
    "../src/powercx/standard/glossary.yaml": glossary.page,
}


def main(args: list[str]) -> int:
    made = {FOLDER / name: page() for name, page in PAGES.items()}
    stale = [path for path, text in made.items() if not _holds(path, text)]
    stale += [path for path in FOLDER.glob("catalogue/*.md") if path not in made]
    if "--check" in args:
        for path in stale:
            print(f"out of date: docs/{path.relative_to(FOLDER)}")
        return 1 if stale else 0
    (FOLDER / "catalogue").mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in made:
            path.write_text(made[path], "utf-8")
        else:
            path.unlink()
        print(f"docs/{path.relative_to(FOLDER)}")
    return 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
