"""`qbr benchmark`: what the main jobs take on this machine."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Literal

import psutil
import typer
from rich.table import Table

from qbr_pipeline.cli.console import errors, output
from qbr_pipeline.runtime.processes import end_on_sigterm
from tools.benchmarks import rules_report as printed
from tools.benchmarks.figures import Floor, Night, Summary, summarize
from tools.benchmarks.firms import Parameters
from tools.benchmarks.latencies import Latencies, median_run
from tools.benchmarks.rules import measure as measure_rules

app = typer.Typer(help="What the main jobs take on this machine.", no_args_is_help=True)

_MEGABYTE = 1_000_000
_USUAL = Parameters()


@app.callback()
def benchmark() -> None:
    """What the main jobs take on this machine."""


@app.command()
def nightly(
    scale: Annotated[
        Literal["tiny", "small", "large"],
        typer.Option(
            help="Each month: small 400 tickets created, 400 closed, 1,500 time entries, 700 devices; "
            "large 10,000, 10,000, 25,000 and 20,000; tiny only shows that the benchmark works."
        ),
    ] = "small",
    nights: Annotated[int, typer.Option(min=1, help="How many nights, one after the other.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Let the schedule tick and the daemon collect 13 months from simulated vendors, in a home of their own.

    Each answer of the simulated ConnectWise is 50 ms late. The clock starts when the tick is due and stops at the last
    success. The first night collects everything, later ones find it collected already, as an ordinary night does. At
    last a night of the same assets with nothing in them: what Dagster costs, and how many times as long a real one is.
    """
    end_on_sigterm()
    measured, floor = _measure(scale, nights)
    if as_json:
        output.print_json(json.dumps(_plain(scale, measured, floor), default=str))
        return
    output.print(f"scale {scale}: {_machine()}", soft_wrap=True)
    for number, night in enumerate(measured, start=1):
        _print(number, night)
    if nights > 1:
        _print_summary(summarize(measured))
    output.print(
        f"\n[bold]The same assets, empty[/]: {floor.seconds:.1f} s, {floor.own_cpu:.1f} s of CPU without PostgreSQL. "
        f"The last night took {measured[-1].ratio(floor):.2f} times as long as that and its waiting together.",
        soft_wrap=True,
    )


@app.command()
def api(
    clients: Annotated[int, typer.Option(min=1, max=500, help="How many ask at once.")] = 20,
    months: Annotated[int, typer.Option(min=3, max=36, help="Of how many months there are numbers.")] = 36,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long each address is asked for.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="How often each address is asked for so long.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Ask the API for metrics and SmartNumbers, and an empty Flask route on the same server for comparison.

    Made-up numbers in an embedded PostgreSQL; the server is a process of its own, its clients keep their connections.
    First while nothing is written, so that the API can give answers again; then, as told by (writes), while others
    write all the time; then, as told by (crowd), beside 1,000 idle connections, 200 slow headers and 200 slow bodies.
    Of several rounds each figure is that of the median.
    """
    end_on_sigterm()
    from tools.benchmarks.api import addresses, measure, others_writing, serve  # noqa: PLC0415
    from tools.benchmarks.crowd import crowd  # noqa: PLC0415

    with errors.status("setting the scene") as status, serve(months) as (port, filled):
        status.stop()  # its thread would compete with the clients
        paths_by_name = addresses(filled)

        def load(remark: str, names: Sequence[str]) -> list[Latencies]:
            results = [
                [
                    measure(
                        f"{name}{remark}", paths_by_name[name], port=port, clients=clients, seconds=seconds
                    )
                    for name in names
                ]
                for _ in range(rounds)
            ]
            return [median_run(each) for each in zip(*results, strict=True)]

        names = list(paths_by_name)
        measured = load("", names)
        with others_writing():
            measured += load(" (writes)", names[1:])
        with crowd(port):
            measured += load(" (crowd)", names)
    if as_json:
        header = {"machine": _machine(), "clients": clients, "months": months}
        output.print_json(json.dumps({**header, "addresses": [asdict(each) for each in measured]}))
        return
    output.print(f"{clients} clients, {months} months: {_machine()}", soft_wrap=True)
    output.print(_latencies(measured))


@app.command()
def rules(
    firms: Annotated[int, typer.Option(min=1, help="How many made-up firms.")] = 100,
    months: Annotated[int, typer.Option(min=12, max=120, help="How many months each of them lives.")] = 36,
    seed: Annotated[int, typer.Option(help="The same seed makes the same firms and faults.")] = 1,
    season: Annotated[
        float, typer.Option(min=0, max=1, help="How far flows rise and fall with the season.")
    ] = _USUAL.season,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="Standard deviation of a month's flow.")
    ] = _USUAL.noise,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Count what the rules find on made-up firms: in plain months, night by night, and of faults planted in them.

    A false alert is a new finding (metric, month, rule) of a night in plain data. Each fault is planted alone, in a
    month that is over. Ends with exit code 1 when an aim is missed.
    """
    end_on_sigterm()
    parameters = Parameters(season=season, noise=noise)
    with errors.status("inventing firms") as status:
        for measured in measure_rules(firms, months, seed, parameters):
            status.update(f"firm {measured.firms} of {firms}")
    header = printed.aims(measured)
    if as_json:
        about = {"machine": _machine(), "seed": seed, "parameters": asdict(parameters)}
        output.print_json(json.dumps(about | printed.plain(measured)))
    else:
        output.print(f"{firms} firms, {months} months, seed {seed}: {_machine()}", soft_wrap=True)
        output.print(
            "Every firm draws its own from these:", *printed.parameters_in_words(parameters), sep="\n"
        )
        for table in (printed.by_rule(measured), printed.by_fault(measured), printed.by_metric(measured)):
            output.print()
            output.print(table)
        output.print()
        for aim in header:
            output.print(f"{'met' if aim.met else 'MISSED'}: {aim.sentence}", soft_wrap=True)
    if not all(aim.met for aim in header):
        raise typer.Exit(1)


def _latencies(measured: Sequence[Latencies]) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("address")
    for heading in ("requests/s", "of the empty", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for each in measured:
        share = each.per_second / measured[0].per_second
        times = (f"{time:.1f}" for time in (each.p50, each.p95, each.p99))
        table.add_row(each.address, f"{each.per_second:,.0f}", f"{share:.0%}", *times)
    return table


def _measure(scale: str, nights: int) -> tuple[list[Night], Floor]:
    # They import Dagster, which takes seconds.
    from tools.benchmarks.instance import BenchmarkError  # noqa: PLC0415
    from tools.benchmarks.nightly import SCALES, stage  # noqa: PLC0415

    measured = []
    try:
        with errors.status("setting the scene") as status, stage(SCALES[scale]) as staged:
            for night in staged.nights(nights):
                measured.append(night)
                status.update(f"{len(measured)} of {nights} nights measured")
            return measured, staged.floor()
    except BenchmarkError as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{psutil.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; load average {psutil.getloadavg()[0]:.1f} at the end"
    )


def _print(number: int, night: Night) -> None:
    output.print(f"\n[bold]Night {number}[/]{': everything is new' if number == 1 else ''}")
    output.print(_months(night))
    output.print(
        f"requests: {night.requests}; pages at least {night.floor}, allowed {night.limit}", soft_wrap=True
    )
    output.print(
        f"tick to last success: {night.seconds:.1f} s, of which {night.until_first_run:.1f} s before the first run; "
        f"median of the months: {night.median_month:.1f} s",
        soft_wrap=True,
    )
    output.print(f"waiting for ConnectWise: {night.waited:.1f} s, {night.share_waited:.0%} of the night")
    output.print(
        f"without PostgreSQL: {night.own_cpu:.1f} s of CPU, {night.memory / _MEGABYTE:.0f} MB together",
        soft_wrap=True,
    )
    for role, usage in sorted(night.usage.items(), key=lambda item: -item[1].peak):
        output.print(
            f"{role}: {usage.peak / _MEGABYTE:.0f} MB in the largest process, "
            f"{usage.cpu:.1f} s of CPU in all {usage.processes}",
            soft_wrap=True,
        )


def _months(night: Night) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column("month")
    for heading in ("entered", "closed", "entries", "devices", "requests", "floor", "seconds", "waiting"):
        table.add_column(heading, justify="right")
    for read in night.months:
        counts = (read.entered, read.closed, read.entries, read.devices, read.requests, read.floor)
        table.add_row(
            str(read.month), *(f"{count:,}" for count in counts), f"{read.seconds:.1f}", f"{read.waited:.1f}"
        )
    return table


def _print_summary(summary: Summary) -> None:
    output.print(
        f"\n[bold]Medians of {summary.nights} nights[/]: {summary.requests:.0f} requests, {summary.seconds:.1f} s, "
        f"{summary.share_waited:.0%} of it waiting, {summary.cpu:.1f} s of CPU ({summary.own_cpu:.1f} s without "
        f"PostgreSQL); largest process of all nights: {summary.peak / _MEGABYTE:.0f} MB, all together "
        f"{summary.memory / _MEGABYTE:.0f} MB",
        soft_wrap=True,
    )


def _plain(scale: str, nights: Sequence[Night], floor: Floor) -> dict[str, object]:
    return {
        "machine": _machine(),
        "scale": scale,
        "nights": [asdict(night) for night in nights],
        "summary": asdict(summarize(nights)),
        "floor": {**asdict(floor), "own_cpu": floor.own_cpu, "ratio": nights[-1].ratio(floor)},
    }
