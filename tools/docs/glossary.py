"""The glossary as data, out of docs/glossary.md, so that an installed powercx can show it."""

from __future__ import annotations

from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
_CELLS = 3


def page() -> str:
    """Sections with their words, as YAML."""
    sections: list[dict[str, object]] = []
    words: list[dict[str, str]] = []
    for line in SOURCE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            zh, _, en = line.removeprefix("## ").partition(" · ")
            words = []
            sections.append({"title": {"zh": zh, "en": en or zh}, "words": words})
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == _CELLS and cells[0] != "中文" and set(cells[0]) != {"-"}:
                words.append({"zh": cells[0], "en": cells[1], "id": cells[2].replace("`", "")})
    text = yaml.safe_dump(sections, allow_unicode=True, sort_keys=False, width=200)
    return f"# Made of docs/glossary.md by tools.docs.\n{text}"
