"""Where files are uploaded and read: what S3 is to Kustomer. No API key counts here, but the signature of the address.

No call of the API is made, so none is counted or journalled; errors are S3's, in XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from kustomer_sandbox.simulator.hosting.worlds import Worlds
from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.system import system_context
from kustomer_sandbox.simulator.values.http import Reply, Request
from kustomer_sandbox.simulator.values.presigned import (
    FILES,
    MOST_BYTES,
    BadSignature,
    FilePlace,
    check_address,
    check_form,
)
from kustomer_sandbox.simulator.values.record import Record
from kustomer_sandbox.simulator.world.world import World

KINDS = ("attachment", "media")
_STATUS = {
    "SignatureDoesNotMatch": 403, "AccessDenied": 403, "NoSuchKey": 404, "NoSuchBucket": 404, "MethodNotAllowed": 405,
}  # fmt: skip
_BOUNDARY = re.compile(r'multipart/form-data;.*?boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([^"]*)"')


class _Refused(Exception):
    """S3's refusal: its code and words; the status follows from the code, 400 unless listed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_file(path: str) -> bool:
    """Whether a path is one of files."""
    return path.startswith(f"{FILES}/")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileDoor:
    """Answers requests for files."""

    worlds: Worlds

    def handle(self, request: Request) -> Reply:
        """The reply to a request below `/_files`: 204 to a form, 200 to PUT and GET, or S3's error."""
        try:
            return self._answer(request)
        except (_Refused, BadSignature) as refused:
            return _error(refused.code, str(refused))

    def _answer(self, request: Request) -> Reply:
        quoted, _, rest = request.path.removeprefix(f"{FILES}/").partition("/")
        name = unquote(quoted)
        world = self.worlds.get(name)
        if world is None:
            raise _Refused("NoSuchBucket", "The specified bucket does not exist")
        if request.method == "POST" and not rest:
            return _take_form(world, request)
        kind, _, id = rest.partition("/")
        place = FilePlace(name, kind, id)
        if request.method not in ("GET", "HEAD", "PUT"):
            raise _Refused("MethodNotAllowed", "The specified method is not allowed against this resource.")
        method = "PUT" if request.method == "PUT" else "GET"
        check_address(world.files.secret, method, place, request.query, world.clock.now())
        if method == "GET":
            return _read(world, _record(world, place))
        _keep(world, place, request.body, most=float("inf"))
        return Reply(status=200, headers=())


def _take_form(world: World, request: Request) -> Reply:
    """Store the file of a form. Its fields come before it, as S3 wants them."""
    fields, content = _form(request)
    place, most = check_form(world.files.secret, fields, world.clock.now())
    if place.world != world.name:
        raise _Refused("AccessDenied", "Invalid according to Policy: Policy Condition failed: bucket")
    if content is None:
        raise _Refused("InvalidArgument", "POST requires exactly one file upload per request.")
    _keep(world, place, content, most=most)
    return Reply(status=204, headers=())


def _keep(world: World, place: FilePlace, content: bytes, *, most: float) -> None:
    """Make a content that of its record, of which the record says so itself."""
    record = _record(world, place)
    if len(content) > min(most, record["attributes"]["contentLength"], MOST_BYTES):
        raise _Refused("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if record["attributes"]["redacted"]:
        raise _Refused("AccessDenied", "Access Denied")
    context = system_context(world)
    with context.records.transaction():
        changes.update_by_system(context, record, {"uploaded": True, "digest": world.files.keep(content)})


def _read(world: World, record: Record) -> Reply:
    attributes = record["attributes"]
    content = world.files.get(attributes.get("digest"))
    if content is None:
        raise _Refused("NoSuchKey", "The specified key does not exist.")
    kind = attributes["contentType"]
    # Never as a page of this origin: who uploads chooses the type.
    headers = (
        ("content-type", kind if kind.isascii() and kind.isprintable() else "application/octet-stream"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
    )
    return Reply(status=200, headers=headers, body=content)


def _record(world: World, place: FilePlace) -> Record:
    record = world.records.get(place.kind, place.id) if place.kind in KINDS else None
    if record is None:
        raise _Refused("NoSuchKey", "The specified key does not exist.")
    return record


def _form(request: Request) -> tuple[Mapping[str, str], bytes | None]:
    """The fields of a form by their names in lower case, and its file: the part that is called so."""
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    if found is None:
        raise _Refused("InvalidArgument", "The body of a POST must be multipart/form-data.")
    fields: dict[str, str] = {}
    for name, content in _parts(request.body, found.group(1).strip().encode()):
        if name == "file":
            return fields, content
        fields[name.lower()] = content.decode("utf-8", "replace")
    return fields, None


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    """The name and content of each part of a multipart body."""
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if blank and name is not None:
            yield name.group(1).decode("utf-8", "replace"), content


def _error(code: str, message: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status=_STATUS.get(code, 400), headers=(("content-type", "application/xml"),), body=body.encode())
