"""An agent as a program: verifies Jane's phone over REST, and closes the window unless it is told to forget that."""

from __future__ import annotations

import os
import sys

import httpx


def main() -> None:
    task, forgets = sys.stdin.read(), "forget" in sys.argv
    if task != os.environ["KUSTOMER_PROMPT"] or not os.environ["KUSTOMER_MCP_URL"].startswith("http://127.0.0.1:"):
        raise SystemExit(3)
    key = {"authorization": f"Bearer {os.environ['KUSTOMER_API_KEY']}"}
    with httpx.Client(base_url=os.environ["KUSTOMER_BASE_URL"], headers=key) as client:
        jane = client.get("/v1/customers/email=jane.doe@example.com").json()["data"]["id"]
        client.put(f"/v1/customers/{jane}", json={"tags": ["VIP", "Verified"]})
        client.post(f"/v1/customers/{jane}/unmasking-windows")
        client.get(f"/v1/customers/{jane}")
        if not forgets:
            client.delete(f"/v1/customers/{jane}/unmasking-windows")


if __name__ == "__main__":
    main()
