"""Which port to listen on."""

from __future__ import annotations

import socket

from powercx.base.errors import UserError

_TRIED = 20


def free_port(first: int) -> int:
    """``first``, or the next port of this machine that nobody listens on.

    :raises UserError: the next twenty are all taken.
    """
    last = min(first + _TRIED, 65535)
    for port in range(first, last + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UserError("demo.no_port", first=first, last=last)
