"""What several assets share: how an asset of a month is declared, and how a failure reaches a person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import dagster as dg

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumberValue
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.orchestration.partitions import month_of
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import SettingsError, settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publishing import NothingStagedError, Outcome, PublicationRejected, publish
from qbr_pipeline.store.restatements.ledger import Restatement, explanation, restatements_of_run
from qbr_pipeline.vendors.connectwise.errors import ConnectWiseError
from qbr_pipeline.vendors.ninja.access import InventoryError

OWNERS = ["team:service-desk"]

ASKED_TOO_LITTLE = "launched without the assets that fetch"
"""Metadata of the failure of a run that a person started from too few assets: no vendor failed."""

_MAX_EFFECTS = 20

Materialized = dg.MaterializeResult[Any]
"""What an asset hands to Dagster: metadata only, the values are in the store."""


def group(name: str) -> str:
    """The name of a group of assets; the demo's groups say on every page that they are not the real ones."""
    return f"demo_{name}" if settings().demo else name


def tags(layer: str) -> dict[str, str]:
    """The tags of an asset of `layer`; the demo's assets say that their data is made up."""
    return {"layer": layer, **({"demo": "made-up-data"} if settings().demo else {})}


@contextmanager
def failure_in_one_sentence() -> Iterator[None]:
    """Turn a fault that we foresaw into a Dagster failure that is its sentence, and that nothing tries again."""
    try:
        yield
    except (
        ConnectWiseError,
        InventoryError,
        PublicationRejected,
        SettingsError,
    ) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except NothingStagedError as error:
        raise dg.Failure(str(error), metadata={ASKED_TOO_LITTLE: True}, allow_retries=False) from error


@contextmanager
def what_only_explains(context: dg.AssetExecutionContext) -> Iterator[dict[str, Any]]:
    """Metadata to be filled in by the block; when that fails they say so, and the step goes on: its numbers stand."""
    explained: dict[str, Any] = {}
    try:
        yield explained
    except Exception as error:  # noqa: BLE001  whatever it is, it is about an explanation
        context.log.warning(f"What explains the numbers could not be looked up: {error!r}")
        explained["explanation"] = f"could not be looked up: {type(error).__name__}"


def collection_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str:
    """What a run stages and publishes under: a run that goes on where another failed finds that one's rows."""
    return context.run.root_run_id or context.run.run_id


def window_metadata(month: Month) -> dict[str, str]:
    """The month's window as people and as the vendors write it."""
    timezone = settings().timezone
    window = month.window(timezone)
    return {
        f"window in {timezone.key}": f"{month.first_day} 00:00 to {month.next.first_day} 00:00",
        "window in UTC": f"{window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M}",
    }


def values_table(values: Mapping[str, Decimal | None]) -> dg.MetadataValue[Any]:
    """Metrics by key as a table of labels and values for the UI; absent as a dash."""
    return preview(
        {"metric": METRICS[key].label, "value": "–" if value is None else in_words(value, METRICS[key].unit)}
        for key, value in values.items()
    )


def preview(rows: Iterable[Mapping[str, object]]) -> dg.MetadataValue[Any]:
    """Some rows as a table for the UI."""
    records = [dg.TableRecord({name: str(value) for name, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records) if records else dg.MetadataValue.text("no rows")


def published(
    context: dg.AssetExecutionContext, database: Database, clock: Clock, vendor: Vendor
) -> Materialized:
    """Publish what this collection has staged of a vendor's month, and tell the UI what that changed."""
    with failure_in_one_sentence():
        publication = publish(
            database,
            vendor,
            month_of(context),
            collection_of(context),
            clock(),
            log_run_id=context.run.run_id,
            has_fetched=_has_fetched(context),
        )
    if publication.outcome is Outcome.SUPERSEDED:
        raise dg.Failure(description=publication.message, allow_retries=False)
    if publication.message:
        context.log.info(publication.message)
    with what_only_explains(context) as explained:
        restated = database.fetch(restatements_of_run, vendor, publication.month, publication.run_id)
        explained.update(_restated_metadata(database, restated))
    return dg.MaterializeResult(
        metadata={
            "outcome": publication.message or publication.outcome.value,
            "found": values_table(publication.values),
            "changed values": preview(
                {"metric": METRICS[change.metric].label, "old": change.old, "new": change.new}
                for change in publication.changes
            ),
            "kept by hand": ", ".join(METRICS[key].label for key in publication.kept_manual) or "none",
            "closed": publication.closed,
            **explained,
            **{
                f"{source} added / changed / ended": f"{rows.added} / {rows.changed} / {rows.ended}"
                for source, rows in publication.rows.items()
            },
        }
    )


def _has_fetched(context: dg.AssetExecutionContext) -> bool:
    """Whether this run was to fetch what the asset publishes; not so when the asset was materialized by itself."""
    selection = context.run.asset_selection
    return selection is None or bool(selection & context.assets_def.asset_deps[context.asset_key])


def _restated_metadata(database: Database, restated: Sequence[Restatement]) -> dict[str, Any]:
    """What a publication changed of a closed month, and the rows with the largest effects on each metric."""
    sentences = [
        f"{METRICS[each.metric].label}: {each.old} → {each.new}, by {each.rows} row{'s' * (each.rows != 1)}"
        for each in restated
    ]
    largest = [
        {
            "metric": METRICS[each.metric].label,
            "row": row.source_id or "–",
            "what": row.title or "–",
            "client": row.company or "–",
            "effect": f"{row.effect:+f}",
            "why": row.cause,
        }
        for each in restated
        for row in database.fetch(explanation, each.id, limit=_MAX_EFFECTS)
    ]
    preview_of_rows = {"restated by": preview(largest)} if restated else {}
    return {"restated": "; ".join(sentences) or "nothing", "restatements": len(restated), **preview_of_rows}


def smartnumbers_metadata(numbers: Mapping[str, SmartNumberValue]) -> dict[str, Any]:
    """SmartNumbers for the UI: a table with the receipt of each, absent as a dash, and how many there are."""
    table = dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "SmartNumber": SMARTNUMBERS[key].label,
                    "value": "–" if number.value is None else SMARTNUMBERS[key].display(number.value),
                    "provisional": number.provisional,
                    "how": number.method,
                }
            )
            for key, number in numbers.items()
        ]
    )
    return {
        "smartnumbers": table,
        "present": f"{sum(number.value is not None for number in numbers.values())} of {len(numbers)}",
        "provisional": sum(number.provisional for number in numbers.values()),
    }


def reasons(given: Iterable[str]) -> dg.MetadataValue[Any]:
    """How many rows there are for each reason to count or not, the most frequent first."""
    return preview({"reason": reason, "rows": rows} for reason, rows in Counter(given).most_common(12))
