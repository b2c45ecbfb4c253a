"""Jane, with a value that can be masked wherever one can be, and all of it marked; for tests of what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from kustomer_sandbox.contracts.build.masks import TYPES
from tests.world_client import Answer, WorldClient

PHONE, MAIL, DAY, NUMBER = "+15559990123", "zqjane@example.com", "2041-03-04T05:06:07.000Z", 778_899_001
SECRETS = ("5559990123", "zq", "2041-03-04T05:06:07", "778899001")
"""What none of the values lacks, and nothing else holds."""
CUSTOM = {
    "secretStr": "zqstr", "secretTxt": "zqtxt", "secretNum": NUMBER, "secretAt": DAY, "secretUrl": "https://zq.example",
    "secretTree": "zqtree",
}  # fmt: skip
VEHICLE = "vehicle"


@dataclass
class Stage:
    """A world in which Jane, and all that is hers, is masked; `client` has a key that may not see."""

    client: WorldClient
    jane: str
    joe: str
    talk: str
    message: str
    draft: str
    sent: list[bytes] = field(default_factory=list)

    def texts(self, *answers: Answer) -> str:
        """All that answers say."""
        return " ".join(orjson.dumps(answer.json).decode() for answer in answers)

    def open(self) -> None:
        assert self.client.post(f"/v1/customers/{self.jane}/unmasking-windows").status == 201


def must(answer: Answer) -> Any:
    """The data of an answer that has to be a success."""
    assert answer.status in range(200, 300), answer.json
    return answer.json["data"] if answer.json else None


def mark(client: WorldClient, kind: str, *, on: bool = True) -> None:
    """Have all that can be masked of a type be sensitive, or nothing."""
    rules = client.api.contracts.resources
    standard = next(
        (r.sensitive.attributes for r in rules.values() if r.type == kind.partition(".")[0] and r.sensitive), {}
    )
    body = {
        "properties": {name: {"sensitive": on} for name in CUSTOM},
        "standardProperties": {name: {"sensitive": on} for name in standard},
    }
    must(client.put(f"/v1/metadata/{kind}", body))


def staged(client: WorldClient) -> Stage:
    """Jane, her records, and Joe, in an empty world."""
    must(client.post("/v1/klasses", {"name": VEHICLE}))
    for kind in TYPES:
        mark(client, kind if kind != "kobject" else f"kobject.{VEHICLE}")
    jane = must(client.post("/v1/customers", {
        "name": "zqJane zqDoe", "username": "zquser", "externalId": "zq-1", "emails": [{"email": MAIL}],
        "phones": [{"phone": PHONE}], "locations": [{"type": "home", "address": "zqstreet 1"}], "custom": CUSTOM,
    }))["id"]  # fmt: skip
    joe = must(client.post("/v1/customers", {"name": "Joe Roe", "emails": [{"email": "joe@example.com"}]}))["id"]
    talk = must(client.post("/v1/conversations", {"customer": jane, "name": "zqtalk", "custom": CUSTOM}))["id"]
    said = {"channel": "email", "app": "postmark", "direction": "in", "subject": "zqsubject",
            "preview": "zqpreview", "meta": {"from": MAIL, "to": [{"email": MAIL}]}}  # fmt: skip
    message = must(client.post(f"/v1/conversations/{talk}/messages", said))["id"]
    draft = must(client.post(f"/v1/customers/{jane}/drafts", {
        "channel": "sms", "to": PHONE, "body": "zqdraft", "conversation": talk,
    }))["id"]  # fmt: skip
    must(client.post(f"/v1/klasses/{VEHICLE}", {"title": "zqcar", "customer": jane, "custom": CUSTOM}))
    return Stage(client, jane, joe, talk, message, draft)


def shown(text: str) -> list[str]:
    """Which of the secrets a text gives away."""
    return [secret for secret in SECRETS if secret in text]
