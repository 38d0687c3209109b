"""Make someone of every role in a home: ``python staff.py``, with ``POWERCX_HOME`` set.

A process of its own, since tests that drive a browser cannot use Django's database themselves.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from

PASSWORD = "correct-horse-battery"  # noqa: S105 - of people who exist in tests only


def main() -> None:
    home = home_from(os.environ)
    start(home, os.environ)
    # Models can be imported only now.
    from powercx.apps.core import lake  # noqa: PLC0415
    from powercx.apps.core.domain import people  # noqa: PLC0415
    from powercx.apps.core.domain.audit import SYSTEM  # noqa: PLC0415
    from powercx.apps.core.enums import Role  # noqa: PLC0415
    from powercx.apps.core.rules import Grant  # noqa: PLC0415

    tree = lake.tree(home)
    bureau = tree.children(tree.roots[0])[0]
    for role in Role:
        people.create_person(
            particulars=people.Particulars(role.value, role.value),
            grants=[Grant(role, bureau if role is Role.ORG_MANAGER else "")],
            password=PASSWORD,
            actor=SYSTEM,
            at=datetime(2026, 2, 1, 8, tzinfo=UTC),
            must_change=False,
        )


if __name__ == "__main__":
    main()
