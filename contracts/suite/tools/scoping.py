"""Checks of what a URL for reads alone shows and lets through.

What is called through it needs arguments and is given none: a server that does not keep the promise does nothing then.
"""

from __future__ import annotations

from kustomer_sandbox.contracts.suite.target import expect
from kustomer_sandbox.contracts.suite.tools.calling import refused, some
from kustomer_sandbox.contracts.suite.tools.listing import none_of
from kustomer_sandbox.contracts.suite.tools.server import ListedTool, ToolServer, reads_alone, tool_check

_FEW = 5


@tool_check("scope-lists", "A URL for reads lists tools that only read, as the whole list has them, and no other.")
def a_url_for_reads_lists_no_tool_that_writes(server: ToolServer) -> None:
    narrow = reads_alone(server).tools()
    every = server.tools()
    expect(narrow, "there are tools that read")
    none_of([tool.name for tool in narrow if not tool.only_reads], "each is marked as one that only reads")
    none_of([tool.name for tool in narrow if tool not in every], "each is in the whole list, and the same there")


@tool_check("scope-calls", "Through a URL for reads a tool that writes is refused as one that there is not.")
def a_url_for_reads_calls_no_tool_that_writes(server: ToolServer) -> None:
    narrow = reads_alone(server)
    for tool in some(_writers(server)[:_FEW], "writes and needs an argument"):
        answer = refused(narrow, tool.name, {}, "to be called through a URL for reads")
        # Whoever asks for arguments would have called it with them.
        told = [name for name in tool.required if name in answer.text]
        expect(not told, f"{tool.name} is refused as a tool that is not there, before its arguments are looked at")


def _writers(server: ToolServer) -> list[ListedTool]:
    return [tool for tool in server.tools() if tool.only_reads is False and tool.required]


SCOPING = (a_url_for_reads_lists_no_tool_that_writes, a_url_for_reads_calls_no_tool_that_writes)
