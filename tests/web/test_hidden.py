"""What a role must not see in any format: customers for an analyst, a handful for an executive."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from support.loads import stored
from support.planted import SHOUT, Planted, Two
from support.site import AT, Site
from support.walk import pages, visit, words_of

from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.enums import Role
from powercx.apps.core.service import OperationalVault
from powercx.base.home import Home

LONG_NAME = 3
# A row of a register whose kind of customer nobody knows: it is set aside, with all it says.
FAULTY = """\
客户编号,供电单位编号,客户名称,联系电话,用电地址,客户性质
K77700001,{station},欧阳测试娜,15498765432,滨江路7号,外星人
"""


@pytest.fixture
def set_aside(own_site: Site, tmp_path: Path) -> Site:
    """A site that also holds a row in quarantine, with a name and a telephone number."""
    station = own_site.tree.children(own_site.bureaus[0])[0]
    file = tmp_path / "customer.csv"
    file.write_text(FAULTY.format(station=station), "utf-8")
    [report] = load(
        own_site.home,
        OperationalVault(own_site.home),
        [str(file)],
        options=LoadOptions(fact="customer"),
        at=AT,
    )
    assert report.quarantined == 1
    return own_site


def starts(planted: Planted, site: Site) -> list[str]:
    stations = [each for bureau in site.bureaus for each in site.tree.children(bureau)]
    tails = ("", *(f"?org={org}" for org in [site.company, *stations[:3]]))
    return [route.address(planted) + tail for route in pages() for tail in tails]


def everything(client: Client, addresses: list[str]) -> Iterator[tuple[str, str]]:
    client.raise_request_exception = False
    for address, (status, text) in visit(client, addresses).items():
        assert status < 500, address
        yield address, text


def identifiers(home: Home) -> set[str]:
    """Ids that lead to a customer."""
    wanted = {
        "customer": "customer_id",
        "usage_point": "usage_point_id",
        "service_order": "order_id",
        "contact": "contact_id",
        "bill": "bill_id",
    }
    found = {row[column] for table, column in wanted.items() for row in stored(home, table, column)}
    return found | {"K77700001"}


def personal(home: Home) -> set[str]:
    """Names and telephone numbers of the customers as the exports have them."""
    found = {"欧阳测试娜", "15498765432"}
    exports = home.path.parent / "city" / "exports"
    for file in exports.glob("customer*.csv"):
        for row in csv.DictReader(io.StringIO(file.read_text("gb18030"))):
            found |= {row["联系电话"], row["客户名称"]}
    return {one for one in found if one and len(one) >= LONG_NAME}


def test_an_analyst_sees_of_nobody_who_it_is(set_aside: Site, two: Two, city_home: Home):
    ids, words = identifiers(set_aside.home), personal(city_home)
    leaks = {}
    for address, text in everything(set_aside.client(Role.ANALYST), starts(two.first, set_aside)):
        found = (ids & words_of(text)) | {word for word in words if word in text}
        if found:
            leaks[address] = sorted(found)[:5]

    assert leaks == {}
    seen = "".join(
        t
        for _, t in everything(
            set_aside.client(Role.EXPERIENCE_MANAGER), starts(two.first, set_aside)
        )
    )
    assert ids & words_of(seen)


def shouting(client: Client, addresses: list[str]) -> list[str]:
    return [
        address
        for address, text in everything(client, addresses)
        if SHOUT in re.sub(r"[,.\s]", "", text)
    ]


@pytest.mark.usefixtures("small_figures_shout")
def test_an_executive_sees_no_figure_on_fewer_than_five_people(own_site: Site, two: Two):
    client = own_site.client(Role.EXECUTIVE)

    assert shouting(client, starts(two.first, own_site)) == []


@pytest.mark.usefixtures("small_figures_shout")
def test_who_may_see_rows_sees_small_figures_too(own_site: Site, two: Two):
    client = own_site.client(Role.EXPERIENCE_MANAGER)

    assert shouting(client, starts(two.first, own_site))
