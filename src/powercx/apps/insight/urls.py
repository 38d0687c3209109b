from __future__ import annotations

from django.urls import path

from powercx.apps.insight.views import (
    data_loads,
    data_quarantine,
    data_sources,
    data_uploads,
    measure_files,
    measure_rows,
    measures,
)

app_name = "insight"
urlpatterns = [
    path("measures/", measures.measures, name="measures"),
    path("measures.xlsx", measure_files.list_workbook, name="measures_workbook"),
    path("measures/<slug:key>/", measures.measure, name="measure"),
    path("measures/<slug:key>/figures.xlsx", measure_files.workbook_of, name="measure_workbook"),
    path("measures/<slug:key>/<slug:chart>.png", measure_files.png, name="measure_png"),
    path("measures/<slug:key>/<slug:chart>.svg", measure_files.svg, name="measure_svg"),
    path("measures/<slug:key>/explain/", measure_rows.explain, name="measure_explain"),
    path("measures/<slug:key>/rows.xlsx", measure_rows.workbook_of, name="measure_rows"),
    path("data/", data_sources.sources, name="data"),
    path("data/tables/<str:name>/", data_sources.table, name="data_table"),
    path("data/tables/<str:name>/template.xlsx", data_sources.template, name="data_template"),
    path("data/loads/", data_loads.loads, name="data_loads"),
    path("data/loads/<str:load_id>/", data_loads.load, name="data_load"),
    path("data/uploads/", data_uploads.uploads, name="data_uploads"),
    path("data/uploads/<uuid:upload_id>/", data_uploads.upload, name="data_upload"),
    path("data/uploads/<uuid:upload_id>/check/", data_uploads.check, name="data_check"),
    path("data/uploads/<uuid:upload_id>/load/", data_uploads.load, name="data_load_upload"),
    path("data/uploads/<uuid:upload_id>/drop/", data_uploads.drop, name="data_drop"),
    path("data/quarantine/", data_quarantine.quarantines, name="data_quarantines"),
    path("data/quarantine/<str:load_id>/", data_quarantine.quarantine, name="data_quarantine"),
    path("data/quarantine/<str:load_id>/reveal/", data_quarantine.reveal, name="data_reveal"),
    path("data/quarantine/<str:load_id>/file/", data_quarantine.download, name="data_download"),
    path("data/quarantine/<str:load_id>/mended/", data_quarantine.take_back, name="data_mended"),
    path("data/refresh/", data_uploads.refresh, name="data_refresh"),
]
