"""Code lists: the canonical words of a column, what people call them, and what sources write."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from powercx.analytics.definitions.faults import first_fault, reason_of
from powercx.base.errors import DefinitionError, UserError

FOLDER = Path("taxonomy") / "codes"
_SHIPPED = Path(__file__).parents[2] / "catalog" / FOLDER


class Code(BaseModel):
    """One code: its Chinese and English names and the other words sources use for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """The codes of one list by canonical word."""

    name: str
    codes: Mapping[str, Code]

    @cached_property
    def words(self) -> dict[str, str]:
        """Canonical code by every folded word for it; an earlier kind of name wins a clash."""
        found: dict[str, str] = {}
        kinds = (
            {code: (code,) for code in self.codes},
            {code: (names.zh,) for code, names in self.codes.items()},
            {code: (names.en,) for code, names in self.codes.items()},
            {code: names.synonyms for code, names in self.codes.items()},
        )
        for kind in kinds:
            for code, words in kind.items():
                for word in words:
                    found.setdefault(fold(word), code)
        return found

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Canonical code by every word exactly as the list writes it."""
        found: dict[str, str] = {}
        for code, names in self.codes.items():
            for word in (code, names.zh, names.en, *names.synonyms):
                found.setdefault(word, self.words[fold(word)])
        return found


def fold(word: str) -> str:
    """The form in which two spellings of one word are the same.

    >>> fold(" ＡＰＰ "), fold("Class A")
    ('app', 'classa')
    """
    return "".join(unicodedata.normalize("NFKC", word).casefold().split())


def code_list(name: str, catalog: Path | None = None) -> CodeList:
    """The list ``name`` as shipped, with what the folder ``catalog`` of a home adds or renames.

    :raises DefinitionError: ``code.file`` when a file is no list of codes.
    """
    codes = _read(_SHIPPED / f"{name}.yaml")
    if catalog is not None and (own := catalog / FOLDER / f"{name}.yaml").exists():
        codes |= _read(own)
    return CodeList(name, codes)


def own_lists(catalog: Path) -> list[str]:
    """Names of the lists that the folder ``catalog`` of a home adds to, each of them read.

    :raises DefinitionError: ``code.file`` when a file is no list of codes.
    """
    files = sorted((catalog / FOLDER).glob("*.yaml"))
    return [path.stem for path in files if _read(path) is not None]


def _read(path: Path) -> dict[str, Code]:
    try:
        found = yaml.safe_load(path.read_text("utf-8")) or {}
        return {str(code): Code.model_validate(names) for code, names in found.items()}
    except ValidationError as error:
        first = first_fault(error)
        key = ".".join(str(part) for part in first["loc"])
        reason: object = reason_of(first)
        if first["type"] == "extra_forbidden":
            reason = UserError("definition.no_such_key", known=", ".join(Code.model_fields))
        raise DefinitionError("code.file", file=path, key=key, reason=reason) from error
    except (yaml.YAMLError, AttributeError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise DefinitionError("code.file", file=path, key="—", reason=reason) from error
