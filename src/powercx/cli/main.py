"""``powercx``: finds its commands, turns errors into messages and exit codes.

Exit codes: 0 done, 1 failed for a reason a user can mend, 2 wrong use of the command line.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from os import environ as process_environ
from typing import cast

import click

from powercx import __version__
from powercx.base.errors import PowercxError, UserError
from powercx.cli import commands
from powercx.cli.usage import usage_text

FAILED = 1
_INTERRUPTED = 130


class LazyGroup(click.Group):
    """Commands are the modules of ``cli/commands``, imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        return cast("click.Command", module.command)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="powercx")
@click.pass_context
def powercx(ctx: click.Context) -> None:
    """客户体验管理 · Customer experience management for electricity suppliers."""
    ctx.obj = ctx.obj or process_environ


def main(args: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command line and return its exit code; errors go to stderr, or JSON with --json."""
    try:
        # Outside its standalone mode click gives back the code that a command exits with.
        code = powercx.main(
            args=list(args), prog_name="powercx", obj=environ, standalone_mode=False
        )
    except click.Abort:
        return _INTERRUPTED
    except click.UsageError as error:
        click.echo(f"✗ {usage_text(error)}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PowercxError as error:
        _tell(error, as_json="--json" in args)
        return FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code if isinstance(code, int) else 0


def _tell(error: PowercxError, *, as_json: bool) -> None:
    if as_json:
        code = error.code if isinstance(error, UserError) else type(error).__name__
        params = error.params if isinstance(error, UserError) else {}
        problem = {"code": code, "message": str(error), "params": params}
        click.echo(json.dumps({"error": problem}, ensure_ascii=False, default=str), err=True)
    else:
        click.echo(f"✗ {error}", err=True)


def run() -> None:
    """Entry point of the installed command."""
    sys.exit(main(sys.argv[1:], process_environ))
