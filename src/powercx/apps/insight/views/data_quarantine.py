"""Quarantined rows: listed, mended on the page or in a spreadsheet, loaded again, thrown away."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from powercx.analytics.sources.amending import AmendedMeanwhile
from powercx.analytics.sources.quarantined import (
    QuarantineFile,
    Row,
    UnknownQuarantine,
    open_quarantine,
    summaries,
)
from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Request, needs
from powercx.apps.core.rules import NotAllowed
from powercx.apps.core.service import ReceivedFile
from powercx.apps.insight import tasks
from powercx.apps.insight.domain import quarantine as domain
from powercx.apps.insight.domain.uploads import safe_name
from powercx.apps.insight.forms.uploads import MendedForm
from powercx.apps.insight.rows import Sheet, changes_of
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import ROWS, asked_page, page_with

_REVEALED_FOR = timedelta(minutes=15)
_SESSION = "revealed"


@needs(Permission.DATA)
@require_GET
def quarantines(request: Request) -> HttpResponse:
    """Every file of rows that could not be loaded."""
    return render(request, "insight/data/quarantines.html", {"files": summaries(settings.HOME)})


@needs(Permission.DATA)
@require_http_methods(["GET", "POST"])
def quarantine(request: Request, load_id: str) -> HttpResponse:
    """Rows of one file, fifty at a time; POST saves, discards or loads them again."""
    file = _file(request, load_id)
    if request.method == "GET":
        return _page(request, file)
    request.scope.check(Permission.DATA_LOAD)
    return _DO.get(request.POST.get("do", ""), _save)(request, file)


def _save(request: Request, file: QuarantineFile) -> HttpResponse:
    """Keep corrections without loading them."""
    rows = _rows(request, file)
    changes = changes_of(file, rows, request.POST.dict())
    try:
        changed = domain.change_cells(
            home=settings.HOME,
            file=file,
            digest=_digest(request),
            changes=changes,
            actor=request.actor,
            at=timezone.now(),
        )
    except AmendedMeanwhile as error:
        return _page(request, file, problem=error, typed=request.POST.dict())
    messages.success(request, say("quarantine.saved", count=changed))
    return redirect(request.get_full_path())


def _reload(request: Request, file: QuarantineFile) -> HttpResponse:
    """Keep corrections, then load all rows again."""
    saved = _save(request, file)
    if saved.status_code != HTTPStatus.FOUND:
        return saved
    now = _file(request, file.id)
    return redirect(
        "core:task",
        tasks.ask_reload(
            load_id=file.id, digest=now.digest, actor=request.actor, at=timezone.now()
        ),
    )


def _discard(request: Request, file: QuarantineFile) -> HttpResponse:
    """Throw the chosen rows away, with the reason given."""
    chosen = set(request.POST.getlist("row"))
    numbers = [row.number for row in _rows(request, file) if row.slug in chosen]
    try:
        gone = domain.discard_rows(
            home=settings.HOME,
            file=file,
            digest=_digest(request),
            numbers=numbers,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=timezone.now(),
        )
    except UserError as error:
        return _page(request, file, problem=error, typed=request.POST.dict())
    messages.success(request, say("quarantine.discarded", count=gone))
    try:
        open_quarantine(settings.HOME, file.id)
    except UnknownQuarantine:
        return redirect("insight:data_quarantines")
    return redirect(request.get_full_path())


def _restore(request: Request, file: QuarantineFile) -> HttpResponse:
    """Put the file back as it was before anyone changed it."""
    try:
        domain.restore(
            home=settings.HOME,
            file=file,
            digest=_digest(request),
            actor=request.actor,
            at=timezone.now(),
        )
    except AmendedMeanwhile as error:
        return _page(request, file, problem=error)
    messages.success(request, say("quarantine.restored"))
    return redirect("insight:data_quarantine", file.id)


_DO: Mapping[str, Callable[[Request, QuarantineFile], HttpResponse]] = {
    "save": _save,
    "reload": _reload,
    "discard": _discard,
    "restore": _restore,
}


@needs(Permission.PERSONAL)
@require_POST
def reveal(request: Request, load_id: str) -> HttpResponse:
    """Show personal values in plain for a while; the reason goes into the audit chain."""
    file = _file(request, load_id)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return _page(request, file, problem=UserError("quarantine.reason_needed"))
    until = timezone.now() + _REVEALED_FOR
    request.session[_SESSION] = {"load": load_id, "until": until.isoformat(), "reason": reason}
    return redirect("insight:data_quarantine", load_id)


@needs(Permission.DATA_LOAD)
@require_POST
def download(request: Request, load_id: str) -> HttpResponseBase:
    """The file, to be mended in a spreadsheet; in plain, so it asks for the right and a reason."""
    file = _file(request, load_id)
    if file.may_be_personal:
        request.scope.check(Permission.PERSONAL)
        try:
            domain.note_look(
                file=file,
                action="export",
                reason=request.POST.get("reason", ""),
                actor=request.actor,
                at=timezone.now(),
            )
        except UserError as error:
            return _page(request, file, problem=error)
    return FileResponse(file.path.open("rb"), as_attachment=True, filename=file.path.name)


@needs(Permission.DATA_LOAD)
@require_POST
def take_back(request: Request, load_id: str) -> HttpResponse:
    """Take the cells of a file that was mended in a spreadsheet."""
    file = _file(request, load_id)
    try:
        with _sent_sheet(request) as sheet:
            changed = domain.take_back(
                home=settings.HOME,
                file=file,
                digest=_digest(request),
                sheet=sheet,
                actor=request.actor,
                at=timezone.now(),
            )
    except UserError as error:
        return _page(request, file, problem=error)
    messages.success(request, say("quarantine.saved", count=changed))
    return redirect("insight:data_quarantine", load_id)


@contextmanager
def _sent_sheet(request: Request) -> Iterator[Path]:
    """The file that was sent, under a name that tells its kind, until the block ends."""
    form = MendedForm(request.POST, request.FILES)
    if not form.is_valid():
        raise UserError("quarantine.no_file")
    sent: ReceivedFile = form.cleaned_data["mended"]
    folder = sent.path.with_name(f"{sent.path.name}.d")
    folder.mkdir(mode=0o700)
    try:
        yield sent.path.rename(folder / safe_name(str(sent.name)))
    finally:
        shutil.rmtree(folder)


def _page(
    request: Request,
    file: QuarantineFile,
    *,
    problem: UserError | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    now = timezone.now()
    rows = _rows(request, file)
    revealed = _revealed(request, file, rows, now)
    every = request.GET.get("columns") == "all"
    may_edit = request.scope.may(Permission.DATA_LOAD)
    reason = request.GET.get("reason") or None
    counts = file.count()
    total = counts[reason] if reason else counts.total()
    values = {
        "file": file,
        "sheet": Sheet(file, rows, revealed, may_edit, every, typed or {}, settings.HOME.catalog),
        "rows": page_with(rows, total, asked_page(request.GET.get("page"))),
        "reasons": dict(counts.most_common()),
        "reason": reason,
        "every": every,
        "revealed": revealed,
        "edited": file.original.exists(),
        "problem": problem,
        "chosen": set(request.POST.getlist("row")),
    }
    status = HTTPStatus.OK
    if problem is not None:
        meanwhile = isinstance(problem, AmendedMeanwhile)
        status = HTTPStatus.CONFLICT if meanwhile else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "insight/data/quarantine.html", values, status=status)


def _rows(request: Request, file: QuarantineFile) -> list[Row]:
    before = (asked_page(request.GET.get("page")) - 1) * ROWS
    reason = request.GET.get("reason") or None
    return file.page(first=before, most=ROWS, reason=reason)


def _revealed(request: Request, file: QuarantineFile, rows: list[Row], now: datetime) -> bool:
    """Whether values are shown in plain now; every page so shown is a look, and recorded."""
    kept = request.session.get(_SESSION, {})
    if kept.get("load") != file.id or not request.scope.may(Permission.PERSONAL):
        return False
    if datetime.fromisoformat(kept["until"]) < now:
        return False
    domain.note_look(
        file=file,
        action="reveal",
        reason=kept["reason"],
        actor=request.actor,
        at=now,
        lines=[row.line for row in rows],
    )
    return True


def _file(request: Request, load_id: str) -> QuarantineFile:
    """The file for those who may see rows: who loads, and who may know whom a row is of."""
    if not (request.scope.may(Permission.DATA_LOAD) or request.scope.identified):
        raise NotAllowed("access.denied", permission=Permission.DATA_LOAD.value)
    try:
        return open_quarantine(settings.HOME, load_id)
    except UnknownQuarantine as error:
        raise Http404(str(error)) from error


def _digest(request: Request) -> str:
    return request.POST.get("digest", "")
