"""The outbox: what is on its way, what arrived, what is dead, and delivering it anew."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from powercx.apps.core.domain import outbox as domain
from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import OutboxMessage
from powercx.apps.core.queries import outbox as queries
from powercx.base.messages import say
from powercx.ui.paging import page_of


@needs(Permission.JOBS)
@require_GET
def outbox(request: Request) -> HttpResponse:
    """Messages, newest first; what they carry is not shown, as it may be of customers."""
    state, target = request.GET.get("state", ""), request.GET.get("target", "")
    rows = page_of(queries.messages(state=state, target=target), request.GET.get("page"))
    context = {
        "rows": rows,
        "counts": queries.counts(),
        "state": state if state in queries.STATES else "",
        "names": queries.webhook_names(),
    }
    return render(request, "core/outbox.html", context)


@needs(Permission.JOBS_EDIT)
@require_POST
def replay(request: Request, pk: int) -> HttpResponse:
    """Deliver one dead message anew."""
    get_object_or_404(OutboxMessage, pk=pk)
    return _replayed(request, OutboxMessage.objects.filter(pk=pk))


@needs(Permission.JOBS_EDIT)
@require_POST
def replay_all(request: Request) -> HttpResponse:
    """Deliver every dead message anew."""
    return _replayed(request, OutboxMessage.objects.all())


def _replayed(request: Request, wanted: domain.Messages) -> HttpResponse:
    count = domain.replay(messages=wanted, actor=request.actor, at=timezone.now())
    messages.success(request, say("outbox.replayed", count=count))
    return redirect("core:outbox")
