"""A project of somebody else's: a small Kustomer client, its tests, and the bugs that they are to find."""

from __future__ import annotations

PYPROJECT = """
[project]
name = "acme"
version = "1"
dependencies = ["httpx", "kustomer-sandbox"]

[tool.pytest.ini_options]
strict_markers = true
strict_config = true
filterwarnings = ["error"]
"""

CLIENT = '''
"""Support of Acme, by way of Kustomer."""
import logging

log = logging.getLogger("acme")
APPS = {"whatsapp": "whatsapp", "sms": "twilio"}


class Support:
    def __init__(self, http, sleep):
        self.http, self.sleep = http, sleep

    def call(self, method, path, **options):
        answer = self.http.request(method, path, **options)
        if answer.status_code == 429:
            now = float(self.http.headers["x-now"])
            self.sleep(int(answer.headers["x-ratelimit-reset"]) - now)
            answer = self.http.request(method, path, **options)
        answer.raise_for_status()
        return answer.json()["data"] if answer.content else None

    def phone_of(self, email):
        customer = self.call("GET", f"/v1/customers/email={email}")["id"]
        windows = f"/v1/customers/{customer}/unmasking-windows"
        self.call("POST", windows)
        try:
            phone = self.call("GET", f"/v1/customers/{customer}")["attributes"]["phones"][0]["phone"]
        finally:
            self.call("DELETE", windows)
        log.warning("verified %s", customer)
        return phone

    def reply(self, conversation, text):
        found = self.call("GET", f"/v1/conversations/{conversation}")
        channel = found["attributes"]["channels"][-1]
        customer = found["relationships"]["customer"]["data"]["id"]
        draft = {"channel": channel, "app": APPS[channel], "body": text, "conversation": conversation}
        return self.call("POST", f"/v1/customers/{customer}/drafts", json=draft)["id"]
'''

TESTS = """
import httpx
import pytest
from acme import Support


@pytest.fixture
def support(kustomer):
    http = kustomer.client(headers={"x-now": str(kustomer.clock.now.timestamp())})
    return Support(http, sleep=kustomer.clock.advance)


def test_a_verified_number_is_never_logged(kustomer, support):
    assert support.phone_of("jane.doe@example.com").startswith("+1")
    kustomer.no_pii_leaks()


@pytest.mark.kustomer(plan="professional")
def test_a_used_up_budget_is_waited_for(kustomer, support):
    for _ in range(kustomer.limits.requests.limit):
        kustomer.client().get("/v1/teams")
    support.call("GET", "/v1/teams")
    kustomer.journal.expect(status=429, times=1)


def test_a_reply_is_drafted_on_the_channel_of_its_conversation(kustomer, support):
    found = kustomer.client().get("/v1/conversations").json()["data"]
    conversation = next(item["id"] for item in found if item["attributes"]["channels"] == ["whatsapp"])
    draft = support.reply(conversation, "We are on it.")
    (made,) = [item for item in kustomer.drafts if item.id == draft]
    assert (made.channel, made.conversation) == ("whatsapp", conversation)


def test_a_window_is_closed_when_the_read_fails(kustomer, support):
    kustomer.faults.arm(operation="GetCustomerById", status=503)
    with pytest.raises(httpx.HTTPStatusError):
        support.phone_of("jane.doe@example.com")
    kustomer.no_open_windows()
"""

BUGS = {
    "masking": ('log.warning("verified %s", customer)', 'log.warning("verified %s", phone)'),
    "429 handling": ('self.sleep(int(answer.headers["x-ratelimit-reset"]) - now)', "self.sleep(1)"),
    "wrong draft channel": ('channel = found["attributes"]["channels"][-1]', 'channel = "sms"'),
    "unclosed window": (
        "        finally:\n            self.call",
        "        finally:\n            pass\n        self.call",
    ),
}
"""What is right in the client, and what is wrong in its place."""

FOUND = {
    "test_a_verified_number_is_never_logged": "the log record of acme at acme.py:* holds customer/* phones.[*].phone",
    "test_a_used_up_budget_is_waited_for": "*429 Too Many Requests*",
    "test_a_reply_is_drafted_on_the_channel_of_its_conversation": "*'sms'*'whatsapp'*",
    "test_a_window_is_closed_when_the_read_fails": "*unmasking windows are still open:",
}
"""What each test says of its bug."""


def broken() -> str:
    """The client with every bug planted."""
    text = CLIENT
    for right, wrong in BUGS.values():
        if text.count(right) != 1:
            raise ValueError("a planted bug has no place")
        text = text.replace(right, wrong)
    return text
