"""Pages of ``docs/catalogue``, made from the schema, the catalogue files and the command line."""

from __future__ import annotations
