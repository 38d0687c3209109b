"""Pages of a list: how many rows, which of them, where the next ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

ROWS = 50


@dataclass(frozen=True)
class Rows:
    """One page of rows; ``total`` counts all of them."""

    items: list[Any]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * ROWS + 1 if self.items else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * ROWS + len(self.items)

    @property
    def before(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def after(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


def asked_page(number: str | None) -> int:
    """The page in an address, the first where it names none."""
    text = number or ""
    return max(int(text), 1) if text.isdecimal() and len(text) < len("1000000") else 1


def page_with(items: Sequence[Any], total: int, number: int) -> Rows:
    """A page whose rows somebody else has taken out of ``total``."""
    return Rows(list(items), total, number, max(ceil(total / ROWS), 1))


def page_of(rows: QuerySet[Any], number: str | None) -> Rows:
    """The page that the address asks for; one that is not there is the nearest that is."""
    found = Paginator(rows, ROWS).get_page(number)
    return Rows(
        list(found.object_list), found.paginator.count, found.number, found.paginator.num_pages
    )
