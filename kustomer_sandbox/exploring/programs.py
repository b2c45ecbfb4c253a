"""Programs as jobs: each run is a process of its own, and its world is on a port of this machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from kustomer_sandbox.exploring.engine import Engine
from kustomer_sandbox.exploring.exploration import Exploration, JobDescription
from kustomer_sandbox.exploring.run import Stuck
from kustomer_sandbox.testkit.kustomer import Kustomer
from kustomer_sandbox.testkit.server.programs import Program
from kustomer_sandbox.testkit.server.thread import KustomerServer, ServerThread


class Failed(Exception):
    """A program ended with another exit code than 0."""


def explore_program(
    program: Program, origin: Kustomer, *, faults: Iterable[str], at: tuple[int, str] | None, most: int
) -> Exploration:
    """What is found out about a program, which has done its job if its exit code is 0. What it prints is looked at.

    `ValueError` says that there is no such fault or point, too, or that it fails when nothing goes wrong.
    """

    def job(kustomer: Kustomer, _: object) -> None:
        with KustomerServer(thread, kustomer) as server:
            named = {"BASE": server.base_url, "KEY": server.api_key, "MCP_URL": server.mcp_url}
            ended = program.run(server, named)
        print(ended.printed)  # noqa: T201 - where leaks are looked for
        if ended.exit_code is None:
            raise Stuck(f"still running after {program.limit} s")
        if ended.exit_code:
            raise Failed(f"exit code {ended.exit_code}")

    told = JobDescription(shlex.join(program.words), "", (), "")
    engine = Engine(origin=origin, job=job, told=told, most=most, kill=program.end)
    with ServerThread(engine.api) as thread:
        try:
            return engine.explore(faults, at)
        except (Failed, Stuck) as failure:
            raise ValueError(f"the program fails before anything goes wrong: {failure}") from None
