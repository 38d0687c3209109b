"""People and targets of the demo: one account a role, known to everyone. Never in a real home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from powercx.analytics.measures.service import Session, open_session
from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.domain import objectives, people, targets
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.enums import Role
from powercx.apps.core.models import Person
from powercx.apps.core.rules import Grant, Scope
from powercx.base.home import Home

_NAMES = {
    Role.EXPERIENCE_MANAGER: ("lin", "林静", "客户体验部主任"),
    Role.ORG_MANAGER: ("chen", "陈志强", "局长"),
    Role.EXECUTIVE: ("zhou", "周伟民", "副总经理"),
    Role.ANALYST: ("wu", "吴晓彤", "数据分析师"),
    Role.ACCOUNT_MANAGER: ("huang", "黄建华", "大客户经理"),
    Role.AGENT: ("he", "何小芳", "95598 坐席"),
    Role.AUDITOR: ("liang", "梁国栋", "审计专责"),
    Role.PROVIDER: ("feng", "冯磊", "施工单位项目经理"),
    Role.ADMINISTRATOR: ("admin", "谢宇", "系统管理员"),
}
_BUREAU = {Role.ORG_MANAGER, Role.ACCOUNT_MANAGER, Role.AGENT}
_TARGETS = {
    "complaint_rate": 14.0,
    "first_contact_resolution": 0.85,
    "csat": 0.82,
    "saidi": 15.0,
    "hotline_answer_20s": 0.9,
}
_AIMED = ("connection_on_time", 0.95, 0.97)
"""The measure of the objective, what the company is to reach, and what one bureau aims at."""
_STATEMENT = "报装按承诺办结，让客户等得明白、等得更短"
_STRATEGY = "对应公司战略：优化用电营商环境，“获得电力”指标进入全省前列。"


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who can sign in to the demo; ``org`` is the unit's name, empty for the company."""

    username: str
    name: str
    role: Role
    org: str


def make_staff(home: Home, *, password: str, at: datetime) -> list[Account]:
    """Make the demo's people, and the targets that its managers would have set, in ``home``.

    Needs a refreshed home of ``bootstrap.start``. With a city too small for bureaus everyone is
    of the company.
    """
    with open_session(home) as session:
        tree = session.tree
        bureau = next((unit for unit in _bureaus(tree) if unit in tree.names), "")
        accounts = [_account(role, tree, bureau, password, at) for role in _NAMES]
        _set_targets(session, bureau, at)
    return accounts


def _bureaus(tree: OrgTree) -> Sequence[str]:
    return tree.children(tree.roots[0])


def _account(role: Role, tree: OrgTree, bureau: str, password: str, at: datetime) -> Account:
    username, name, title = _NAMES[role]
    org = bureau if role in _BUREAU else ""
    people.create_person(
        particulars=people.Particulars(username, name, title),
        grants=[Grant(role, org)],
        password=password,
        actor=SYSTEM,
        at=at,
        must_change=False,
    )
    return Account(username, name, role, tree.names.get(org, "") if org else "")


def _set_targets(session: Session, bureau: str, at: datetime) -> None:
    """An objective and targets of the last year of data, beside where each stood in January."""
    last = session.last_month().start
    begins, ends = date(last.year, 1, 1), date(last.year, 12, 31)
    company = session.tree.roots[0]
    manager, owner = (
        Person.objects.get(username=_NAMES[role][0])
        for role in (Role.EXPERIENCE_MANAGER, Role.EXECUTIVE)
    )
    scope = Scope((Grant(Role.EXPERIENCE_MANAGER),), session.tree)
    actor = Actor(manager, manager.username)

    def stood(key: str, org: str) -> float | None:
        [figure] = session.show(key, orgs=[org], periods=[f"{begins:%Y-%m}"]).rows
        return figure.value

    for key, value in _TARGETS.items():
        targets.set_target(
            aim=targets.Aim(key, company, begins, ends, value, stood(key, company)),
            scope=scope,
            actor=actor,
            at=at,
        )
    key, value, stricter = _AIMED
    wanted = [(company, value), *([(bureau, stricter)] if bureau else [])]
    objectives.create_objective(
        saying=objectives.Saying(_STATEMENT, _STRATEGY, owner, "", begins, ends),
        yards=[
            objectives.Yard(key, org, begins, ends, aim, stood(key, org)) for org, aim in wanted
        ],
        parts=[
            objectives.Part("业扩报装", owner, "A"),
            objectives.Part("业扩报装", manager, "R"),
        ],
        scope=scope,
        actor=actor,
        at=at,
    )
