"""What counts as personal in free text, as patterns that RE2 and Python read alike.

Only what both know is used: no look-around, no ``^`` or ``$``, classes spelt out. Two private
characters stand in for look-around: ``EDGE`` is put around the text, so that a boundary is always
a character; ``HOLD`` is put before what must stay (an order number, a word that only looks like a
name) and is no boundary. ``mask`` puts the edges in and takes both out.
"""

from __future__ import annotations
