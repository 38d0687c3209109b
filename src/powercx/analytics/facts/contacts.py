"""Contacts: followed for repeats, strung into journeys; sessions of self service."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs, place
from powercx.analytics.facts.registry import derived_fact

FOLLOWED_DAYS = 7
REPEAT_DAYS = 30
SESSION = ["source", "session_id", "business_type"]
_FALSE = ibis.literal(value=False)
_NO_TEXT = ibis.null("string")


@derived_fact(grain="one row per contact", reach={"contact.date": (0, 0)}, until=("contact",))
def contact(inputs: Inputs) -> ir.Table:
    """Contacts as they came."""
    return place(inputs.source("contact").mutate(left_out=_NO_TEXT), inputs, day="date")


@derived_fact(
    grain="one row per inbound contact of a known customer and business type",
    reach={"contact.date": (FOLLOWED_DAYS + 1, 0)},
    until=("contact",),
    lag=FOLLOWED_DAYS + 1,
)
def contact_with_repeat(inputs: Inputs) -> ir.Table:
    """Inbound contacts with ``repeated``: was there a later one on the same business in 7 x 24 h?

    Contacts without a customer or a business type cannot be followed and are no rows of this fact.
    Those of the last 7 days before the end of the data are left out: their time is not over.
    """
    rows = inputs.source("contact")
    rows = rows.filter(
        rows.customer_id.notnull(), rows.business_type.notnull(), rows.direction == "in"
    )
    same = ibis.window(
        group_by=["customer_id", "business_type"], order_by=["at", "contact_id", "source"]
    )
    next_at = rows["at"].lead().over(same)
    week = ibis.interval(hours=FOLLOWED_DAYS * 24)
    last = inputs.end_of("contact") - ibis.interval(days=FOLLOWED_DAYS)
    rows = rows.mutate(
        repeated=(next_at <= rows["at"] + week).fill_null(_FALSE),
        left_out=ibis.cases((rows.date > last.cast("date"), "still_followed"), else_=_NO_TEXT),
    )
    return place(rows, inputs, day="date")


@derived_fact(
    grain="one row per contact of a known customer",
    reach={"contact.date": (0, REPEAT_DAYS + 1)},
    until=("contact",),
)
def contact_after_contact(inputs: Inputs) -> ir.Table:
    """Contacts with ``follows``: did it follow another on the same business within 30 x 24 h?

    A contact without a business type follows nothing, but its customer counts as in contact.
    """
    rows = inputs.source("contact")
    rows = rows.filter(rows.customer_id.notnull())
    same = ibis.window(
        group_by=["customer_id", "business_type"], order_by=["at", "contact_id", "source"]
    )
    before = rows["at"].lag().over(same)
    month = ibis.interval(hours=REPEAT_DAYS * 24)
    follows = (before >= rows["at"] - month) & rows.business_type.notnull()
    rows = rows.mutate(follows=follows.fill_null(_FALSE), left_out=_NO_TEXT)
    return place(rows, inputs, day="date")


def _journey_rows(rows: ir.Table) -> ir.Table:
    """Contacts with ``journey_at``, the instant at which their journey began."""
    rows = rows.filter(rows.customer_id.notnull(), rows.business_type.notnull())
    order = ["at", "contact_id", "source"]
    same = ibis.window(group_by=["customer_id", "business_type"], order_by=order)
    gap = ibis.interval(hours=FOLLOWED_DAYS * 24)
    before = rows["at"].lag().over(same)
    begins = before.isnull() | (rows["at"] > before + gap)
    rows = rows.mutate(begins=begins.cast("int64"))
    upto = ibis.cumulative_window(group_by=["customer_id", "business_type"], order_by=order)
    return rows.mutate(journey=rows.begins.sum().over(upto))


def journey_spans(inputs: Inputs) -> ir.Table:
    """First and last day of each journey: a contact changes the day its journey began on."""
    rows = _journey_rows(inputs.source("contact"))
    return rows.group_by(["customer_id", "business_type", "journey"]).aggregate(
        first=rows.date.min(), last=rows.date.max()
    )


@derived_fact(
    grain="one row per journey: contacts of a customer on one business, gaps of at most 7 days",
    reach={"contact.date": (FOLLOWED_DAYS + 1, FOLLOWED_DAYS + 1)},
    until=("contact",),
    spans=journey_spans,
)
def journey(inputs: Inputs) -> ir.Table:
    """Journeys with ``channels``, the number of different channels; dated by their first contact.

    The organisation and channel of a journey are those of its first contact.
    """
    rows = _journey_rows(inputs.source("contact"))
    by = ["customer_id", "business_type", "journey"]
    found = rows.group_by(by).aggregate(
        channels=rows.channel.nunique(), first_at=rows["at"].min(), contacts=rows.count()
    )
    first = rows.filter(rows.begins == 1).select(
        who="customer_id",
        what="business_type",
        which="journey",
        date="date",
        org_id="org_id",
        channel="channel",
    )
    found = found.inner_join(
        first,
        [
            found.customer_id == first.who,
            found.business_type == first.what,
            found.journey == first.which,
        ],
    ).drop("who", "what", "which")
    return place(found.mutate(left_out=_NO_TEXT), inputs, day="date")


@derived_fact(
    grain="one row per session of a known customer and business type",
    reach={"digital_event.date": (2, 2), "contact.date": (3, 0)},
    until=("digital_event", "contact"),
    lag=3,
)
def self_service_session(inputs: Inputs) -> ir.Table:
    """Digital sessions about a business: ``succeeded``, as its last event tells, and ``helped``.

    ``helped``: an assisted contact on that business within 24 hours after the last event. A session
    of an unknown customer cannot be followed and is left out. Dated by its first event.
    """
    events = inputs.source("digital_event")
    events = events.filter(events.business_type.notnull())
    rows = events.group_by(SESSION).aggregate(
        customer_id=events.customer_id.max(),
        org_id=events.org_id.max(),
        channel=events.app.max(),
        date=events.date.min(),
        last_at=events["at"].max(),
    )
    rows = _joined(rows, _outcomes(events))
    helped = _helped(rows, inputs)
    rows = _joined(rows, helped)
    unknown = ibis.cases((rows.customer_id.isnull(), "customer_unknown"), else_=_NO_TEXT)
    rows = rows.mutate(helped=rows.helped.fill_null(_FALSE), left_out=unknown)
    return place(rows, inputs, day="date")


def _joined(rows: ir.Table, more: ir.Table) -> ir.Table:
    found = rows.left_join(more, SESSION)
    return found.drop([name for name in found.columns if name.endswith("_right")])


def _outcomes(events: ir.Table) -> ir.Table:
    """``succeeded`` of each session: what its last event that tells says."""
    told = events.filter(events.succeeded.notnull())
    last = ibis.window(group_by=SESSION, order_by=[told["at"].desc(), told.event_id.desc()])
    told = told.mutate(place=ibis.row_number().over(last))
    return told.filter(told.place == 0).select(*SESSION, "succeeded")


def _helped(sessions: ir.Table, inputs: Inputs) -> ir.Table:
    contacts = inputs.source("contact")
    assisted = contacts.filter(
        contacts.direction == "in",
        ~contacts.self_service.fill_null(_FALSE),
        contacts.channel.isin(inputs.assisted),
    ).select(who="customer_id", what="business_type", came_at="at")
    day = ibis.interval(hours=24)
    met = sessions.inner_join(
        assisted,
        [
            sessions.customer_id == assisted.who,
            sessions.business_type == assisted.what,
            assisted.came_at > sessions.last_at,
            assisted.came_at <= sessions.last_at + day,
        ],
    )
    return met.select(*SESSION).distinct().mutate(helped=ibis.literal(value=True))


@derived_fact(
    grain="one row per digital event",
    reach={"digital_event.date": (0, 0)},
    until=("digital_event",),
)
def digital_event(inputs: Inputs) -> ir.Table:
    """Digital events of known customers; an unknown one cannot be counted once."""
    rows = inputs.source("digital_event")
    unknown = ibis.cases((rows.customer_id.isnull(), "customer_unknown"), else_=_NO_TEXT)
    return place(rows.mutate(channel=rows.app, left_out=unknown), inputs, day="date")
