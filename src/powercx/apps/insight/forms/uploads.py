"""Forms of files on their way in."""

from __future__ import annotations

from typing import Any

from django import forms

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.heads import match_heads
from powercx.analytics.sources.preview import Preview, SheetPreview
from powercx.apps.core.service import ReceivedFile
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.templatetags.px import local

_COLUMN = "column-"
LEFT_OUT = "-"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_READING = ("head_row", "delimiter", "encoding", "date_format")
_ENCODINGS = ("utf-8", "gb18030", "utf-16")


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[ReceivedFile]:  # noqa: ANN401 - as Django's
        one = super().clean
        if not data:
            one(None, initial)
        return list(data)


class FilesForm(forms.Form):
    """Files to send."""

    sent = FilesField(allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sent"].label = say("uploads.files")

    def refuse(self, error: UserError, *, large: bool) -> None:
        """Say what is wrong with one of the files."""
        self.add_error("sent", forms.ValidationError(str(error), code="large" if large else None))


class MendedForm(forms.Form):
    """A file of quarantined rows that was mended elsewhere."""

    mended = forms.FileField()


class WishForm(forms.Form):
    """How a file is to be read: its table, its source, and which column comes from where.

    Columns can be chosen where one sheet, and its table, are known. What is as guessed is not
    kept: a better guess of a later version then counts.
    """

    fact = forms.ChoiceField(required=False)
    source = forms.CharField(required=False, max_length=100)
    sheet = forms.ChoiceField(required=False)
    head_row = forms.IntegerField(required=False, min_value=1, max_value=1000)
    delimiter = forms.ChoiceField(required=False)
    encoding = forms.ChoiceField(required=False)
    date_format = forms.CharField(required=False, max_length=40)

    def __init__(self, wish: dict[str, Any], found: Preview | None, *args: Any) -> None:
        super().__init__(*args)
        self._wish = wish
        self.found = found
        self._choices()
        for name, field in self.fields.items():
            field.label = say(f"uploads.{name}")
            field.help_text = say(f"uploads_help.{name}")
            field.initial = wish.get(name)
        self.fields["date_format"].initial = next(iter(wish.get("date_format", [])), "")
        self._add_columns()

    @property
    def chosen_sheet(self) -> SheetPreview | None:
        """The sheet whose columns can be chosen."""
        known = [s for s in self.found.sheets if s.table] if self.found else []
        return known[0] if len(known) == 1 else None

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("fact", "source", "sheet") if name in self.fields]

    @property
    def reading_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in _READING]

    @property
    def choices_by_column(self) -> dict[str, forms.BoundField]:
        """The choice of each canonical column."""
        return {
            name.removeprefix(_COLUMN): self[name]
            for name in self.fields
            if name.startswith(_COLUMN)
        }

    def wish(self) -> dict[str, Any]:
        """What is to be kept of a valid form."""
        given = self.cleaned_data
        names = ("fact", "source", "sheet", "head_row", "delimiter", "encoding")
        kept = {name: given[name] for name in names if given.get(name)}
        if given["date_format"]:
            kept["date_format"] = [given["date_format"]]
        columns = self._wished_columns()
        return kept | ({"columns": columns} if columns else {})

    def _wished_columns(self) -> dict[str, str | None]:
        sheet, fact = self.chosen_sheet, self.cleaned_data["fact"]
        if sheet is None or sheet.table is None or fact not in {"", sheet.table.name}:
            return {}  # another table has other columns
        guessed = match_heads(sheet.table, sheet.heads)
        columns: dict[str, str | None] = {}
        for column in sheet.table.columns:
            head = self.cleaned_data[_COLUMN + column.name]
            if not head:
                continue
            clear = column.name not in guessed.twice
            if not clear or head != guessed.columns.get(column.name, LEFT_OUT):
                columns[column.name] = None if head == LEFT_OUT else head
        return columns

    def _choices(self) -> None:
        tables = [(t.name, f"{local(t)} ({t.name})") for t in TABLES.values()]
        seen = self.found.sheets if self.found else ()
        sheets = {sheet.name.rpartition("#")[2] for sheet in seen if "#" in sheet.name}
        sheets |= {self._wish["sheet"]} if self._wish.get("sheet") else set()
        delimiters = [(sign, say(f"delimiter.{word}")) for sign, word in _DELIMITERS.items()]
        self._offer("fact", tables)
        self._offer("sheet", [(name, name) for name in sorted(sheets)])
        self._offer("delimiter", delimiters)
        self._offer("encoding", [(name, name) for name in _ENCODINGS])
        if not sheets:
            del self.fields["sheet"]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [("", say("uploads.guess")), *choices]

    def _add_columns(self) -> None:
        sheet = self.chosen_sheet
        if sheet is None:
            return
        choices = [(LEFT_OUT, say("uploads.left_out")), *((h, h) for h in sheet.heads)]
        for each in sheet.columns:
            label = local(each.column)
            field = forms.ChoiceField(choices=choices, required=False, label=label)
            field.widget.attrs["aria-label"] = label
            field.initial = each.head if each.head in sheet.heads else LEFT_OUT
            self.fields[_COLUMN + each.column.name] = field
