"""Pure: addresses and forms that let their holder read or write one file for a while, in the manner of S3.

The names of the fields are those of the published answers; how they are signed is our own, shorter way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from kustomer_sandbox.simulator.values.clock import iso, parse
from kustomer_sandbox.simulator.values.record import JSON

FILES = "/_files"
"""What the paths of files begin with: `/_files/<world>/<type>/<id>`; a form goes to `/_files/<world>`."""
MOST_BYTES = 11_000_000
"""The largest request, over the 10 MB that a media file may have. A limit of the sandbox for attachments."""
SECONDS = 600
"""How long an address or a form is good for (vendor-docs for addresses, assumed for forms)."""
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNATURE = "X-Amz-Signature"


class BadSignature(Exception):
    """An address or a form is not as it was signed, or its time is over; `code` and the message are S3's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class FilePlace(NamedTuple):
    """One file of a world: the type and id of the record it belongs to."""

    world: str
    kind: str
    id: str

    @property
    def bucket(self) -> str:
        """Where forms of its world go."""
        return f"{FILES}/{quote(self.world, safe='')}"

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{self.bucket}/{self.kind}/{self.id}"


def presigned(secret: str, method: str, place: FilePlace, now: datetime) -> str:
    """Path and query by which the file may be read (GET) or written (PUT) until the time is over."""
    facts = {"X-Amz-Algorithm": _ALGORITHM, "X-Amz-Date": _stamp(now), "X-Amz-Expires": str(SECONDS)}
    signature = _signed(secret, f"{method}\n{place.path}\n{facts['X-Amz-Date']}")
    return f"{place.path}?{urlencode({**facts, _SIGNATURE: signature})}"


def check_address(secret: str, method: str, place: FilePlace, query: str, now: datetime) -> None:
    """Raises `BadSignature` for an address that was not given out for this, or not lately."""
    given = dict(parse_qsl(query))
    date = given.get("X-Amz-Date", "")
    if not _is_signed(secret, f"{method}\n{place.path}\n{date}", given.get(_SIGNATURE, "")):
        raise _mismatch()
    if now > datetime.strptime(date, "%Y%m%dT%H%M%S%z") + timedelta(seconds=SECONDS):
        raise BadSignature("AccessDenied", "Request has expired")


def upload_fields(secret: str, place: FilePlace, *, content_type: str, length: float, now: datetime) -> dict[str, str]:
    """The fields of the form that uploads the file, of at most `length` bytes."""
    fields = {
        "key": f"{place.kind}/{place.id}",
        "acl": "private",
        "Content-Type": content_type,
        "X-Amz-Meta-Attachment-Id": place.id,
        "bucket": place.world,
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"sandbox/{now:%Y%m%d}/us-east-1/s3/aws4_request",
        "X-Amz-Date": _stamp(now),
    }
    conditions: list[JSON] = [{name: value} for name, value in fields.items()]
    policy = {
        "expiration": iso(now + timedelta(seconds=SECONDS)),
        "conditions": [*conditions, ["content-length-range", 0, length]],
    }
    encoded = base64.b64encode(orjson.dumps(policy)).decode()
    return {**fields, "Policy": encoded, _SIGNATURE: _signed(secret, encoded)}


def check_form(secret: str, fields: Mapping[str, str], now: datetime) -> tuple[FilePlace, float]:
    """The file that a form's fields are for, and the most bytes it may have. Raises `BadSignature`."""
    policy = fields.get("policy", "")
    if not _is_signed(secret, policy, fields.get(_SIGNATURE.lower(), "")):
        raise _mismatch()
    try:
        told = orjson.loads(base64.b64decode(policy, validate=True))
    except (binascii.Error, orjson.JSONDecodeError):
        raise _mismatch() from None
    if now > parse(told["expiration"]):
        raise BadSignature("AccessDenied", "Invalid according to Policy: Policy expired.")
    *equal, (_, _, most) = told["conditions"]
    for condition in equal:
        ((name, value),) = condition.items()
        if fields.get(name.lower()) != value:
            raise BadSignature("AccessDenied", f"Invalid according to Policy: Policy Condition failed: {name}")
    kind, _, id = fields["key"].partition("/")
    return FilePlace(fields["bucket"], kind, id), most


def _stamp(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S}Z"


def _mismatch() -> BadSignature:
    return BadSignature("SignatureDoesNotMatch", "The request signature does not match the signature you provided.")


def _signed(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _is_signed(secret: str, text: str, signature: str) -> bool:
    return hmac.compare_digest(_signed(secret, text).encode(), signature.encode())
