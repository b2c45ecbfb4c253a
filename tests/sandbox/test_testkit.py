from __future__ import annotations
import logging
import httpx
import pytest
from sandbox.testkit.kustomer import Kustomer


def test_a(kustomer):
    c = kustomer.client()
    r = c.get("/v1/customers/email=jane.doe@example.com")
    assert r.status_code == 200
    jane = r.json()["data"]["id"]
    kustomer.no_pii_leaks("x")
    kustomer.no_open_windows()
    kustomer.assert_only_changed()
    c.post(f"/v1/customers/{jane}/unmasking-windows")
    assert len(kustomer.windows) == 1
    with pytest.raises(AssertionError) as e:
        kustomer.no_open_windows()
    print(e.value)
    phone = c.get(f"/v1/customers/{jane}").json()["data"]["attributes"]["phones"][0]["phone"]
    with pytest.raises(AssertionError) as e:
        kustomer.no_pii_leaks("the phone is " + phone)
    print(e.value)
    logging.getLogger("x").warning("hm %s", phone)
    with pytest.raises(AssertionError) as e:
        kustomer.no_pii_leaks()
    print(e.value)
    kustomer.clock.advance("P2D")
    assert not kustomer.windows
    for path in ("/v1/customers", "/v1/conversations", "/v1/users", "/v1/teams"):
        assert c.get(path).status_code == 200
    print(repr(kustomer), kustomer.limits, kustomer.diff())
    assert 0


def test_mcp(kustomer, kustomer_mcp):
    found = kustomer_mcp.call("kustomer_customers_using_email", email="jane.doe@example.com")
    print(found["id"], len(kustomer_mcp.tools()))
    kustomer_mcp.call("create_a_kustomer_customer_unmasking_window", customer_id=found["id"])
    assert len(kustomer.windows) == 1
    kustomer.clock.advance(16 * 60)
    assert len(kustomer.windows) == 0
    assert 0


async def test_mcp_async(kustomer, kustomer_mcp):
    async with kustomer_mcp.connect() as client:
        r = await client.call_tool("kustomer_customers_using_email", {"email": "jane.doe@example.com"})
        assert not r.is_error
    r = await kustomer_mcp.call_tool("kustomer_customers_using_email", {"email": "jane.doe@example.com"})
    assert not r.is_error


async def test_mcp_socket(kustomer, kustomer_server):
    from mcp.client import Client
    async with Client(kustomer_server.mcp_url) as client:
        r = await client.call_tool("kustomer_customers_using_email", {"email":"jane.doe@example.com"})
        assert not r.is_error
        r = await client.call_tool("create_a_kustomer_customer_unmasking_window", {"customer_id": r.structured_content["id"]})
        assert not r.is_error
    assert kustomer.windows

def test_server(kustomer_server):
    r = httpx.get(
        kustomer_server.base_url + "/v1/customers", headers={"Authorization": f"Bearer {kustomer_server.api_key}"}
    )
    assert r.status_code == 200


def test_respx(kustomer, kustomer_respx, kustomer_server):
    h = {"Authorization": f"Bearer {kustomer.api_key}"}
    assert httpx.get("https://api.kustomerapp.com/v1/customers", headers=h).status_code == 200
    assert httpx.get("https://demo.api.kustomerapp.com/v1/customers", headers=h).status_code == 200
    assert httpx.get(kustomer_server.base_url + "/v1/customers", headers=h).status_code == 200
    kustomer.faults.arm(timeout=True)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get("https://api.kustomerapp.com/v1/customers", headers=h)
    kustomer.faults.arm(cut_body=10)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get("https://api.kustomerapp.com/v1/customers", headers=h)
    kustomer_respx.get("https://hooks.example.com/").respond(201)
    assert httpx.get("https://hooks.example.com/").status_code == 201


def test_seed(kustomer):
    made = kustomer.seed({"customers": {"ann": {"emails": [{"email": "ann@example.com"}]}}})
    print(made)
    kustomer.assert_only_changed("customer")
    kustomer.faults.arm(operation="CreateCustomer", status=503, times=2)
    assert 0
