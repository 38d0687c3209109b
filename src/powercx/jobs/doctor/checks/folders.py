"""The home: its folders, who may read them, its settings and its keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.apps.core.vault.keyring import read_ring, ring_file
from powercx.base.home import Home
from powercx.base.identifiers import suggestion
from powercx.base.messages import say
from powercx.jobs.doctor.registry import Finding, Installation, check, fail, ok, warn

_FOLDER, _FILE = 0o700, 0o600
_SECRET = ("keys", "quarantine", "staging", "uploads", "files")


def _make(seen: Installation) -> str:
    missing = _missing(seen.home)
    seen.home.create()
    return say("doctor.folders_made", folders=", ".join(each.name for each in missing))


@check(mend=_make)
def folders(seen: Installation) -> Finding:
    """The home is there with its folders."""
    seen.home.check()
    if missing := _missing(seen.home):
        names = ", ".join(each.name for each in missing)
        return fail(say("doctor.folders_missing", folders=names), say("doctor.folders_mend"))
    return ok(say("doctor.is", what=seen.home.path))


def _missing(home: Home) -> list[Path]:
    wanted = (home.lake, home.catalog, home.keys, home.quarantine, home.staging, home.locks)
    return [each for each in wanted if not each.is_dir()]


def _close(seen: Installation) -> str:
    closed = list(_open(seen.home))
    for path in closed:
        path.chmod(_FOLDER if path.is_dir() else _FILE)
    return say("doctor.rights_closed", count=len(closed))


@check("folders", mend=_close)
def rights(seen: Installation) -> Finding:
    """What holds names and keys is readable by its owner alone."""
    if others := list(_open(seen.home)):
        named = ", ".join(str(path.relative_to(seen.home.path)) for path in others[:5])
        found = say("doctor.rights_open", count=len(others), named=named)
        return fail(found, say("doctor.rights_mend", home=seen.home.path))
    return ok(say("doctor.rights_ok"))


def _open(home: Home) -> Iterator[Path]:
    """What others than its owner may read, write or enter."""
    private = [home.path, *home.path.glob(f"{home.database.name}*")]
    for name in _SECRET:
        folder = home.path / name
        private += [folder, *folder.rglob("*")] if folder.exists() else []
    for path in private:
        if path.exists() and not path.is_symlink() and path.stat().st_mode & 0o077:
            # The home of an open lake is entered by others on purpose; its secrets are not.
            if path == home.path and not path.stat().st_mode & 0o022:
                continue
            yield path


@check("folders")
def config(seen: Installation) -> Finding:
    """``config.yaml`` can be read, and names a rule set there is."""
    name = seen.home.config().ruleset
    known = Catalogue(seen.home.catalog).rulesets
    if name not in known:
        nearest = suggestion(name, known)
        found = say("doctor.ruleset_unknown", name=name, nearest=nearest)
        return fail(found, say("doctor.ruleset_mend", file=seen.home.config_file))
    return ok(say("doctor.config_ok", ruleset=name))


@check("config")
def time_zone(seen: Installation) -> Finding:
    """The zone in which days begin is known, and what time it is there."""
    zone = seen.home.config().time_zone
    here = seen.at.astimezone(ZoneInfo(zone))
    return ok(say("doctor.time_zone_ok", zone=zone, now=f"{here:%Y-%m-%d %H:%M}"))


@check("folders")
def keys(seen: Installation) -> Finding:
    """The key ring is there, whole, and readable by its owner alone."""
    ring = read_ring(seen.home)
    if ring.rotating:
        found = say("doctor.keys_rotating", count=len(ring.generations))
        return warn(found, say("doctor.keys_rotate"))
    return ok(say("doctor.is", what=ring_file(seen.home)))
