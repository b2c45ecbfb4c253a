"""Media: files of the knowledge base."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.files.uploads import one_or_several, redacted, with_form
from kustomer_sandbox.simulator.values.errors import BadRequest, Problem
from kustomer_sandbox.simulator.values.outcome import Outcome, Single

_BLOCKED = frozenset({
    "bin", "bat", "chm", "com", "cpl", "crt", "exe", "hlp", "hta", "inf", "ins", "isp", "jse", "lnk", "mdb", "msc",
    "msi", "msp", "mst", "pcd", "pif", "ps1", "reg", "scr", "sct", "shs", "vbe", "vba", "vbs", "wsf", "wsh", "wsl",
})  # fmt: skip
"""The endings of names that are refused (vendor-docs)."""
_PROVIDER = "s3"
"""The word is assumed; that there is one is published."""


@rule("media.create")
def create(call: Call) -> Single:
    """A new media file, with the form to upload it. Raises `BadRequest` for programs."""
    _refuse_programs(call)
    return with_form(call, changes.create(call, new_record(call, "media", call.body)), provider=_PROVIDER)


@rule("media.get")
def get(call: Call) -> Outcome:
    """One media file or several."""
    return one_or_several(call, provider=_PROVIDER)


@rule("media.update")
def update(call: Call) -> Outcome:
    """Rename a media file, or redact it."""
    record = call.records.get_or_404("media", call.path["id"])
    _refuse_programs(call)
    stored = changes.update_by_caller(call, redacted(record, call.body), call.body)
    return with_form(call, stored, provider=_PROVIDER)


def _refuse_programs(call: Call) -> None:
    ending = call.body.get("name", "").rpartition(".")[2].lower()
    if "." in call.body.get("name", "") and ending in _BLOCKED:
        words = f"Files that end in .{ending} are not taken: they may be programs."
        raise BadRequest(Problem(message=words, pointer="/name"), rule="media-blocked-endings")
