from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.loads import Loader, counts

CONTACT = "contact_id,at,channel"


def day_of(put: Loader, text: str) -> tuple[date | None, dict[str, int]]:
    report = put("usage_daily.csv", f'usage_point_id,date,kwh\nP1,"{text}",1\n')
    rows = put.rows("usage_daily", "date")
    return (rows[0]["date"] if rows else None), report.reasons


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-01",
        "2025/3/1",
        "2025.03.01",
        "20250301",
        "2025年3月1日",
        "45717",
        "２０２５－０３－０１",
        " 2025-03-01 ",
        "2025-03-01 00:00:00",
    ],
)
def test_a_day_is_read_in_every_notation(put, text):
    assert day_of(put, text) == (date(2025, 3, 1), {})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("03/04/2025", "ambiguous_date"),
        ("2025-02-30", "bad_date"),
        ("2025-03-01x", "bad_date"),
        ("yesterday", "bad_date"),
        ("1850-01-01", "out_of_range"),
        ("", "missing_value"),
    ],
)
def test_a_day_that_is_none_says_why(put, text, reason):
    assert day_of(put, text) == (None, {reason: 1})


def test_a_day_that_can_only_be_read_one_way_is_read(put):
    assert day_of(put, "25/03/2025") == (date(2025, 3, 25), {})


def test_a_date_format_settles_the_order(put):
    report = put(
        "usage_daily.csv",
        "usage_point_id,date,kwh\nP1,03/04/2025,1\n",
        mapping="date_format: '%d/%m/%Y'\n",
    )

    assert counts(report) == (1, 1, 0, 0, 0)
    assert put.rows("usage_daily", "date") == [{"date": date(2025, 4, 3)}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-1", "out_of_range"),
        ("99999999999", "out_of_range"),
        ("1e40", "out_of_range"),
        ("abc", "bad_number"),
        ("12 kWh", "bad_number"),
        ("", "missing_value"),
        ("NULL", "missing_value"),
    ],
)
def test_a_number_that_is_none_says_why(put, text, reason):
    report = put("usage_daily.csv", f"usage_point_id,date,kwh\nP1,2025-03-01,{text}\n")

    assert report.reasons == {reason: 1}


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.5", "1234.500"), ("１２．５", "12.500"), ("1.0005", "1.001"), ("1e2", "100.000")],
)
def test_a_number_is_read_as_people_write_it(put, text, number):
    put("usage_daily.csv", f'usage_point_id,date,kwh\nP1,2025-03-01,"{text}"\n')

    assert [str(row["kwh"]) for row in put.rows("usage_daily", "kwh")] == [number]


def test_parts_must_not_exceed_the_whole(put):
    report = put(
        "usage_daily.csv",
        "usage_point_id,date,kwh,peak_kwh,flat_kwh,valley_kwh\nP1,2025-03-01,3,1,1,1.01\n"
        "P2,2025-03-01,3,2,2,2\n",
    )

    assert counts(report) == (2, 1, 0, 0, 1)
    assert report.reasons == {"out_of_range": 1}


def test_codes_are_told_by_any_of_their_words(put):
    words = ["hotline", "热线", "95598热线", "Ｈｏｔｌｉｎｅ", " HOTLINE "]
    text = "".join(f"K{at},2025-03-01,{word}\n" for at, word in enumerate(words))

    put("contact.csv", f"{CONTACT}\n{text}")

    assert {row["channel"] for row in put.rows("contact", "channel")} == {"hotline"}


def test_an_unknown_code_is_set_aside_unless_the_mapping_keeps_it(put):
    text = f"{CONTACT},business_type\nK1,2025-03-01,telegraph,new business\n"

    strict = put("contact.csv", text)
    kept = put("contact-2.csv", text, mapping="unknown_codes: {channel: keep}\n")

    assert strict.reasons == {"unknown_code": 1}
    assert counts(kept) == (1, 1, 0, 0, 0)
    assert put.rows("contact", "channel", "business_type") == [
        {"channel": "telegraph", "business_type": "new business"}
    ]


def test_booleans_accept_the_seven_words_and_more(put):
    words = ["true", "false", "1", "0", "是", "否", "Y", "n", "maybe"]
    text = "".join(f"K{at},2025-03-01,app,{word}\n" for at, word in enumerate(words))

    report = put("contact.csv", f"{CONTACT},answered\n{text}")

    assert report.reasons == {"bad_boolean": 1}
    answers = [row["answered"] for row in put.rows("contact", "answered")]
    assert answers == [True, False, True, False, True, False, True, False]


def test_instants_are_local_unless_they_say_otherwise(put):
    put(
        "contact.csv",
        f"{CONTACT}\nK1,2025-03-01 07:30,app\nK2,2025-03-01T07:30:00+02:00,app\n"
        "K3,2025-03-01T23:30:00Z,app\nK4,2025年3月1日 7时30分,app\n",
    )

    assert put.rows("contact", "at", "date") == [
        {"at": datetime(2025, 2, 28, 23, 30, tzinfo=UTC), "date": date(2025, 3, 1)},
        {"at": datetime(2025, 3, 1, 5, 30, tzinfo=UTC), "date": date(2025, 3, 1)},
        {"at": datetime(2025, 3, 1, 23, 30, tzinfo=UTC), "date": date(2025, 3, 2)},
        {"at": datetime(2025, 2, 28, 23, 30, tzinfo=UTC), "date": date(2025, 3, 1)},
    ]


def test_an_hour_that_summer_time_leaves_out_moves_on(put):
    put(
        "contact.csv",
        f"{CONTACT}\nK1,2025-03-09 02:30,app\n",
        mapping="time_zone: America/New_York\n",
    )

    [row] = put.rows("contact", "at", "date")
    assert row == {"at": datetime(2025, 3, 9, 7, 30, tzinfo=UTC), "date": date(2025, 3, 9)}


def test_ids_lose_what_spreadsheets_add(put):
    put("usage_daily.csv", "usage_point_id,customer_id,date,kwh\n 00123 ,456.0,2025-03-01,1\n")

    assert put.rows("usage_daily", "usage_point_id", "customer_id") == [
        {"usage_point_id": "00123", "customer_id": "456"}
    ]


def test_months_and_periods_have_their_first_day(put):
    put("bill.csv", "bill_id,period,amount_cny,issued_on\nB1,202503,1,2025-04-01\n")
    report = put(
        "external_rating.csv",
        "rating_id,period,rater,score\nR1,2025q1,x,1\nR2,2025Q7,x,1\nR3,2025,x,2\n",
    )

    assert put.rows("bill", "period") == [{"period": date(2025, 3, 1)}]
    assert report.reasons == {"bad_period": 1}
    assert put.rows("external_rating", "period", "period_from") == [
        {"period": "2025Q1", "period_from": date(2025, 1, 1)},
        {"period": "2025", "period_from": date(2025, 1, 1)},
    ]


def test_what_cannot_follow_one_another_is_set_aside(put):
    report = put(
        "interruption.csv",
        "interruption_id,usage_point_id,started_at,restored_at,planned\n"
        "I1,P1,2025-03-01 10:00,2025-03-01 09:00,否\nI2,P1,2025-03-01 10:00,,否\n",
    )

    assert counts(report) == (2, 1, 0, 0, 1)
    assert report.reasons == {"impossible_order": 1}


def test_survey_values_keep_to_their_scale(put):
    head = "survey,wave,response_id,at,item,item_kind,value"
    values = [("nps", "11"), ("nps", "10"), ("csat", "0"), ("ces", "7"), ("csat", "4.5")]
    rows = "".join(f"s,w,r,2025-03-01,i{at},{k},{v}\n" for at, (k, v) in enumerate(values))

    report = put("survey_answer.csv", f"{head}\n{rows}")

    assert counts(report) == (5, 2, 0, 0, 3)
    assert report.reasons == {"out_of_range": 3}


def test_typed_files_are_read_by_their_types(put):
    import duckdb  # noqa: PLC0415 - only to make the file

    path = put.folder / "contact.parquet"
    duckdb.sql(
        "SELECT 'K1' AS contact_id, TIMESTAMP '2025-03-01 08:00:00' AS at, 'app' AS channel, "
        "12::SMALLINT AS wait_s, true AS answered, 4.0::DOUBLE AS rating, 17 AS customer_id"
    ).write_parquet(str(path))

    [report] = put.load(path)

    assert counts(report) == (1, 1, 0, 0, 0)
    assert put.rows("contact", "at", "wait_s", "answered", "rating", "customer_id") == [
        {
            "at": datetime(2025, 3, 1, tzinfo=UTC),
            "wait_s": 12.0,
            "answered": True,
            "rating": 4,
            "customer_id": "17",
        }
    ]


FEEDBACK = """
{"feedback_id": "F1", "at": "2025-03-01", "channel": "app", "text": "好", "about": {"tags": ["a", "b"]}}
{"feedback_id": "F2", "at": "2025-03-01", "channel": "app", "text": {"zh": "好"}, "rating": 5}
{"feedback_id": "F3", "at": "2025-03-01", "channel": "app", "text": "{差}", "rating": [5]}
{"feedback_id": ["F4"], "at": "2025-03-01", "channel": "app", "text": ""}
"""  # noqa: E501 - a line is a row
TAGS = "fact: feedback\ncolumns: {text: 'about.tags[2]'}\n"


def test_a_list_or_an_object_is_no_value_of_a_column(put):
    report = put("feedback.jsonl", FEEDBACK.strip())
    reported = list(csv.reader(Path(report.quarantine).read_text("utf-8-sig").splitlines()))

    assert (counts(report), report.reasons) == ((4, 1, 0, 0, 3), {"nested": 3})
    assert put.rows("feedback", "feedback_id", "text") == [{"feedback_id": "F1", "text": "好"}]
    assert [row[1:4] for row in reported[1:]] == [
        ["text", '{"zh":"好"}', "nested"],
        ["rating", "[5]", "nested"],
        ["feedback_id", '["F4"]', "nested"],
    ]


def test_a_mapping_reaches_into_nested_json(put):
    report = put("feedback.jsonl", FEEDBACK.strip().split("\n")[0], mapping=TAGS)

    assert report.quarantined == 0
    assert put.rows("feedback", "text") == [{"text": "b"}]


def test_what_a_mapping_reaches_may_not_be_nested_either(put):
    report = put("feedback.jsonl", FEEDBACK.strip().split("\n")[0], mapping=TAGS.replace("[2]", ""))

    assert report.reasons == {"nested": 1}


def _nested_parquet(path):
    import duckdb  # noqa: PLC0415 - only to make the file

    duckdb.sql(
        "SELECT * FROM (VALUES ('F1', {'zh': '好', 'marks': [4, 5]}), ('F2', NULL)) "
        "AS t(feedback_id, said), (SELECT TIMESTAMP '2025-03-01' AS at, 'app' AS channel)"
    ).write_parquet(str(path))
    return path


def test_a_struct_of_parquet_is_set_aside_and_can_be_reached_into(put):
    path = _nested_parquet(put.folder / "feedback.parquet")
    mapping = put.folder / "m.yaml"
    mapping.write_text("fact: feedback\ncolumns: {text: said}\n", "utf-8")
    into = put.folder / "into.yaml"
    into.write_text("fact: feedback\ncolumns: {text: said.zh, rating: 'said.marks[-1]'}\n", "utf-8")

    [whole] = put.load(path, mapping=mapping)
    [reached] = put.load(path, mapping=into)

    assert (counts(whole), whole.reasons) == ((2, 1, 0, 0, 1), {"nested": 1})
    assert counts(reached) == (2, 1, 1, 0, 0)
    assert put.rows("feedback", "feedback_id", "text", "rating") == [
        {"feedback_id": "F1", "text": "好", "rating": 5},
        {"feedback_id": "F2", "text": None, "rating": None},
    ]


def test_rows_set_aside_for_nested_values_load_once_a_mapping_reaches_into_them(put):
    path = _nested_parquet(put.folder / "feedback.parquet")
    mapping = put.folder / "m.yaml"
    mapping.write_text("fact: feedback\ncolumns: {text: said}\n", "utf-8")
    [whole] = put.load(path, mapping=mapping)
    mapping.write_text("fact: feedback\ncolumns: {text: said.zh}\n", "utf-8")

    [again] = put.load(Path(whole.quarantine), mapping=mapping)

    assert counts(again) == (1, 1, 0, 0, 0)


ANSWER = "survey,wave,response_id,at,item,item_kind,value,text"


def test_words_that_answer_a_choice_are_text(put):
    report = put(
        "survey_answer.csv",
        f"{ANSWER}\nS,W,1,2025-03-01,q1,choice,是,\nS,W,1,2025-03-01,q2,text,我叫王小明,急\n"
        "S,W,1,2025-03-01,q3,choice,2,\n",
    )

    assert counts(report) == (3, 3, 0, 0, 0)
    assert put.rows("survey_answer", "item", "value", "text") == [
        {"item": "q1", "value": None, "text": "是"},
        {"item": "q2", "value": None, "text": "我叫[姓名] 急"},
        {"item": "q3", "value": 2.0, "text": None},
    ]


def test_words_need_no_column_of_texts_and_are_no_score(put):
    head = ANSWER.removesuffix(",text")
    report = put(
        "survey_answer.csv",
        f"{head}\nS,W,1,2025-03-01,q1,choice,A\nS,W,1,2025-03-01,q2,nps,好\n",
    )

    assert report.reasons == {"bad_number": 1}
    assert put.rows("survey_answer", "value", "text") == [{"value": None, "text": "A"}]
