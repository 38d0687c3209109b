"""Units that figures may be asked for."""

from __future__ import annotations

from django.http import HttpResponse

from powercx.api import models
from powercx.api.answers import answer
from powercx.api.calling import Caller, call
from powercx.api.paging import USUAL, Cursor, Limit, page_of
from powercx.apps.core.enums import Permission


@call("GET", "/organisations", needs=Permission.MEASURES, answers=models.Units)
def organisations(request: Caller, limit: Limit = USUAL, cursor: Cursor = None) -> HttpResponse:
    tree, seen = request.scope.tree, request.scope.units(Permission.MEASURES)
    named = [unit for unit in seen if unit in tree.names]
    page, after = page_of(named, key=str, cursor=cursor, limit=limit)
    found = [
        {
            "id": unit,
            "name": tree.names[unit],
            "parent": parent if (parent := tree.parent(unit)) in seen else None,
        }
        for unit in page
    ]
    return answer({"organisations": found, "next": after})
