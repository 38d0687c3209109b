from __future__ import annotations

import importlib

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "powercx.jobs"
    label = "jobs"

    def ready(self) -> None:
        # Registers the kinds of task wherever Django runs: pages ask for them, workers do them.
        importlib.import_module("powercx.jobs.runs")
