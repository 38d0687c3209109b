"""Wrong use of the command line: one sentence in the reader's language, exit code 2."""

from __future__ import annotations

import pytest

from powercx.base.messages import use_language
from powercx.cli.main import main

KINDS = "interaction, perception, behaviour, outcome"
SEE = "See powercx"


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        (
            "lod exports",
            "✗ 没有命令“lod”。相近的：load。 用法见 powercx --help。",
            "✗ There is no command “lod”. Nearest: load. See powercx --help.",
        ),
        (
            "refresh --ful",
            "✗ 没有选项“--ful”。相近的：--full。 用法见 powercx refresh --help。",
            "✗ There is no option “--ful”. Nearest: --full. See powercx refresh --help.",
        ),
        (
            "measures show",
            "✗ 缺少 KEY。 用法见 powercx measures show --help。",
            "✗ KEY is missing. See powercx measures show --help.",
        ),
        (
            "measures shw",
            "✗ 没有命令“shw”。相近的：show。 用法见 powercx measures --help。",
            "✗ There is no command “shw”. Nearest: show. See powercx measures --help.",
        ),
        (
            "measures explain saidi --rows 500",
            "✗ --rows 的值不对，应为：0..200。 用法见 powercx measures explain --help。",
            f"✗ --rows has a wrong value; it should be: 0..200. {SEE} measures explain --help.",
        ),
        (
            "measures list --kind good",
            f"✗ --kind 的值不对，应为：{KINDS}。 用法见 powercx measures list --help。",
            f"✗ --kind has a wrong value; it should be: {KINDS}. See powercx measures list --help.",
        ),
    ],
)
def test_wrong_use_is_told_in_both_languages(capsys, line, zh, en):
    said = []
    for language in ("zh", "en"):
        with use_language(language):
            assert main(line.split(), {}) == 2
        said.append(capsys.readouterr().err.strip())

    assert said == [zh, en]
