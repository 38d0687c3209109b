from __future__ import annotations

from django.urls import path

from powercx.apps.core.views import account

app_name = "core"
urlpatterns = [
    path("me/password/", account.password, name="password"),
]
