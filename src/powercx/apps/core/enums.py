"""Words that the records of core and those who read them share."""

from __future__ import annotations

from enum import StrEnum


class LoadState(StrEnum):
    """How far a load came. Only ``STARTED`` may still change."""

    STARTED = "started"
    DONE = "done"
    DISCARDED = "discarded"
    REFUSED = "refused"


class Role(StrEnum):
    """What someone is to the utility's experience work (product.md, "Roles")."""

    ADMINISTRATOR = "administrator"
    EXPERIENCE_MANAGER = "experience_manager"
    ORG_MANAGER = "org_manager"
    ANALYST = "analyst"
    ACCOUNT_MANAGER = "account_manager"
    AGENT = "agent"
    EXECUTIVE = "executive"
    PROVIDER = "provider"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a page, an export or a call of the API asks for."""

    MEASURES = "measures.view"
    ROWS = "measures.rows"
    TARGETS = "targets.set"
    OBJECTIVES = "objectives.view"
    OBJECTIVES_EDIT = "objectives.edit"
    DATA = "data.view"
    DATA_LOAD = "data.load"
    ORGANISATIONS = "organisations.view"
    ORGANISATIONS_EDIT = "organisations.edit"
    PEOPLE = "people.view"
    PEOPLE_EDIT = "people.edit"
    INTEGRATIONS = "integrations.manage"
    JOBS = "jobs.view"
    JOBS_EDIT = "jobs.manage"
    AUDIT = "audit.view"
    DEFINITIONS = "definitions.view"
    PERSONAL = "personal.reveal"


class TaskState(StrEnum):
    """How far a task came; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """How far a message of the outbox came; ``DEAD`` waits for a person."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Event(StrEnum):
    """What other systems may hear of through a webhook."""

    LOAD_FINISHED = "load.finished"
    REFRESH_FINISHED = "refresh.finished"
    TASK_FAILED = "task.failed"
    TARGET_CHANGED = "target.changed"
    OBJECTIVE_CHANGED = "objective.changed"


class ObjectiveState(StrEnum):
    """Whether an objective is pursued."""

    ACTIVE = "active"
    CLOSED = "closed"


class UploadState(StrEnum):
    """What became of a file sent through the page."""

    WAITING = "waiting"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


class TargetSource(StrEnum):
    """Where the target in force comes from, nearest first."""

    OWN = "own"
    ABOVE = "above"
    COMPANY = "company"
    DEFINITION = "definition"
