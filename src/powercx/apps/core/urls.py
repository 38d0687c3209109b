from __future__ import annotations

from django.urls import path

from powercx.apps.core.views import account, targets

app_name = "core"
urlpatterns = [
    path("me/password/", account.password, name="password"),
    path("measures/<slug:key>/targets/", targets.targets, name="targets"),
    path("measures/<slug:key>/target/", targets.new, name="target_new"),
    path("measures/<slug:key>/targets/<int:pk>/", targets.change, name="target"),
    path("measures/<slug:key>/targets/<int:pk>/remove/", targets.remove, name="target_remove"),
    path("measures/<slug:key>/targets/restore/", targets.restore, name="target_restore"),
]
