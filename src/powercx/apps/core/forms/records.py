"""Forms of what is kept with a record."""

from __future__ import annotations

from django import forms


class CommentForm(forms.Form):
    """A comment."""

    text = forms.CharField(max_length=4000)


class EvidenceForm(forms.Form):
    """A link to what a record rests on."""

    title = forms.CharField(max_length=200)
    address = forms.CharField(max_length=1000)
