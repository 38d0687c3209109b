"""A refresh asked for by a call, done by the worker, followed by its address."""

from __future__ import annotations

from support.api import Api, clock, problem

from powercx.api.calling import PREFIX
from powercx.apps.core import tasks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import AuditEntry, Task

OUTAGE_OF = {"order_id": "new", "type_l1": "complaint", "accepted_at": "2025-03-30T09:30:00+08:00"}


def work(api: Api) -> None:
    """Do what a worker would do next."""
    task = records.claim(names=tasks.kinds(), at=clock())
    assert tasks.run(tasks.Work(api.site.home, task, clock))


def test_what_was_loaded_shows_after_a_refresh(own_api: Api):
    secret = own_api.secret()
    query = {"period": "2025-03"}
    path = "/measures/complaint_rate/figures"
    before = own_api.get(secret, path, query)
    own_api.post(secret, "/facts/service_order", {"rows": [OUTAGE_OF], "source": "crm"})

    asked = own_api.post(secret, "/refresh")
    work(own_api)

    told = own_api.get(secret, asked.json()["address"].removeprefix(PREFIX)).json()
    after = own_api.get(secret, path, query, If_None_Match=before["ETag"])
    assert (asked.status_code, asked.json()["state"], told["state"]) == (202, "waiting", "done")
    assert after.status_code == 200
    [old], [new] = before.json()["rows"], after.json()["rows"]
    assert new["numerator"] == old["numerator"] + 1


def test_the_same_refresh_is_asked_for_once(own_api: Api):
    secret = own_api.secret()

    ids = [own_api.post(secret, "/refresh").json()["task"] for _ in range(2)]
    full = own_api.post(secret, "/refresh?full=1").json()["task"]

    assert (ids[0], Task.objects.count()) == (ids[1], 2)
    assert full not in ids
    assert AuditEntry.objects.filter(record_type="task").count() == 2


def test_a_task_is_seen_by_whoever_may_see_jobs(own_api: Api):
    task = own_api.post(own_api.secret(), "/refresh").json()["task"]

    auditor = own_api.get(own_api.secret(Role.AUDITOR), f"/tasks/{task}")
    without = own_api.get(own_api.secret(scopes=(Permission.DATA_LOAD,)), f"/tasks/{task}")

    assert (auditor.status_code, without.status_code) == (200, 403)
    for other in ("00000000-0000-0000-0000-000000000000", "none"):
        assert problem(own_api.get(own_api.secret(), f"/tasks/{other}"))["status"] == 404
