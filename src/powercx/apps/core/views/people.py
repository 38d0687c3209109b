"""People and their roles, as far as the one who looks may know of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from powercx.apps.core.domain import people
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.editing import Theirs
from powercx.apps.core.forms.people import (
    FilterForm,
    PersonForm,
    grants_form,
    rows_of,
    typed_rows,
)
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import Person
from powercx.apps.core.queries import audit as audit_queries
from powercx.apps.core.queries.people import PeopleWish, assigned, people_in, wished
from powercx.apps.core.rules import Grant
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import page_of
from powercx.ui.workbooks import workbook

_COLUMNS = ("username", "name", "title", "email", "roles", "state", "factor", "last")


@needs(Permission.PEOPLE)
@require_GET
def people_list(request: Request) -> HttpResponse:
    """Who works with powercx, in which role and where."""
    form, wish = _wish(request)
    found = wished(request.scope, wish, timezone.now())
    return render(
        request,
        "core/people.html",
        {
            "form": form,
            "rows": page_of(found, request.GET.get("page")),
            "sort": wish.sort,
            "now": timezone.now(),
            "filtered": any((wish.text, wish.role, wish.org, wish.state)),
        },
    )


@needs(Permission.PEOPLE)
@require_GET
def export(request: Request) -> HttpResponseBase:
    """The people of the list as a spreadsheet."""
    _, wish = _wish(request)
    now = timezone.now()
    found: QuerySet[Any] = wished(request.scope, wish, now)  # with what the query adds to each
    rows = (
        (
            each.username,
            each.name,
            each.title,
            each.email,
            "; ".join(_role_text(request, a.role, a.org_id) for a in each.shown),
            say(f"people.state_{_state(each, now)}"),
            say("people.yes") if each.has_factor else say("people.no"),
            each.last_login,
        )
        for each in found.iterator(chunk_size=500)
    )
    return workbook("people", [say(f"people.column_{name}") for name in _COLUMNS], rows)


@needs(Permission.PEOPLE)
@require_GET
def person(request: Request, pk: int) -> HttpResponse:
    """One person: roles, whether they can get in, what was changed."""
    return _page(request, get_object_or_404(people_in(request.scope), pk=pk))


@needs(Permission.PEOPLE_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Somebody new; their first password is shown once."""
    form = PersonForm(request.POST or None)
    grants = grants_form(request.scope, data=request.POST or None)
    if "more" in request.POST:
        grants = grants_form(request.scope, rows=typed_rows(request.POST))
        form = PersonForm(initial=request.POST.dict())
    elif form.is_valid() and grants.is_valid():
        password = people.new_password()
        try:
            made = people.create_person(
                particulars=form.particulars(),
                grants=grants.grants(),
                password=password,
                actor=request.actor,
                at=timezone.now(),
                authority=request.scope,
            )
        except people.NameTaken as error:
            form.add_error("username", str(error))
        except UserError as error:
            form.add_error(None, str(error))
        else:
            return _handed_over(request, made, password)
    return render(request, "core/person_form.html", {"form": form, "grants": grants})


@needs(Permission.PEOPLE_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Particulars and roles; what somebody else saved meanwhile is shown beside."""
    held = _editable(request, pk)
    data = request.POST if request.method == "POST" and "more" not in request.POST else None
    rows = typed_rows(request.POST) if "more" in request.POST else rows_of(assigned(held))
    form = PersonForm(data, person=held, initial=_initial(request, held))
    grants = grants_form(request.scope, data=data, rows=rows)
    if data is not None and form.is_valid() and grants.is_valid():
        try:
            people.change_person(
                person=held,
                version=form.cleaned_data["version"] or 0,
                values=form.values(),
                grants=grants.grants(),
                actor=request.actor,
                at=timezone.now(),
                authority=request.scope,
            )
        except people.ChangedMeanwhile as error:
            form.held_is(_kept(held), held.version, error)
            form.theirs += _their_roles(request, held, grants.grants())
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, say("people.saved"))
            return redirect("core:people_one", pk)
    found = {"form": form, "grants": grants, "person": held}
    return render(request, "core/person_form.html", found)


@needs(Permission.PEOPLE_EDIT)
@require_POST
def password(request: Request, pk: int) -> HttpResponse:
    """A new password to hand over, shown this once."""
    held = _editable(request, pk)
    made = people.new_password()
    people.set_password(
        person=held,
        password=made,
        must_change=True,
        actor=request.actor,
        at=timezone.now(),
        authority=request.scope,
    )
    return _handed_over(request, held, made)


@needs(Permission.PEOPLE_EDIT)
@require_POST
def unlock(request: Request, pk: int) -> HttpResponse:
    """Let someone who is locked out try again."""
    return _done(request, pk, people.unlock, "people.unlocked")


@needs(Permission.PEOPLE_EDIT)
@require_POST
def factor(request: Request, pk: int) -> HttpResponse:
    """Take a lost second factor away."""
    return _done(request, pk, people.reset_factor, "people.factor_taken")


@needs(Permission.PEOPLE_EDIT)
@require_POST
def state(request: Request, pk: int) -> HttpResponse:
    """Keep someone out, or let them in again."""
    active = request.POST.get("active") == "1"

    def change(**who: object) -> None:
        people.set_active(active=active, **who)  # type: ignore[arg-type]

    return _done(request, pk, change, "people.let_in" if active else "people.kept_out")


def _done(request: Request, pk: int, change: Callable[..., None], said: str) -> HttpResponse:
    held = _editable(request, pk)
    try:
        change(person=held, actor=request.actor, at=timezone.now(), authority=request.scope)
    except (people.LastAdministrator, people.OwnRoles) as error:
        messages.add_message(request, messages.ERROR, str(error), "critical")
    else:
        messages.success(request, say(said))
    return redirect("core:people_one", pk)


def _editable(request: Request, pk: int) -> Person:
    """Somebody the asker knows of, all of whose roles are theirs to give.

    :raises Http404: nobody there of whom the asker may know.
    :raises NotAllowed: a role of theirs is somebody else's to give.
    """
    held: Person = get_object_or_404(people_in(request.scope), pk=pk)
    people.check_authority(request.scope, assigned(held))
    return held


def _page(request: Request, held: Person) -> HttpResponse:
    grants = assigned(held)
    scope = request.scope
    found = {
        "person": held,
        "now": timezone.now(),
        "editable": scope.may(Permission.PEOPLE_EDIT) and all(map(scope.may_grant, grants)),
        "history": audit_queries.of_record(people.TYPE, held.pk)
        if scope.may(Permission.AUDIT)
        else None,
    }
    return render(request, "core/person.html", found)


def _handed_over(request: Request, held: Person, made: str) -> HttpResponse:
    return render(request, "core/person_password.html", {"person": held, "password": made})


def _initial(request: Request, held: Person) -> Mapping[str, Any]:
    return (
        request.POST.dict() if "more" in request.POST else _kept(held) | {"version": held.version}
    )


def _kept(held: Person) -> dict[str, Any]:
    names = ("name", "title", "email", "language")
    return {name: getattr(held, name) for name in names}


def _their_roles(request: Request, held: Person, typed: Sequence[Grant]) -> tuple[Theirs, ...]:
    kept = assigned(held)
    if set(kept) == set(typed):
        return ()
    texts = [_role_text(request, each.role, each.org_id) for each in kept]
    return (Theirs(say("people.roles"), "; ".join(texts) or say("people.no_role")),)


def _wish(request: Request) -> tuple[FilterForm, PeopleWish]:
    form = FilterForm(request.scope, request.GET)
    form.is_valid()
    chosen = form.cleaned_data
    return form, PeopleWish(
        text=chosen.get("text", "").strip(),
        role=chosen.get("role", ""),
        org=chosen.get("unit", ""),
        state=chosen.get("state", ""),
        sort=request.GET.get("sort", "name"),
    )


def _state(each: Person, now: datetime) -> str:
    if not each.is_active:
        return "inactive"
    return "locked" if each.locked_until and each.locked_until > now else "active"


def _role_text(request: Request, role: str, org: str) -> str:
    unit = request.scope.tree.names.get(org, org) if org else say("people.whole_company")
    return f"{say(f'role.{role}')} · {unit}"
