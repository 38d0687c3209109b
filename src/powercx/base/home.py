"""Where a supplier's powercx lives on disk, and the few settings it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from powercx.base.errors import UserError
from powercx.base.identifiers import suggestion

VARIABLE = "POWERCX_HOME"


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one installation, kept in ``config.yaml``.

    ``ruleset`` names the service limits in force (a file of ``catalog/rulesets``), ``time_zone``
    the zone in which days begin, ``language`` ("zh" or "en") the one shown when none is asked for.
    """

    ruleset: str = "csg"
    time_zone: str = "Asia/Shanghai"
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds everything: lake, operational database, catalogue, keys."""

    path: Path

    @property
    def lake(self) -> Path:
        return self.path / "lake"

    @property
    def catalog(self) -> Path:
        return self.path / "catalog"

    @property
    def database(self) -> Path:
        return self.path / "db.sqlite3"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def quarantine(self) -> Path:
        return self.path / "quarantine"

    @property
    def files(self) -> Path:
        """Files kept with records, each under its SHA-256."""
        return self.path / "files"

    @property
    def uploads(self) -> Path:
        """Files sent through the page, until they are loaded or dropped."""
        return self.path / "uploads"

    @property
    def staging(self) -> Path:
        return self.path / "staging"

    @property
    def cache(self) -> Path:
        """What can be made again at any time; safe to delete."""
        return self.path / "cache"

    @property
    def locks(self) -> Path:
        return self.path / "locks"

    @property
    def config_file(self) -> Path:
        return self.path / "config.yaml"

    def create(self) -> None:
        """Make what is missing, for the owner alone; what is there stays as it is.

        :raises UserError: ``home.cannot_make``.
        """
        try:
            self._create()
        except OSError as error:
            reason = error.strerror or str(error)
            raise UserError("home.cannot_make", path=self.path, reason=reason) from error

    def _create(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for private in (self.keys, self.quarantine, self.staging, self.uploads, self.files):
            private.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.lake, self.catalog, self.locks):
            folder.mkdir(exist_ok=True)
        if not self.config_file.exists():
            self.config_file.write_text(yaml.safe_dump(asdict(Config())), "utf-8")

    def check(self) -> None:
        """:raises UserError: ``home.missing`` when ``create`` has not run here."""
        if not self.config_file.exists():
            raise UserError("home.missing", path=self.path)

    def config(self) -> Config:
        """Read ``config.yaml``; what it does not name has its default.

        :raises UserError: the file is no YAML mapping, or holds an unknown key or value.
        """
        if not self.config_file.exists():
            return Config()
        try:
            found = yaml.safe_load(self.config_file.read_text("utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            reason = str(error).replace("\n", " ")
            raise UserError("home.config", file=self.config_file, reason=reason) from error
        known = [field.name for field in fields(Config)]
        for key in found:
            if key not in known:
                raise UserError(
                    "home.unknown_key",
                    file=self.config_file,
                    key=key,
                    nearest=suggestion(str(key), known),
                )
        self._check_zone(str(found.get("time_zone", Config().time_zone)))
        return Config(**{key: str(value) for key, value in found.items()})

    def _check_zone(self, zone: str) -> None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise UserError(
                "home.bad_value",
                file=self.config_file,
                key="time_zone",
                value=zone,
                reason="IANA time zone, e.g. Asia/Shanghai",
            ) from error


def home_from(environ: Mapping[str, str]) -> Home:
    """The home that ``POWERCX_HOME`` names, else ``./powercx-home``."""
    return Home(Path(environ.get(VARIABLE) or "powercx-home").absolute())
