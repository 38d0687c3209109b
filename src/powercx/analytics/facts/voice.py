"""Answers, invitations, subscriptions, outside ratings and customers who left."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs, place
from powercx.analytics.facts.registry import derived_fact

_NO_TEXT = ibis.null("string")


@derived_fact(
    grain="one row per response and item",
    reach={"survey_answer.date": (0, 0)},
    until=("survey_answer",),
)
def survey_answer(inputs: Inputs) -> ir.Table:
    """Answers as they came."""
    return place(inputs.source("survey_answer").mutate(left_out=_NO_TEXT), inputs, day="date")


@derived_fact(
    grain="one row per invitation",
    reach={"survey_invitation.date": (0, 0)},
    until=("survey_invitation",),
)
def survey_invitation(inputs: Inputs) -> ir.Table:
    """Invitations as they came."""
    rows = inputs.source("survey_invitation")
    return place(rows.mutate(left_out=_NO_TEXT), inputs, day="date")


@derived_fact(
    grain="one row per contract",
    reach={"subscription.started_on": (0, 0), "subscription.ends_on": (0, 0)},
    until=("subscription",),
)
def subscription(inputs: Inputs) -> ir.Table:
    """Contracts for value-added services."""
    rows = inputs.source("subscription").mutate(channel=_NO_TEXT, left_out=_NO_TEXT)
    return place(rows, inputs, day="started_on")


@derived_fact(
    grain="one row per rating from outside",
    reach={"external_rating.period_from": (0, 0)},
    until=("external_rating",),
)
def external_rating(inputs: Inputs) -> ir.Table:
    """Ratings with ``rank``, the number in ``grade`` where there is one (``3`` or ``第3名``)."""
    rows = inputs.source("external_rating")
    digits = rows.grade.re_extract(r"(\d+)", 1)
    rows = rows.mutate(
        rank=ibis.cases((digits != "", digits), else_=_NO_TEXT).cast("float64"),
        customer_id=_NO_TEXT,
        channel=_NO_TEXT,
        left_out=_NO_TEXT,
    )
    return place(rows, inputs, day="period_from")


@derived_fact(
    grain="one row per customer who closed the account",
    reach={},
    until=(),
)
def closed_customer(inputs: Inputs) -> ir.Table:
    """Customers with a closing date, placed as on their last open day."""
    rows = inputs.customers
    last_open = (rows.closed_on - ibis.interval(days=1)).cast("date")
    rows = rows.filter(rows.closed_on.notnull(), rows.current).select(
        "customer_id",
        "org_id",
        "closed_on",
        "close_reason",
        last_open_on=last_open,
        channel=_NO_TEXT,
        left_out=_NO_TEXT,
    )
    return place(rows, inputs, day="last_open_on")


@derived_fact(
    grain="one row per utterance that a model has labelled",
    reach={"text_label.date": (0, 0)},
    until=("text_label",),
)
def text_label(inputs: Inputs) -> ir.Table:
    """Utterances with the ``sentiment`` (positive, neutral, negative) a model gave them."""
    rows = inputs.source("text_label").mutate(left_out=_NO_TEXT)
    return place(rows, inputs, day="date")
