"""Asking somebody at a terminal, or taking the answers that a script pipes in.

What belongs here: one question and its answer. What does not: which questions there are, and what an answer means.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from typing import NoReturn, TypeVar

from qbr_pipeline.cli.console import errors, output, print_line
from qbr_pipeline.metrics.names import did_you_mean, normalise_name, quoted
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.settings.texts import names

T = TypeVar("T")


class NoAnswerError(Exception):
    """A question that nobody answers; the message is a sentence for a person."""


class Questions:
    """Asks one question after the other. `take_defaults`: nobody is asked, what is offered is taken."""

    def __init__(self, *, take_defaults: bool = False) -> None:
        self._take_defaults = take_defaults

    def ask(
        self, question: str, read: Callable[[str], T], *, default: str | None = None, secret: bool = False
    ) -> T:
        """What `read` makes of the answer; its ValueError is a sentence, after which the same is asked again.

        An empty answer is the `default`, which is offered in words unless it is `secret`; such an answer is not seen
        while it is typed. NoAnswerError when the answers have ended, or when only a default may be taken and none is
        right.
        """
        while True:
            answer = self._answer(question, default, secret=secret)
            try:
                return read(answer)
            except ValueError as fault:
                self.reject(str(fault))

    def agrees(self, question: str) -> bool:
        """Whether the answer is yes; no is the default, unless defaults are taken unasked: who says so agrees."""
        return self._take_defaults or self.ask(f"{question} (yes or no)", _yes_or_no, default="no")

    def reject(self, sentence: str) -> None:
        """Say why an answer will not do; NoAnswerError with that sentence when nobody can give another one."""
        if self._take_defaults:
            raise NoAnswerError(sentence)
        for line in sentence.splitlines():
            print_line(line, errors, style="red")

    def _answer(self, question: str, default: str | None, *, secret: bool) -> str:
        if self._take_defaults:
            return _no_answer(question) if default is None else default
        offered = "" if not default else " [as it is]" if secret else f" [{default}]"
        line = _line(one_line(f"{question}{offered}:") + " ", secret=secret)
        answer = line.strip()
        if answer or (default is not None and line):
            return answer or default or ""
        return _no_answer(question) if not line else self._answer(question, default, secret=secret)


def _line(question: str, *, secret: bool) -> str:
    """The next line, its end included; nothing when there are no more. A secret is not seen from the question on."""
    if not sys.stdin.isatty():
        output.print(question, markup=False, soft_wrap=True)
        return sys.stdin.readline()
    try:
        return (getpass(question) if secret else input(question)) + "\n"
    except EOFError:
        return ""


def _no_answer(question: str) -> NoReturn:
    raise NoAnswerError(f"Nobody answered: {question}. Nothing was written.")


def _yes_or_no(answer: str) -> bool:
    match answer.casefold():
        case "y" | "yes":
            return True
        case "n" | "no":
            return False
    raise ValueError("Answer yes or no.")


def choice_of(offered: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Reads numbers from 1 and names, with commas between them, or a JSON list of names, as some of those `offered`.

    ValueError with a sentence for what is not one of them, and for nothing at all.
    """
    by_name = {normalise_name(name): name for name in offered}

    def chosen(word: str) -> str:
        if word.isascii() and word.isdecimal() and 1 <= int(word) <= len(offered):
            return offered[int(word) - 1]
        if normalise_name(word) not in by_name:
            near = did_you_mean(word, offered) or f": expected numbers from 1 to {len(offered)}, or names."
            raise ValueError(f"{quoted(word)} is not one of them{near}")
        return by_name[normalise_name(word)]

    def read(answer: str) -> tuple[str, ...]:
        whole = normalise_name(answer)
        words = [answer] if whole in by_name else _words(answer)
        if not words:
            raise ValueError("Choose at least one.")
        return tuple(dict.fromkeys(map(chosen, words)))

    return read


def _words(answer: str) -> Sequence[str]:
    if answer.startswith("["):
        try:
            return names(answer)
        except ValueError:
            raise ValueError('A JSON list of names looks like ["Help Desk"].') from None
    return [word.strip() for word in answer.split(",") if word.strip()]
