"""What the architecture tests look at: the package's modules, parsed once, and tracked files."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "powercx"


@dataclass(frozen=True)
class Module:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package that people write, in order of its path; no migrations."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name != "migrations":
            text = path.read_text("utf-8")
            found.append(Module(path, text, ast.parse(text)))
    return tuple(found)


@cache
def templates() -> tuple[tuple[str, str], ...]:
    """Name and text of every template, in order of its path."""
    return tuple(
        (str(path.relative_to(ROOT)), path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("templates/**/*"))
        if path.is_file()
    )


@cache
def tracked_files() -> tuple[Path, ...]:
    """What git tracks; in an unpacked archive without git, every file that is not made."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return tuple(ROOT / name for name in listed.stdout.split("\0") if name)
    made = {".venv", ".git", "build", "__pycache__", "powercx-home"}
    return tuple(
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not made & set(path.relative_to(ROOT).parts)
    )
