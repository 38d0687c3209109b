from __future__ import annotations

from powercx.cli.main import run

run()
