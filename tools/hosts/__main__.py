"""`python -m tools.hosts`: nights on several hosts, played by this machine; exit code 1 for one that was not right.

What belongs here: what happens to the hosts, and what is printed of it. Root, iproute2, util-linux, Debian's PostgreSQL
15 and redis-server, and the extras `celery` and `kubernetes` are needed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

import typer

from tools.hosts.equality import differences
from tools.hosts.network import Host
from tools.hosts.site import Night, Site, await_true, equip, night_of, site
from tools.hosts.stage import Stage, stage

LATE_SECONDS = 3.0
"""How late each answer is where a living run must not be taken for dead: it lasts longer than any look at it."""
CUT_SECONDS = 45.0
NOTICED_WITHIN = 60.0
LARGEST_SHARE = 0.75
"""What two workers may need of the time of one."""

_FAILED_ROWS = "SELECT count(*) FROM qbr_collection_log WHERE status = 'failed'"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def late(launcher: str, months: int = 4) -> None:
    """Answers 3 s late: no living run is declared dead; a worker killed with -9 is noticed, its month made good."""
    with stage() as set_up:
        world = set_up.world(LATE_SECONDS, months)
        with ExitStack() as opened:
            if launcher == "celery":
                made, them = opened.enter_context(set_up.celery("late", world, 2, 2))
            else:
                made, cluster = opened.enter_context(set_up.kubernetes("late", world, 2))
            with night_of(made) as night:
                pass
            _tell_of_the_living(set_up, launcher, made, night)
            with night_of(made) as night:
                await_true("two runs under way", lambda: len(night.under_way()) == 2, made.check)
                time.sleep(5)
                if launcher == "celery":
                    victim = them[1]
                    victim.kill()
                    killed = time.time()
                    time.sleep(5)  # as long as its unit waits before it starts it again
                    them[1] = Host(2, made.place)
                    equip(them[1], made, world, celery=True)
                else:
                    run = night.under_way()[0]
                    cluster.kill(next(name for name in cluster.jobs if run.run_id in name))
                    killed = time.time()
            _tell_of_the_dead(set_up, launcher, made, night, killed)


def _tell_of_the_living(set_up: Stage, launcher: str, made: Site, night: Night) -> None:
    ((failed,),) = made.query(_FAILED_ROWS)
    counts = (night.failures(), night.repeated(), failed)
    set_up.say(
        f"{launcher}: {len(night.roots)} months on two hosts, the longest {night.longest():.0f} s; living runs declared"
        f" dead {counts[0]}, repeated {counts[1]}, failed log rows {counts[2]}",
        good=counts == (0, 0, 0),
    )


def _tell_of_the_dead(set_up: Stage, launcher: str, made: Site, night: Night, killed: float) -> None:
    dead = [
        (record.end_time or 0.0, month)
        for month in night.roots
        for record in night.family(month)
        if record.dagster_run.is_failure
    ]
    if len(dead) != 1:
        set_up.say(f"{launcher}: killed one worker, and {len(dead)} runs failed", good=False)
        return
    ((noticed, month),) = dead
    good = max(record.end_time or 0.0 for record in night.family(month))
    rows = made.query(f"SELECT status FROM qbr_collection_log WHERE period = '{month}' ORDER BY id")
    states = [str(state) for (state,) in rows]
    set_up.say(
        f"{launcher}: a worker killed with -9 noticed after {noticed - killed:.0f} s, its month made good after"
        f" {good - killed:.0f} s; the month's log: {', '.join(states)}",
        good=noticed - killed <= NOTICED_WITHIN and states[-1] == "success",
    )


@app.command()
def killed(nights: int = 12, months: int = 3, seed: int = 1) -> None:
    """Real nights, a day after the other, in which the daemon or PostgreSQL is killed: nothing false, doubled, lost."""
    from tools.hosts.killed_nights import live  # noqa: PLC0415 - the calendar of the assets follows the environment

    with stage() as set_up:
        for sentence, good in live(set_up, nights, months, seed):
            set_up.say(sentence, good=good)


@app.command()
def two(months: int = 13, latency: float = 1.0) -> None:
    """Two Celery workers on two hosts against one: the same rows, as in order, in 0.75 of the time; one is cut off.

    Answers are so late that waiting for them is most of a night, also on a machine that is busy with other things.
    """
    with stage() as set_up:
        world = set_up.world(latency, months)
        with site("order", set_up.place, world, set_up.inventory, None, 1) as order, night_of(order) as night:
            pass
        set_up.say(f"Dagster's own launcher, one at a time: {night.seconds():.0f} s")
        seconds = {}
        for workers, name in ((1, "one worker"), (2, "two workers on two hosts")):
            celery = set_up.celery(f"celery{workers}", world, workers, workers)
            with celery as (made, _), night_of(made) as night:
                pass
            seconds[workers] = night.seconds()
            _compare(set_up, order, name, made)
        _tell_of_speed(set_up, latency, seconds)
        with set_up.celery("cut", replace(world, latency=3 * latency), 2, 2) as (made, them):
            with night_of(made) as night:
                await_true("two runs under way", lambda: len(night.under_way()) == 2, made.check)
                time.sleep(1)
                them[1].cut()
                time.sleep(CUT_SECONDS)
                them[1].heal()
            set_up.say(f"a link cut for {CUT_SECONDS:.0f} s in mid-run: {night.repeated()} runs repeated")
        _compare(set_up, order, "two workers, one of them cut off", made)


def _tell_of_speed(set_up: Stage, latency: float, seconds: Mapping[int, float]) -> None:
    share = seconds[2] / seconds[1]
    set_up.say(
        f"from the tick to the last success, answers {latency} s late, load average {os.getloadavg()[1]:.0f}:"
        f" one worker {seconds[1]:.0f} s, two on two hosts {seconds[2]:.0f} s, {share:.2f} of it",
        good=share <= LARGEST_SHARE,
    )


def _compare(set_up: Stage, order: Site, name: str, made: Site) -> None:
    unlike = list(differences(order.environment["QBR_DATABASE_URL"], made.environment["QBR_DATABASE_URL"]))
    words = "; ".join(unlike) or "the same, row by row"
    set_up.say(f"values, history and findings of {name}, beside those in order: {words}", good=not unlike)


if __name__ == "__main__":
    app()
