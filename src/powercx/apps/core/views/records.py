"""What is kept with any record: comments, evidence, files."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from powercx.apps.core.domain import records
from powercx.apps.core.domain.records import Subject
from powercx.apps.core.forms.records import CommentForm, EvidenceForm
from powercx.apps.core.http import Request, needs
from powercx.base.errors import UserError


@needs(None)
@require_POST
def comment(request: Request, record_type: str, record_id: str) -> HttpResponse:
    """Write on a record; whoever may see it may."""
    subject = records.access_subject(request.scope, record_type, record_id)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _told(request, subject, form)
    records.comment(
        subject=subject, text=form.cleaned_data["text"], actor=request.actor, at=timezone.now()
    )
    return redirect(subject.url + "#comments")


@needs(None)
@require_POST
def evidence(request: Request, record_type: str, record_id: str) -> HttpResponse:
    """Say what a record rests on."""
    subject = records.access_subject(request.scope, record_type, record_id, change=True)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return _told(request, subject, form)
    records.link_evidence(
        subject=subject, **form.cleaned_data, actor=request.actor, at=timezone.now()
    )
    return redirect(subject.url + "#evidence")


@needs(None)
@require_POST
def evidence_remove(request: Request, record_type: str, record_id: str, pk: int) -> HttpResponse:
    """Take a link off a record."""
    subject = records.access_subject(request.scope, record_type, record_id, change=True)
    records.unlink_evidence(subject=subject, pk=pk, actor=request.actor, at=timezone.now())
    return redirect(subject.url + "#evidence")


@needs(None)
@require_POST
def attach(request: Request, record_type: str, record_id: str) -> HttpResponse:
    """Keep a file with a record."""
    subject = records.access_subject(request.scope, record_type, record_id, change=True)
    file = request.FILES.get("file")
    if file is None:
        raise UserError("records.no_file")
    records.attach(
        home=settings.HOME,
        subject=subject,
        name=file.name or "",
        chunks=file.chunks(),
        actor=request.actor,
        at=timezone.now(),
    )
    return redirect(subject.url + "#files")


@needs(None)
@require_POST
def detach(request: Request, record_type: str, record_id: str, pk: int) -> HttpResponse:
    """Take a file off a record."""
    subject = records.access_subject(request.scope, record_type, record_id, change=True)
    records.detach(subject=subject, pk=pk, actor=request.actor, at=timezone.now())
    return redirect(subject.url + "#files")


@needs(None)
@require_GET
def file(request: Request, record_type: str, record_id: str, pk: int) -> FileResponse:
    """A file of a record, to be saved and never shown in the page's own name."""
    subject = records.access_subject(request.scope, record_type, record_id)
    held = records.attachment(subject, pk)
    answer = FileResponse(
        records.open_file(settings.HOME, held),
        as_attachment=True,
        filename=held.name,
        content_type="application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _told(request: Request, subject: Subject, form: CommentForm | EvidenceForm) -> HttpResponse:
    """Back to the record with what is wrong; the fields are required, so browsers say it first."""
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error), extra_tags="critical")
    return redirect(subject.url)
