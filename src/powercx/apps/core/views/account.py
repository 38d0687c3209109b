"""My account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from powercx.apps.core.domain import people
from powercx.apps.core.forms.account import AccountForm, EverywhereForm, PasswordForm
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import Person
from powercx.apps.core.queries import audit as audit_queries
from powercx.apps.core.queries import people as people_queries
from powercx.base.errors import UserError
from powercx.base.messages import language, say, use_language

_FIELDS = ("name", "title", "email", "language", "theme")


@needs(None)
@require_http_methods(["GET", "POST"])
def account(request: Request) -> HttpResponse:
    """One's particulars, language and theme, and how one signs in."""
    held = Person.objects.get(pk=request.user.pk)
    kept = {name: getattr(held, name) for name in _FIELDS} | {"theme": held.theme or "auto"}
    form = AccountForm(request.POST or None, initial=kept | {"version": held.version})
    if form.is_valid():
        try:
            people.change_person(
                person=held,
                version=form.cleaned_data["version"] or 0,
                values=form.values(),
                grants=None,
                actor=request.actor,
                at=timezone.now(),
            )
        except people.ChangedMeanwhile as error:
            form.held_is(kept, held.version, error)
        else:
            with use_language(form.values()["language"] or language()):
                messages.success(request, say("people.saved"))
            return redirect("core:account")
    found = {
        "form": form,
        "person": people_queries.shown(held),
        "signins": audit_queries.signins_of(held),
        "factor": people_queries.has_factor(held),
    }
    return render(request, "core/account.html", found)


@needs(None)
@require_http_methods(["GET", "POST"])
def everywhere(request: Request) -> HttpResponse:
    """End all sessions but this one."""
    form = EverywhereForm(request.POST or None)
    if form.is_valid():
        try:
            people.end_sessions(
                person=request.user,
                password=form.cleaned_data["password"],
                actor=request.actor,
                at=timezone.now(),
            )
        except people.WrongPassword as error:
            form.add_error("password", str(error))
        else:
            request.user.refresh_from_db()
            update_session_auth_hash(request, request.user)
            messages.success(request, say("account.ended"))
            return redirect("core:account")
    return render(request, "core/everywhere.html", {"form": form})


@needs(None)
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Choose a new password; asks for the one in use."""
    form = PasswordForm(request.user, request.POST or None)
    if form.is_valid():
        try:
            people.set_password(
                person=request.user,
                password=form.cleaned_data["new"],
                must_change=False,
                actor=request.actor,
                at=timezone.now(),
            )
        except UserError as error:
            form.add_error("new", str(error))
        else:
            request.user.refresh_from_db()
            update_session_auth_hash(request, request.user)
            messages.success(request, say("account.password_changed"))
            return redirect("web:overview")
    return render(request, "core/password.html", {"form": form})
