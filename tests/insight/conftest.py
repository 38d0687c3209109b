from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from support.site import Site

from powercx.apps.core import tasks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.tasks import Work


@pytest.fixture
def do_tasks() -> Callable[[Site], list[str]]:
    """Does what has been asked for, as a worker would; gives the state of each task."""

    def do(site: Site) -> list[str]:
        states = []
        while task := records.claim(names=list(tasks.kinds()), at=timezone.now()):
            tasks.run(Work(site.home, task, timezone.now))
            task.refresh_from_db()
            states.append(task.state)
        return states

    return do
