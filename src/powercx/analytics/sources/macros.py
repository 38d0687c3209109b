"""How values are written in sources, as macros of the workspace.

The plain way of writing is tried first; the slow ways stand in branches of CASE, which the engine
computes for the rows that need them. In COALESCE it would compute what they have in common for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from powercx.analytics.engine.workspace import Workspace, literal

BLANKS = ("", "NULL", "null", "\\N", "NaN", "nan")
"""Cells that hold nothing: empty, or what databases and pandas write for it."""

_YES = ("true", "1", "是", "y", "yes", "t", "1.0")
_NO = ("false", "0", "否", "n", "no", "f", "0.0")
_SPACES = " \t\r\n\u3000\u00a0"
_WIDE = "０１２３４５６７８９－／．：，　＋"
_NARROW = "0123456789-/.:, +"
_CLOCK = r"\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?"
_ZONE = r"(Z|z|[+-]\d{2}(:?\d{2})?)"
_YMD = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
_COMPACT = r"(\d{4})(\d{2})(\d{2})"
_DMY = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"
_SERIAL = r"[1-9]\d{4}(\.\d+)?"


def one_of(value: str, words: Sequence[str]) -> str:
    """SQL of whether ``value`` is one of ``words``.

    The engine turns a longer IN into a join, which is done for every row, even in the branch of a
    CASE that is never taken.
    """
    return "(" + " OR ".join(f"{value} = {literal(word)}" for word in words) + ")"


def let(value: str, name: str, body: str) -> str:
    """SQL of ``body`` with ``value`` worked out once under ``name``.

    A macro writes its argument out wherever it is used; nested, the statement would grow so long
    that reading it takes more time than running it.
    """
    return f"list_transform([{value}], lambda {name}: {body})[1]"


_FOLDED = let("px_fold(x)", "f", "px_iso(f)")

MACROS = (
    f"px_trim(x) AS trim(x, '{_SPACES}')",
    f"px_blank(x) AS x IS NULL OR {one_of('px_trim(x)', BLANKS)}",
    f"px_fold(x) AS translate(px_trim(x), '{_WIDE}', '{_NARROW}')",
    # Spreadsheets write the number 12 as 12.0; an identifier is not meant so.
    r"""px_slow_id(x) AS CASE WHEN px_blank(x) THEN NULL
        WHEN regexp_full_match(px_trim(x), '\d+\.0+') THEN split_part(px_trim(x), '.', 1)
        ELSE px_trim(x) END""",
    f"""px_id(x) AS CASE WHEN x < '!' OR suffix(x, ' ') OR suffix(x, '.0') OR suffix(x, '\t')
        OR suffix(x, '\r') OR suffix(x, '\u3000') OR prefix(x, '\u3000') OR {one_of("x", BLANKS)}
        THEN px_slow_id(x) ELSE x END""",
    r"""px_digits(x) AS CASE
        WHEN regexp_full_match(px_fold(x), '[+-]?\d{1,3}(,\d{3})+(\.\d*)?')
        THEN replace(px_fold(x), ',', '') ELSE px_fold(x) END""",
    """px_number(x) AS nullif(CASE WHEN TRY_CAST(x AS DOUBLE) IS NOT NULL
        THEN TRY_CAST(x AS DOUBLE) ELSE TRY_CAST(px_digits(x) AS DOUBLE) END,
        CAST('nan' AS DOUBLE))""",
    "px_whole(d) AS CASE WHEN d = trunc(d) AND abs(d) < 9e15 THEN CAST(d AS BIGINT) END",
    r"""px_integer(x) AS CASE WHEN regexp_full_match(x, '[+-]?\d{1,18}')
        THEN TRY_CAST(x AS BIGINT) ELSE px_whole(px_number(x)) END""",
    f"""px_slow_boolean(x) AS CASE WHEN {one_of("x", _YES)} THEN true
        WHEN {one_of("x", _NO)} THEN false END""",
    f"""px_boolean(x) AS CASE WHEN {one_of("x", _YES)} THEN true
        WHEN {one_of("x", _NO)} THEN false ELSE px_slow_boolean(lower(px_fold(x))) END""",
    rf"""px_first(x) AS TRY_CAST(regexp_extract(x, '^{_DMY}', 1) AS INTEGER)""",
    rf"""px_second(x) AS TRY_CAST(regexp_extract(x, '^{_DMY}', 2) AS INTEGER)""",
    # 25/03/2025 can only be a day first, 03/25/2025 only a month; 03/04/2025 can be both.
    """px_order(x) AS CASE WHEN px_first(x) > 12 OR px_first(x) = px_second(x) THEN 'day'
        WHEN px_second(x) > 12 THEN 'month' END""",
    # Every date becomes `year-month-day rest`; null when it is none or cannot be told.
    rf"""px_iso(x) AS CASE
        WHEN regexp_matches(x, '^{_YMD}(\D|$)')
            THEN regexp_replace(x, '^{_YMD}[ T]*', '\1-\2-\3 ')
        WHEN regexp_matches(x, '^{_COMPACT}(\D|$)')
            THEN regexp_replace(x, '^{_COMPACT}[ T]*', '\1-\2-\3 ')
        WHEN regexp_full_match(x, '\d{{14}}') THEN
            regexp_replace(x, '^{_COMPACT}(..)(..)(..)', '\1-\2-\3 \4:\5:\6')
        WHEN regexp_matches(x, '^{_DMY}(\D|$)') THEN CASE px_order(x)
            WHEN 'day' THEN regexp_replace(x, '^{_DMY}[ T]*', '\3-\2-\1 ')
            WHEN 'month' THEN regexp_replace(x, '^{_DMY}[ T]*', '\3-\1-\2 ') END
        WHEN regexp_full_match(x, '{_SERIAL}') THEN CAST(TIMESTAMP '1899-12-30'
            + to_seconds(CAST(round(CAST(x AS DOUBLE) * 86400) AS BIGINT)) AS VARCHAR) END""",
    rf"""px_ambiguous(x) AS regexp_matches(px_fold(x), '^{_DMY}(\D|$)')
        AND px_order(px_fold(x)) IS NULL""",
    "px_day_part(i) AS split_part(i, ' ', 1)",
    "px_rest(i) AS trim(substr(i, strpos(i, ' ') + 1))",
    """px_clock(r) AS regexp_replace(regexp_replace(r, '[时点分]', ':', 'g'), '(秒|:)$', '')""",
    rf"""px_date_of(i) AS CASE WHEN px_rest(i) = ''
        OR regexp_full_match(px_clock(px_rest(i)), '{_CLOCK}\s*{_ZONE}?')
        THEN TRY_CAST(px_day_part(i) AS DATE) END""",
    rf"""px_local_of(i) AS CASE WHEN px_rest(i) = '' THEN TRY_CAST(px_day_part(i) AS TIMESTAMP)
        WHEN regexp_full_match(px_clock(px_rest(i)), '{_CLOCK}') THEN
        TRY_CAST(concat(px_day_part(i), ' ', px_clock(px_rest(i))) AS TIMESTAMP) END""",
    r"""px_offset(r) AS CASE WHEN suffix(upper(r), 'Z') THEN 0 ELSE
        CASE WHEN contains(r, '+') THEN 1 ELSE -1 END
        * (60 * CAST(regexp_extract(r, '[+-](\d{2})(:?(\d{2}))?$', 1) AS INTEGER)
        + coalesce(TRY_CAST(regexp_extract(r, '[+-](\d{2})(:?(\d{2}))?$', 3) AS INTEGER), 0))
        END""",
    rf"""px_utc_of(i) AS CASE WHEN regexp_full_match(px_rest(i), '{_CLOCK}\s*{_ZONE}') THEN
        TRY_CAST(concat(px_day_part(i), ' ', regexp_extract(px_rest(i), '^[0-9:.]+')) AS TIMESTAMP)
        - to_minutes(px_offset(px_rest(i))) END""",
    f"px_slow_date(x) AS {let(_FOLDED, 'i', 'px_date_of(i)')}",
    f"px_slow_local(x) AS {let(_FOLDED, 'i', 'px_local_of(i)')}",
    """px_date(x) AS CASE WHEN CAST(TRY_CAST(x AS DATE) AS VARCHAR) = x
        THEN TRY_CAST(x AS DATE) ELSE px_slow_date(x) END""",
    """px_local(x) AS CASE WHEN CAST(TRY_CAST(x AS TIMESTAMP) AS VARCHAR) = x
        THEN TRY_CAST(x AS TIMESTAMP) ELSE px_slow_local(x) END""",
    f"px_utc(x) AS {let(_FOLDED, 'i', 'px_utc_of(i)')}",
    r"""px_month(x) AS CASE
        WHEN length(x) = 7
            AND CAST(TRY_CAST(concat(x, '-01') AS DATE) AS VARCHAR) = concat(x, '-01')
        THEN TRY_CAST(concat(x, '-01') AS DATE)
        WHEN regexp_full_match(px_fold(x), '\d{4}\s*[-/.年]\s*\d{1,2}\s*月?') THEN
        TRY_CAST(regexp_replace(px_fold(x), '(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?', '\1-\2-01')
            AS DATE)
        WHEN regexp_full_match(px_fold(x), '\d{6}') THEN
        TRY_CAST(regexp_replace(px_fold(x), '(\d{4})(\d{2})', '\1-\2-01') AS DATE)
        ELSE CAST(date_trunc('month', px_date(x)) AS DATE) END""",
)


def install(work: Workspace) -> None:
    """Let statements of ``work`` use the macros."""
    for macro in MACROS:
        work.run(f"CREATE OR REPLACE MACRO {macro}")
