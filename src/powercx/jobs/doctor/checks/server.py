"""The pages: who may ask for them, and over what."""

from __future__ import annotations

from powercx.apps.core.environment import flag, hosts
from powercx.base.messages import say
from powercx.jobs.doctor.registry import Finding, Installation, check, fail, ok, warn

_HERE = {"localhost", "127.0.0.1", "[::1]"}


@check()
def addresses(seen: Installation) -> Finding:
    """Names under which the pages are asked for go with how they are protected."""
    named = hosts(seen.environ)
    secure = flag(seen.environ, "POWERCX_HTTPS")
    odd = [name for name in named if "/" in name or " " in name or name.count(":") == 1]
    if odd:
        return fail(say("doctor.hosts_odd", names=", ".join(odd)), say("doctor.hosts_form"))
    found = say("doctor.hosts_are", names=", ".join(named), secure=int(secure))
    if "*" in named:
        return warn(found, say("doctor.hosts_all"))
    if set(named) - _HERE and not secure:
        return warn(found, say("doctor.hosts_plain"))
    return ok(found)
