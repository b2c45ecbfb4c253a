"""The clients a test is given keep cookies as any httpx client does."""

from __future__ import annotations

import anyio
import httpx
import pytest

from kustomer_sandbox.clients import AsyncClient, Client

URL = "https://kustomer.test/"


def answer(request: httpx.Request) -> httpx.Response:
    """Tells the cookies it was sent; a call of `/set` is given one."""
    headers = {"set-cookie": "given=1"} if request.url.path == "/set" else {}
    return httpx.Response(200, headers=headers, text=request.headers.get("cookie", ""))


def test_a_cookie_that_an_answer_sets_is_sent_from_then_on() -> None:
    """What stands before the API in production, such as a proxy, may set one."""
    with Client(transport=httpx.MockTransport(answer), base_url=URL, cookies={"own": "2"}) as client:
        assert [client.get(path).text for path in ("/", "/set", "/")] == ["own=2", "own=2", "own=2; given=1"]
        assert dict(client.cookies) == {"own": "2", "given": "1"}


def test_cookies_can_be_replaced() -> None:
    """`client.cookies = …` is httpx's way to begin anew."""
    with Client(transport=httpx.MockTransport(answer), base_url=URL, cookies={"own": "2"}) as client:
        client.cookies = {"new": "3"}
        client.get("/set")
        assert client.get("/").text == "new=3; given=1"


def test_each_client_asks_below_its_own_address() -> None:
    """The same path was asked for by others, or by this one before it was led elsewhere: that is another URL."""
    with Client(transport=httpx.MockTransport(lambda asked: httpx.Response(200, text=str(asked.url)))) as client:
        for base in ("https://one.test/v1", "https://two.test"):
            client.base_url = httpx.URL(base)
            assert [client.get(path).text for path in ("/teams", "teams", "https://x.test/teams")] == [
                f"{base}/teams",
                f"{base}/teams",
                "https://x.test/teams",
            ]


def test_an_async_client_keeps_cookies_too() -> None:
    """The same rule for both kinds of client."""

    async def texts() -> list[str]:
        async with AsyncClient(transport=httpx.MockTransport(answer), base_url=URL) as client:
            client.cookies = {"new": "3"}
            return [(await client.get(path)).text for path in ("/", "/set", "/")]

    assert anyio.run(texts) == ["new=3", "new=3", "new=3; given=1"]


BASES = ("https://kustomer.test", URL, "http://me:word@[::1]:8080/", "https://kustomer.test/below", URL + "?a=1", "")
PATHS = (
    "/v1/customers", "/v1/customers/5f2a-_", "v1", "", "/", "//elsewhere.test/v1", "/v1//x", "/v1/", "/v1/../v2",
    "/%C3", "/v1/customers?page=2", "/v1/ä b", "/v1/name=Jane", "https://elsewhere.test/v1", "/v1#part", "/v1\n",
)  # fmt: skip


def url_of(client: httpx.Client, path: str) -> str:
    """Where a client's request goes, or why there is none."""
    try:
        request = client.build_request("GET", path, params={"b": "2"} if path.endswith("s") else None)
    except httpx.InvalidURL as fault:
        return str(fault)
    return f"{request.url} {request.url!r} {request.headers.get('host')} {request.url.raw_path!r}"


@pytest.mark.parametrize("base", BASES)
def test_a_path_leads_where_it_leads_with_any_httpx_client(base: str) -> None:
    """Plain ones are put behind the base URL in another way than httpx does it."""
    with Client(base_url=base) as ours, httpx.Client(base_url=base) as plain:
        assert [url_of(ours, path) for path in PATHS] == [url_of(plain, path) for path in PATHS]
