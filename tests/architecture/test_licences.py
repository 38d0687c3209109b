"""Everything the program runs with may be used, changed and passed on by a utility."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

import pytest
from architecture.sources import ROOT

FREE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|0BSD|Zlib|Unlicense|CC0|"
    r"LGPL|Lesser General Public|MPL|Mozilla Public|HPND|Public Domain)",
    re.IGNORECASE,
)
BOUND = re.compile(
    r"(?<![L])\bA?GPL|(?<!Lesser )General Public License|SSPL|BUSL|Commons Clause", re.IGNORECASE
)

# Packages whose metadata say nothing a program can read, and where the licence stands instead.
SAID_ELSEWHERE: dict[str, str] = {}


def _pinned() -> list[str]:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE)


@pytest.mark.parametrize("name", _pinned())
def test_a_runtime_dependency_is_free_to_use(name):
    said = SAID_ELSEWHERE.get(name) or _licence(name)

    assert FREE.search(said), f"{name}: {said or 'says nothing'}"
    assert not BOUND.search(said), f"{name}: {said}"


def _licence(name: str) -> str:
    try:
        about = metadata(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed here")
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License")]
    stated = (about.get("License-Expression") or about.get("License") or "").splitlines()[:1]
    return " | ".join([*stated, *classifiers])
