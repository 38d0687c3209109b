"""The way of a user with a real export: load, refresh, ask; from the command line alone."""

from __future__ import annotations

import json

import pytest
from real.datasets import DATA, MAPPINGS, figures, needs

from powercx.cli.main import main

pytestmark = needs("sfo_survey")


def test_survey_to_net_promoter_score(environ, capsys):
    told = figures("sfo_survey")["2017"]
    file, mapping = DATA / "sfo_survey" / "dev_2017.parquet", MAPPINGS / "sfo_survey.yaml"

    def run(*args: str) -> dict:
        capsys.readouterr()
        assert main([*args, "--json"], environ) == 0
        return json.loads(capsys.readouterr().out)

    run("init")
    [first] = run("load", str(file), "--mapping", str(mapping))["files"]
    [again] = run("load", str(file), "--mapping", str(mapping))["files"]
    run("refresh")
    [found] = run("measures", "show", "nps", "--period", "2017-05")["rows"]
    explained = run("measures", "explain", "nps", "--period", "2017-05")

    assert first["read"] == first["loaded"] == again["duplicate"]
    nps = told["NPS_0_10"]
    assert (found["n"], found["value"]) == (nps["n"], pytest.approx(nps["NPS"]))
    assert explained["rows"]["counted"] == nps["n"]
