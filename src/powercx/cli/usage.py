"""What is wrong with a command line, in the reader's language."""

from __future__ import annotations

import click

from powercx.base.identifiers import suggestion
from powercx.base.messages import say


def usage_text(error: click.UsageError) -> str:
    """One sentence on the fault, and where the right use is shown."""
    command = error.ctx.command_path if error.ctx else "powercx"
    return f"{_fault(error)} {say('usage.help', command=command)}"


def _fault(error: click.UsageError) -> str:
    match error:
        case click.NoSuchCommand():
            near = suggestion(error.command_name, _commands(error.ctx))
            return say("usage.command", name=error.command_name, nearest=near)
        case click.NoSuchOption():
            near = suggestion(error.option_name, error.possibilities or _options(error.ctx))
            return say("usage.option", name=error.option_name, nearest=near)
        case click.MissingParameter():
            return say("usage.missing", name=_name(error.param))
        case click.BadParameter() if error.param is not None:
            return say("usage.value", name=_name(error.param), right=_right(error))
        case _:
            return error.format_message()


def _commands(ctx: click.Context | None) -> list[str]:
    group = ctx.command if ctx else None
    return group.list_commands(ctx) if ctx and isinstance(group, click.Group) else []


def _options(ctx: click.Context | None) -> list[str]:
    return [] if ctx is None else [o for p in ctx.command.params for o in p.opts]


def _name(parameter: click.Parameter | None) -> str:
    if parameter is None:
        return "—"
    return (
        max(parameter.opts, key=len)
        if isinstance(parameter, click.Option)
        else (parameter.human_readable_name)
    )


def _right(error: click.BadParameter) -> str:
    """What would be right: the words of a choice, the bounds of a number, else what click says."""
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return ", ".join(str(choice) for choice in kind.choices)
    if isinstance(kind, click.IntRange):
        low = "" if kind.min is None else kind.min
        high = "" if kind.max is None else kind.max
        return f"{low}..{high}"
    return error.message
