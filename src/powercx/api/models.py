"""What calls answer, as models: the description of the API is made of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Name(Model):
    zh: str
    en: str


class Target(Model):
    default: float | None
    classes: dict[str, float]
    orgs: dict[str, float]


class Measure(Model):
    key: str
    name: Name
    kind: str
    clause: str
    unit: str
    better: str
    target: Target
    by: list[str]
    version: str
    own: bool


class Measures(Model):
    measures: list[Measure]
    next: str | None


class Figure(Model):
    org: str
    period: str
    segment: str | None
    value: float | None
    low: float | None
    high: float | None
    numerator: float | None
    denominator: float | None
    n: int
    reason: str | None
    notes: list[str]


class Figures(Model):
    measure: str
    unit: str
    better: str
    rows: list[Figure]


class Explanation(BaseModel):
    measure: str
    definition: dict[str, Any]
    figure: Figure
    rows: dict[str, Any]
    data: dict[str, Any]
    sample: list[dict[str, Any]]


class Unit(Model):
    id: str
    name: str
    parent: str | None


class Units(Model):
    organisations: list[Unit]
    next: str | None


class Table(Model):
    table: str
    name: Name
    kind: str
    grain: str
    key: list[str]


class Tables(Model):
    tables: list[Table]


class Ignored(Model):
    key: str
    nearest: list[str]


class Fault(Model):
    line: int
    column: str
    value: str
    reason: str
    detail: str


class Report(Model):
    path: str
    fact: str | None
    read: int
    loaded: int
    duplicate: int
    superseded: int
    quarantined: int
    reasons: dict[str, int]
    quarantine: str | None
    orphans: dict[str, int]
    seconds: float
    load: str | None
    ignored: list[Ignored]
    faults: list[Fault]
    faults_left_out: int


class Load(Model):
    load: str
    table: str
    file: str
    source: str
    state: str
    started_at: str
    finished_at: str | None
    report: dict[str, Any]


class Loads(Model):
    loads: list[Load]
    next: str | None


class Task(Model):
    task: str
    address: str
    name: str
    state: str
    share: float
    step: str
    result: dict[str, Any]
    error: dict[str, Any] | None
    asked_at: str
    started_at: str | None
    finished_at: str | None
