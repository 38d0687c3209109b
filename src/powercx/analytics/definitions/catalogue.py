"""All definitions: those that come with powercx, and the supplier's own over them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from powercx.analytics.definitions.channels import Channel
from powercx.analytics.definitions.measures import (
    DerivedMeasure,
    FactMeasure,
    IndexMeasure,
    Measure,
    StockMeasure,
)
from powercx.analytics.definitions.reading import check_definition, read_mapping
from powercx.analytics.definitions.rulesets import RuleSet
from powercx.base.errors import DefinitionError

SHIPPED = Path(str(resources.files("powercx"))) / "catalog"
_FORMS: dict[str, type[BaseModel]] = {
    "end": StockMeasure,
    "derived": DerivedMeasure,
    "index": IndexMeasure,
}
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class MeasureFile:
    """A measure, where it stands and a digest of its text as its version."""

    measure: Measure
    path: Path
    version: str
    own: bool


@dataclass(frozen=True)
class Catalogue:
    """The definitions in force for one home; a supplier's file wins over a shipped one."""

    own: Path | None = None

    @cached_property
    def measures(self) -> dict[str, MeasureFile]:
        """Every measure by key."""
        return self._collect("measures", _measure_file)

    @cached_property
    def rulesets(self) -> dict[str, RuleSet]:
        """Every rule set by key."""
        return self._collect("rulesets", _model_of(RuleSet))

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Every channel by key."""
        return self._collect("channels", _model_of(Channel))

    def _collect(
        self, kind: str, read: Callable[[Path, bool], tuple[str, Item]]
    ) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for root, own in self._roots():
            seen: dict[str, Path] = {}
            for path in _paths(root, kind, own=own):
                key, item = read(path, own)
                if key in seen:
                    raise DefinitionError("definition.twice", file=path, key=key, other=seen[key])
                seen[key] = path
                found[key] = item
        return found

    def _roots(self) -> Iterator[tuple[Path, bool]]:
        yield SHIPPED, False
        if self.own is not None:
            yield self.own, True


def _paths(root: Path, kind: str, *, own: bool) -> list[Path]:
    """The files of a kind; a supplier's measures may also lie at the top of the catalogue."""
    top = root.glob("*.yaml") if own and kind == "measures" else ()
    return sorted([*top, *(root / kind).rglob("*.yaml")])


def _measure_file(path: Path, own: bool) -> tuple[str, MeasureFile]:  # noqa: FBT001 - one shape for all
    data, node = read_mapping(path)
    model = _FORMS.get(str(data.get("rollup")), FactMeasure)
    measure: Any = check_definition(data, model, path=path, node=node)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return measure.key, MeasureFile(measure, path, digest, own)


def _model_of(model: type[BaseModel]) -> Callable[[Path, bool], tuple[str, Any]]:
    def read(path: Path, own: bool) -> tuple[str, Any]:  # noqa: FBT001 - one shape for all
        del own
        data, node = read_mapping(path)
        item: Any = check_definition(data, model, path=path, node=node)
        return item.key, item

    return read
