"""What requests and answers about imports are made of."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from qbr_pipeline.api.errors import Code, rejection
from qbr_pipeline.api.models import (
    STORABLE,
    AuthorField,
    IdField,
    MonthText,
    NoteField,
    Number,
    OfOrganization,
    RequestModel,
    ResponseModel,
    described,
    storable,
)
from qbr_pipeline.files.reading.read_file import FileKind
from qbr_pipeline.files.reading.sheets import MAX_FILE_BYTES
from qbr_pipeline.metrics.books import Basis
from qbr_pipeline.review.import_previews import CellOutcome

MAX_UPLOAD_BYTES = MAX_FILE_BYTES * 4 // 3 + 200_000
"""How large the body around a file in base64 may be."""

_MOST_LABELS = 500
_LONGEST = 200
_BASE64 = r"^[A-Za-z0-9+/]*={0,2}$"
_YEARS = range(2000, 2100)


def _content(given: object) -> bytes:
    try:
        return base64.b64decode(storable(given), validate=True)
    except (binascii.Error, ValueError) as error:
        raise rejection(Code.INVALID_FILE, "expected the bytes of the file in base64") from error


def _year(given: object) -> int | None:
    if given is None:
        return None
    if not isinstance(given, Decimal) or given not in _YEARS:
        raise rejection(Code.INVALID_FIELD, "expected a year from 2000 to 2099, or null")
    return int(given)


def _text(given: object) -> str:
    text = storable(given)
    if len(text) > _LONGEST:
        raise rejection(Code.INVALID_FIELD, f"expected at most {_LONGEST} characters")
    return text


ContentField = Annotated[
    bytes,
    PlainValidator(_content),
    WithJsonSchema({"type": "string", "pattern": _BASE64, "description": "The file in base64."}),
]
YearField = Annotated[
    int | None,
    PlainValidator(_year),
    WithJsonSchema({"type": ["integer", "null"], "minimum": _YEARS[0], "maximum": _YEARS[-1]}),
]
_SCHEMA = {"maxLength": _LONGEST, "pattern": STORABLE}
TextField = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string", **_SCHEMA})]
OptionalTextField = Annotated[
    str | None,
    PlainValidator(lambda given: None if given is None else _text(given)),
    WithJsonSchema({"type": ["string", "null"], **_SCHEMA}),
]


class LabelMeaning(RequestModel):
    """What the label of a row means; null: the row is left out."""

    section: TextField = ""
    label: TextField
    metric_name: OptionalTextField = None


class UploadRequest(OfOrganization):
    """A file of at most 5 MB, and what it does not say itself."""

    file_name: TextField
    content: ContentField
    year: YearField = None
    basis: Basis | None = None
    labels: list[LabelMeaning] = Field(default=[], max_length=_MOST_LABELS)
    renamed: bool = Field(default=False, strict=True, description="The company has another name now.")


class ImportRequest(UploadRequest):
    """A file that is to be imported. `seen`: what the preview gave, so that nothing else is done than was seen."""

    entered_by: AuthorField
    reason: NoteField = None
    seen: OptionalTextField = None


class UndoRequest(OfOrganization):
    """An import to undo."""

    id: IdField
    entered_by: AuthorField
    reason: NoteField = None


class CellResponse(ResponseModel):
    """What a cell would do; null is absent."""

    cell: str
    period: MonthText
    name: str
    old_value: Number | None
    new_value: Number
    outcome: CellOutcome


class CellFaultResponse(ResponseModel):
    """A cell that is refused, and why."""

    cell: str
    reason: str


class UnknownLabelResponse(ResponseModel):
    """A label that is no metric: say what it means, or that its row is left out."""

    cell: str
    section: str
    label: str


class AccountResponse(ResponseModel):
    """An account of books, and what it counts as in the last month of the file; null: nothing."""

    account: str
    name: str
    section: str
    metric_name: str | None
    is_new: bool


class PreviewResponse(ResponseModel):
    """What importing the file would do. Nothing is stored."""

    kind: FileKind
    company: str | None
    basis: Basis | None
    months: list[MonthText]
    cells: list[CellResponse]
    refused: list[CellFaultResponse]
    unknown: list[UnknownLabelResponse]
    computed: list[str] = described("Labels whose numbers are computed here and not taken.")
    accounts: list[AccountResponse]
    remarks: list[str]
    is_new: bool = described("False: all that the file says is there already.")
    seen: str


class ImportedResponse(ResponseModel):
    """What was done. `id` null: nothing changed, and nothing is kept of it."""

    id: int | None
    changed: int
    equal: int


class UndoneResponse(ResponseModel):
    """What undoing did: values (of books: months) that are as before, and what stays, in sentences."""

    restored: int
    kept: list[str]


class ImportResponse(ResponseModel):
    """An import that was done, and who undid it."""

    id: int
    kind: str
    file_name: str
    company: str | None
    months: list[MonthText]
    changed: int
    imported_by: str
    imported_at: datetime
    reason: str | None
    undone_by: str | None
    undone_at: datetime | None


class ImportsResponse(ResponseModel):
    """The imports, the newest first."""

    imports: list[ImportResponse]
