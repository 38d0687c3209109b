"""Python, packages, disk, memory, fonts: what powercx stands on."""

from __future__ import annotations

import os
import re
import shutil
import sys
from importlib import metadata

from packaging.requirements import Requirement

from powercx.analytics.engine.workspace import default_memory
from powercx.base.messages import say
from powercx.jobs.doctor.registry import Finding, Installation, check, fail, ok, warn

_OLDEST = (3, 11)
_GB = 1024**3
_LITTLE_DISK, _LEAST_DISK = 5 * _GB, _GB
_LEAST_MEMORY = 2 * _GB
_UNITS = {"KB": 1000, "KIB": 1024, "MB": 1000**2, "MIB": 1024**2, "GB": 1000**3, "GIB": _GB}
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    '<text x="4" y="30" font-size="24" font-family="Noto Sans CJK SC, sans-serif">{}</text></svg>'
)


@check()
def python(seen: Installation) -> Finding:
    """Python is new enough."""
    del seen
    here = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, _OLDEST))
    if sys.version_info < _OLDEST:
        return fail(say("doctor.is", what=here), say("doctor.python_mend", wanted=wanted))
    return ok(say("doctor.is", what=here))


@check()
def packages(seen: Installation) -> Finding:
    """Every package is there in a version that powercx was tried with."""
    del seen
    asked = [Requirement(line) for line in metadata.requires("powercx") or ()]
    wrong = [text for each in asked if (text := _wrong(each))]
    if wrong:
        return fail(", ".join(wrong), say("doctor.packages_mend"))
    needed = [each for each in asked if _needed(each)]
    return ok(say("doctor.packages_ok", count=len(needed)))


def _wrong(asked: Requirement) -> str:
    """What is wrong with a package; one that only an extra asks for may be absent."""
    try:
        held = metadata.version(asked.name)
    except metadata.PackageNotFoundError:
        return say("doctor.package_missing", package=asked) if _needed(asked) else ""
    if asked.specifier.contains(held, prereleases=True):
        return ""
    return say("doctor.package_other", package=asked.name, held=held, wanted=asked.specifier)


def _needed(asked: Requirement) -> bool:
    return asked.marker is None or asked.marker.evaluate({"extra": ""})


@check()
def disk(seen: Installation) -> Finding:
    """There is room for loads, refreshes and spills."""
    folder = next(each for each in (seen.home.path, *seen.home.path.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    found = say("doctor.disk_free", free=f"{free / _GB:.1f}", folder=folder)
    if free < _LEAST_DISK:
        return fail(found, say("doctor.disk_mend"))
    return warn(found, say("doctor.disk_mend")) if free < _LITTLE_DISK else ok(found)


@check()
def memory(seen: Installation) -> Finding:
    """What a computation may take is there."""
    del seen
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = default_memory()
    found = say("doctor.memory_is", total=f"{total / _GB:.1f}", limit=limit)
    asked = _bytes(limit)
    if asked is None:
        return fail(found, say("doctor.memory_unclear", limit=limit))
    if total < _LEAST_MEMORY or asked > total:
        return warn(found, say("doctor.memory_mend"))
    return ok(found)


def _bytes(text: str) -> float | None:
    parts = re.fullmatch(r"\s*([\d.]+)\s*([a-zA-Z]+)\s*", text)
    unit = _UNITS.get(parts[2].upper()) if parts else None
    return float(parts[1]) * unit if parts and unit else None


@check()
def charts(seen: Installation) -> Finding:
    """The chart renderer draws."""
    del seen
    size = len(_drawn("A"))
    return ok(say("doctor.charts_ok", size=size))


@check("charts")
def font(seen: Installation) -> Finding:
    """Chinese comes out as Chinese: without a font every character is the same empty box."""
    del seen
    if _drawn("电") == _drawn("网"):
        return warn(say("doctor.font_missing"), say("doctor.font_mend"))
    return ok(say("doctor.font_ok"))


def _drawn(character: str) -> bytes:
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine

    return bytes(vl_convert.svg_to_png(_PICTURE.format(character)))
