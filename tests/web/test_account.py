"""One's own account: particulars, looks, sessions, and signing in with a second step."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from hashlib import sha1

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from support.site import PASSWORD, Site

from powercx.apps.core.domain import people
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, Person

STEP_S = 30


def code_at(secret: str, at: float) -> str:
    """RFC 6238 with SHA-1, 30 s and six digits."""
    counter = struct.pack(">Q", int(at) // STEP_S)
    mac = hmac.new(base64.b32decode(secret), counter, sha1).digest()
    start = mac[-1] & 0xF
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def test_the_code_of_the_test_is_that_of_the_standard():
    secret = base64.b32encode(b"12345678901234567890").decode()

    assert [code_at(secret, at) for at in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]


@pytest.fixture(autouse=True)
def _no_used_codes():
    cache.clear()


def signed_in(site: Site, role: Role = Role.EXECUTIVE, language: str = "zh") -> Client:
    """A browser in which someone signed in by the page a moment ago."""
    client = Client(headers={"Accept-Language": language})
    name = site.person(role).username
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    return client


def switch_on(client: Client) -> str:
    """Set up the second step, after the password once more; returns the secret."""
    client.post("/accounts/again/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_at(secret, time.time())})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    cache.clear()  # the next code may be asked for within the same half minute
    return secret


def at_second_step(site: Site) -> Client:
    client = Client()
    name = site.person(Role.EXECUTIVE).username
    answer = client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    return client


def test_particulars_language_and_theme_are_kept_and_recorded(site: Site):
    client = site.client(Role.EXECUTIVE)
    data = {"name": "周总", "title": "副总经理", "language": "en", "theme": "dark", "version": "1"}

    answer = client.post("/me/", data)

    assert answer["Location"] == "/me/"
    page = client.get("/me/").content.decode()
    assert 'data-theme="dark"' in page
    assert "My account" in page
    assert AuditEntry.objects.latest("seq").detail["name"] == ["executive", "周总"]


def test_two_browsers_do_not_overwrite_each_other(site: Site):
    client = site.client(Role.EXECUTIVE)
    data = {"name": "A", "theme": "auto", "version": "1"}
    client.post("/me/", data)

    answer = client.post("/me/", data | {"name": "B"})

    assert Person.objects.get(username="executive.all").name == "A"
    assert [(each.label, each.value) for each in answer.context["form"].theirs] == [("姓名", "A")]


def test_nobody_gives_himself_a_role_or_another_name_to_sign_in_with(site: Site):
    client = site.client(Role.EXECUTIVE)
    more = {"username": "boss", "is_active": "", "grants-0-role": "administrator"}

    client.post("/me/", {"name": "A", "theme": "auto", "version": "1"} | more)

    held = Person.objects.get(username="executive.all")
    assert held.is_active
    assert [a.role for a in held.assignments.all()] == ["executive"]


def test_my_sign_ins_are_mine_alone(site: Site):
    signed_in(site, Role.ANALYST)
    client = signed_in(site)

    found = client.get("/me/").context["signins"]

    assert [(entry.action, entry.actor) for entry in found] == [("sign_in", "executive.all")]


def test_all_sessions_but_this_one_end(site: Site):
    here, there = signed_in(site), signed_in(site)

    wrong = here.post("/me/everywhere/", {"password": "wrong"})
    still = there.get("/me/").status_code
    here.post("/me/everywhere/", {"password": PASSWORD})

    assert "password" in wrong.context["form"].errors
    assert (still, here.get("/me/").status_code, there.get("/me/").status_code) == (200, 200, 302)


def test_the_second_step_is_set_up_with_a_code_and_asked_for_from_then_on(site: Site):
    secret = switch_on(signed_in(site))
    client = at_second_step(site)

    refused = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    before = client.get("/").status_code
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_at(secret, time.time())})

    assert refused.context["form"].errors["code"] == [
        "验证码不对。请看手机时间是否准确，再输一次新的。"
    ]
    assert (before, answer["Location"], client.get("/").status_code) == (302, "/", 200)


def test_the_secret_is_sealed_and_what_was_set_up_is_recorded(site: Site):
    secret = switch_on(signed_in(site))

    held = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret not in str(held.data)
    recorded = AuditEntry.objects.filter(action="factor_set").order_by("seq")
    assert [entry.detail for entry in recorded] == [
        {"factor": "totp"},
        {"factor": "recovery_codes"},
    ]


def test_a_wrong_first_code_leaves_the_secret_as_it_was(site: Site):
    client = signed_in(site)
    client.post("/accounts/again/", {"password": PASSWORD})
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret

    answer = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})

    assert answer.context["form"].secret == secret
    assert "code" in answer.context["form"].errors
    assert not Authenticator.objects.exists()


def test_a_code_is_good_once(site: Site):
    secret = switch_on(signed_in(site))
    code = code_at(secret, time.time())

    answers = [
        at_second_step(site).post("/accounts/2fa/authenticate/", {"code": code}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [302, 200]


def test_a_recovery_code_stands_in_once(site: Site):
    client = signed_in(site)
    switch_on(client)
    codes = re.findall(r'<code class="secret">(\w+)</code>', recovery_page(client))
    assert len(codes) == 10

    answers = [
        at_second_step(site).post("/accounts/2fa/authenticate/", {"code": codes[0]})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [302, 200]
    assert client.get("/accounts/2fa/recovery-codes/download/").content.decode().split() == [
        code for code in codes if code != codes[0]
    ]


def recovery_page(client: Client) -> str:
    return client.get("/accounts/2fa/recovery-codes/").content.decode()


def test_new_recovery_codes_replace_the_old(site: Site):
    client = signed_in(site)
    switch_on(client)
    before = recovery_page(client)

    client.post("/accounts/2fa/recovery-codes/generate/")

    assert not set(re.findall(r"secret\">(\w+)<", before)) & set(
        re.findall(r"secret\">(\w+)<", recovery_page(client))
    )


def test_five_wrong_codes_lock_the_account_even_for_the_right_one(site: Site):
    secret = switch_on(signed_in(site))
    client = at_second_step(site)

    for _ in range(people.MOST_FAILURES):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_at(secret, time.time())})

    assert answer.status_code == 200
    assert "锁定" in answer.context["form"].errors["code"][0]
    assert AuditEntry.objects.latest("seq").action == "lock"


def test_switching_it_off_asks_again_who_it_is_and_takes_the_codes_along(site: Site):
    client = signed_in(site)
    secret = switch_on(client)
    session = client.session
    session["account_authentication_methods"] = [
        {**each, "at": each["at"] - 3600} for each in session["account_authentication_methods"]
    ]
    session.save()

    asked = client.get("/accounts/2fa/totp/deactivate/")
    again = client.get(asked["Location"])
    answer = {"code": code_at(secret, time.time()), "password": PASSWORD}
    client.post(asked["Location"], answer)
    client.post("/accounts/2fa/totp/deactivate/")

    assert asked["Location"].startswith(("/accounts/again/", "/accounts/2fa/reauthenticate/"))
    assert again.status_code == 200
    assert not Authenticator.objects.exists()
    dropped = AuditEntry.objects.filter(action="factor_dropped")
    assert dropped.count() == 2


def test_an_administrator_takes_a_lost_second_step_away(site: Site):
    switch_on(signed_in(site))
    person = site.person(Role.EXECUTIVE)

    site.client(Role.ADMINISTRATOR).post(f"/people/{person.pk}/factor/")

    client = Client()
    answer = client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    assert answer["Location"] == "/"


def spoken(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_the_second_step_are_ours_and_speak_the_language(site: Site, language: str):
    client = signed_in(site, language=language)
    pages = [client.get("/accounts/again/"), client.get("/accounts/logout/")]
    client.post("/accounts/again/", {"password": PASSWORD})
    pages.append(client.get("/accounts/2fa/totp/activate/"))
    switch_on(client)
    pages += [
        client.get(f"/accounts/2fa/{name}")
        for name in ("", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/")
    ]
    pages.append(client.get("/accounts/2fa/reauthenticate/"))
    pages.append(at_second_step(site).get("/accounts/2fa/authenticate/", headers=spoken(language)))

    assert [page.status_code for page in pages] == [200] * 9
    for page in pages:
        text = page.content.decode()
        assert "ui/tokens.css" in text
        assert "style=" not in text
        body = re.sub(r"<[^>]+>", "", text.partition("<main")[2])
        assert bool(re.search("[\u4e00-\u9fff]", body.replace("中文", ""))) == (language == "zh")


def test_who_is_kept_out_between_the_two_steps_does_not_get_in(site: Site):
    secret = switch_on(signed_in(site))
    client = at_second_step(site)
    people.set_active(
        person=site.person(Role.EXECUTIVE), active=False, actor=SYSTEM, at=timezone.now()
    )

    client.post("/accounts/2fa/authenticate/", {"code": code_at(secret, time.time())})

    assert client.get("/me/").status_code == 302
