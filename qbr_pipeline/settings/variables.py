"""What every group of variables is made of: the kinds of values, and the sentence for one that is wrong or missing.

A group is a class of `Variables` in a module of its own (`databases`, `vendors`, `collecting`, `serving`). Field by
field: the variable (`alias`), its default, its meaning (`title`, shown by README.md), and what is expected of its value
(`description`, also the end of the sentence for a wrong one).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from qbr_pipeline.settings import addresses, keys, texts
from qbr_pipeline.settings.texts import HiddenValueError

_DISPLAY_LENGTH = 80

DatabaseUrl = Annotated[str, BeforeValidator(addresses.normalise_database_url)]
Key = Annotated[SecretStr, BeforeValidator(keys.key)]
PageUrl = Annotated[str, BeforeValidator(addresses.page_url)]
Place = Annotated[Path, BeforeValidator(texts.path)]
Text = Annotated[str, BeforeValidator(texts.plain_text)]
Truth = Annotated[bool, BeforeValidator(texts.true_or_false)]
WholeNumber = Annotated[int, BeforeValidator(texts.whole_number)]


class SettingsError(ValueError):
    """One or more settings are missing or wrong; `faults` holds one sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class Variables(BaseModel):
    """Environment variables that belong together."""

    model_config = ConfigDict(
        frozen=True, arbitrary_types_allowed=True, extra="ignore", hide_input_in_errors=True
    )

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """The settings that `environment` holds; an empty variable counts as one that is not set.

        Raises SettingsError with a sentence for each fault.
        """
        present = {name: value for name, value in environment.items() if value.strip()}
        try:
            return cls.model_validate(present)
        except ValidationError as error:
            faults = {str(fault["loc"][0]): fault for fault in error.errors()}
            raise SettingsError(
                [cls._fault(name, present[name], fault) for name, fault in faults.items()]
            ) from None

    @classmethod
    def expected(cls, variable: str) -> str:
        """What is expected of a variable, as its sentences say it."""
        return str(next(field for field in cls.model_fields.values() if field.alias == variable).description)

    @classmethod
    def _fault(cls, variable: str, held: str, fault: ErrorDetails) -> str:
        cause = fault.get("ctx", {}).get("error")
        display = str(cause) if isinstance(cause, HiddenValueError) else _display(held)
        return f"{variable} holds {display}: expected {cls.expected(variable)}."

    def _not_set(self, variables: tuple[str, ...]) -> list[str]:
        names = {field.alias: name for name, field in type(self).model_fields.items()}
        return [
            f"{variable} is not set: expected {self.expected(variable)}."
            for variable in variables
            if getattr(self, names[variable]) is None
        ]


def _display(held: str) -> str:
    readable = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in held
    )
    return f'"{readable}"' if len(readable) <= _DISPLAY_LENGTH else f'"{readable[:_DISPLAY_LENGTH]}…"'
