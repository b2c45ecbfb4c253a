"""The second floor: constant bytes from a bare protocol, which reads no request and makes no answer."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import cast

import uvloop

DOCUMENT = (Path(__file__).parent / "customer.json").read_text(encoding="utf-8")


class Constant(asyncio.Protocol):
    """Answers whatever comes in with a customer's document. A request must come in one piece, as the load sends it."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - as asyncio has it
        self._transport.write(self._answer)


async def main(port: int) -> None:
    """Serve on this port until the process ends."""
    body = json.dumps({"data": json.loads(DOCUMENT)}, separators=(",", ":")).encode()
    answer = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    server = await asyncio.get_running_loop().create_server(lambda: Constant(answer), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
