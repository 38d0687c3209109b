from __future__ import annotations

import importlib

from django.apps import AppConfig

from powercx.apps.core import registry
from powercx.apps.core.enums import Permission
from powercx.apps.core.registry import Page


class InsightConfig(AppConfig):
    name = "powercx.apps.insight"
    label = "insight"

    def ready(self) -> None:
        # Registers its kinds of task.
        importlib.import_module("powercx.apps.insight.tasks")
        # Models can be imported only now.
        importlib.import_module("powercx.apps.insight.finders").connect()

        registry.add(
            Page(
                "measures",
                "insight:measures",
                "insight",
                "measure",
                Permission.MEASURES,
                covers="insight:measure",
            )
        )
        registry.add(Page("data", "insight:data", "insight", "data", Permission.DATA))
