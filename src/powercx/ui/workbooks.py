"""Lists as a spreadsheet: a head that stays, filters on, numbers and instants as such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings
from django.http import FileResponse

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH = 18
Cell = str | float | int | bool | date | datetime | None


def workbook(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> FileResponse:
    """An answer that is the file ``name``.xlsx; rows are written as they come, however many."""
    folder = TemporaryDirectory()
    path = Path(folder.name) / "list.xlsx"
    # Texts stay texts: what begins like a formula or a link in the data is neither.
    options = {
        "constant_memory": True,
        "remove_timezone": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(head) - 1, _WIDTH)
        sheet.write_row(0, 0, head, book.add_format({"bold": True}))
        last = 0
        for last, row in enumerate(_local(rows), start=1):
            sheet.write_row(last, 0, row)
        sheet.autofilter(0, 0, last, len(head) - 1)
    content = path.open("rb")
    folder.cleanup()  # the open file stays readable, and is gone when the answer is sent
    return FileResponse(content, as_attachment=True, filename=f"{name}.xlsx", content_type=TYPE)


def _local(rows: Iterable[Sequence[Cell]]) -> Iterator[list[Cell]]:
    zone = ZoneInfo(settings.HOME.config().time_zone)
    for row in rows:
        yield [cell.astimezone(zone) if isinstance(cell, datetime) else cell for cell in row]
