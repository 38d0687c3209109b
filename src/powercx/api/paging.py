"""Pages of a list by cursor: stable while rows come and go, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from ninja import Query

from powercx.api.problems import Invalid

MOST = 500
USUAL = 100
Limit = Annotated[int, Query(ge=1, le=MOST, description="api.param_limit")]
Cursor = Annotated[str | None, Query(description="api.param_cursor")]
Item = TypeVar("Item")


def write_cursor(*mark: str | int) -> str:
    """Where the next page begins, as text."""
    return base64.urlsafe_b64encode(json.dumps(mark).encode()).decode().rstrip("=")


def read_cursor(text: str, *types: type) -> list[Any]:
    """The mark that ``write_cursor`` wrote.

    :raises Invalid: it is none of ours.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        mark = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError) as error:
        raise Invalid("api.bad_cursor") from error
    if not isinstance(mark, list) or [type(each) for each in mark] != list(types):
        raise Invalid("api.bad_cursor")
    return mark


def page_of(
    items: Sequence[Item], *, key: Callable[[Item], str], cursor: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """A page of ``items`` in the order of their unique keys, and the cursor of the next."""
    after = read_cursor(cursor, str)[0] if cursor else ""
    rest = sorted((item for item in items if key(item) > after), key=key)
    page = rest[:limit]
    return page, write_cursor(key(page[-1])) if len(rest) > limit else None
