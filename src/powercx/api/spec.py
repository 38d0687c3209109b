"""The description of the API (OpenAPI 3.1), made from its calls, in one language or in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from powercx.api import problems
from powercx.api.calling import PREFIX, api, registered
from powercx.api.once import HEADER
from powercx.base.messages import LANGUAGES, say, texts, use_language

_TEXTS = {"summary", "description"}
_SCHEME = "token"
Speak = Callable[[str], str]


def in_both(code: str) -> str:
    """A text in Chinese and English."""
    return " · ".join(_in(language, code) for language in LANGUAGES)


def _in(language: str, code: str) -> str:
    with use_language(language):
        return say(code)


def description(speak: Speak = say) -> dict[str, Any]:
    """The whole description; ``speak`` gives the text of a code."""
    found: dict[str, Any] = _spoken(dict(api.get_openapi_schema(path_prefix=f"{PREFIX}/")), speak)
    found["info"] |= {"title": "powercx", "description": speak("api.about")}
    found["components"]["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer"}}
    found["components"]["schemas"]["Problem"] = _problem_schema(speak)
    found["security"] = [{_SCHEME: []}]
    del found["servers"]
    for each in registered():
        _complete(found["paths"][each.address][each.method.lower()], each.method, speak)
        found["paths"][each.address][each.method.lower()]["x-permission"] = each.permission.value
    return found


def _complete(operation: dict[str, Any], method: str, speak: Speak) -> None:
    """What all calls share: the idempotency key, and how problems are told."""
    if method == "POST":
        operation["parameters"].append(
            {
                "in": "header",
                "name": HEADER,
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
                "description": speak("api.param_idempotency_key"),
            }
        )
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    operation["responses"]["default"] = {
        "description": speak("api.problem"),
        "content": {problems.MEDIA: schema},
    }


def _problem_schema(speak: Speak) -> dict[str, Any]:
    text = {"type": "string"}
    part = dict.fromkeys(("in", "name", "code", "detail"), text)
    return {
        "type": "object",
        "description": speak("api.problem"),
        "properties": {
            **dict.fromkeys(("type", "title", "detail", "code"), text),
            "status": {"type": "integer"},
            "params": {"type": "object"},
            "errors": {"type": "array", "items": {"type": "object", "properties": part}},
        },
        "required": ["type", "title", "status", "detail", "code", "params"],
    }


def _spoken(part: Any, speak: Speak) -> Any:  # noqa: ANN401 - any piece of JSON
    """``part`` with the text of each code that stands as a description."""
    if isinstance(part, list):
        return [_spoken(each, speak) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: speak(value)
        if key in _TEXTS and isinstance(value, str) and value in texts()
        else _spoken(value, speak)
        for key, value in part.items()
    }
