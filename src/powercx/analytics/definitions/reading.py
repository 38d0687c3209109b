"""Reading definition files so that every fault is told with file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from powercx.analytics.definitions.faults import first_fault, reason_of
from powercx.base.errors import DefinitionError
from powercx.base.identifiers import suggestion

Model = TypeVar("Model", bound=BaseModel)


def read_mapping(path: Path) -> tuple[dict[str, Any], yaml.Node | None]:
    """The mapping a YAML file holds, and its syntax tree for line numbers.

    :raises DefinitionError: no YAML, or no mapping.
    """
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = str(getattr(error, "problem", error))
        raise DefinitionError("definition.no_yaml", file=path, line=line, reason=reason) from error
    if not isinstance(data, dict):
        raise DefinitionError("definition.no_mapping", file=path)
    return data, node


def read_definition(path: Path, model: type[Model]) -> Model:
    """Read one file as ``model``.

    :raises DefinitionError: naming file, line, key and the nearest known keys.
    """
    data, node = read_mapping(path)
    return check_definition(data, model, path=path, node=node)


def check_definition(
    data: dict[str, Any], model: type[Model], *, path: Path, node: yaml.Node | None
) -> Model:
    """Hold ``data`` against ``model``.

    :raises DefinitionError: the first fault, with its place in ``path``.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _definition_error(first_fault(error), model, path, node) from error


def line_of(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The line of the key at ``path``, or of the deepest part of it that is there."""
    line = 1
    for step in path:
        found = _child(node, step)
        if found is None:
            return line
        key, node = found
        line = key.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        pairs = ((k, v) for k, v in node.value if k.value == str(step))
        return next(pairs, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _definition_error(
    fault: ErrorDetails, model: type[BaseModel], path: Path, node: yaml.Node | None
) -> DefinitionError:
    where = fault["loc"]
    place = ".".join(str(step) for step in where) or "—"
    line = line_of(node, where)
    if fault["type"] == "extra_forbidden":
        near = suggestion(str(where[-1]), model.model_fields)
        return DefinitionError(
            "definition.unknown_key", file=path, line=line, key=place, nearest=near
        )
    return DefinitionError(
        "definition.bad_key", file=path, line=line, key=place, reason=reason_of(fault)
    )
