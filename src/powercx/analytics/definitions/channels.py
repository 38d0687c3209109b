"""Channels: which are online, and on which a person helps."""

from __future__ import annotations

from powercx.analytics.definitions.measures import Strict, Text


class Channel(Strict):
    """A way of contact (clause 8.2); ``online`` counts for internet business."""

    key: str
    name: Text
    clause: str
    online: bool
    assisted: bool
