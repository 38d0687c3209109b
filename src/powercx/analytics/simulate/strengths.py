"""Reads the data the simulated city is made of: `catalog/simulation/*.yaml`.

The strengths file holds one entry per number: ``{value: ..., reason: ...}``. Nothing outside this
package reads it, so that nothing downstream can be tuned on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_CATALOG = Path(__file__).parents[2] / "catalog"


@cache
def catalogue(name: str) -> Any:  # noqa: ANN401  # YAML holds lists and mappings alike
    """Return the content of ``catalog/simulation/<name>.yaml``."""
    return yaml.safe_load((_CATALOG / "simulation" / f"{name}.yaml").read_text("utf-8"))


@cache
def code_labels(name: str) -> dict[str, str]:
    """Chinese label by code, of the list ``catalog/taxonomy/codes/<name>.yaml``."""
    path = _CATALOG / "taxonomy" / "codes" / f"{name}.yaml"
    codes = yaml.safe_load(path.read_text("utf-8"))
    return {str(code): str(text["zh"]) for code, text in codes.items()}


@dataclass(frozen=True)
class Strengths:
    """The numbers of the strengths file, by ``group.name``."""

    values: Mapping[str, Any]

    def number(self, name: str) -> float:
        """:raises KeyError: the file has no such entry."""
        return float(self.values[name])

    def count(self, name: str) -> int:
        """A number that is whole."""
        return int(self.values[name])

    def numbers(self, name: str) -> list[float]:
        """A list, one number per class, in the order the reason states."""
        return [float(value) for value in self.values[name]]

    def group(self, prefix: str) -> dict[str, float]:
        """Every number of one group, by its short name."""
        head = prefix + "."
        return {
            k.removeprefix(head): float(v) for k, v in self.values.items() if k.startswith(head)
        }


@cache
def strengths() -> Strengths:
    """The shipped strengths file."""
    entries = catalogue("strengths")
    return Strengths(
        {
            f"{group}.{name}": entry["value"]
            for group, names in entries.items()
            for name, entry in names.items()
        }
    )
