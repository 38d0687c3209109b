"""Tokens of the API: one's own, and those of everybody."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from powercx.apps.core.domain import tokens as domain
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.tokens import TokenForm
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import ApiToken
from powercx.apps.core.queries.tokens import tokens
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import page_of


@needs(None)
@require_GET
def mine(request: Request) -> HttpResponse:
    """My tokens."""
    return _list(request, tokens(person=request.user), everyone=False)


@needs(Permission.INTEGRATIONS)
@require_GET
def everyone(request: Request) -> HttpResponse:
    """Everybody's tokens."""
    return _list(request, tokens(), everyone=True)


@needs(None)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Make a token for oneself; its secret is in the answer, once."""
    form = TokenForm(request.scope, request.POST or None)
    if form.is_valid():
        now = timezone.now()
        try:
            token, secret = domain.make(
                person=request.user,
                wish=form.wish(now),
                scope=request.scope,
                actor=request.actor,
                at=now,
            )
        except UserError as error:
            form.add_error("scopes", str(error))
        else:
            address = request.build_absolute_uri("/api/v1/measures")
            found = {"token": token, "secret": secret, "address": address}
            return render(request, "core/tokens/made.html", found)
    return render(request, "core/tokens/new.html", {"form": form})


@needs(None)
@require_http_methods(["GET", "POST"])
def revoke(request: Request, pk: int) -> HttpResponse:
    """Take a token back: one's own, or anybody's for whoever looks after integrations."""
    token = _token(request, pk)
    back = "core:my_tokens" if token.person_id == request.user.pk else "core:tokens"
    if request.method == "POST":
        domain.revoke(token=token, actor=request.actor, at=timezone.now())
        messages.success(request, say("tokens.revoked_now", name=token.name))
        return redirect(back)
    return render(request, "core/tokens/revoke.html", {"token": token, "back": back})


def _token(request: Request, pk: int) -> ApiToken:
    token = ApiToken.objects.select_related("person").filter(pk=pk).first()
    own = token is not None and token.person_id == request.user.pk
    if token is None or not (own or request.scope.may(Permission.INTEGRATIONS)):
        raise Http404
    return token


def _list(request: HttpRequest, found: QuerySet[ApiToken], *, everyone: bool) -> HttpResponse:
    rows = page_of(found, request.GET.get("page"))
    shown = {"rows": rows, "everyone": everyone, "now": timezone.now()}
    return render(request, "core/tokens/list.html", shown)
