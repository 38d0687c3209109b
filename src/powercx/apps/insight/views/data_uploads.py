"""Sending files: received, looked into, told how to be read, checked, loaded."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from powercx.analytics.sources.preview import Preview
from powercx.analytics.sources.readers.kinds import BY_SUFFIX
from powercx.apps.core.enums import Permission, UploadState
from powercx.apps.core.http import Request, needs
from powercx.apps.core.service import (
    MOST_BYTES,
    ChangedMeanwhile,
    Upload,
    upload_queries,
)
from powercx.apps.core.service import uploads as records
from powercx.apps.insight import tasks
from powercx.apps.insight.domain import uploads as domain
from powercx.apps.insight.domain.uploads import TooLarge
from powercx.apps.insight.forms.uploads import FilesForm, WishForm
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import ROWS, asked_page, page_with


@needs(Permission.DATA_LOAD)
@require_http_methods(["GET", "POST"])
def uploads(request: Request) -> HttpResponse:
    """Files that were sent, and the form to send more."""
    form = FilesForm(None, request.FILES or None) if request.method == "POST" else FilesForm()
    status = HTTPStatus.OK
    if request.method == "POST":
        if form.is_valid() and (kept := _receive(request, form)):
            return (
                redirect("insight:data_upload", kept[0].pk)
                if len(kept) == 1
                else redirect("insight:data_uploads")
            )
        large = any(error.code == "large" for error in form.errors.as_data().get("sent", []))
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if large else HTTPStatus.UNPROCESSABLE_ENTITY
    number = asked_page(request.GET.get("page"))
    found, total = upload_queries.uploads(first=(number - 1) * ROWS, most=ROWS)
    values = {
        "form": form,
        "rows": page_with(found, total, number),
        "kinds": " ".join(BY_SUFFIX),
        "gigabytes": MOST_BYTES // 1024**3,
    }
    return render(request, "insight/data/uploads.html", values, status=status)


def _receive(request: Request, form: FilesForm) -> list[Upload]:
    """Keep the files that can be kept; what is wrong with the others stands in the form."""
    kept: list[Upload] = []
    for file in form.cleaned_data["sent"]:
        try:
            kept.append(
                domain.receive(
                    home=settings.HOME, file=file, actor=request.actor, at=timezone.now()
                )
            )
        except UserError as error:
            form.refuse(error, large=isinstance(error, TooLarge))
    if form.errors:
        for upload in kept:
            messages.success(request, say("uploads.kept", name=upload.name))
        return []
    return kept


@needs(Permission.DATA_LOAD)
@require_http_methods(["GET", "POST"])
def upload(request: Request, upload_id: UUID) -> HttpResponse:
    """One file: what it seems to be, which column comes from where; POST changes that."""
    held = _held(upload_id)
    if held.state in {UploadState.LOADED, UploadState.LOADING}:
        return render(request, "insight/data/upload_done.html", {"upload": held})
    found, problem = _look_into(held)
    form = WishForm(held.wish, found, request.POST or None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    if request.method == "POST":
        if form.is_valid():
            version = request.POST.get("version", "")
            try:
                records.change_wish(
                    upload=held,
                    version=int(version) if version.isdecimal() else 0,
                    wish=form.wish(),
                    actor=request.actor,
                    at=timezone.now(),
                )
                return redirect("insight:data_upload", held.pk)
            except ChangedMeanwhile as error:
                form.add_error(None, str(error))
                status = HTTPStatus.CONFLICT
        else:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    values = {"upload": held, "found": found, "problem": problem, "form": form}
    return render(request, "insight/data/upload.html", values, status=status)


def _look_into(held: Upload) -> tuple[Preview | None, UserError | None]:
    try:
        found = domain.look_into(settings.HOME, held)
    except UserError as error:
        return None, error
    return found, found.problem


@needs(Permission.DATA_LOAD)
@require_POST
def check(request: Request, upload_id: UUID) -> HttpResponse:
    """Read and check every row without loading any."""
    held = _held(upload_id)
    return redirect(
        "core:task", tasks.ask_check(upload=held, actor=request.actor, at=timezone.now())
    )


@needs(Permission.DATA_LOAD)
@require_POST
def load(request: Request, upload_id: UUID) -> HttpResponse:
    """Load the file."""
    held = _held(upload_id)
    return redirect(
        "core:task", tasks.ask_load(upload=held, actor=request.actor, at=timezone.now())
    )


@needs(Permission.DATA_LOAD)
@require_POST
def drop(request: Request, upload_id: UUID) -> HttpResponse:
    """Throw a file away that has not been loaded."""
    held = _held(upload_id)
    records.drop_upload(home=settings.HOME, upload=held, actor=request.actor, at=timezone.now())
    messages.success(request, say("uploads.dropped", name=held.name))
    return redirect("insight:data_uploads")


@needs(Permission.JOBS_EDIT)
@require_POST
def refresh(request: Request) -> HttpResponse:
    """Bring figures up to date."""
    return redirect("core:task", tasks.ask_refresh(actor=request.actor, at=timezone.now()))


def _held(upload_id: UUID) -> Upload:
    found = upload_queries.upload(upload_id)
    if found is None:
        raise Http404(str(upload_id))
    return found
