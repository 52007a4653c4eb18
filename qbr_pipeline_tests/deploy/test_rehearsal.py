"""The rehearsal takes its commands from docs/deployment.md: they are found, and name what is in the checkout."""

from __future__ import annotations

import re

import pytest

from deploy.rehearse.checks import SERVICES
from deploy.rehearse.document import blocks
from qbr_pipeline.settings import CHECKOUT


def test_the_installation_begins_with_packages_and_ends_with_every_service_turned_on() -> None:
    install, turn_on = blocks("Programs, user, databases")
    assert install[0].startswith("apt-get install ")
    enabled = next(line for line in turn_on if line.startswith("systemctl enable --now "))
    assert set(SERVICES) <= set(enabled.split())


@pytest.mark.parametrize("heading", ["Programs, user, databases", "The pages, by TLS", "Several machines"])
def test_what_a_command_installs_is_in_the_checkout(heading: str) -> None:
    named = {name for block in blocks(heading) for line in block for name in re.findall(r"deploy/\S+", line)}
    assert named
    assert not [name for name in named if not list(CHECKOUT.glob(name))]


def test_a_section_that_is_gone_is_named() -> None:
    with pytest.raises(ValueError, match="no section 'Elsewhere'"):
        blocks("Elsewhere")
