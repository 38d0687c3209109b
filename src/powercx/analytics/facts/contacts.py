"""Contacts: followed for repeats, strung into journeys; sessions of self service."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs, place
from powercx.analytics.facts.registry import derived_fact, shared_rows

FOLLOWED_DAYS = 7
REPEAT_DAYS = 30
SESSION = ["source", "session_id", "business_type"]
_MATTER = ["customer_id", "business_type"]
_IN_ORDER = ["at", "contact_id", "source"]
_NEIGHBOURS = ("before_at", "next_at", "next_in_at")
_FALSE = ibis.literal(value=False)
_NO_TEXT = ibis.null("string")


@derived_fact(grain="one row per contact", reach={"contact.date": (0, 0)}, until=("contact",))
def contact(inputs: Inputs) -> ir.Table:
    """Contacts as they came."""
    return place(inputs.source("contact").mutate(left_out=_NO_TEXT), inputs, day="date")


@shared_rows
def followed_contact(inputs: Inputs) -> ir.Table:
    """Contacts of known customers, placed, with their neighbours on the same business.

    In the order of a customer's contacts on one business: ``before_at`` and ``next_at`` are the
    instants of the contact before and after, ``next_in_at`` that of the next inbound one. Contacts
    without a business type have neighbours that mean nothing.
    """
    rows = inputs.source("contact")
    rows = inputs.concerned(rows.filter(rows.customer_id.notnull()), "contact", "customer_id")
    rows = inputs.of_use(rows, *_MATTER, *_IN_ORDER, "org_id", "date", "channel", "direction")
    later = ibis.rows_window(following=(1, None), group_by=_MATTER, order_by=_IN_ORDER)
    inbound = ibis.cases((rows.direction == "in", rows["at"]))
    rows = _with_neighbours(rows, next_in_at=inbound.min().over(later))
    return place(rows, inputs, day="date")


def _with_neighbours(rows: ir.Table, **more: ir.Value) -> ir.Table:
    """``rows`` with all windows in one step: the engine sorts once a step."""
    same = ibis.window(group_by=_MATTER, order_by=_IN_ORDER)
    at = rows["at"]
    return rows.mutate(before_at=at.lag().over(same), next_at=at.lead().over(same), **more)


@derived_fact(
    grain="one row per inbound contact of a known customer and business type",
    reach={"contact.date": (FOLLOWED_DAYS + 1, 0)},
    until=("contact",),
    lag=FOLLOWED_DAYS + 1,
    shares="followed_contact",
)
def contact_with_repeat(inputs: Inputs) -> ir.Table:
    """Inbound contacts with ``repeated``: was there a later one on the same business in 7 x 24 h?

    Contacts without a customer or a business type cannot be followed and are no rows of this fact.
    Those of the last 7 days before the end of the data are left out: their time is not over.
    """
    rows = inputs.shared("followed_contact")
    rows = rows.filter(rows.business_type.notnull(), rows.direction == "in")
    week = ibis.interval(hours=FOLLOWED_DAYS * 24)
    last = inputs.end_of("contact") - ibis.interval(days=FOLLOWED_DAYS)
    return rows.mutate(
        repeated=(rows.next_in_at <= rows["at"] + week).fill_null(_FALSE),
        left_out=ibis.cases((rows.date > last.cast("date"), "still_followed"), else_=_NO_TEXT),
    ).drop(*_NEIGHBOURS)


@derived_fact(
    grain="one row per contact of a known customer",
    reach={"contact.date": (0, REPEAT_DAYS + 1)},
    until=("contact",),
    shares="followed_contact",
)
def contact_after_contact(inputs: Inputs) -> ir.Table:
    """Contacts with ``follows``: did it follow another on the same business within 30 x 24 h?

    A contact without a business type follows nothing, but its customer counts as in contact.
    """
    rows = inputs.shared("followed_contact")
    month = ibis.interval(hours=REPEAT_DAYS * 24)
    follows = (rows.before_at >= rows["at"] - month) & rows.business_type.notnull()
    return rows.mutate(follows=follows.fill_null(_FALSE), left_out=_NO_TEXT).drop(*_NEIGHBOURS)


def _journeyed(rows: ir.Table) -> ir.Table:
    """Followed contacts with ``begins`` and ``ends``: whether a journey does with this contact."""
    rows = rows.filter(rows.business_type.notnull())
    gap = ibis.interval(hours=FOLLOWED_DAYS * 24)
    return rows.mutate(
        begins=rows.before_at.isnull() | (rows["at"] > rows.before_at + gap),
        ends=rows.next_at.isnull() | (rows.next_at > rows["at"] + gap),
    )


def _numbered(rows: ir.Table) -> ir.Table:
    """Contacts of journeys with the number of their ``journey`` among the customer's on a business.

    Of the same rows the number is the same; it means nothing beyond them.
    """
    upto = ibis.cumulative_window(group_by=_MATTER, order_by=_IN_ORDER)
    return rows.mutate(journey=rows.begins.cast("int64").sum().over(upto))


def journey_spans(inputs: Inputs) -> ir.Table:
    """First and last day of each journey: a contact changes the day its journey began on."""
    rows = inputs.source("contact").select(*_IN_ORDER, "customer_id", "business_type", "date")
    rows = inputs.concerned(rows.filter(rows.customer_id.notnull()), "contact", *_MATTER)
    rows = _with_neighbours(rows)
    rows = _numbered(_journeyed(rows))
    return rows.group_by([*_MATTER, "journey"]).aggregate(
        first=rows.date.min(), last=rows.date.max()
    )


@derived_fact(
    grain="one row per journey: contacts of a customer on one business, gaps of at most 7 days",
    reach={"contact.date": (FOLLOWED_DAYS + 1, FOLLOWED_DAYS + 1)},
    until=("contact",),
    spans=journey_spans,
    shares="followed_contact",
)
def journey(inputs: Inputs) -> ir.Table:
    """Journeys with ``channels``, the number of different channels; dated by their first contact.

    The organisation and channel of a journey are those of its first contact. Most journeys are one
    contact, and need no counting.
    """
    rows = _journeyed(inputs.shared("followed_contact"))
    single = _first_contacts(
        rows.filter(rows.begins, rows.ends),
        channels=rows.channel.notnull().cast("int64"),
        contacts=ibis.literal(1, "int64"),
    )
    longer = _numbered(rows.filter(~(rows.begins & rows.ends)))
    by = [*_MATTER, "journey"]
    counted = longer.group_by(by).aggregate(
        channels=longer.channel.nunique(), contacts=longer.count()
    )
    first = longer.filter(longer.begins).inner_join(counted, by)
    return single.union(_first_contacts(first, channels=first.channels, contacts=first.contacts))


def _first_contacts(rows: ir.Table, **counts: ir.Value) -> ir.Table:
    return rows.select(
        *("customer_id", "business_type", "date", "channel"),
        *[name for name in ("place", "org_id", "class") if name in rows.columns],
        first_at=rows["at"],
        left_out=_NO_TEXT,
        **counts,
    )


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
