"""The docs name everything there is, and nothing they point to is missing."""

from __future__ import annotations

import itertools
import re
from dataclasses import fields
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
import yaml
from markdown_it import MarkdownIt

from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.lake.catalogue import TABLES
from powercx.base.home import Config
from powercx.cli.main import powercx
from tools.docs.commands import walk

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "src" / "powercx" / "catalog"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/*.md")])
READMES = ("README.md", "README.zh-CN.md")
GUIDES = ("docs/guide.en.md", "docs/guide.zh-CN.md")


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@cache
def tokens_of(path: Path):
    return MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))


def commands() -> list[str]:
    return [path for path, _ in walk(powercx)]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_guides_and_the_catalogue(command):
    for page in (*GUIDES, "docs/catalogue/commands.md"):
        assert command in text_of(page), page


@pytest.mark.parametrize("setting", [field.name for field in fields(Config)])
def test_every_setting_is_on_the_settings_page(setting):
    assert f"`{setting}`" in text_of("docs/settings.md")


def test_every_environment_variable_is_on_the_settings_page():
    read = re.compile(r"[\"'](POWERCX_[A-Z_]+|DATABASE_URL)[\"']")
    source = "".join(p.read_text("utf-8") for p in (ROOT / "src" / "powercx").rglob("*.py"))

    names = set(read.findall(source))

    assert names
    assert {name for name in names if f"`{name}`" not in text_of("docs/settings.md")} == set()


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_column_is_in_the_catalogue(table):
    page = text_of("docs/catalogue/tables.md")
    section = page.partition(f"### `{table}`")[2].partition("\n### ")[0]

    assert [c.name for c in TABLES[table].columns if f"`{c.name}`" not in section] == []


def test_every_fact_of_measures_is_in_the_catalogue():
    page = text_of("docs/catalogue/facts.md")

    assert [name for name in DERIVED if f"## `{name}`" not in page] == []


def test_every_measure_is_in_the_catalogue():
    page = text_of("docs/catalogue/measures.md")
    files = sorted((CATALOG / "measures").rglob("*.yaml"))
    keys = [yaml.safe_load(path.read_text("utf-8"))["key"] for path in files]

    assert keys
    assert [key for key in keys if f"### `{key}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_shown_exist_and_take_the_options_shown(page):
    unknown = [line for line in _powercx_lines(page) if not _is_known(line)]

    assert unknown == []


@pytest.mark.parametrize("readme", READMES)
def test_make_targets_shown_exist(readme):
    makefile = text_of("Makefile")
    targets = set(re.findall(r"\bmake ([a-z]+)\b", text_of(readme)))

    assert {"demo", "test"} <= targets
    assert [t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    broken = []
    for link in _links(page):
        target, _, anchor = link.partition("#")
        path = (page.parent / unquote(target)).resolve() if target else page
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize(("chinese", "english"), [READMES[::-1], GUIDES[::-1]])
def test_both_languages_have_the_same_sections(chinese, english):
    assert _shape(chinese) == _shape(english)


def _powercx_lines(page: Path) -> list[str]:
    """Lines of shell examples that call powercx."""
    blocks = [t for t in tokens_of(page) if t.type == "fence" and t.info in {"sh", "bash"}]
    lines = [
        line.strip() for block in blocks for line in block.content.replace("\\\n", " ").split("\n")
    ]
    return [line for line in lines if re.match(r"(\S*/)?powercx\b", line)]


def _is_known(line: str) -> bool:
    words = line.partition("#")[0].split()[1:]
    command: click.Command = powercx
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words.pop(0))
        if found is None:
            return False
        command = found
    known = {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)}
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    return options <= known | {"--help", "--version"}


def _links(page: Path) -> list[str]:
    inline = [child for token in tokens_of(page) for child in token.children or ()]
    found = [str(t.attrs.get("href") or t.attrs.get("src") or "") for t in inline]
    return [link for link in found if link and not re.match(r"[a-z]+:", link)]


def _anchors(path: Path) -> set[str]:
    """Explicit anchors, and those that renderers make of headings."""
    if path.suffix != ".md":
        return set()
    found = set(re.findall(r'<a id="([^"]+)">', path.read_text("utf-8")))
    tokens = tokens_of(path)
    for opening, content in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            words = re.sub(r"[^\w\- ]", "", content.content.lower())
            found.add(words.replace(" ", "-"))
    return found


def _shape(name: str) -> list[str]:
    return [t.tag for t in tokens_of(ROOT / name) if t.type == "heading_open"]
