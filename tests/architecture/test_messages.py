"""Texts for people: every code used has its text in both languages, and every text is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import yaml
from architecture.sources import PACKAGE, Module, modules, templates

from powercx.base.messages import LANGUAGES, texts

SAID = re.compile(r"""{%\s*say\s+["'](?P<code>[^"']+)["'](?P<params>[^%]*)%}""")
SAID_OF = re.compile(r"""{%\s*say_of\s+["']([^"']+)["']""")
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


def test_every_text_has_both_languages_and_nothing_else():
    odd = {code: sorted(text) for code, text in texts().items() if set(text) != set(LANGUAGES)}

    assert odd == {}


def test_both_languages_of_a_text_take_the_same_parameters():
    differing = {
        code: [sorted(_placeholders(text[language])) for language in LANGUAGES]
        for code, text in texts().items()
        if len({frozenset(_placeholders(text[language])) for language in LANGUAGES}) > 1
    }

    assert differing == {}


def test_every_code_used_has_a_text():
    missing = [f"{where}: {code}" for where, code, _ in _uses() if code not in texts()]

    assert missing == []


def test_every_use_passes_what_its_text_asks_for():
    lacking = [
        f"{where}: {code} lacks {sorted(absent)}"
        for where, code, passed in _uses()
        if passed is not None
        and code in texts()
        and (absent := _placeholders(texts()[code]["zh"]) - passed)
    ]

    assert lacking == []


def test_every_text_is_used():
    words, prefixes = _words()
    unused = [
        code
        for code in texts()
        if code not in words and not any(code.startswith(prefix) for prefix in prefixes)
    ]

    assert unused == []


def test_a_code_stands_in_one_file_only():
    seen: dict[str, str] = {}
    twice = []
    for path in sorted((PACKAGE / "base" / "messages").glob("*.yaml")):
        for code in yaml.safe_load(path.read_text("utf-8")) or {}:
            if code in seen:
                twice.append(f"{code}: {seen[code]}, {path.name}")
            seen[code] = path.name

    assert twice == []


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@cache
def _uses() -> tuple[tuple[str, str, frozenset[str] | None], ...]:
    """Place, code and names passed of every call of an error or ``say`` with a literal code.

    The names are None where the call also unpacks a mapping: they cannot be told without running.
    """
    speakers = _errors() | {"say"}
    found = []
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _name(node.func) in speakers and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.append((f"{module.name}:{node.lineno}", first.value, _passed(node)))
    return (*found, *_template_uses())


def _template_uses() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """The same of ``{% say "code" name=value %}`` in templates."""
    for name, text in templates():
        for match in SAID.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            passed = frozenset(re.findall(r"(\w+)=", match["params"]))
            yield f"{name}:{line}", match["code"], passed


def _passed(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name)


def _errors() -> set[str]:
    """Names of ``UserError`` and of all classes that descend from it, however far."""
    known = {"UserError"}
    classes = [
        (node.name, {_name(base) for base in node.bases})
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    while more := {name for name, bases in classes if bases & known} - known:
        known |= more
    return known


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    """Strings of the source that look like codes, and fixed beginnings of those put together."""
    words: set[str] = set()
    prefixes: set[str] = set()
    for module in modules():
        found, begun = _words_of(module)
        words |= found
        prefixes |= begun
    for _, text in templates():
        words |= {match["code"] for match in SAID.finditer(text)}
        prefixes |= {f"{area}." for area in SAID_OF.findall(text)}
    return frozenset(words), frozenset(prefixes)


def _words_of(module: Module) -> tuple[set[str], set[str]]:
    words, prefixes = set(), set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if CODE.fullmatch(node.value):
                words.add(node.value)
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            begin = str(node.values[0].value)
            if re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z0-9_.]*", begin):
                prefixes.add(begin)
    return words, prefixes


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
