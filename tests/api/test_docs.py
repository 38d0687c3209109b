"""The lines that the page of the API tells a reader to write do what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from support.api import Api, client

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
DOCUMENT = PAGE.read_text("utf-8")
SECTIONS = dict(zip(("zh", "en"), DOCUMENT.split("\n## ")[1:], strict=True))


def lines(language: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(SECTIONS[language])
    shown = "".join(token.content for token in tokens if token.info == "sh")
    return [line for line in shown.splitlines() if line.startswith("curl ")]


def send(line: str, secret: str):
    """What curl would send, sent; and the status that the line says, 200 where it says none."""
    shell, _, said = line.partition("  # ")
    words = shlex.split(shell.replace("$TOKEN", secret).replace("$URL", "/api/v1"))[1:]
    headers, body, method, address = {}, None, None, ""
    while words:
        match words.pop(0):
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0)
            case "-X":
                method = words.pop(0)
            case word:
                address = word
    kind = headers.pop("Content-Type", "application/json")
    answer = client().generic(
        method or ("POST" if body else "GET"), address, body or "", kind, headers=headers
    )
    return answer, int(said or {"/api/v1/refresh": 202}.get(address, 200))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_of_the_page_works(own_api: Api, language: str):
    secret = own_api.secret()
    shown = lines(language)

    answers = [send(line, secret) for line in shown]

    assert len(shown) == 11
    assert [(a.status_code, a.content[:300]) for a, said in answers if a.status_code != said] == []
    loaded = [a.json() for a, _ in answers if "loaded" in a.content.decode()[:400]]
    assert [each["loaded"] for each in loaded[:3]] == [1, 1, 1]


def test_both_languages_show_the_same_lines():
    zh, en = lines("zh"), lines("en")

    assert [line.replace("Accept-Language: zh", "Accept-Language: en") for line in zh] == en


def test_every_call_stands_on_the_page():
    from powercx.api import operations  # noqa: PLC0415

    for call in operations():
        shape = re.sub(r"\\{\w+\\}", r"[^/? ]+", re.escape(call.path))
        assert call.name in {"task", "load"} or re.search(shape, DOCUMENT), call.path
