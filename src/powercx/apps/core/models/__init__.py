from __future__ import annotations

from powercx.apps.core.models.load import LoadRecord
from powercx.apps.core.models.personal import PersonalRecord, PersonalToken

__all__ = ["LoadRecord", "PersonalRecord", "PersonalToken"]
