"""Without fixtures: unittest, and functions with a world of their own."""

from __future__ import annotations

import logging
import unittest

import requests

import kustomer_sandbox
from kustomer_sandbox import Kustomer


class InABlock(unittest.TestCase):
    def test_a_block(self) -> None:
        with kustomer_sandbox.world(scenario="demo") as kustomer:
            self.assertEqual(kustomer.client().get("/v1/teams").status_code, 200)

    @kustomer_sandbox.world(scenario="empty")
    def test_a_method(self, kustomer: Kustomer) -> None:
        self.assertEqual(kustomer.client().get("/v1/teams").json()["data"], [])

    @kustomer_sandbox.world()
    def test_a_method_with_a_hard_wired_address(self, kustomer: Kustomer) -> None:
        headers = {"Authorization": f"Bearer {kustomer.api_key}"}
        with kustomer.everywhere():
            answer = requests.get("https://api.prod2.kustomerapp.com/v1/teams", headers=headers, timeout=5)
        self.assertEqual(answer.status_code, 200)


class InSetUp(unittest.TestCase):
    def setUp(self) -> None:
        self.kustomer = self.enterContext(kustomer_sandbox.world())

    def test_it(self) -> None:
        self.assertEqual(self.kustomer.client().get("/v1/teams").status_code, 200)

    def test_a_leak_is_found(self) -> None:
        seeing = self.kustomer.client(key=self.kustomer.key(read_sensitive=True))
        jane = seeing.get("/v1/customers/email=jane.doe@example.com").json()["data"]
        phone = jane["attributes"]["phones"][0]["phone"]
        logging.getLogger("helpdesk").debug("calling %s", phone)
        with self.assertRaisesRegex(AssertionError, "the log record of helpdesk at test_unittest.py"):
            self.kustomer.no_pii_leaks()


@kustomer_sandbox.world(plan="professional")
class OfAClass(unittest.IsolatedAsyncioTestCase):
    async def test_a_coroutine(self, kustomer: Kustomer) -> None:
        self.assertEqual((await kustomer.async_client().get("/v1/teams")).status_code, 200)

    def test_another_is_fresh(self, kustomer: Kustomer) -> None:
        self.assertEqual((kustomer.journal.total, kustomer.limits.requests.limit), (0, 300))


@kustomer_sandbox.world()
def test_pytest_sees_no_fixture_in_it(kustomer: Kustomer) -> None:
    assert kustomer.client().get("/v1/teams").status_code == 200
