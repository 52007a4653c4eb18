"""`qbr key new`: what it prints is what QBR_API_KEYS takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qbr_pipeline.settings import Role, Settings
from qbr_pipeline.settings.keys import API_KEY_LENGTH

Qbr = Callable[..., Any]


def test_a_new_key_can_be_put_into_the_setting_as_it_is(qbr: Qbr) -> None:
    printed = qbr("key", "new", "--name", "wall screen", "--role", "write").out
    (only,) = Settings.read({"QBR_API_KEYS": printed}).api_keys
    assert (only.name, only.role) == ("wall screen", Role.WRITE)
    assert len(only.key.get_secret_value()) > API_KEY_LENGTH


def test_every_new_key_is_another_one_and_may_only_read_unless_that_is_said(qbr: Qbr) -> None:
    printed = [qbr("key", "new").out for _ in range(2)]
    assert printed[0] != printed[1]
    assert '"role": "read"' in printed[0]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_a_name_that_the_setting_would_reject_is_rejected_here(qbr: Qbr, name: str) -> None:
    assert "without a name of at most 100 letters" in qbr("key", "new", "--name", name).fault
