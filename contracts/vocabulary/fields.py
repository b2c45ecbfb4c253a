"""The rows of a resource's field table: a schema, and beside it the marks of the forms that have the field."""

from __future__ import annotations

from kustomer_sandbox.contracts.model import ANSWER_WORDS
from kustomer_sandbox.contracts.vocabulary.forms import Either, Form, KnownKey, Listing, Names
from kustomer_sandbox.contracts.vocabulary.schema import SCHEMA, SCHEMA_NAME, TYPES
from kustomer_sandbox.contracts.vocabulary.shapes import Flag, Name, Text, Word

FORMS = ("create", "update", "shown", "write")
"""The forms that a field may stand in: bodies of creation and change, answers, one body for both."""

CHANGE = Form(
    "Change",
    "How a field's schema differs in one form from its row's; null takes a keyword away.",
    (
        KnownKey("required", Either((Flag(), Listing(Text(), least=1))),
            "`true`: the field must be there; a list: those of an object's fields that must be."),
    ),
    besides=SCHEMA,
    emptied=True,
)  # fmt: skip
MARK = Either(
    (
        Flag(),
        Name("schemas", "true, false, `required`, a type, a schema's name or a mapping (Change)", ("required", *TYPES)),
        CHANGE,
    )
)
FIELD_FORM = Form(
    "Field",
    "One row of the table: the field's schema, and whether it stands in each form. A mark is `true`, `required` (the"
    " field must be there), `false`, or what differs. What may also be written is shown by its type, without limits.",
    (
        KnownKey("create", MARK, "Whether a new record may be given it; no unless said."),
        KnownKey("update", MARK, "Whether a change may name it; no unless said."),
        KnownKey("write", MARK, "The same for one body that creates and changes; no unless said."),
        KnownKey("shown", MARK, "Whether answers show it; yes unless said, or unless `x-ref` makes it a relationship."),
    ),
    besides=SCHEMA,
)
FIELD_ROW = Either((SCHEMA_NAME, FIELD_FORM))
COLUMNS = Names("forms", Text("a schema's name", r"[A-Z][A-Za-z0-9]*"), Word(FORMS), least=1)
ANSWERS = Names("answers", Text(), Word(ANSWER_WORDS), least=1)
