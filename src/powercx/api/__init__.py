"""The HTTP API under ``/api/v1/``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from powercx.api.calling import Call


def operations() -> Sequence[Call]:
    """Every call with its method, its address and the permission it needs."""
    # Calls need the models, which Django reads after this package.
    from powercx.api.calling import registered  # noqa: PLC0415
    from powercx.api.calls import read_all  # noqa: PLC0415

    read_all()
    return registered()
