from __future__ import annotations

from uuid import UUID

from powercx.apps.core.models import Upload


def upload(upload_id: UUID) -> Upload | None:
    """One file that was sent; None when it is not, or no longer, there."""
    found: Upload | None = (
        Upload.objects.select_related("person", "task").filter(pk=upload_id).first()
    )
    return found


def uploads(*, first: int, most: int) -> tuple[list[Upload], int]:
    """Files that were sent, newest first, ``most`` of them from ``first`` on; and how many."""
    every = Upload.objects.select_related("person").order_by("-at", "pk")
    return list(every[first : first + most]), every.count()
