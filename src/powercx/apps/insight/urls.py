from __future__ import annotations

from django.urls import path

from powercx.apps.insight.views import data_loads, data_sources

app_name = "insight"
urlpatterns = [
    path("data/", data_sources.sources, name="data"),
    path("data/tables/<str:name>/", data_sources.table, name="data_table"),
    path("data/tables/<str:name>/template.xlsx", data_sources.template, name="data_template"),
    path("data/loads/", data_loads.loads, name="data_loads"),
    path("data/loads/<str:load_id>/", data_loads.load, name="data_load"),
]
