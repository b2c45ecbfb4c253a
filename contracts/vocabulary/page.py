"""The page about contract documents, `docs/contracts.md`, made from the vocabulary.

`python -m kustomer_sandbox.contracts.vocabulary` prints it.
"""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.vocabulary.behaviour import BEHAVIOUR
from kustomer_sandbox.contracts.vocabulary.calls import SOURCE
from kustomer_sandbox.contracts.vocabulary.forms import Cases, Either, Form, KnownKey, Later, Listing, Names, Referable
from kustomer_sandbox.contracts.vocabulary.openapi import DOCUMENT
from kustomer_sandbox.contracts.vocabulary.shapes import Shape

_HEAD = """\
# Contract documents

<!-- Made by `python -m kustomer_sandbox.contracts.vocabulary > docs/contracts.md`; a test holds it up to date. -->

What the sandbox promises is written in `contracts/resources/*.yaml`: one OpenAPI 3.1 document for each resource, parts
that several share in `common.yaml`. Keys that begin with `x-` are ours. Rules that no schema can state stand in
`contracts/behaviours.yaml`, the ledger. This page lists every key that may stand in them; any other, and any value of
another type, stops the load with the document, the place and what was expected:

    tags.yaml: GET /v1/tags: unknown key 'x-rolez'; did you mean 'x-roles'?
    tags.yaml: x-resource/indexes/name/path: the record has no 'attribute'; did you mean 'attributes'?

The second is a cross-check: once the keys are in order, the loader holds the parts against one another. References
lead to parts of the right kind and every part is used; a schema's keywords belong to its type, its required fields
exist, its constants and defaults fit; indexes, defaults, hidden and sensitive attributes name what records have;
look-ups use unique indexes; path parameters are those of the path; budgets, roles, aliases, fixed fields and tool
arguments lead somewhere; tools are named by their method and resource.
"""


def page() -> str:
    """The whole page."""
    sections = [_HEAD, *(_section(form) for form in forms())]
    return "\n".join(sections)


def forms() -> list[Form]:
    """Every form of the vocabulary, each after the one that first uses it; the ledger's last."""
    found: dict[str, Form] = {}
    for root in (DOCUMENT, BEHAVIOUR):
        _collect(root, found)
    found[SOURCE.name] = found.pop(SOURCE.name)
    return list(found.values())


def keys() -> Iterator[tuple[Form, KnownKey]]:
    """Every key of every form."""
    for form in forms():
        for key in form.keys:
            yield form, key


def _collect(form: Form, found: dict[str, Form]) -> None:
    if form.name not in found:
        found[form.name] = form
        for key in form.keys:
            for below in _forms_in(key.shape):
                _collect(below, found)


def _forms_in(shape: Shape) -> Iterator[Form]:
    if isinstance(shape, Form):
        yield shape
    elif isinstance(shape, Later):
        yield shape.form()
    elif isinstance(shape, Listing):
        yield from _forms_in(shape.item)
    elif isinstance(shape, Names):
        yield from _forms_in(shape.value)
    elif isinstance(shape, Either):
        for option in shape.options:
            yield from _forms_in(option)
    elif isinstance(shape, Cases):
        yield from shape.forms.values()
    elif isinstance(shape, Referable):
        yield from (shape.form, shape.reference)


def _section(form: Form) -> str:
    lines = [f"## {form.name}", "", form.meaning, "", "| key | value | meaning |", "| --- | --- | --- |"]
    for key in form.keys:
        needed = " **Needed.**" if key.required else ""
        lines.append(f"| `{key.name}` | {_cell(key.shape.words)} | {_cell(key.meaning)}{needed} |")
    return "\n".join([*lines, ""])


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
