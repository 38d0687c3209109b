"""Mapping files: how a source's columns and words become those of the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from powercx.analytics.definitions.faults import first_fault, reason_of
from powercx.analytics.lake.catalogue import TABLES
from powercx.base.errors import DefinitionError
from powercx.base.identifiers import suggestion


class Unpivot(BaseModel):
    """A wide file made long: each of ``columns`` becomes a row.

    ``columns`` is a regular expression over heads, or a list of heads. The head goes to the
    canonical column ``name``, the cell to the canonical column ``value``; empty cells are no rows.
    Expressions may use them as ``_head`` and ``_cell``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: str | list[str]
    name: str
    value: str


class Mapping(BaseModel):
    """One mapping.

    ``columns``: canonical column -> source column, SQL expression over source columns, or null to
    leave it out; canonical columns that are not named are matched by their heads. ``key``: the
    source columns that make ``source_key``. ``values``: canonical column -> source value -> value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: str | None = None
    source: str | None = None
    key: list[str] = Field(default_factory=list)
    columns: dict[str, str | None] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    unpivot: Unpivot | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    head_row: int | None = Field(default=None, ge=1)
    time_zone: str | None = None
    date_format: list[str] = Field(default_factory=list)
    unknown_codes: dict[str, Literal["keep", "quarantine"]] = Field(default_factory=dict)

    @field_validator("key", "date_format", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError("definition.time_zone") from error
        return value


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    :raises DefinitionError: naming the file, the line, the key and what would be right.
    """
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        raise DefinitionError("mapping.missing", file=path) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError("mapping.yaml", file=path, line=line, reason=error.problem) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise DefinitionError("mapping.yaml", file=path, line=1, reason=reason) from error
    content = None if root is None else _plain(root, path)
    if not isinstance(content, dict):
        raise DefinitionError("mapping.no_keys", file=path, known=", ".join(Mapping.model_fields))
    return mapping_from(content, path, root)


def mapping_from(content: Dict[str, Any], path: Path, root: yaml.Node | None = None) -> Mapping:
    """Check what a mapping file holds; ``path`` and ``root`` are for the messages.

    :raises DefinitionError: as ``read_mapping``.
    """
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise _problem(error, path, root) from error
    _check_names(mapping, path, root)
    return mapping


def _problem(error: ValidationError, path: Path, root: yaml.Node | None) -> DefinitionError:
    first = first_fault(error)
    loc = [str(part) for part in first["loc"]]
    where = {"file": path, "line": _line(root, loc), "key": ".".join(loc)}
    if first["type"] == "extra_forbidden":
        known = Unpivot.model_fields if loc[0] == "unpivot" else Mapping.model_fields
        return DefinitionError("mapping.unknown_key", **where, nearest=suggestion(loc[-1], known))
    return DefinitionError("mapping.bad_value", **where, reason=reason_of(first))


def _check_names(mapping: Mapping, path: Path, root: yaml.Node | None) -> None:
    if mapping.fact is None:
        return
    if mapping.fact not in TABLES:
        nearest = suggestion(mapping.fact, TABLES)
        raise DefinitionError(
            "mapping.unknown_fact",
            file=path,
            line=_line(root, ["fact"]),
            fact=mapping.fact,
            nearest=nearest,
        )
    known = [column.name for column in TABLES[mapping.fact].columns]
    for place, names in _named(mapping):
        for name in names:
            if name not in known:
                raise DefinitionError(
                    "mapping.unknown_column",
                    file=path,
                    line=_line(root, [*place, name]),
                    key=".".join([*place, name]),
                    fact=mapping.fact,
                    nearest=suggestion(name, known),
                )


def _named(mapping: Mapping) -> Iterable[tuple[list[str], Iterable[str]]]:
    yield ["columns"], mapping.columns
    yield ["values"], mapping.values
    yield ["unknown_codes"], mapping.unknown_codes
    if mapping.unpivot is not None:
        yield ["unpivot"], (mapping.unpivot.name, mapping.unpivot.value)


def _line(node: yaml.Node | None, path: list[str]) -> int:
    """The line of the deepest key of ``path`` that stands in the file, from 1."""
    found = 1
    for part in path:
        if not isinstance(node, yaml.MappingNode):
            return found
        for key, value in node.value:
            if key.value == part:
                found, node = key.start_mark.line + 1, value
                break
        else:
            return found
    return found


def _plain(node: yaml.Node, path: Path) -> object:
    """What a node holds, every word as it stands: 01 stays 01, and yes stays yes."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        return None if node.tag.endswith(":null") else node.value
    found: dict[str, object] = {}
    for key, value in node.value:
        if key.value in found:
            line = key.start_mark.line + 1
            raise DefinitionError("mapping.key_twice", file=path, line=line, key=key.value)
        found[str(key.value)] = _plain(value, path)
    return found
