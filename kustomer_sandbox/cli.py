"""The command `kustomer-sandbox`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kustomer_sandbox import __version__
from kustomer_sandbox.command import exploring, tool_server, what_if
from kustomer_sandbox.command.checking import command as checking
from kustomer_sandbox.command.grading import export, grade, injections, run, scenarios, verify
from kustomer_sandbox.command.options import (
    AllowHost,
    AsEnv,
    AsJson,
    Cors,
    Errors,
    Frozen,
    Host,
    Log,
    MaskedSearch,
    Masking,
    Name,
    OrgPlan,
    Port,
    PublicUrl,
    Quiet,
    RateLimitReset,
    Reading,
    Scenario,
    Seed,
    Start,
    State,
    Store,
    Strict,
    Webhooks,
    WindowMinutes,
    WindowsFor,
    Workers,
)
from kustomer_sandbox.command.refusing import usage_error
from kustomer_sandbox.command.running import looking
from kustomer_sandbox.command.settings import (
    FILE,
    TOKEN_ENV,
    SettingsFileError,
    commented_file,
    file_defaults,
    name_variables,
)

app = typer.Typer(
    name="kustomer-sandbox",
    help="A faithful stand-in for the Kustomer REST API, with an MCP server in front of it. Offline, no account.",
    epilog=f"Every option can also be set by a variable (its name is shown with it) or in {FILE}; `init` writes one.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    # Plain help: quick to print, and nothing of it is cut in a narrow terminal.
    rich_markup_mode=None,
)

DOES_WITHOUT_SETTINGS = frozenset({"doctor", "init"})
"""Commands that work with a settings file that cannot be used: they are what helps then."""


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(f"kustomer-sandbox {__version__}")
        raise typer.Exit


@app.callback()
def before_each(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - done by its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read the settings file of the working directory."""
    if context.invoked_subcommand in DOES_WITHOUT_SETTINGS:
        return
    try:
        context.default_map = file_defaults(Path.cwd(), context.command)  # type: ignore[arg-type]
    except SettingsFileError as refusal:
        raise usage_error(str(refusal)) from None


@app.command()
def up(  # noqa: PLR0913, PLR0917 - one for each option; `_start` takes them all by their names
    host: Host = "127.0.0.1",
    port: Port = 8700,
    public_url: PublicUrl = "",
    allow_host: AllowHost = None,
    scenario: Scenario = "demo",
    name: Name = "",
    plan: OrgPlan = "enterprise",
    seed: Seed = "0",
    masking: Masking = "stars",
    errors: Errors = "",
    ratelimit_reset: RateLimitReset = "",
    masked_search: MaskedSearch = "allow",
    window_minutes: WindowMinutes = 1440,
    windows_for: WindowsFor = "everyone",
    frozen: Frozen = False,
    start: Start = "",
    strict: Strict = False,
    reading: Reading = None,
    webhooks: Webhooks = "",
    store: Store = "",
    state: State = None,
    workers: Workers = 1,
    quiet: Quiet = False,
    log: Log = "text",
    cors: Cors = None,
    as_json: AsJson = False,
    as_env: AsEnv = False,
) -> None:
    """Start the API and the MCP server on one port.

    The fake API, its control, the MCP server in front of it and their documentation, with a seeded world.
    """
    asked = locals()
    gc.disable()  # until it is ready: see `_start`
    from kustomer_sandbox.up import run_both  # noqa: PLC0415 - keeps --help quick

    _start(run_both, **asked)


@app.command()
def simulator(  # noqa: PLR0913, PLR0917 - one for each option; `_start` takes them all by their names
    host: Host = "127.0.0.1",
    port: Port = 8701,
    allow_host: AllowHost = None,
    scenario: Scenario = "demo",
    name: Name = "",
    plan: OrgPlan = "enterprise",
    seed: Seed = "0",
    masking: Masking = "stars",
    errors: Errors = "",
    ratelimit_reset: RateLimitReset = "",
    masked_search: MaskedSearch = "allow",
    window_minutes: WindowMinutes = 1440,
    windows_for: WindowsFor = "everyone",
    frozen: Frozen = False,
    start: Start = "",
    strict: Strict = False,
    reading: Reading = None,
    webhooks: Webhooks = "",
    store: Store = "",
    workers: Workers = 1,
    quiet: Quiet = False,
    log: Log = "text",
    cors: Cors = None,
    as_json: AsJson = False,
    as_env: AsEnv = False,
) -> None:
    """Start the API alone.

    The fake API, its control and their documentation, with a seeded world.
    """
    asked = locals()
    gc.disable()  # until it is ready: see `_start`
    from kustomer_sandbox.up import run_simulator  # noqa: PLC0415 - keeps --help quick

    _start(run_simulator, **asked)


app.command("status")(looking.status)
app.command("env")(looking.env)
app.command("openapi")(looking.openapi)
app.command("what-if")(what_if.what_if_command)
app.command("explore")(exploring.explore)
app.command("check")(checking.check)
app.command("record")(checking.record)
app.command("replay")(checking.replay)
app.command("drift")(checking.drift)
for grading in (grade.grade, run.run, verify.verify, injections.injections, export.export):
    app.command(grading.__name__)(grading)
app.add_typer(scenarios.scenarios_app, name="scenarios")
app.add_typer(tool_server.mcp_app, name="mcp")
app.command("claude-config", short_help="Print what Claude, Cursor and VS Code need.")(tool_server.claude_config)


@app.command()
def doctor(
    context: typer.Context,
    state: Annotated[Path | None, typer.Option(help="A directory for `--state`: can it be used?")] = None,
    upstream: Annotated[str, typer.Option(help="Origin of a Kustomer API, without /v1: does it answer?")] = "",
    key_env: Annotated[str, typer.Option(help="With --upstream: the variable with the API key to try.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")] = False,
) -> None:
    """Look whether all is well here.

    Python, libraries, settings, ports, folders, and if asked for a state and an upstream. Exit code 0, or 1 if
    something keeps the sandbox from working.
    """
    from kustomer_sandbox.command.doctor import examine  # noqa: PLC0415 - keeps --help quick

    root = context.find_root().command
    found = examine(root, Path.cwd(), os.environ, state=state, upstream=upstream, key_env=key_env)  # type: ignore[arg-type]
    typer.echo(found.as_json() if as_json else found.as_text())
    raise typer.Exit(0 if found.is_well else 1)


@app.command()
def canaries(
    calls: Annotated[int, typer.Option(min=1, help="How many calls to make.")] = 2000,
    seed: Annotated[str, typer.Option(help="The same seed makes the same calls.")] = "0",
    jobs: Annotated[int, typer.Option(min=1, max=16, help="In how many processes; not with --rest.")] = 1,
    rest: Annotated[
        str, typer.Option(help="Origin of a running sandbox, without /v1, instead of worlds of its own.")
    ] = "",
    key_env: Annotated[str, typer.Option(help="With --rest: the variable with the API key.")] = "",
    mcp: Annotated[str, typer.Option(help="With --rest: URL of an MCP server in front of it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line and nothing else.")] = False,
) -> None:
    """Prove that no masked value gets out.

    Makes every sensitive value a unique canary, drives every operation and every tool with generated calls, and names
    the first answer, journal line, log line, webhook, span, file or MCP result that carries one without a right to it.
    With --rest it marks attributes, and makes, changes and deletes records there: use an organisation that is for
    this alone. Exit code 0, or 1 if a canary got out.
    """
    from kustomer_sandbox.command.canaries import examine  # noqa: PLC0415 - keeps --help quick

    examine(calls=calls, seed=seed, jobs=jobs, rest=rest, key_env=key_env, mcp=mcp, as_json=as_json, environ=os.environ)


@app.command()
def init(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented settings file into this folder."""
    path = Path.cwd() / FILE
    text = commented_file(context.find_root().command)  # type: ignore[arg-type]
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise usage_error(f"there is a {FILE} already; --force replaces it") from None
    except OSError as fault:
        raise usage_error(f"{FILE} cannot be written: {fault.strerror}") from None
    typer.echo(f"{FILE} is written. It changes nothing until a line of it is no comment any more.")


def _start(
    run: Callable[..., None],
    *,
    allow_host: list[str] | None,
    cors: list[str] | None,
    quiet: bool,
    log: str,
    as_json: bool,
    as_env: bool,
    **asked: Any,  # noqa: ANN401 - `SandboxSettings` has their types
) -> None:
    from kustomer_sandbox.command.asked_world import SandboxSettings, UpError  # noqa: PLC0415 - keeps --help quick
    from kustomer_sandbox.command.running.ready import ready_text  # noqa: PLC0415 - keeps --help quick

    if as_json and as_env:
        raise usage_error("--json and --env cannot be had at once")
    if log not in {"text", "json"}:
        raise usage_error("--log must be text or json")
    settings = SandboxSettings(
        control_token=os.environ.get(TOKEN_ENV, ""),
        environment=os.environ,
        allowed_hosts=tuple(allow_host or ()),
        cors=tuple(cors or ()),
        log="" if quiet else log,
        log_stream=sys.stderr if as_json or as_env else sys.stdout,
        **asked,
    )

    def announce(facts: Mapping[str, str]) -> None:
        # What a start makes stays for good: looking through it for garbage would take a tenth of the start.
        gc.freeze()
        gc.enable()
        sys.stdout.write(ready_text(facts, "json" if as_json else "env" if as_env else "text", settings.control))
        sys.stdout.flush()

    try:
        run(settings, announce=announce)
    except UpError as refusal:
        raise usage_error(str(refusal)) from None


def main() -> None:
    """The entry point."""
    command = typer.main.get_command(app)
    name_variables(command)  # type: ignore[arg-type]
    command()
