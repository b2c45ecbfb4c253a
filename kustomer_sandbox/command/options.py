"""Options that several commands have, as they are written and explained on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Host = Annotated[
    str,
    typer.Option(
        help="The address to serve on. One that other machines can reach needs a control token in the "
        "environment variable KUSTOMER_SANDBOX_CONTROL_TOKEN."
    ),
]
PublicUrl = Annotated[
    str,
    typer.Option(
        help="The address by which users reach it, if that is another, such as a tunnel's. Its API keys are random "
        "then, and its control API asks for a token or is closed."
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        help="A name by which it may be called, besides localhost, Kustomer's own and that of --public-url: a "
        "container's, for instance. May be given several times."
    ),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Scenario = Annotated[
    str,
    typer.Option(
        help="What the world is seeded with: demo, empty, one of `scenarios list`, or the path of a file (.yaml)."
    ),
]
OrgPlan = Annotated[
    str, typer.Option(help="The plan, which sets requests a minute: enterprise, ultimate, business, professional.")
]
Name = Annotated[str, typer.Option(help="The world's name in the control API; that of its scenario if left out.")]
Masking = Annotated[
    str,
    typer.Option(
        help="How masked values look: stars (***), object (the vendor's object) or partial (its partial form)."
    ),
]
Seed = Annotated[str, typer.Option(help="Another seed gives another world; the same gives the same bytes.")]
Errors = Annotated[
    str,
    typer.Option(
        help="Whose error codes: page (not_found) or recorded (notfound); page unless the scenario file says otherwise."
    ),
]
RateLimitReset = Annotated[
    str,
    typer.Option(
        help="When x-ratelimit-reset is sent: exhausted (once nothing is left) or always; exhausted unless the "
        "scenario file says otherwise."
    ),
]
MaskedSearch = Annotated[
    str, typer.Option(help="What searches may ask of masked values: allow (all), exact (whole values) or refuse.")
]
WindowMinutes = Annotated[int, typer.Option(min=1, help="How many minutes an unmasking window lasts.")]
WindowsFor = Annotated[
    str, typer.Option(help="Who sees values while a window is open: everyone, or the requester whose key opened it.")
]
State = Annotated[
    Path | None,
    typer.Option(
        help="Directory in which the MCP server keeps its accounts, URLs, tokens, leases, log and "
        "episodes. The world itself is seeded anew at every start, unless there is a --store."
    ),
]
Store = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Where worlds are kept, such as sqlite:///sandbox.db: a restart goes on with them as they were. What is "
        "the MCP server's is kept beside it, in the directory sandbox.db.state, unless --state names another. With "
        "postgresql+psycopg://USER@HOST/DATABASE several processes serve the same worlds.",
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        min=1,
        max=64,
        help="How many processes. With a --store in PostgreSQL they share its worlds and one port. Without, those of "
        "`up` are a fleet: each world and episode that the control API makes lives in one of them, and is reached at "
        "the base_url that the answer says.",
    ),
]
Frozen = Annotated[
    bool, typer.Option("--frozen", help="Let the world's time stand still until the control API moves it.")
]
Start = Annotated[
    str, typer.Option(help="The instant at which the world's time starts, for instance 2026-06-09T12:00:00Z.")
]
Cors = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORIGIN",
        help="The origin of web pages that may call the API from a browser, such as http://localhost:3000; none unless "
        "given. May be given several times. Control and management stay closed to them.",
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse query parameters that the API does not know, instead of ignoring them.")
]
Reading = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULE=NAME",
        help="Another reading of a rule that nobody has verified, such as page-size-clamped=refused; "
        "/_sandbox/fidelity lists them. May be given several times.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, and nothing else.")]
AsEnv = Annotated[
    bool, typer.Option("--env", help="Print `export BASE=...`, `KEY`, `MCP_URL` and more when ready, and nothing else.")
]
Webhooks = Annotated[
    str,
    typer.Option(
        help="Which outbound webhooks are really sent: local (to addresses of this machine), all, or off; local, or "
        "off where others can reach the sandbox, if left out. What is not sent counts as answered with 200."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Do not show a line for each call.")]
Log = Annotated[
    str,
    typer.Option(
        help="How calls are shown: text, or json for one object a line. They go to the standard error stream with "
        "--json or --env."
    ),
]
ForClient = Annotated[str, typer.Option(help="For one client alone: desktop, code (both Claude's), cursor or vscode.")]
