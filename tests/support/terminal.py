"""Commands as a terminal runs them: Ctrl+C reaches them, however the tests were begun."""

from __future__ import annotations

import sys

# Whoever runs the tests in the background has Ctrl+C ignored, and what they start inherits that.
_HEARING = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "os.execv(sys.executable, [sys.executable, '-m', 'powercx', *sys.argv[1:]])"
)


def powercx(*words: str) -> list[str]:
    """The command line of ``powercx`` with these words."""
    return [sys.executable, "-c", _HEARING, *words]
