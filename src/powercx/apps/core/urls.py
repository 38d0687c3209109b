from __future__ import annotations

from django.urls import path

from powercx.apps.core.views import (
    account,
    audit,
    jobs,
    outbox,
    people,
    targets,
    tasks,
    webhooks,
)

app_name = "core"
urlpatterns = [
    path("me/", account.account, name="account"),
    path("me/everywhere/", account.everywhere, name="account_everywhere"),
    path("me/password/", account.password, name="password"),
    path("measures/<slug:key>/targets/", targets.targets, name="targets"),
    path("measures/<slug:key>/target/", targets.new, name="target_new"),
    path("measures/<slug:key>/targets/<int:pk>/", targets.change, name="target"),
    path("measures/<slug:key>/targets/<int:pk>/remove/", targets.remove, name="target_remove"),
    path("measures/<slug:key>/targets/restore/", targets.restore, name="target_restore"),
    path("audit/", audit.entries, name="audit"),
    path("audit/check/", audit.check, name="audit_check"),
    path("audit/export/", audit.export, name="audit_export"),
    path("people/", people.people_list, name="people"),
    path("people/export/", people.export, name="people_export"),
    path("people/new/", people.new, name="people_new"),
    path("people/<int:pk>/", people.person, name="people_one"),
    path("people/<int:pk>/edit/", people.edit, name="people_edit"),
    path("people/<int:pk>/password/", people.password, name="people_password"),
    path("people/<int:pk>/unlock/", people.unlock, name="people_unlock"),
    path("people/<int:pk>/factor/", people.factor, name="people_factor"),
    path("people/<int:pk>/state/", people.state, name="people_state"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/run/<str:name>/", jobs.run, name="jobs_run"),
    path("jobs/schedules/<int:pk>/", jobs.schedule, name="jobs_schedule"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/replay/", outbox.replay_all, name="outbox_replay_all"),
    path("outbox/<int:pk>/replay/", outbox.replay, name="outbox_replay"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/new/", webhooks.new, name="webhooks_new"),
    path("webhooks/<int:pk>/", webhooks.one, name="webhooks_one"),
    path("webhooks/<int:pk>/test/", webhooks.test, name="webhooks_test"),
    path("webhooks/<int:pk>/secret/", webhooks.rotate, name="webhooks_rotate"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/cancel/", tasks.cancel, name="task_cancel"),
    path("tasks/<uuid:task_id>/again/", tasks.again, name="task_again"),
]
