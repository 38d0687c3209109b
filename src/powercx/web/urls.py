from __future__ import annotations

from django.urls import path

from powercx.web import help, views  # noqa: A004 - the page's name

app_name = "web"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("help/", help.index, name="help"),
    path("help/words/", help.words, name="words"),
    path("help/<str:number>/", help.chapter, name="help_chapter"),
    path("search/", help.search, name="search"),
    path("language/", views.language, name="language"),
]
