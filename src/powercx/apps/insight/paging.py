"""Pages of a long list, by number in the address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a list stands: ``number`` counts from 1."""

    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def first(self) -> int:
        """How many entries come before this page."""
        return (self.number - 1) * self.per_page

    @property
    def from_row(self) -> int:
        return min(self.first + 1, self.total)

    @property
    def to_row(self) -> int:
        return min(self.first + self.per_page, self.total)

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.to_row < self.total else None


def asked_page(request: HttpRequest) -> int:
    """The page in the address, the first where it says none."""
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isdecimal() and len(text) < len("1000000") else 1
