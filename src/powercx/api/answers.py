"""Answers as JSON: numbers at full precision, dates as ISO text, as the command line has them."""

from __future__ import annotations

import json

from django.http import HttpResponse


def text_of(data: object) -> str:
    """``data`` as JSON."""
    return json.dumps(data, ensure_ascii=False, default=str, allow_nan=False)


def answer(data: object, *, status: int = 200) -> HttpResponse:
    """``data`` as the body of an answer that nobody between may keep."""
    response = HttpResponse(text_of(data), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
