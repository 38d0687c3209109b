from __future__ import annotations

from django.apps import AppConfig

from powercx.apps.core import registry
from powercx.apps.core.enums import Permission
from powercx.apps.core.registry import Page


class CoreConfig(AppConfig):
    name = "powercx.apps.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only now.
        from powercx.apps.core import finders, signin  # noqa: PLC0415

        signin.connect()
        finders.connect()
        registry.add(Page("people", "core:people", "administration", "people", Permission.PEOPLE))
        registry.add(Page("jobs", "core:jobs", "administration", "job", Permission.JOBS))
        registry.add(Page("outbox", "core:outbox", "administration", "upload", Permission.JOBS))
        registry.add(
            Page("webhooks", "core:webhooks", "administration", "link", Permission.INTEGRATIONS)
        )
        registry.add(Page("audit", "core:audit", "administration", "audit", Permission.AUDIT))
        registry.add(
            Page("tokens", "core:tokens", "administration", "key", Permission.INTEGRATIONS)
        )
        registry.add(
            Page(
                "organisations",
                "core:organisations",
                "administration",
                "org",
                Permission.ORGANISATIONS,
            )
        )
