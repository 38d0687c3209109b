"""Settings from the environment that refuse what they cannot understand."""

from __future__ import annotations

from collections.abc import Mapping

from powercx.base.errors import UserError

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Whether the variable says yes.

    :raises UserError: ``core.bad_flag``.
    """
    value = environ.get(name, "").strip().lower()
    if value not in _TRUE | _FALSE:
        raise UserError("core.bad_flag", variable=name, value=value)
    return value in _TRUE


def hosts(environ: Mapping[str, str]) -> list[str]:
    """Names under which the pages may be asked for: ``POWERCX_HOSTS``, else this machine only."""
    told = [host.strip() for host in environ.get("POWERCX_HOSTS", "").split(",") if host.strip()]
    return told or ["localhost", "127.0.0.1", "[::1]"]


def origins(environ: Mapping[str, str]) -> list[str]:
    """Addresses whose forms are trusted behind a proxy that speaks HTTPS."""
    if not flag(environ, "POWERCX_HTTPS"):
        return []
    return [f"https://{host}" for host in hosts(environ) if host != "*"]
