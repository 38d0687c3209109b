"""Walls that import-linter has no contract for; its own run in ``make check``."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import grimp

# The order of the house: an app may use those before it, never those behind it.
APPS = (
    "core",
    "customers",
    "channels",
    "insight",
    "improvement",
    "operations",
    "design",
    "products",
    "review",
)
# `service` and `enums` of any app; core, which all stand on, has some more.
DOORS = ("service", "enums")
DOORS_OF_CORE = ("figures", "http", "lake", "registry", "rules", "tasks")

# Refuses Django as if it were not installed, then imports all of analytics.
WITHOUT_DJANGO = """
import importlib, pkgutil, sys

class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "django":
            raise ModuleNotFoundError(f"analytics asked for {name}", name=name)

sys.meta_path.insert(0, NoDjango())
import powercx.analytics
for module in pkgutil.walk_packages(powercx.analytics.__path__, "powercx.analytics."):
    importlib.import_module(module.name)
print("django" in sys.modules)
"""


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("powercx", include_external_packages=True)


def test_apps_enter_each_other_only_through_service_or_enums():
    trespasses = [
        f"{module} -> {imported}"
        for app, other in _pairs_of_apps()
        for module in _modules_of(app)
        for imported in graph().find_modules_directly_imported_by(module)
        if _app_of(imported) == other and not _is_door(imported)
    ]

    assert trespasses == []


def test_a_lower_app_never_imports_a_higher_one():
    climbs = [
        f"{module} -> {imported}"
        for lower, higher in _pairs_of_apps()
        if APPS.index(lower) < APPS.index(higher)
        for module in _modules_of(lower)
        for imported in graph().find_modules_directly_imported_by(module)
        if _app_of(imported) == higher
    ]

    assert climbs == []


def test_every_app_has_its_place_in_the_order():
    found = {child.rpartition(".")[2] for child in graph().find_children("powercx.apps")}

    assert found - set(APPS) == set()


def test_analytics_can_be_imported_where_django_is_not_installed():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr


def _pairs_of_apps() -> list[tuple[str, str]]:
    children = graph().find_children("powercx.apps")
    apps = sorted(child.rpartition(".")[2] for child in children)
    return [(app, other) for app in apps for other in apps if app != other]


def _modules_of(app: str) -> set[str]:
    package = f"powercx.apps.{app}"
    return {package, *graph().find_descendants(package)}


def _app_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if parts[:2] == ["powercx", "apps"] and len(parts) > 2 else None


def _is_door(module: str) -> bool:
    parts = module.split(".")
    doors = (*DOORS, *DOORS_OF_CORE) if parts[2] == "core" else DOORS
    return len(parts) > 3 and parts[3] in doors
