"""Every command and option, as ``--help`` says them, out of ``powercx.cli``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import click

from powercx.base.messages import use_language
from powercx.cli.main import powercx
from tools.docs.markdown import code, document, heading, table

INTRODUCTION = """\
每条命令：加 `--json` 输出机器可读的结果；退出码 0 成功，1 因使用者可以改正的原因失败，2 用法错误。

Exit codes of every command: 0 done, 1 failed for a reason that you can mend, 2 wrong use."""

KINDS = {
    "text": "文字 text",
    "integer": "整数 number",
    "float": "数 number",
    "datetime": "日期 date",
}


def page() -> str:
    with use_language("en"):
        return document(
            "命令 · Commands", INTRODUCTION, *(_section(*found) for found in walk(powercx))
        )


def walk(group: click.Group, path: str = "powercx") -> Iterator[tuple[str, click.Command]]:
    """Every command below ``group`` with its full name; groups come before what they hold."""
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from walk(command, f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    rows = [
        (code(", ".join(option.opts + option.secondary_opts)), _kind(option), _told(option))
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    ]
    parts = [heading(2, path.replace(" ", "-"), code(path)), (command.help or "").strip()]
    parts.append(f"```\n{usage}\n```")
    if rows:
        parts.append(table(("选项 option", "值 value", ""), rows))
    return "\n\n".join(part for part in parts if part)


def _kind(option: click.Option) -> str:
    if option.is_flag:
        return ""
    kind = option.type
    if isinstance(kind, click.Choice):
        return " ".join(code(choice) for choice in kind.choices)
    if isinstance(kind, click.IntRange):
        return f"{kind.min} … {kind.max}"
    return KINDS.get(kind.name, option.metavar or "")


def _told(option: click.Option) -> str:
    """The help, and the default where it says something."""
    default = option.default
    if option.is_flag or not isinstance(default, str | int | float | date):
        return option.help or ""
    shown = default.date() if isinstance(default, datetime) else default
    return f"{option.help or ''} [{shown}]".strip()
