"""The audit chain: read, checked and exported."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from powercx.apps.core.chain import BrokenChain
from powercx.apps.core.domain.audit import record_export
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.audit import AuditForm
from powercx.apps.core.http import Request, needs
from powercx.apps.core.queries import audit as queries

ROWS = 50
CHECKED_AT_ONCE = 20_000


@needs(Permission.AUDIT)
@require_GET
def entries(request: Request) -> HttpResponse:
    """What was done, by whom, newest first."""
    form = AuditForm(request.GET)
    found = queries.wished(form.wish())
    before = request.GET.get("before", "")
    if before.isdecimal():
        found = found.filter(seq__lt=int(before))
    rows = list(found[: ROWS + 1])
    shown = rows[:ROWS]
    more = {
        "older": shown[-1].seq if len(rows) > ROWS else None,
        "newest": before.isdecimal(),
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "core/audit.html", {"form": form, "rows": shown, **more})


@needs(Permission.AUDIT)
@require_GET
def check(request: Request) -> HttpResponse:
    """Hold the next part of the chain against its seals."""
    given = request.GET.get("first", "")
    first = max(1, int(given)) if given.isdecimal() else 1
    found: dict[str, object] = {}
    try:
        found["checked"] = queries.check(first=first, limit=CHECKED_AT_ONCE)
    except BrokenChain as error:
        found["broken"] = str(error)
    part = (
        "core/_audit_check.html" if request.headers.get("HX-Request") else "core/audit_check.html"
    )
    return render(request, part, found)


@needs(Permission.AUDIT)
@require_POST
def export(request: Request) -> StreamingHttpResponse:
    """The whole chain, or the span of some days, as JSON Lines with its seals."""
    wish = AuditForm(request.POST).wish()
    span = record_export(wish=wish, actor=request.actor, at=timezone.now())
    answer = StreamingHttpResponse(queries.export(span), content_type="application/x-ndjson")
    name = f"audit-{span.first}-{span.last}.jsonl"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
