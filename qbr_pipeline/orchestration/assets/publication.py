"""How a vendor's month is published by its asset, and how a failure reaches a person.

What belongs here: what the assets of every vendor share. What publishing is, is said by `store.publishing`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.orchestration.assets.metadata import (
    Materialized,
    page_metadata,
    preview,
    value_in_words,
    values_metadata,
)
from qbr_pipeline.orchestration.keys import ASKED_TOO_LITTLE, ROLLING_TAG, night_of
from qbr_pipeline.orchestration.partitions import month_of
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.settings import SettingsError
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publishing import NothingStagedError, Outcome, PublicationRejected, publish
from qbr_pipeline.store.restatements.ledger import Restatement, explanation, restatements_of_run
from qbr_pipeline.vendors import VendorError

_MAX_EFFECTS = 20


@contextmanager
def failure_in_one_sentence() -> Iterator[None]:
    """Turn a fault that we foresaw into a Dagster failure that is its sentence, and that nothing tries again."""
    try:
        yield
    except (VendorError, PublicationRejected, SettingsError) as error:
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
        context.log.warning(f"The explanation of the numbers could not be looked up: {error!r}")
        explained["explanation"] = f"could not be looked up: {type(error).__name__}"


def collection_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str:
    """What a run stages and publishes under: a run that goes on where another failed finds that one's rows."""
    return context.run.root_run_id or context.run.run_id


def is_rolling(context: dg.AssetExecutionContext) -> bool:
    """Whether the month is collected because its turn has come; else a person named it, who wants it counted anew."""
    return ROLLING_TAG in context.run.tags


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
            scheduled_at=night_of(context.run),
        )
    if publication.outcome is Outcome.SUPERSEDED:
        raise dg.Failure(description=publication.message, allow_retries=False)
    if publication.message:
        context.log.info(publication.message)
    found = {key: value for key, value in publication.values.items() if value is not None}
    absent = [METRICS[key].label for key in publication.values.keys() - found.keys()]
    with what_only_explains(context) as explained:
        restated = database.fetch(restatements_of_run, vendor, publication.month, publication.run_id)
        explained.update(_restated_metadata(database, restated))
    return dg.MaterializeResult(
        metadata={
            "outcome": publication.message or publication.outcome.value,
            **values_metadata(found),
            **({"absent": ", ".join(sorted(absent))} if absent else {}),
            "changed values": preview(
                {
                    "metric": METRICS[change.metric].label,
                    "old": value_in_words(change.metric, change.old),
                    "new": value_in_words(change.metric, change.new),
                }
                for change in publication.changes
            ),
            "kept by hand": ", ".join(METRICS[key].label for key in publication.kept_manual) or "none",
            "closed": publication.closed,
            **explained,
            **{
                f"{source} added / changed / ended": f"{rows.added} / {rows.changed} / {rows.ended}"
                for source, rows in publication.rows.items()
            },
            **page_metadata(publication.month),
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
