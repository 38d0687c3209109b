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
    """The definitions in force for one home; a supplier's file wins over a shipped one.

    A faulty file of the supplier's stops whoever asks. ``forgiving`` leaves it out instead, so that
    pages go on without it; ``faults`` tells what was wrong.
    """

    own: Path | None = None
    forgiving: bool = False

    @cached_property
    def measures(self) -> dict[str, MeasureFile]:
        """Every measure by key."""
        return self._collect("measures", _measure_file)

    @cached_property
    def rulesets(self) -> dict[str, RuleSet]:
        """Every rule set by key."""
        return self._collect("rulesets", _KINDS["rulesets"])

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Every channel by key."""
        return self._collect("channels", _KINDS["channels"])

    @cached_property
    def faults(self) -> dict[Path, DefinitionError]:
        """What is wrong with the supplier's own files of all kinds, by file."""
        found: dict[Path, DefinitionError] = {}
        if self.own is not None:
            for kind, read in _KINDS.items():
                self._read_root(self.own, kind, read, own=True, faults=found)
        return found

    def _collect(
        self, kind: str, read: Callable[[Path, bool], tuple[str, Item]]
    ) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for root, own in self._roots():
            faults: dict[Path, DefinitionError] = {}
            found |= self._read_root(root, kind, read, own=own, faults=faults)
            if faults and not (own and self.forgiving):
                raise next(iter(faults.values()))
        return found

    @staticmethod
    def _read_root(
        root: Path,
        kind: str,
        read: Callable[[Path, bool], tuple[str, Item]],
        *,
        own: bool,
        faults: dict[Path, DefinitionError],
    ) -> dict[str, Item]:
        """The files of one kind beneath ``root``; what cannot be read goes to ``faults``."""
        found: dict[str, Item] = {}
        seen: dict[str, Path] = {}
        for path in _paths(root, kind, own=own):
            try:
                key, item = read(path, own)
            except DefinitionError as error:
                faults[path] = error
                continue
            if key in seen:
                faults[path] = DefinitionError(
                    "definition.twice", file=path, key=key, other=seen[key]
                )
                continue
            seen[key], found[key] = path, item
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


_KINDS: dict[str, Callable[[Path, bool], tuple[str, Any]]] = {
    "measures": _measure_file,
    "rulesets": _model_of(RuleSet),
    "channels": _model_of(Channel),
}
