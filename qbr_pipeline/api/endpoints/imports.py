"""Files that people bring: looked at, imported all or not at all, listed, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qbr_pipeline.api.endpoints.import_models import (
    MAX_UPLOAD_BYTES,
    AccountResponse,
    CellFaultResponse,
    CellResponse,
    ImportedResponse,
    ImportRequest,
    ImportResponse,
    ImportsResponse,
    PreviewResponse,
    UndoneResponse,
    UndoRequest,
    UnknownLabelResponse,
    UploadRequest,
)
from qbr_pipeline.api.errors import ApiError, Code, conflict
from qbr_pipeline.api.models import (
    NoParameters,
    OfOrganization,
)
from qbr_pipeline.api.post_commit import stored_not_reviewed
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.files.reading.read_file import Answers
from qbr_pipeline.files.reading.sheets import FileRejectedError
from qbr_pipeline.files.reading.values_file import Label, enterable
from qbr_pipeline.review.entering import NotReviewedError
from qbr_pipeline.review.import_previews import ImportPreview, Upload, preview
from qbr_pipeline.review.importing import (
    ImportRejectedError,
    Person,
    PreviewOutdatedError,
    import_file,
    undo_import,
)
from qbr_pipeline.store.conflicts import ConflictError
from qbr_pipeline.store.imports import ImportNotFoundError, StoredImport, read_imports


@routes.post(
    "/imports/preview", body=UploadRequest, data=PreviewResponse, tag="entry", max_bytes=MAX_UPLOAD_BYTES
)
def preview_import(call: Call[NoParameters, UploadRequest]) -> PreviewResponse:
    """What importing a file would do, cell by cell: new, changed, equal, refused. Nothing is stored."""
    with _answering("content"):
        return _to_response(preview(call.database, _upload(call.body), call.now))


@routes.post("/imports", body=ImportRequest, data=ImportedResponse, tag="entry", max_bytes=MAX_UPLOAD_BYTES)
def import_values(call: Call[NoParameters, ImportRequest]) -> ImportedResponse:
    """Import a file: all that the preview shows, or nothing. The same file twice changes nothing."""
    body = call.body
    person = Person(body.entered_by, body.reason, call.caller.key_name)
    with _answering("content"):
        done = import_file(call.database, call.review, _upload(body), person, call.now, seen=body.seen)
    return ImportedResponse.of(done)


@routes.get("/imports", query=OfOrganization, data=ImportsResponse, tag="entry")
def list_imports(call: Call[OfOrganization, NoParameters]) -> ImportsResponse:
    """Every import, who did it and why, and who undid it."""
    return ImportsResponse(imports=[_stored(each) for each in call.database.fetch(read_imports)])


@routes.post("/imports/undo", body=UndoRequest, data=UndoneResponse, tag="entry")
def undo(call: Call[NoParameters, UndoRequest]) -> UndoneResponse:
    """Undo an import as a whole. What somebody has changed since stays, and is named."""
    body = call.body
    person = Person(body.entered_by, body.reason, call.caller.key_name)
    with _answering("id"):
        done = undo_import(call.database, call.review, body.id, person, call.now)
    return UndoneResponse(restored=done.restored, kept=done.sentences())


@contextmanager
def _answering(field: str) -> Iterator[None]:
    """Answer what goes wrong in the block; `field` is the one at fault."""
    try:
        yield
    except FileRejectedError as error:
        raise ApiError(Code.INVALID_FILE, str(error), field=field) from error
    except ImportRejectedError as error:
        raise ApiError(Code.IMPORT_REJECTED, str(error), field=field) from error
    except ImportNotFoundError as error:
        raise ApiError(Code.NOT_FOUND, str(error), field=field) from error
    except PreviewOutdatedError as error:
        raise ApiError(Code.CONFLICT, str(error), field="seen") from error
    except ConflictError as error:
        raise conflict(error) from error
    except NotReviewedError as error:
        raise stored_not_reviewed() from error


def _upload(body: UploadRequest) -> Upload:
    labels: dict[tuple[str, str], str | None] = {}
    for position, each in enumerate(body.labels):
        metric = enterable(each.metric_name) if each.metric_name is not None else None
        if each.metric_name is not None and metric is None:
            sentence = "metric_name: expected a metric that can be entered, or null"
            raise ApiError(Code.UNKNOWN_METRIC, sentence, field=f"labels[{position}].metric_name")
        labels[Label(each.section, each.label).key] = metric.key if metric else None
    return Upload(body.file_name, body.content, Answers(body.year, body.basis, labels), body.renamed)


def _to_response(found: ImportPreview) -> PreviewResponse:
    file, books = found.file, found.file.books
    cells = [
        CellResponse.of(
            each,
            cell=each.value.cell,
            period=each.value.month,
            name=each.value.metric,
            old_value=each.old,
            new_value=each.value.value,
        )
        for each in found.cells
    ]
    return PreviewResponse(
        kind=file.kind,
        company=books.company if books else None,
        basis=books.basis if books else None,
        months=found.months,
        cells=cells,
        refused=[CellFaultResponse.of(each) for each in found.refused],
        unknown=[
            UnknownLabelResponse(cell=each.cell, section=each.label.section, label=each.label.text)
            for each in found.unknown
        ],
        computed=file.values.computed if file.values else [],
        accounts=_accounts(found),
        remarks=list(file.remarks),
        is_new=found.changes_anything,
        seen=found.seen,
    )


def _accounts(found: ImportPreview) -> list[AccountResponse]:
    if found.books is None:
        return []
    lines = found.books.classified[max(found.books.classified)].lines
    new = set(found.books.new_accounts)
    return [
        AccountResponse(
            account=each.line.account,
            name=each.line.name,
            section=each.line.section.label,
            metric_name=each.metric,
            is_new=each.line.account in new,
        )
        for each in lines
    ]


def _stored(each: StoredImport) -> ImportResponse:
    what = each.what
    return ImportResponse.of(each, what, months=list(what.months), imported_by=what.by, imported_at=what.at)
