"""My account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from powercx.apps.core.domain import people
from powercx.apps.core.forms.account import PasswordForm
from powercx.apps.core.http import Request, needs
from powercx.base.errors import UserError
from powercx.base.messages import say


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
