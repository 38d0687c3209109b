from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from powercx.apps.core.enums import ObjectiveState


class Objective(models.Model):
    """An objective of customer experience (clause 4): what is aimed at, why, and who answers."""

    statement = models.CharField(max_length=300)
    strategy = models.TextField(blank=True)
    owner = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="objectives")
    org_id = models.CharField(max_length=64, blank=True)
    clause = models.CharField(max_length=16, default="4")
    starts_on = models.DateField()
    ends_on = models.DateField()
    review_on = models.DateField(null=True)
    state = models.CharField(max_length=16, default=ObjectiveState.ACTIVE.value)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="objective_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="objective_state_known",
                condition=Q(state__in=[state.value for state in ObjectiveState]),
            ),
        ]

    def __str__(self) -> str:
        return self.statement


class Target(models.Model):
    """What a measure is to reach in a unit (none: everywhere) from one day to another, inclusive.

    In the measure's unit. With an ``objective`` it is one of the objective's yardsticks. It goes
    before the target of the measure's definition; the nearest unit above that has one lends it.
    """

    measure = models.CharField(max_length=64)
    org_id = models.CharField(max_length=64, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    baseline = models.FloatField(null=True)
    value = models.FloatField()
    note = models.CharField(max_length=300, blank=True)
    objective = models.ForeignKey(
        "core.Objective", on_delete=models.CASCADE, null=True, related_name="targets"
    )
    set_by = models.ForeignKey("core.Person", on_delete=models.SET_NULL, null=True)
    set_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="target_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]
        indexes = [models.Index(name="target_of_measure", fields=["measure", "org_id"])]

    def __str__(self) -> str:
        return f"{self.measure} {self.org_id or '*'}: {self.value}"


class Responsibility(models.Model):
    """Who does what for an objective in a process: R, A, C or I."""

    objective = models.ForeignKey(
        "core.Objective", on_delete=models.CASCADE, related_name="responsibilities"
    )
    process = models.CharField(max_length=100)
    person = models.ForeignKey("core.Person", on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="responsibility_once", fields=["objective", "process", "person", "part"]
            ),
            models.CheckConstraint(name="responsibility_raci", condition=Q(part__in=list("RACI"))),
        ]

    def __str__(self) -> str:
        return f"{self.process}: {self.person_id} {self.part}"
