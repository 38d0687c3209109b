"""Every address that powercx answers, found in its configuration, and ways to look into answers.

A route without variables needs no word here. One whose variable nobody has an example for raises
``NoExample`` with its name.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import zipfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from support.loads import stored
from support.planted import MEASURE, Planted
from support.site import Site

from powercx.apps.core.enums import Permission
from powercx.apps.core.models import (
    ApiToken,
    Attachment,
    EvidenceLink,
    LoadRecord,
    Objective,
    OutboxMessage,
    Person,
    Schedule,
    Target,
    Task,
    Upload,
    Webhook,
)

Known = TypeVar("Known")

# The record that a variable means, by its name or, with ``pk``, the beginning of the route's.
RECORDS: dict[str, type[Model]] = {
    "record_id": Objective,
    "task_id": Task,
    "upload_id": Upload,
    "core:jobs_schedule pk": Schedule,
    "core:my_tokens pk": ApiToken,
    "core:objective pk": Objective,
    "core:outbox pk": OutboxMessage,
    "core:people pk": Person,
    "core:record_detach pk": Attachment,
    "core:record_file pk": Attachment,
    "core:record_unlink pk": EvidenceLink,
    "core:target pk": Target,
    "core:tokens pk": ApiToken,
    "core:webhooks pk": Webhook,
}
# What any other variable stands for.
EXAMPLES: dict[str, Callable[[Planted], object]] = {
    "chart": lambda _: "trend",
    "core:jobs_run name": lambda _: "refresh",
    "insight:data_t name": lambda _: "customer",
    "key": lambda _: MEASURE,
    "number": lambda _: "8",
    "org": lambda planted: planted.org,
    "record_type": lambda _: "objective",
    "table": lambda _: "org_unit",
    "load_id": lambda planted: planted.records[LoadRecord].load_id,
}
MOST_ALIKE = 2
_CONTENT_TYPES_OF_PICTURES = ("image/png",)


class NoExample(Exception):
    """A route has a variable that nobody gave an example for."""


@dataclass(frozen=True)
class Route:
    """One address: ``variables`` are the names of its converters."""

    name: str
    pattern: str
    variables: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def public(self) -> bool:
        return bool(getattr(self.view, "public", False))

    @property
    def marked(self) -> bool:
        return self.public or hasattr(self.view, "permission")

    @property
    def permission(self) -> Permission | None:
        return getattr(self.view, "permission", None)

    @property
    def of_a_record(self) -> bool:
        return "org" in self.variables or any(
            _known(RECORDS, self.name, name) for name in self.variables
        )

    @property
    def of_allauth(self) -> bool:
        return self.view.__module__.startswith("allauth.")

    def address(self, planted: Planted) -> str:
        """The route's address for records of one bureau."""
        made = self.pattern
        for name in self.variables:
            made = re.sub(rf"<(\w+:)?{name}>", str(example_of(self.name, name, planted)), made)
        if self.pattern.endswith(".*$"):
            made = self.pattern.removesuffix("^.*$") + "nothing-here"
        return "/" + made


def example_of(route: str, variable: str, planted: Planted) -> object:
    """What stands for a variable of a route.

    :raises NoExample: nobody said.
    """
    if model := _known(RECORDS, route, variable):
        return planted.records[model].pk
    if example := _known(EXAMPLES, route, variable):
        return example(planted)
    raise NoExample(f"{route}: say in RECORDS or EXAMPLES what {variable} is")


def _known(register: Mapping[str, Known], route: str, variable: str) -> Known | None:
    """The entry whose beginning of a name, if it has one, fits the route best."""
    fitting = {
        len(begin): entry
        for known, entry in register.items()
        for begin, _, name in [known.rpartition(" ")]
        if name == variable and route.startswith(begin)
    }
    return fitting[max(fitting)] if fitting else None


def routes() -> list[Route]:
    """Every route but those of static files, in the order of the configuration."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def pages() -> list[Route]:
    """What is asked for by people who signed in; the API is asked with tokens."""
    return [route for route in routes() if not (route.name.startswith("api:") and route.public)]


def _walk(patterns: Sequence[Any], before: str, space: str) -> Iterator[Route]:
    for each in patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _walk(each.url_patterns, pattern, inner)
        elif isinstance(each, URLPattern):
            variables = tuple(each.pattern.converters)
            yield Route(space + (each.name or pattern), pattern, variables, each.callback)


def text_of(answer: HttpResponse) -> str:
    """All text of an answer, whatever its format; a workbook's with every part of it."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    kind = answer.headers.get("Content-Type", "")
    if kind in _CONTENT_TYPES_OF_PICTURES:
        return ""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            names = [name for name in parts.namelist() if name != "docProps/core.xml"]
            return "\n".join(parts.read(name).decode("utf-8", "replace") for name in names)
    text = body.decode("utf-8", "replace")
    if "json" in kind and text:
        # Escaped Chinese would hide a name.
        lines = text.splitlines() if "ndjson" in kind or "jsonl" in kind else [text]
        text = "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in lines)
    return text + str(answer.headers.get("Location", ""))


def same_but_for_secrets(text: str) -> str:
    """``text`` without what is new in every answer: tokens against forged requests."""
    return re.sub(r'(csrfmiddlewaretoken"\s+value=")[^"]*', r"\1", text)


def words_of(text: str) -> set[str]:
    """Runs of letters, digits and what ids are made of, to look for ids in."""
    return set(re.findall(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*", text)) | set(
        re.findall(r"[A-Za-z0-9]+", text)
    )


def visit(client: Client, starts: Iterable[str]) -> dict[str, tuple[int, str]]:
    """What each address answers, and each that their pages link to: ``{address: (status, text)}``.

    Of addresses that differ only in their values, some are taken; pictures say nothing that the
    drawing of the same chart does not.
    """
    found: dict[str, tuple[int, str]] = {}
    waiting = deque(starts)
    alike: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.popleft()
        if address in found or urlsplit(address).path.endswith(".png"):
            continue
        answer = client.get(address)
        text = text_of(answer)
        found[address] = (answer.status_code, text)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        for link in re.findall(r'(?:href|hx-get|src|action)="(/[^"#]*)', text):
            linked = html.unescape(link)
            kind = _kind_of(linked)
            if kind is not None and alike[kind] < MOST_ALIKE:
                alike[kind] += 1
                waiting.append(linked)
    return found


def route_named(address: str) -> str:
    """The name of the route that an address belongs to; empty where it is none."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def _kind_of(address: str) -> tuple[str, ...] | None:
    """The route and the keys of the query; None where no route is meant."""
    name = route_named(address)
    return (name, *sorted(parse_qs(urlsplit(address).query))) if name else None


def belongings(site: Site, org: str) -> set[str]:
    """Ids of the units and the customers of a bureau."""
    units = site.tree.subtree(org)
    rows = stored(site.home, "customer", "customer_id", "org_id")
    return {*units} | {row["customer_id"] for row in rows if row["org_id"] in units}


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written to the database meanwhile is taken back."""
    # A savepoint by hand: within ``atomic`` loads refuse to work, which must last.
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


# When someone came last, and with how many wrong passwords: a lock is recorded, these are not.
_PASSING = {"last_login", "last_used_at", "failed_sign_ins"}


def state(*, without: Sequence[str] = ()) -> dict[str, str]:
    """A digest of every table's rows, sessions apart."""
    return {
        model.__name__: _digest_of(model)
        for model in apps.get_models()
        if model.__name__ != "Session" and model.__name__ not in without
    }


def _digest_of(model: type[Model]) -> str:
    names = [f.attname for f in model._meta.concrete_fields if f.attname not in _PASSING]
    rows = model._default_manager.order_by("pk").values_list(*names)
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()
