"""`kustomer-sandbox claude-config`: what it prints is what the clients need, and works as printed."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from kustomer_sandbox.command.claude_config import BRIDGE, CLIENTS, ToolTarget, as_text, configs
from tests.mcp_server.fakes import JANE, KEY, FakeUpstream
from tests.mcp_server.processes import ROOT, on_a_port, running

URL = "http://127.0.0.1:8700/mcp/0123456789abcdef"
API = "https://acme.api.kustomerapp.com"
COMMAND = ("/opt/venv/bin/kustomer-sandbox",)


def printed(*options: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kustomer_sandbox", "claude-config", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=ROOT, env=env)


def config(**given: Any) -> dict[str, Any]:
    return configs(ToolTarget(name="kustomer", command=COMMAND, **given))


def test_a_url_is_for_claude_code_as_it_is_and_for_desktop_behind_a_bridge() -> None:
    """Desktop starts processes only, and its connectors come from elsewhere and never reach this machine."""
    bridge = ["-y", BRIDGE, URL, "--transport", "http-only"]
    assert config(mcp_url=URL) == {
        "claude_desktop_remote": {"mcpServers": {"kustomer": {"command": "npx", "args": bridge}}},
        "claude_code_remote": f"claude mcp add --transport http kustomer {URL}",
        "cursor_remote": {"mcpServers": {"kustomer": {"url": URL}}},
        "vscode_remote": {"servers": {"kustomer": {"type": "http", "url": URL}}},
    }


def test_a_kustomer_api_gets_a_process_of_our_own_without_a_bridge() -> None:
    """The fewest parts, and the server knows at once that its client has died."""
    args = [
        "mcp",
        "--stdio",
        "--upstream",
        API,
        "--key-env",
        "ACME_KEY",
        "--state",
        "/k",
        "--server",
        "tri age",
    ]
    found = config(upstream=API, key_env="ACME_KEY", state="/k", server="tri age")
    entry = {"command": COMMAND[0], "args": args, "env": {"ACME_KEY": "put the API key here"}}
    assert found["claude_desktop"] == {"mcpServers": {"kustomer": entry}}
    line = found["claude_code"]
    start = 'claude mcp add --env ACME_KEY="$ACME_KEY" --transport stdio kustomer -- '
    assert line.startswith(start)
    assert shlex.split(line.removeprefix(start)) == [*COMMAND, *args]


def test_the_second_factor_is_sent_by_both_clients() -> None:
    """From a variable: a command line is seen by every process of the machine."""
    found = config(mcp_url=URL, needs_api_token=True)
    desktop = found["claude_desktop_remote"]["mcpServers"]["kustomer"]
    assert desktop["args"][-2:] == ["--header", "Authorization:${KUSTOMER_API_TOKEN}"]
    assert list(desktop["env"]) == ["KUSTOMER_API_TOKEN"]
    assert found["claude_code_remote"].endswith('--header "Authorization: Bearer $KUSTOMER_API_TOKEN"')


def test_editors_keep_secrets_out_of_the_file() -> None:
    """It is often committed: Cursor reads a variable, VS Code asks once."""
    found = config(mcp_url=URL, upstream=API, key_env="ACME_KEY", needs_api_token=True)
    cursor, vscode = found["cursor_remote"]["mcpServers"]["kustomer"], found["vscode_remote"]
    assert cursor["headers"] == {"Authorization": "Bearer ${env:KUSTOMER_API_TOKEN}"}
    assert found["cursor"]["mcpServers"]["kustomer"]["env"] == {"ACME_KEY": "${env:ACME_KEY}"}
    for file, place in ((vscode, "headers"), (found["vscode"], "env")):
        (asked,) = file["inputs"]
        (secret,) = file["servers"]["kustomer"][place].values()
        assert (asked["password"], secret.removeprefix("Bearer ")) == (True, f"${{input:{asked['id']}}}")


@pytest.mark.parametrize("client", CLIENTS)
def test_one_client_alone_gets_what_is_its_own(client: str) -> None:
    """The same as among all of them."""
    target = ToolTarget(name="kustomer", command=COMMAND, mcp_url=URL, upstream=API)
    every, alone = configs(target), configs(target, client)
    assert {key.removesuffix("_remote") for key in alone} == {CLIENTS[client]}
    assert alone == {key: value for key, value in every.items() if key.startswith(CLIENTS[client])}


@pytest.mark.parametrize("url", [URL, f"{URL}/discovery"], ids=["full", "discovery"])
def test_discovery_is_a_question_of_the_address_or_of_an_option(url: str) -> None:
    """Whichever of the two URLs was pasted, it becomes the one that was asked for."""
    found = config(mcp_url=url, upstream=API, discovery=True)
    assert found["claude_code_remote"].endswith(f" {URL}/discovery")
    assert f"{URL}/discovery" in found["claude_desktop_remote"]["mcpServers"]["kustomer"]["args"]
    assert found["claude_desktop"]["mcpServers"]["kustomer"]["args"][-1] == "--discovery"
    assert found["claude_code"].endswith(" --discovery")


def test_an_unencrypted_url_of_another_machine_is_allowed_to_the_bridge() -> None:
    """It refuses one otherwise, and says so only in a log."""
    remote = config(mcp_url="http://sandbox.test:8700/mcp/x")["claude_desktop_remote"]
    assert remote["mcpServers"]["kustomer"]["args"][-1] == "--allow-http"


@pytest.mark.parametrize(
    "given", [{"mcp_url": URL}, {"upstream": API}, {"mcp_url": URL, "upstream": API}], ids=["url", "api", "both"]
)
def test_people_are_told_the_same(given: dict[str, Any]) -> None:
    """Every line and every block of the JSON form stands in the text."""
    target = ToolTarget(name="kustomer", command=COMMAND, **given)
    text = as_text(target)
    for part in configs(target).values():
        assert (part if isinstance(part, str) else json.dumps(part, indent=2)) in text


GET = ("get_single_kustomer_customer_by_id", {"id": JANE})


def entry_of(client: str, found: dict[str, Any], *, remote: bool = False) -> Any:
    """What a client reads of its file about our server; of a command line what its own command makes of it."""
    printed = found[CLIENTS[client] + ("_remote" if remote else "")]
    if client == "code":
        line = shlex.split(printed)
        if remote:
            return {"url": line[-1]}
        command, *args = line[line.index("--") + 1 :]
        return {"command": command, "args": args}
    return printed["servers" if client == "vscode" else "mcpServers"]["kustomer"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("options", "tool", "arguments"),
    [((), *GET), (("--discovery",), "call_tool", {"tool_name": GET[0], "arguments": GET[1]})],
    ids=["all", "discovery"],
)
@pytest.mark.parametrize("client", CLIENTS)
async def test_the_printed_process_works_in_an_official_client(
    client: str, options: tuple[str, ...], tool: str, arguments: dict[str, Any]
) -> None:
    """Word for word, but for the key that the user puts in or the client fills in; from any folder."""
    with on_a_port(FakeUpstream()) as api:
        asked = ("--upstream", api.url, "--key-env", "ACME_KEY", "--client", client, "--json")
        entry = entry_of(client, json.loads(printed(*asked, *options).stdout))
        env = {**api.environment, **entry.get("env", {}), "ACME_KEY": KEY}
        process = StdioServerParameters(command=entry["command"], args=entry["args"], env=env, cwd="/")
        async with Client(process) as official:
            listed = await official.list_tools()
            got = await official.call_tool(tool, arguments)
    assert tool in {one.name for one in listed.tools}
    assert got.structured_content == api.fake.customer()


@pytest.mark.anyio
@pytest.mark.parametrize("discovery", [False, True], ids=["all", "discovery"])
@pytest.mark.parametrize("client", ["code", "cursor", "vscode"])
async def test_the_printed_url_works_in_an_official_client(client: str, *, discovery: bool) -> None:
    """Those that speak HTTP themselves need nothing in between."""
    options = ("--discovery",) if discovery else ()
    with on_a_port(FakeUpstream()) as api:
        async with running(api, "--port", "0") as (ready, _):
            asked = ("--mcp-url", ready["mcp_url"], "--client", client, "--json", *options)
            found = json.loads((await anyio.to_thread.run_sync(printed, *asked)).stdout)
            async with Client(entry_of(client, found, remote=True)["url"]) as official:
                names = {tool.name for tool in (await official.list_tools()).tools}
    assert ("call_tool" in names) is discovery
    assert (GET[0] in names) is not discovery


def test_no_key_of_the_environment_is_printed() -> None:
    """What is printed gets pasted into chats and tickets."""
    done = printed("--upstream", API, "--key-env", "ACME_KEY", "--mcp-url", URL, env={"ACME_KEY": KEY})
    assert (done.returncode, KEY in done.stdout + done.stderr) == (0, False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give --mcp-url"),
        (("--mcp-url", URL, "--name", "a b"), "--name may"),
        (("--mcp-url", URL, "--client", "emacs"), "--client is"),
    ],
    ids=["nothing", "name", "client"],
)
def test_a_question_without_an_answer_is_told_in_one_line(options: tuple[str, ...], words: str) -> None:
    """With the way out."""
    done = printed(*options)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"kustomer-sandbox: {words}")
