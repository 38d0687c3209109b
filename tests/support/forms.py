"""The forms of a page, read as a browser reads them and filled in as someone in a hurry would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from django.core.files.uploadedfile import SimpleUploadedFile

FILE = b"org_id,name,parent_id,level\nB01,x,,bureau\n"
# What is typed into a field that is empty and must not be, by its type and by its name.
BY_TYPE = {
    "date": "2026-03-01",
    "datetime-local": "2026-03-01T08:00",
    "email": "someone@example.org",
    "number": "3",
    "password": "correct-horse-battery-2",
    "text": "typed",
    "url": "http://localhost/hook",
    "": "typed",
}


@dataclass
class Field:
    """One control; ``options`` are the values of a select or of radio buttons."""

    name: str
    kind: str
    value: str = ""
    required: bool = False
    options: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form that changes something, with the address it goes to."""

    address: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(
        self, button: tuple[str, str] | None = None, *, all_fields: bool = True
    ) -> dict[str, object]:
        """Every field as it stands, empty ones with something of their kind if they need it.

        With ``all_fields`` also those that may stay empty.
        """
        values: dict[str, object] = {
            name: value
            for name, each in self.fields.items()
            if (value := _typed(each, all_fields=all_fields)) is not None
        }
        if button and button[0]:
            values[button[0]] = button[1]
        return values


def forms_of(html: str, page: str) -> list[Form]:
    """The forms of a page that are sent by POST."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.found


def _typed(each: Field, *, all_fields: bool) -> object:
    if each.kind == "file":
        return SimpleUploadedFile("org_unit.csv", FILE, "text/csv")
    if each.kind in {"checkbox", "radio"}:
        if each.checked:
            return each.checked
        return each.options[:1] if each.required or each.kind == "radio" else None
    if each.kind == "select":
        first = [one for one in each.options if one][:1]
        return each.checked or (first if all_fields or each.required else None) or None
    if each.value or each.kind == "hidden" or not (all_fields or each.required):
        return each.value
    return BY_TYPE.get(each.kind, "typed")


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Form] = []
        self._page = page
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(urljoin(self._page, given.get("action") or self._page))
            if given.get("method", "").lower() == "post":
                self.found.append(self._form)
        elif self._form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "button" and given.get("type", "submit") == "submit":
            self._form.buttons.append((name, given.get("value", "")))
        elif tag == "option" and self._select is not None:
            value = given.get("value", "")
            self._select.options.append(value)
            if "selected" in given:
                self._select.checked.append(value)
        elif tag in {"input", "select", "textarea"} and name and "disabled" not in given:
            self._field(tag, name, given)

    def _field(self, tag: str, name: str, given: dict[str, str]) -> None:
        assert self._form is not None
        kind = given.get("type", "text") if tag == "input" else tag
        if kind == "submit":
            self._form.buttons.append((name, given.get("value", "")))
            return
        each = self._form.fields.setdefault(name, Field(name, kind))
        each.required |= "required" in given
        value = given.get("value", "on" if kind == "checkbox" else "")
        if kind in {"checkbox", "radio"}:
            each.options.append(value)
            if "checked" in given:
                each.checked.append(value)
        else:
            each.value = value
        self._select = each if tag == "select" else None
        self._area = each if tag == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
