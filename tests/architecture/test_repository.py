"""What a tracked file must not hold: where packages came from, or whose machine made it."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

from architecture.sources import ROOT, tracked_files
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Put together here so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(host))
        for host in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("deb", "debian", "org"),
            ("pypi", "tuna"),
            ("mirrors", "aliyun"),
        )
    )
)
INDEX = re.compile(r'--(extra-)?index-url|--find-links|--trusted-host|"resolved"\s*:\s*"http')
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(work|root|opt|home|Users)/\w")
OWN_WORDS = {Path(__file__).relative_to(ROOT)}


def test_no_file_names_a_package_registry():
    assert _places(REGISTRIES) == []


def test_no_file_holds_an_index_option_or_a_resolved_address():
    assert _places(INDEX) == []


def test_no_file_holds_a_path_of_one_machine():
    assert _places(MACHINE_PATH) == []


def test_every_pinned_package_has_a_hash():
    for lock in ROOT.glob("requirements*.lock"):
        entries = re.split(r"\n(?=[a-z0-9])", lock.read_text("utf-8"), flags=re.IGNORECASE)
        pinned = [entry for entry in entries if re.match(r"[\w.-]+==", entry)]

        assert pinned
        assert [entry.split()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    pinned = "".join(lock.read_text("utf-8") for lock in ROOT.glob("requirements*.lock"))
    names = {canonicalize_name(Requirement(each).name) for each in wanted}

    assert names - set(re.findall(r"^([\w.-]+)==", pinned, flags=re.MULTILINE)) == set()


def test_ci_runs_what_a_developer_runs():
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")


def _places(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        if path.is_file() and path.relative_to(ROOT) not in OWN_WORDS
        for number, line in enumerate(_lines(path), 1)
        if pattern.search(line)
    ]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []
