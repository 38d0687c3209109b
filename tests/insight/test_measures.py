"""The pages of measures: what they show is what the figures are, for each role, in every form."""

from __future__ import annotations

import io
import json
import re
import struct
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook
from support.site import Site

from powercx.apps.core import lake
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry
from powercx.apps.core.service import Aim, set_target
from powercx.base import units

KEY, PERIOD = "complaint_rate", "2025-03"
SEES_ROWS = (Role.EXPERIENCE_MANAGER, Role.ANALYST, Role.AUDITOR)
SEES_FIGURES = (*SEES_ROWS, Role.EXECUTIVE, Role.ADMINISTRATOR, Role.ACCOUNT_MANAGER, Role.AGENT)


def page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, {"period": PERIOD, **query})
    assert answer.status_code == 200, answer.content.decode()[:400]
    return answer.content.decode()


def spec_of(content: str, chart: str) -> list[dict[str, Any]]:
    """The rows that a chart in the page draws."""
    found = re.search(
        rf'<script id="chart-{chart}" type="application/json">(.*?)</script>', content
    )
    return next(iter(json.loads(found[1])["datasets"].values()))


def sheet(client: Client, path: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(path, {"period": PERIOD, **query})
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    head, *rows = book.get_sheet_by_index(0).to_python()
    return [dict(zip(head, row, strict=True)) for row in rows]


def figure(site: Site, key: str, org: str, period: str = PERIOD):
    return lake.figures(site.home).session.show(key, orgs=[org], periods=[period]).rows[0]


@pytest.mark.parametrize("role", SEES_FIGURES)
def test_who_may_see_measures_sees_the_list_and_each_measure(site: Site, role: Role):
    client = site.client(role)

    listed = page(client, "/measures/")
    one = page(client, f"/measures/{KEY}/")

    value = units.number(figure(site, KEY, site.company).value, "per_10k")
    assert listed.count("/explain/") == len(lake.figures(site.home).session.catalogue.measures)
    assert f"<strong>{value}</strong>" in listed
    assert value in one


def test_a_provider_sees_no_measures(site: Site):
    client = site.client(Role.PROVIDER)

    answers = [client.get(p).status_code for p in ("/measures/", f"/measures/{KEY}/")]

    assert answers == [403, 403]


def test_the_list_is_filtered_by_kind_and_words(site: Site):
    client = site.client(Role.EXECUTIVE)

    kind = page(client, "/measures/", kind="outcome")
    words = page(client, "/measures/", q="投诉")
    none = page(client, "/measures/", q="xyzzy")

    keys = [set(re.findall(r"/measures/([a-z0-9_]+)/\?", text)) for text in (kind, words, none)]
    outcome = {
        key
        for key, file in lake.figures(site.home).session.catalogue.measures.items()
        if file.measure.kind == "outcome"
    }
    assert keys == [outcome, {KEY, "complaint_change", "regulator_complaint"}, set()]
    assert "没有符合条件的指标" in none


def test_an_unknown_measure_is_not_found_and_a_wrong_segment_is_told(site: Site):
    client = site.client(Role.EXECUTIVE)

    assert client.get("/measures/nothing/").status_code == 404
    assert client.get("/measures/nothing/explain/").status_code == 404
    assert client.get(f"/measures/{KEY}/", {"by": "colour"}).status_code == 400
    assert client.get(f"/measures/{KEY}/pie.png").status_code == 404


def test_a_unit_out_of_reach_has_no_measures(site: Site):
    first, second = site.bureaus[:2]
    client = site.client(Role.ORG_MANAGER, first)

    paths = [
        f"/measures/{KEY}/{tail}"
        for tail in ("", "explain/", "figures.xlsx", "trend.png", "ranking.svg")
    ]
    answers = {client.get(p, {"org": second}).status_code for p in ("/measures/", *paths)}

    assert answers == {404}


def test_trend_and_ranking_draw_the_figures(site: Site):
    content = page(site.client(Role.EXPERIENCE_MANAGER), f"/measures/{KEY}/")

    months = {row["at"]: row["value"] for row in spec_of(content, "trend")}
    ranked = [(row["at"], row["value"]) for row in spec_of(content, "ranking")]

    assert len(months) == 13
    assert months[PERIOD] == figure(site, KEY, site.company).value
    values = {site.tree.names[b]: figure(site, KEY, b).value for b in site.bureaus}
    assert dict(ranked) == values
    assert [value for _, value in ranked] == sorted(values.values())


def test_the_target_in_force_is_the_one_set_here(site: Site):
    client = site.client(Role.EXPERIENCE_MANAGER)
    now = figure(site, KEY, site.company)
    value = now.value
    aim = Aim(KEY, site.company, now.period.start, None, value + 1)
    request = client.get("/measures/").wsgi_request
    set_target(aim=aim, scope=request.scope, actor=request.actor, at=timezone.now())

    one = page(client, f"/measures/{KEY}/")
    [row] = [r for r in sheet(client, "/measures.xlsx") if r["代码"] == KEY]

    assert ">达标</span>" in one
    assert (row["目标"], row["达标情况"]) == (value + 1, "达标")


def test_the_list_as_a_file_holds_the_numbers_of_the_figures(site: Site):
    rows = sheet(site.client(Role.EXPERIENCE_MANAGER), "/measures.xlsx")

    session = lake.figures(site.home).session
    assert len(rows) == len(session.catalogue.measures)
    for row in rows:
        expected = session.show(row["代码"], orgs=[site.company], periods=[PERIOD]).rows[0]
        assert row["数值"] == ("" if expected.value is None else pytest.approx(expected.value))
        assert row["定义版本"] == session.catalogue.measures[row["代码"]].version


def test_one_measure_as_a_file_holds_trend_ranking_and_breakdown(site: Site):
    rows = sheet(site.client(Role.EXPERIENCE_MANAGER), f"/measures/{KEY}/figures.xlsx", by="class")

    ranked = {r["单位编号"]: r["数值"] for r in rows if r["表"] == "下级单位"}
    assert {r["表"] for r in rows} == {"趋势", "本单位", "下级单位", "分组", "单位 × 月份"}
    for bureau in site.bureaus:
        assert ranked[bureau] == pytest.approx(figure(site, KEY, bureau).value)


@pytest.mark.parametrize("chart", ["trend", "ranking", "breakdown", "heat"])
def test_every_chart_comes_as_png_and_svg(site: Site, chart: str):
    client = site.client(Role.EXECUTIVE)

    png = client.get(f"/measures/{KEY}/{chart}.png", {"period": PERIOD})
    svg = client.get(f"/measures/{KEY}/{chart}.svg", {"period": PERIOD})

    width, height = struct.unpack(">II", png.content[16:24])
    assert png["Content-Type"] == "image/png"
    assert width > 1700
    assert 200 < height < width
    assert svg["Content-Type"] == "image/svg+xml"
    assert svg.content.startswith(b"<svg")


def test_small_figures_are_hidden_in_page_chart_and_files_alike(site: Site):
    key = "csat"
    stations = [(bureau, s) for bureau in site.bureaus for s in site.tree.children(bureau)]
    few = [(bureau, s) for bureau, s in stations if 0 < figure(site, key, s).n < 5]
    assert few, "the city has no unit small enough to prove anything"
    bureau = few[0][0]
    small = [s for above, s in few if above == bureau]
    client = site.client(Role.EXECUTIVE)

    content = page(client, f"/measures/{key}/", org=bureau)
    rows = sheet(client, f"/measures/{key}/figures.xlsx", org=bureau)

    drawn = {row["at"]: row for row in spec_of(content, "ranking")}
    heat = {(r["row"], r["column"]): r for r in spec_of(content, "heat")}
    filed = {r["单位编号"]: r for r in rows if r["表"] == "下级单位"}
    for org in small:
        name = site.tree.names[org]
        assert (drawn[name]["value"], drawn[name]["label"]) == (None, "不显示")
        assert heat[name, PERIOD]["value"] is None
        assert (filed[org]["数值"], filed[org]["样本数"], filed[org]["分子"]) == ("", 0, "")


def test_rows_are_shown_to_who_may_see_them_and_the_permission_is_explained_to_others(site: Site):
    seen = page(site.client(Role.EXPERIENCE_MANAGER), f"/measures/{KEY}/explain/", period="2025")
    unseen = page(site.client(Role.EXECUTIVE), f"/measures/{KEY}/explain/", period="2025")

    [row] = lake.figures(site.home).explain(KEY, period="2025", rows=1).rows.sample
    assert row["order_id"] in seen
    assert row["order_id"] not in unseen
    assert "measures.rows" in unseen


def test_an_analyst_reads_tokens_for_names(site: Site):
    content = page(site.client(Role.ANALYST), f"/measures/{KEY}/explain/", period="2025")

    rows = lake.figures(site.home).explain(KEY, period="2025", rows=200).rows.sample
    assert rows
    assert not [row["order_id"] for row in rows if row["order_id"] in content]
    assert "去标识化" in content


@pytest.mark.parametrize("key", ["experience_index", "caidi", "voltage_compliance", "ebill_share"])
def test_every_form_of_measure_is_explained(site: Site, key: str):
    content = page(site.client(Role.AUDITOR), f"/measures/{key}/explain/")

    assert 'class="part"' in content


def test_taking_rows_as_a_file_is_recorded(site: Site):
    client = site.client(Role.EXPERIENCE_MANAGER)

    answer = client.post(f"/measures/{KEY}/rows.xlsx?period=2025")

    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    rows = book.get_sheet_by_index(0).to_python()[1:]
    counted = lake.figures(site.home).explain(KEY, period="2025", rows=200).rows
    entry = AuditEntry.objects.latest("seq")
    assert len(rows) == len(counted.sample)
    assert (entry.action, entry.record_type, entry.record_id) == ("export", "measure_rows", KEY)
    assert (entry.org_id, entry.detail) == (
        site.company,
        {"period": "2025", "rows": len(rows)},
    )


def test_nobody_takes_rows_without_the_permission_or_by_a_link(site: Site):
    path = f"/measures/{KEY}/rows.xlsx"

    assert site.client(Role.EXECUTIVE).post(path).status_code == 403
    assert site.client(Role.EXPERIENCE_MANAGER).get(path).status_code == 405


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_unit_with_none_beneath_and_a_measure_without_segments_say_so(site: Site, language: str):
    station = site.tree.children(site.bureaus[0])[0]
    client = site.client(Role.EXECUTIVE, language=language)

    content = page(client, "/measures/voltage_compliance/", org=station)

    told = {"zh": ("没有别的单位", "不能再分组"), "en": ("No units are beneath", "broken down")}
    assert all(text in content for text in told[language])


def test_the_list_asks_the_database_as_often_for_one_measure_as_for_many(
    site: Site, django_assert_num_queries: Any
):
    client = site.client(Role.EXECUTIVE)
    page(client, "/measures/")

    with CaptureQueriesContext(connection) as one:
        page(client, "/measures/", q=KEY)
    with django_assert_num_queries(len(one)):
        page(client, "/measures/")
