"""Options that several commands have, as they are written and explained on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

Host = Annotated[
    str,
    typer.Option(
        help="The address to serve on. One that other machines can reach needs a control token in the "
        "environment variable KUSTOMER_SANDBOX_CONTROL_TOKEN."
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
    str, typer.Option(help="What the world is seeded with: demo, empty, or the path of a scenario file (.yaml).")
]
OrgPlan = Annotated[
    str, typer.Option(help="The plan, which sets requests a minute: enterprise, ultimate, business, professional.")
]
Seed = Annotated[str, typer.Option(help="Another seed gives another world; the same gives the same bytes.")]
Errors = Annotated[
    str,
    typer.Option(
        help="Whose error codes: page (not_found) or recorded (notfound); page unless the scenario file says otherwise."
    ),
]
MaskedSearch = Annotated[
    str, typer.Option(help="What searches may ask of masked values: allow (all), exact (whole values) or refuse.")
]
Frozen = Annotated[
    bool, typer.Option("--frozen", help="Let the world's time stand still until the control API moves it.")
]
Start = Annotated[
    str, typer.Option(help="The instant at which the world's time starts, for instance 2026-06-09T12:00:00Z.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse query parameters that the API does not know, instead of ignoring them.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line when ready, and nothing else.")]
ForClient = Annotated[str, typer.Option(help="For one client alone: desktop, code (both Claude's), cursor or vscode.")]
