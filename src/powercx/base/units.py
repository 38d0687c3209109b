"""Numbers as people read them: 1,234.5, 98.6%, 42.0 分钟."""

from __future__ import annotations

from powercx.base.messages import language

_WORDS: dict[str, tuple[str, str]] = {
    "min": ("分钟", "min"),
    "h": ("小时", "h"),
    "s": ("秒", "s"),
    "working_days": ("工作日", "working days"),
    "points": ("点", "points"),
    "per_10k": ("/万户", "per 10,000"),
    "times": ("次", "times"),
    "score": ("分", "score"),
    "rank": ("名", "rank"),
    "index": ("", ""),
    "ratio": ("", ""),
}
_FINE, _NEARLY, _HARDLY = 1, 0.999, 0.001


def unit_word(unit: str) -> str:
    """The unit in the reader's language; unknown units stand for themselves."""
    zh, en = _WORDS.get(unit, (unit, unit))
    return zh if language() == "zh" else en


def typed(value: float | None, unit: str) -> float | None:
    """A value as people type it: a share in per cent, others as they are; ``kept`` turns it back.

    >>> typed(0.57, "ratio"), kept(57, "ratio"), typed(4.5, "score")
    (57.0, 0.57, 4.5)
    """
    return value if value is None or unit != "ratio" else round(value * 100, 10)


def kept(value: float | None, unit: str) -> float | None:
    """What was typed, in the unit itself."""
    return value if value is None or unit != "ratio" else round(value / 100, 12)


def number(value: float | None, unit: str) -> str:
    """A value without its unit, a share in per cent; a dash when there is none.

    >>> number(0.98642, "ratio"), number(1234.56, "min"), number(0.0123, "times")
    ('98.6%', '1,234.6', '0.012')

    A share that is all but whole, as of the time with power, is told to three places, and so is
    one that is next to nothing, as of wrong bills.

    >>> number(0.99956, "ratio"), number(1, "ratio"), number(0.0005, "ratio"), number(0, "ratio")
    ('99.956%', '100.0%', '0.050%', '0.0%')
    """
    if value is None:
        return "—"
    if unit == "ratio":
        return f"{value:.3%}" if _NEARLY <= value < 1 or 0 < value <= _HARDLY else f"{value:.1%}"
    if unit == "rank":
        return f"{value:.0f}"
    return f"{value:,.1f}" if abs(value) >= _FINE else f"{value:.3f}"


def figure(value: float | None, unit: str) -> str:
    """A value with its unit."""
    word = unit_word(unit)
    text = number(value, unit)
    return text if value is None or not word else f"{text} {word}"


def lasting(seconds: float) -> str:
    """How long something took, in its two largest units.

    >>> lasting(187_300), lasting(200), lasting(3600), lasting(0.4)
    ('2 天 4 小时', '3 分 20 秒', '1 小时', '0 秒')
    """
    zh = language() == "zh"
    words = ("天", "小时", "分", "秒") if zh else ("d", "h", "min", "s")
    left, parts = int(seconds), []
    for length, word in zip((86_400, 3_600, 60, 1), words, strict=True):
        amount, left = divmod(left, length)
        parts.append((amount, word))
    first = next((at for at, (amount, _) in enumerate(parts) if amount), len(parts) - 1)
    shown = [parts[first], *(part for part in parts[first + 1 : first + 2] if part[0])]
    return " ".join(f"{amount} {word}" for amount, word in shown)
