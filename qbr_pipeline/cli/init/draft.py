"""What `qbr init` knows so far: the settings of before, and the answers that its file is to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qbr_pipeline.cli.questions import Questions
from qbr_pipeline.metrics.names import did_you_mean
from qbr_pipeline.settings import FILE_VARIABLES, Settings, SettingsError

_KEPT = FILE_VARIABLES - {"QBR_HOME"}
"""What the file may hold: where QBR_HOME is decides which file it is."""

_DISPLAYED = frozenset(
    {
        "CONNECTWISE_SERVER",
        "CONNECTWISE_COMPANY_ID",
        "NINJA_SERVER",
        "QBR_REACTIVE_BOARDS",
        "QBR_CLOSED_STATUSES",
        "QBR_DATABASE_SCHEMA",
        "QBR_EXCLUDED_ORGANIZATIONS",
        "QBR_ORGANIZATION_NAME",
        "QBR_TIMEZONE",
    }
)
"""Variables whose values are printed, and seen while they are typed: no secret can stand in them."""


@dataclass
class Draft:
    """`known`: the environment and the files `.env`; `answers`: what is to be written, right one by one."""

    known: Mapping[str, str]
    answers: dict[str, str]

    @property
    def settings(self) -> Settings:
        """All settings as they are with the answers; SettingsError when some are wrong."""
        return Settings.read({**self.known, **self.answers})

    def held(self, variable: str) -> str | None:
        """What a variable says, None when it is not set."""
        return {**self.known, **self.answers}.get(variable, "").strip() or None

    def ask(
        self, questions: Questions, variable: str, *, default: str | None = None, again: bool = False
    ) -> None:
        """Ask for a variable that is not set, or `again`; what it says already is then offered.

        An empty `default`: it may stay unset.
        """
        held = self.held(variable)
        if held is not None and not again:
            return

        def read(answer: str) -> None:
            if answer and answer != self.known.get(variable):
                self.put(variable, answer)

        questions.ask(
            f"{variable} ({Settings.expected(variable)})",
            read,
            default=held or default,
            secret=variable not in _DISPLAYED,
        )

    def put(self, variable: str, value: str) -> None:
        """Take an answer; SettingsError when it is wrong."""
        Settings.read({variable: value})
        self.answers[variable] = value

    def lines(self) -> Iterator[str]:
        """The answers for a person, secrets not shown."""
        for variable, value in self.answers.items():
            yield f"{variable}={value if variable in _DISPLAYED else '(not shown)'}"


def given_values(given: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of `NAME=VALUE`, or of `NAME` with the value that the environment has.

    SettingsError with a sentence for each that is unknown, wrong, or not there.
    """
    values: dict[str, str] = {}
    faults = []
    for each in given:
        name, has_value, value = each.partition("=")
        held = value if has_value else environment.get(name, "")
        if name not in _KEPT:
            faults.append(f"--set names what no such file may hold{did_you_mean(name, _KEPT) or '.'}")
        elif not held.strip():
            faults.append(f"--set {name} has no value: expected {Settings.expected(name)}.")
        else:
            values[name] = held
    try:
        Settings.read(values)
    except SettingsError as error:
        faults += error.faults
    if faults:
        raise SettingsError(faults)
    return values
