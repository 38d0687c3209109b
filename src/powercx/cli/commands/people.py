"""``powercx people``: who may sign in, for whoever has the machine; the pages do the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from django.utils import timezone

from powercx.apps.core import lake
from powercx.apps.core.bootstrap import start
from powercx.apps.core.enums import Role
from powercx.apps.core.rules import Grant
from powercx.base.errors import UserError
from powercx.base.home import Home, home_from
from powercx.base.identifiers import suggestion
from powercx.base.messages import say
from powercx.cli import output

if TYPE_CHECKING:
    from powercx.apps.core.models import Person


@click.group("people")
def command() -> None:
    """人员与登录 · People who may sign in."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def list_people(environ: Mapping[str, str], /, *, as_json: bool) -> None:
    """列出人员 · List people with their roles."""
    home = _opened(environ)
    from powercx.apps.core.models import Person  # noqa: PLC0415 - once the home is open

    found = Person.objects.order_by("username", "pk").prefetch_related("assignments")
    rows = [_as_json(person) for person in found]
    if as_json:
        output.as_json({"people": rows})
        return
    heads = ("username", "name", "roles", "state")
    output.table(
        [say(f"people.column_{head}") for head in heads],
        [[row["username"], row["name"], _roles(home, row["roles"]), _state(row)] for row in rows],
    )


@command.command("add")
@click.argument("username")
@click.option("--name", required=True, help="姓名 · name")
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE[:UNIT]", help="角色[:单位] · may repeat"
)
@click.option("--title", default="", help="职务 · title")
@click.option("--email", default="", help="邮箱 · e-mail")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def add(
    environ: Mapping[str, str],
    /,
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    title: str,
    email: str,
    as_json: bool,
) -> None:
    """添加人员，给出初始密码 · Add someone; prints a first password."""
    home = _opened(environ)
    from powercx.apps.core.domain import people  # noqa: PLC0415 - once the home is open
    from powercx.apps.core.domain.audit import SYSTEM  # noqa: PLC0415

    password = people.new_password()
    made = people.create_person(
        particulars=people.Particulars(username, name, title, email),
        grants=[_grant(home, text) for text in roles],
        password=password,
        actor=SYSTEM,
        at=timezone.now(),
    )
    if as_json:
        output.as_json({**_as_json(made), "password": password})
    else:
        click.echo(say("people.added", username=made.username, name=made.name))
        click.echo(say("people.password_is", password=password))


@command.command("password")
@click.argument("username")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def password(environ: Mapping[str, str], /, *, username: str, as_json: bool) -> None:
    """重设密码 · Set a new password and print it."""
    _opened(environ)
    from powercx.apps.core.domain import people  # noqa: PLC0415 - once the home is open
    from powercx.apps.core.domain.audit import SYSTEM  # noqa: PLC0415

    made = people.new_password()
    person = _person(username)
    people.set_password(
        person=person, password=made, must_change=True, actor=SYSTEM, at=timezone.now()
    )
    if as_json:
        output.as_json({"username": person.username, "password": made})
    else:
        click.echo(say("people.password_set", username=person.username))
        click.echo(say("people.password_is", password=made))


@command.command("unlock")
@click.argument("username")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def unlock(environ: Mapping[str, str], /, *, username: str, as_json: bool) -> None:
    """解除锁定 · Let someone who is locked out try again."""
    _opened(environ)
    from powercx.apps.core.domain import people  # noqa: PLC0415 - once the home is open
    from powercx.apps.core.domain.audit import SYSTEM  # noqa: PLC0415

    person = _person(username)
    people.unlock(person=person, actor=SYSTEM, at=timezone.now())
    if as_json:
        output.as_json({"username": person.username})
    else:
        click.echo(say("people.unlocked_one", username=person.username))


def _opened(environ: Mapping[str, str]) -> Home:
    home = home_from(environ)
    start(home, environ)
    return home


def _person(username: str) -> Person:
    from powercx.apps.core.models import Person  # noqa: PLC0415 - once the home is open

    found: Person | None = Person.objects.filter(username__iexact=username).first()
    if found is None:
        names = list(Person.objects.values_list("username", flat=True))
        raise UserError(
            "people.unknown_person", username=username, nearest=suggestion(username, names)
        )
    return found


def _grant(home: Home, text: str) -> Grant:
    """``agent:B01`` or ``agent:东城供电局``; without a unit the whole company."""
    role, _, unit = text.partition(":")
    if role not in set(Role):
        raise UserError("people.unknown_role", role=role, known=", ".join(Role))
    tree = lake.tree(home)
    org = tree.named(unit)
    if unit and not tree.knows(org):
        raise UserError("people.unknown_unit", unit=unit, nearest=tree.nearest(unit))
    return Grant(Role(role), org)


def _as_json(person: Person) -> dict[str, Any]:
    return {
        "username": person.username,
        "name": person.name,
        "title": person.title,
        "email": person.email,
        "active": person.is_active,
        "locked_until": person.locked_until,
        "last_sign_in": person.last_login,
        "roles": [
            {"role": each.role, "unit": each.org_id or None}
            for each in sorted(person.assignments.all(), key=lambda a: (a.role, a.org_id))
        ],
    }


def _roles(home: Home, roles: Sequence[Mapping[str, str | None]]) -> str:
    names = lake.tree(home).names
    return "; ".join(
        f"{say('role.' + str(each['role']))} · "
        + (names.get(each["unit"], each["unit"]) if each["unit"] else say("people.whole_company"))
        for each in roles
    )


def _state(row: Mapping[str, Any]) -> str:
    locked = row["locked_until"] is not None and row["locked_until"] > timezone.now()
    state = "locked" if locked else "active"
    return say(f"people.state_{state if row['active'] else 'inactive'}")
