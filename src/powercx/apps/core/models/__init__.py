from __future__ import annotations

from powercx.apps.core.models.audit import AuditEntry, AuditHead
from powercx.apps.core.models.load import LoadRecord
from powercx.apps.core.models.objective import Objective, Responsibility, Target
from powercx.apps.core.models.outbox import OutboxMessage, Webhook
from powercx.apps.core.models.person import Assignment, Person
from powercx.apps.core.models.personal import PersonalRecord, PersonalToken
from powercx.apps.core.models.record import Attachment, Comment, EvidenceLink
from powercx.apps.core.models.task import Schedule, Task
from powercx.apps.core.models.token import ApiToken, IdempotentAnswer
from powercx.apps.core.models.upload import Upload

__all__ = [
    "ApiToken",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Comment",
    "EvidenceLink",
    "IdempotentAnswer",
    "LoadRecord",
    "Objective",
    "OutboxMessage",
    "Person",
    "PersonalRecord",
    "PersonalToken",
    "Responsibility",
    "Schedule",
    "Target",
    "Task",
    "Upload",
    "Webhook",
]
