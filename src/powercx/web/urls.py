from __future__ import annotations

from django.urls import path

from powercx.web import views

app_name = "web"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("language/", views.language, name="language"),
]
