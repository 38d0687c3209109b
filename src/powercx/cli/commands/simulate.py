"""``powercx simulate``: the exports of a city whose truth is known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from powercx.analytics.simulate.service import simulate
from powercx.base.messages import say
from powercx.cli import output


@click.command("simulate")
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--customers", default=20_000, show_default=True, type=int)
@click.option("--months", default=12, show_default=True, type=int)
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--start", default="2025-01-01", show_default=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--json", "as_json", is_flag=True, help="JSON")
def command(
    target: Path, *, customers: int, months: int, seed: int, start: datetime, as_json: bool
) -> None:
    """模拟一座城市的导出文件 · Write the exports of a simulated city."""
    report = simulate(
        target=target,
        customers=customers,
        months=months,
        seed=seed,
        start=start.date(),
        progress=output.progress,
    )
    output.done()
    if as_json:
        output.as_json(
            {
                "target": str(report.target),
                "files": [str(path) for path in report.files],
                "rows": report.rows,
                "seconds": report.seconds,
            }
        )
        return
    rows = [[name, f"{count:,}"] for name, count in sorted(report.rows.items())]
    output.table([say("cli.file"), say("cli.rows")], rows, right=(1,))
    click.echo(say("cli.simulated", target=report.target, seconds=f"{report.seconds:.1f}"))
