"""Scripts that come inside installed packages, made ready to be served."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

CHARTS = "vendor/vega.js"
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


class PackageAssets(BaseFinder):
    """The bundle of Vega, Vega-Lite and Vega-Embed out of ``vl-convert-python``."""

    def check(self, **kwargs: Any) -> list[Any]:
        del kwargs
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401, FBT001, FBT002 - Django's signature
        del kwargs
        if path != CHARTS:
            return [] if find_all else None
        found = str(_bundle())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        del ignore_patterns
        folder = _bundle().parent.parent
        yield CHARTS, FileSystemStorage(location=str(folder))


def _bundle() -> Path:
    """The bundle on disk, made when this version's is missing; several may make it at once."""
    target: Path = settings.ASSETS / version("vl-convert-python") / CHARTS
    if not target.exists():
        import vl_convert  # noqa: PLC0415 - starts a JavaScript engine

        target.parent.mkdir(parents=True, exist_ok=True)
        made = target.with_suffix(f".{os.getpid()}")
        made.write_text(vl_convert.javascript_bundle(_SNIPPET), "utf-8")
        made.replace(target)
    return target
