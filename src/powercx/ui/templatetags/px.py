"""What every template may use: texts, figures, links that keep unit and period, pieces of pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from powercx import __version__
from powercx.base import units
from powercx.base.messages import language, say

register = template.Library()
KEPT = ("org", "period")


@register.simple_tag(name="say")
def say_tag(code: str, **params: object) -> str:
    """The text of ``code`` in the reader's language."""
    return say(code, **params)


@register.simple_tag(name="say_of")
def say_of_tag(area: str, word: object, **params: object) -> str:
    """The text of ``area.word``: the name of a state, a role, a kind."""
    return say(f"{area}.{word}", **params)


@register.filter
def local(text: Any) -> str:  # noqa: ANN401 - a definition's text or a mapping
    """The side of a text in two languages that the reader reads."""
    side = language()
    found = text.get(side) if isinstance(text, dict) else getattr(text, side, "")
    return str(found or "")


@register.simple_tag(takes_context=True)
def go(context: Context, name: str, *args: object, **query: object) -> str:
    """The address of a page; unit and period of this page go along unless told otherwise."""
    request: HttpRequest | None = context.get("request")
    kept = {key: request.GET[key] for key in KEPT if request and request.GET.get(key)}
    wanted = {**kept, **{key: value for key, value in query.items() if value not in {None, ""}}}
    for key, value in query.items():
        if value in {None, ""}:
            wanted.pop(key, None)
    tail = f"?{urlencode(wanted)}" if wanted else ""
    return reverse(name, args=args) + tail


@register.simple_tag(takes_context=True)
def here(context: Context, **query: object) -> str:
    """This page's address with some of its query changed; an empty value takes the key out."""
    request: HttpRequest = context["request"]
    wanted = request.GET.copy()
    for key, value in query.items():
        if value in {None, ""}:
            wanted.pop(key, None)
        else:
            wanted[key] = str(value)
    tail = wanted.urlencode()
    return request.path + (f"?{tail}" if tail else "")


@register.simple_tag(takes_context=True)
def sort_head(context: Context, key: str, label: str) -> SafeString:
    """The head of a column by which a list can be sorted; once more turns the order round."""
    now = str(context.get("sort") or "")
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    address = here(context, sort=f"-{key}" if now == key else key, page="")
    return format_html(
        '<th scope="col"{}><a href="{}">{}<span aria-hidden="true">{}</span></a></th>',
        format_html(' aria-sort="{}"', order) if order else "",
        address,
        label,
        {"ascending": " ↑", "descending": " ↓"}.get(order, ""),
    )


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file; another version has another address."""
    return f"{static(path)}?v={__version__}"


@register.filter
def value(figure: Any, unit: str) -> str:  # noqa: ANN401 - a figure or a number
    """A number in its unit's form, without the unit; a dash when there is none."""
    return units.number(getattr(figure, "value", figure), unit)


@register.filter
def unit(name: str) -> str:
    """A unit's word in the reader's language."""
    return units.unit_word(name)


@register.filter
def count(number: float | str | None) -> str:
    """A whole number with its thousands parted; nothing of what is not there."""
    return f"{number:,.0f}" if isinstance(number, int | float) else ""


@register.filter
def instant(at: datetime | None) -> str:
    """Local date and minute."""
    if at is None:
        return ""
    return f"{at.astimezone(ZoneInfo(settings.HOME.config().time_zone)):%Y-%m-%d %H:%M}"


@register.filter
def lasting(seconds: float | None) -> str:
    """How long something took, in its two largest units."""
    return "" if seconds is None else units.lasting(seconds)


@register.filter
def day(on: date | None) -> str:
    """An ISO date."""
    return on.isoformat() if on else ""


@register.filter
def size(number: int | None) -> str:
    """A file's size in bytes, kB or MB."""
    if number is None:
        return ""
    kilo = 1000
    if number < kilo:
        return f"{number} B"
    if number < kilo * kilo:
        return f"{number / kilo:,.0f} kB"
    return f"{number / kilo / kilo:,.1f} MB"


@register.filter
def note(code: str) -> str:
    """The text of a note, which may name a year: ``figure.calendar_unknown:2027``."""
    kind, _, year = code.partition(":")
    return say(kind, year=year)


@register.filter
def get(mapping: Any, key: object) -> Any:  # noqa: ANN401 - any mapping
    """The entry of a mapping, or nothing."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small drawing out of the sprite; decoration, hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        asset("ui/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def current(context: Context, page: Any) -> SafeString:  # noqa: ANN401 - a page of the registry
    """Marks the entry of the navigation that this page stands under."""
    match = context["request"].resolver_match
    name = match.view_name if match else ""
    beneath = name.startswith(page.url + "_") or bool(page.covers and name.startswith(page.covers))
    return SafeString('aria-current="page"' if name == page.url or beneath else "")


@register.simple_tag
def indent(depth: int) -> SafeString:
    """Leading spaces of a unit in a picker, as deep as it stands."""
    return SafeString("&#8195;" * depth)


@register.simple_tag(takes_context=True)
def kept_fields(context: Context) -> SafeString:
    """Hidden fields that carry the rest of the address along, the page number apart."""
    given = context["request"].GET
    pairs = [
        (key, each) for key in given if key not in {*KEPT, "page"} for each in given.getlist(key)
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)
