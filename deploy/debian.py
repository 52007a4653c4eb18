"""What the rehearsals of units and of containers stand on: a Debian root, wheels for it, and a report that counts.

What belongs here: what `deploy.rehearse` and `deploy.container.check` do alike. Root on Debian 12 only, with
`debootstrap`; no library beyond the standard one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
SUITE, PYTHON = "bookworm", (3, 11)

FILL_INVENTORY = """
import os
from datetime import date
from qbr_pipeline.demo.inventory import fill_inventory
from qbr_pipeline.periods import Month
url = os.environ["QBR_INVENTORY_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:")
fill_inventory(url, first_month=Month(2024, 1), today=date.today(), snapshots_per_month=4)
"""
"""A program that fills the inventory of the firm, as another one would; the environment names the database."""

SIMULATED_VENDOR = """
from qbr_pipeline.demo.connectwise import server
from qbr_pipeline.demo.fleet import OWN_ORGANIZATION
print("CONNECTWISE_SERVER=http://127.0.0.1:8090")
for name in ("COMPANY_ID", "PUBLIC_KEY", "PRIVATE_KEY", "CLIENT_ID"):
    print(f"CONNECTWISE_{name}={getattr(server, 'DEMO_' + name)}")
print(f'QBR_EXCLUDED_ORGANIZATIONS=["{OWN_ORGANIZATION}"]')
"""
"""A program that says with which settings the simulated ConnectWise, at its port 8090, is reached."""


class Report:
    """What holds and what does not, a line each as it is found."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.faults = 0

    def line(self, holds: bool, sentence: str, why: str = "") -> None:
        """Print `sentence` with its mark; what does not hold is counted, and `why` follows it."""
        print(f"{'✓' if holds else '✗ NOT:'} {sentence}", flush=True)
        if not holds:
            self.faults += 1
            print(f"    {why.strip()[-2000:]}", flush=True)

    def end(self) -> int:
        """The exit code: 0 when everything holds."""
        took = time.monotonic() - self._began
        print(
            f"{self.faults or 'Nothing'} did not hold; {took:.0f} s."
            if self.faults
            else f"All holds; {took:.0f} s."
        )
        return 1 if self.faults else 0


def run(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program that must succeed; ends this one with its last words otherwise."""
    done = subprocess.run(words, text=True, capture_output=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def debian_root(root: Path, packages: Sequence[str], cache: Path | None) -> None:
    """Make a small Debian with `packages` in `root`; with `cache`, out of an archive that is kept there."""
    key = sha256(" ".join(sorted(packages)).encode()).hexdigest()[:12]
    kept = cache and cache / f"{SUITE}-{key}.tar"
    root.mkdir(parents=True)
    if kept and kept.exists():
        run("tar", "--extract", "--numeric-owner", "--file", kept, "--directory", root)
        return
    run("debootstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, root)
    for each in [*(root / "var/cache/apt").rglob("*"), *(root / "var/lib/apt/lists").rglob("*")]:
        if each.is_file():
            each.unlink()
    if kept:
        run("tar", "--create", "--numeric-owner", "--file", kept, "--directory", root, ".")


def wheelhouse(folder: Path, cache: Path | None) -> Path:
    """A folder with every package of the product and of its build, so that no registry is needed to install it."""
    if sys.version_info[:2] != PYTHON:
        sys.exit(f"The wheels are for Python {'.'.join(map(str, PYTHON))}: run this by one of that version.")
    named = ((CHECKOUT / name).read_bytes() for name in ("pyproject.toml", "requirements.lock"))
    kept = cache / f"wheels-{sha256(b''.join(named)).hexdigest()[:12]}" if cache else folder
    if not kept.exists():
        build = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["build-system"]["requires"]
        options = ("--quiet", "--wheel-dir", kept, "--constraint", CHECKOUT / "requirements.lock")
        run(sys.executable, "-m", "pip", "wheel", *options, CHECKOUT, *build)
        for own in kept.glob("qbr_*.whl"):
            own.unlink()
    return kept


def copy_checkout(to: Path) -> None:
    """Copy the files of the checkout that git knows, as they are now."""
    to.mkdir()
    files = run("git", "-C", CHECKOUT, "ls-files", "-z").stdout
    packed = to.with_suffix(".tar")
    run("tar", "--create", "--file", packed, "--directory", CHECKOUT, "--null", "--files-from=-", input=files)
    run("tar", "--extract", "--no-same-owner", "--file", packed, "--directory", to)
    packed.unlink()


def wait(what: str, seconds: float, look: Callable[[], bool]) -> float:
    """The seconds until `look` is true; ends this program when it takes longer than `seconds`."""
    began = time.monotonic()
    while not look():
        if time.monotonic() - began > seconds:
            sys.exit(f"There was not {what} within {seconds:.0f} s.")
        time.sleep(0.5)
    return time.monotonic() - began


def require_root() -> None:
    """End with a sentence unless this is root: namespaces and mounts are made."""
    if os.geteuid():
        sys.exit("This boots a system of its own, which takes root.")
