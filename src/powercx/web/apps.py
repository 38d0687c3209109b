from __future__ import annotations

from django.apps import AppConfig

from powercx.apps.core import registry
from powercx.apps.core.enums import Permission
from powercx.apps.core.registry import Page


class WebConfig(AppConfig):
    name = "powercx.web"
    label = "web"

    def ready(self) -> None:
        # The frame of Django is there only now.
        from powercx.web import help as help_pages  # noqa: PLC0415

        help_pages.connect()
        registry.add(Page("overview", "web:overview", "overview", "home"))
        # Registered here so that it stands beneath the overview.
        registry.add(
            Page("objectives", "core:objectives", "overview", "target", Permission.OBJECTIVES)
        )
