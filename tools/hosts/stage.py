"""What the hosts of every command share: a place, a PostgreSQL, a broker, an inventory, and the words of the result.

What belongs here: setting up installations of each launcher on further hosts. What does not: what happens to them.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from qbr_pipeline.cli.console import output
from qbr_pipeline.demo.inventory import fill_inventory
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.processes import end_on_sigterm
from tools.hosts.cluster import Cluster, api_server
from tools.hosts.network import Host, enter_own_network
from tools.hosts.servers import PostgreSQL, create_database, postgresql, redis
from tools.hosts.site import Site, World, equip, site


class Stage:
    """The servers that all share, and the words of the result."""

    def __init__(self, place: Path, server: PostgreSQL, broker: str) -> None:
        now = datetime.now(UTC)
        self.place, self.server, self.broker = place, server, broker
        self.now = now
        self.current = Month(now.year, now.month)
        self.inventory = create_database("inventory")
        fill_inventory(
            self.inventory,
            first_month=self.current.plus(-12),
            today=now.date(),
            devices=100,
            snapshots_per_month=4,
        )
        self.wrong = 0
        self._numbers = itertools.count(0, 2)

    def world(self, latency: float, months: int) -> World:
        """The same one on every host and in every installation of this stage."""
        return World(self.now.isoformat(), self.current.plus(1 - months), latency, months)

    def say(self, sentence: str, good: bool = True) -> None:
        """Print what was seen; a night that was not as it must be is counted."""
        self.wrong += not good
        output.print(("" if good else "WRONG: ") + sentence, soft_wrap=True, style=None if good else "red")

    @contextmanager
    def celery(
        self, name: str, world: World, workers: int, together: int
    ) -> Iterator[tuple[Site, list[Host]]]:
        """An installation whose runs so many hosts execute as Celery tasks."""
        number = next(self._numbers)
        broker = {
            "QBR_CELERY_BROKER": f"{self.broker}/{number}",
            "QBR_CELERY_BACKEND": f"{self.broker}/{number + 1}",
        }
        launcher = {
            "module": "qbr_pipeline.runtime.celery_launcher",
            "class": "WatchedCeleryRunLauncher",
            "config": {
                "broker": {"env": "QBR_CELERY_BROKER"},
                "backend": {"env": "QBR_CELERY_BACKEND"},
                "config_source": {"task_track_started": True},
            },
        }
        with (
            site(name, self.place, world, self.inventory, launcher, together, **broker) as made,
            hosts(workers, made.place) as them,
        ):
            for host in them:
                equip(host, made, world, celery=True)
            yield made, them

    @contextmanager
    def kubernetes(self, name: str, world: World, together: int) -> Iterator[tuple[Site, Cluster]]:
        """An installation whose runs are jobs of a simulated cluster of two hosts."""
        kubeconfig = self.place / f"{name}.kubeconfig"
        launcher: dict[str, Any] = {
            "module": "dagster_k8s",
            "class": "K8sRunLauncher",
            "config": {
                "load_incluster_config": False,
                "kubeconfig_file": str(kubeconfig),
                "service_account_name": "qbr",
                "job_image": "localhost/qbr",
                "instance_config_map": "qbr",
                "dagster_home": str(self.place / name),
                "job_namespace": "default",
            },
        }
        with ExitStack() as opened:
            them = opened.enter_context(hosts(2, self.place))
            cluster = Cluster(them, {})
            opened.enter_context(api_server(cluster, kubeconfig))
            made = opened.enter_context(site(name, self.place, world, self.inventory, launcher, together))
            cluster.environment = made.environment
            for host in them:
                equip(host, made, world, celery=False)
            yield made, cluster


@contextmanager
def hosts(count: int, logs: Path) -> Iterator[list[Host]]:
    """So many further machines."""
    made = [Host(number, logs) for number in range(1, count + 1)]
    try:
        yield made
    finally:
        for host in made:
            host.kill()


@contextmanager
def stage() -> Iterator[Stage]:
    """A place, and the servers that the hosts of every command share."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # else Dagster's programs ignore SIGTERM too
    enter_own_network()
    end_on_sigterm()
    logging.disable(logging.WARNING)
    place = Path(tempfile.mkdtemp(prefix="qbr-hosts-"))
    place.chmod(0o755)
    (place / "sites").mkdir()
    set_up = None
    try:
        with postgresql(place / "postgres") as server, redis(place / "redis") as broker:
            set_up = Stage(place / "sites", server, broker)
            yield set_up
    finally:
        if os.environ.get("QBR_HOSTS_KEEP"):
            output.print(f"kept: {place}")
        else:
            shutil.rmtree(place)
    if set_up.wrong:
        raise typer.Exit(1)
