"""Webhooks: where other systems hear of events."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from powercx.apps.core.domain import webhooks as domain
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.integrations import WebhookForm
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import Webhook
from powercx.apps.core.queries import outbox
from powercx.apps.core.vault.keyring import read_ring
from powercx.base.messages import say

_RECENT = 20


@needs(Permission.INTEGRATIONS)
@require_GET
def webhooks(request: Request) -> HttpResponse:
    """Every webhook."""
    found = Webhook.objects.order_by("name", "pk")
    return render(request, "core/webhooks.html", {"webhooks": found})


@needs(Permission.INTEGRATIONS)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Add a webhook; its secret is shown once."""
    form = WebhookForm(request.POST or None)
    if form.is_valid():
        made, secret = domain.create(
            listener=form.listener(),
            ring=read_ring(settings.HOME),
            actor=request.actor,
            at=timezone.now(),
        )
        return _secret(request, made, secret)
    return render(request, "core/webhook.html", {"form": form})


@needs(Permission.INTEGRATIONS)
@require_http_methods(["GET", "POST"])
def one(request: Request, pk: int) -> HttpResponse:
    """Change a webhook; beside it, what it was sent lately."""
    held = get_object_or_404(Webhook, pk=pk)
    if request.headers.get("HX-Request") == "true":
        return render(request, "core/_deliveries.html", _deliveries(held))
    form = WebhookForm(request.POST or None, initial=_typed(held))
    if form.is_valid():
        try:
            domain.change(
                webhook=held,
                version=form.cleaned_data["version"] or 0,
                listener=form.listener(),
                actor=request.actor,
                at=timezone.now(),
            )
        except ChangedMeanwhile as error:
            held.refresh_from_db()
            form.held_is(_typed(held), held.version, error)
        else:
            messages.success(request, say("webhooks.saved"))
            return redirect("core:webhooks_one", held.pk)
    return render(request, "core/webhook.html", {"form": form} | _deliveries(held))


@needs(Permission.INTEGRATIONS)
@require_POST
def test(request: Request, pk: int) -> HttpResponse:
    """Send a message that tells nothing but that the way is open."""
    held = get_object_or_404(Webhook, pk=pk)
    domain.send_test(webhook=held, actor=request.actor, at=timezone.now())
    messages.success(request, say("webhooks.test_sent"))
    return redirect("core:webhooks_one", held.pk)


@needs(Permission.INTEGRATIONS)
@require_POST
def rotate(request: Request, pk: int) -> HttpResponse:
    """Sign with a new secret from now on; it is shown once."""
    held = get_object_or_404(Webhook, pk=pk)
    secret = domain.rotate_secret(
        webhook=held, ring=read_ring(settings.HOME), actor=request.actor, at=timezone.now()
    )
    return _secret(request, held, secret)


def _secret(request: Request, held: Webhook, secret: str) -> HttpResponse:
    return render(request, "core/webhook_secret.html", {"webhook": held, "secret": secret})


def _deliveries(held: Webhook) -> dict[str, Any]:
    found = list(outbox.of_webhook(held)[:_RECENT])
    return {
        "webhook": held,
        "deliveries": found,
        "waiting": any(message.state == "waiting" for message in found),
    }


def _typed(held: Webhook) -> dict[str, Any]:
    names = ("name", "url", "events", "enabled", "version")
    return {name: getattr(held, name) for name in names}
