"""A call sent twice with the same ``Idempotency-Key`` is carried out once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from powercx.api.problems import Invalid
from powercx.apps.core.service import LONGEST_KEY, ApiToken, slot
from powercx.base.home import Home

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


def once(
    home: Home, request: HttpRequest, token: ApiToken, run: Callable[[], HttpResponse]
) -> HttpResponse:
    """What ``run`` answers, or what it answered before to the same key and the same call.

    Only what was carried out is kept: after an error the key may be used again.

    :raises UserError: a bad key, one in use for another call, or one that is being worked on.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return run()
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise Invalid("api.bad_idempotency_key", most=LONGEST_KEY)
    now, digest = timezone.now(), _digest(request)
    with slot(home, token=token, key=key, digest=digest, at=now) as place:
        if place.kept is not None:
            kept = HttpResponse(place.kept.body, status=place.kept.status)
            kept["Content-Type"], kept["Cache-Control"] = "application/json", "no-store"
            kept[REPLAYED] = "true"
            return kept
        response = run()
        if response.status_code < HTTPStatus.BAD_REQUEST:
            place.keep(status=response.status_code, body=response.content.decode())
        else:
            place.drop()
        return response


def _digest(request: HttpRequest) -> str:
    head = f"{request.method} {request.get_full_path()} {request.content_type}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()
