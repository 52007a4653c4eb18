"""`qbr key`: keys to the API and the pages, and one that encrypts. Nothing is stored: the settings hold what counts."""

from __future__ import annotations

import json
import secrets
from typing import Annotated

import typer
from cryptography.fernet import Fernet

from qbr_pipeline.cli.console import errors, output
from qbr_pipeline.settings import Role, Settings

app = typer.Typer(help="Keys to the API and the pages, and to what is encrypted.", no_args_is_help=True)
_RANDOM_BYTES = 32


@app.callback()
def keys() -> None:
    """Keys to the API and the pages."""


@app.command("new")
def new(
    name: Annotated[
        str, typer.Option(help="The name of its holder; recorded with what they enter.")
    ] = "office",
    role: Annotated[Role, typer.Option(help="What its holder may do.")] = Role.READ,
) -> None:
    """Make a key and print the JSON that QBR_API_KEYS takes."""
    printed = json.dumps({secrets.token_urlsafe(_RANDOM_BYTES): {"name": name, "role": role.value}})
    Settings.read({"QBR_API_KEYS": printed})  # a name that is no name is rejected here already
    output.print(printed, markup=False, soft_wrap=True)
    errors.print("Add it to QBR_API_KEYS, which holds all keys; it is stored nowhere else.", style="dim")


@app.command("encryption")
def encryption() -> None:
    """Make a key for QBR_ENCRYPTION_KEY, which the tokens of QuickBooks are encrypted with, and print it."""
    output.print(Fernet.generate_key().decode(), markup=False, soft_wrap=True)
    errors.print("It is stored nowhere else: without it, QuickBooks has to be connected again.", style="dim")
