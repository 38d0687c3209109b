"""The roots of what can go wrong. Anything that is none of these is a bug and crashes."""

from __future__ import annotations

from powercx.base.messages import say


class PowercxError(Exception):
    """Root of every error powercx raises on purpose."""


class UserError(PowercxError):
    """Something a user can mend; its text is safe, useful and in the reader's language.

    ``code`` names a text in ``base/messages``, ``params`` fill it. The text is made when it is
    read, so that one error can be shown in either language.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return say(self.code, **self.params)


class DefinitionError(UserError):
    """A definition (measure, tag, mapping, rule set) is written wrongly.

    ``params`` should name the ``file``, the ``line`` or ``key`` and the remedy.
    """
