"""The command line as a newcomer meets it: options from four places, what is printed, what runs here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import httpx
import pytest
import typer

from kustomer_sandbox import __version__
from kustomer_sandbox.cli import app
from kustomer_sandbox.command.running.ready import Control, as_env, as_text
from kustomer_sandbox.command.settings import FILE, commands, settings_of

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "kustomer_sandbox"]
FACTS = {"base_url": "http://127.0.0.1:8700", "api_key": "a key", "world": "demo"}
WAIT_SECONDS = 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A working directory in which nothing runs and nothing is set."""
    return tmp_path


def environment(home: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KUSTOMER_SANDBOX_")}
    own = {"PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(home / "run"), "COLUMNS": "40"}
    return kept | own | {f"KUSTOMER_SANDBOX_{name}": value for name, value in variables.items()}


def call(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        cwd=home,
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
    )


@contextmanager
def running(home: Path, *options: str, **variables: str) -> Iterator[dict[str, str]]:
    """`up --json` on a free port with an empty world; its ready line."""
    words = ["up", "--port", "0", "--json", *options]
    given = environment(home, **{"SCENARIO": "empty", **variables})
    with subprocess.Popen([*COMMAND, *words], cwd=home, env=given, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def world_of(ready: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{ready['base_url']}/_sandbox/worlds/{ready['world']}").json()
    return found


def test_the_version_is_that_of_the_package(home: Path) -> None:
    """It is asked for in every report of a fault."""
    assert call(home, "--version").stdout == f"kustomer-sandbox {__version__}\n"


@pytest.mark.parametrize("words", [(), ("up",), ("mcp",), ("mcp", "rotate"), ("status",)])
def test_help_is_shown_for_h_and_nothing_of_it_is_cut(home: Path, words: tuple[str, ...]) -> None:
    """At 40 columns."""
    done = call(home, *words, "-h")
    assert (done.returncode, done.stdout[:6], "…" in done.stdout) == (0, "Usage:", False)


def test_a_shell_can_complete_commands_and_options(home: Path) -> None:
    """What `--install-completion` puts into the shell asks like this."""
    asked = {
        "_KUSTOMER_SANDBOX_COMPLETE": "complete_bash",
        "COMP_WORDS": "kustomer-sandbox up --mas",
        "COMP_CWORD": "2",
    }
    script = "import sys; sys.argv = ['kustomer-sandbox']; from kustomer_sandbox.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(home) | asked,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["--masking", "--masked-search"]


def test_an_option_comes_from_flag_variable_file_and_default_in_this_order(home: Path) -> None:
    """What stands nearest to the call counts most."""
    (home / FILE).write_text(
        'plan = "business"\nmasking = "object"\nseed = "of the file"\n[up]\nname = "of-the-table"\n'
    )
    with running(home, "--plan", "ultimate", PLAN="professional", MASKING="partial") as ready:
        world = world_of(ready)
    assert (world["plan"], world["masking"], world["name"], world["errors"]) == (
        "ultimate",
        "partial",
        "of-the-table",
        "page",
    )


def all_settings() -> list[tuple[str, str]]:
    root = typer.main.get_command(app)
    return [(" ".join(path), name) for path, command in commands(root) for name in settings_of(command)]  # type: ignore[arg-type]


def test_every_option_shows_its_variable(home: Path) -> None:
    """Nobody has to look it up."""
    texts = {words: call(home, *words.split(), "-h", COLUMNS="200").stdout for words in dict(all_settings())}
    joined = {words: re.sub(r"\s+", "", text) for words, text in texts.items()}
    missing = [
        (words, name) for words, name in all_settings() if f"KUSTOMER_SANDBOX_{name.upper()}" not in joined[words]
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("prot = 9", "kustomer-sandbox.toml has no setting prot; did you mean port?"),
        ("[up]\nprt = 9", "kustomer-sandbox.toml: [up] has no setting prt; did you mean port?"),
        ("masked-search = 'exact'", "kustomer-sandbox.toml has no setting masked-search; did you mean masked_search?"),
        ("[mcpp]\nport = 9", "kustomer-sandbox.toml: [mcpp] is no command; did you mean mcp?"),
        ("frozen = 'yes'", "kustomer-sandbox.toml: frozen must be true or false"),
        ("port = '9'", "kustomer-sandbox.toml: port must be a whole number"),
        ("allow_host = 'a'", "kustomer-sandbox.toml: allow_host must be a list of texts"),
        ("port =", "kustomer-sandbox.toml cannot be read: "),
        ("control_token = 'x'", "kustomer-sandbox.toml has no setting control_token"),
    ],
)  # fmt: skip
def test_a_settings_file_that_cannot_be_used_is_refused_in_one_line(home: Path, written: str, told: str) -> None:
    """With the nearest name there is; a key that was ignored would be looked for for hours."""
    (home / FILE).write_text(written)
    done = call(home, "up")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"kustomer-sandbox: {told}")


def test_init_writes_a_file_that_changes_nothing_until_it_is_edited(home: Path) -> None:
    """Uncommented, each line is the default: so the file is right, and stays so."""
    assert call(home, "init").returncode == 0
    text = (home / FILE).read_text("utf-8")
    assert tomllib.loads(text) == {}
    values = tomllib.loads(re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE))
    assert (values["port"], values["scenario"], values["mcp"]["port"]) == (8700, "demo", 8702)
    again = call(home, "init")
    assert (again.returncode, again.stderr) == (
        2,
        "kustomer-sandbox: there is a kustomer-sandbox.toml already; --force replaces it\n",
    )
    assert call(home, "init", "--force").returncode == 0


def test_status_and_env_find_what_runs(home: Path) -> None:
    """And nothing else: what has ended is not there any more."""
    with running(home) as ready:
        (seen,) = json.loads(call(home, "status", "--json").stdout)["running"]
        assert (seen["base_url"], seen["world"], seen["version"]) == (ready["base_url"], "empty", __version__)
        assert (seen["calls"], seen["open_windows"]) == (0, 0)
        exports = call(home, "env").stdout
        with running(home, "--name", "second") as other:
            assert "choose one with --port" in call(home, "env").stderr
            port = other["base_url"].rpartition(":")[2]
            assert f"export WORLD={other['world']}\n" in call(home, "env", "--port", port).stdout
    assert exports == as_env(ready)
    assert (call(home, "status").returncode, call(home, "env").returncode) == (1, 2)
    assert list((home / "run" / "kustomer-sandbox" / "running").iterdir()) == []


def test_a_note_is_for_its_user_alone(home: Path) -> None:
    """It holds keys."""
    with running(home):
        folder = home / "run" / "kustomer-sandbox" / "running"
        (note,) = folder.iterdir()
        assert (note.stat().st_mode & 0o077, folder.stat().st_mode & 0o077) == (0, 0)


def test_a_note_that_a_killed_sandbox_left_is_taken_away(home: Path) -> None:
    """Nothing listens on its port."""
    folder = home / "run" / "kustomer-sandbox" / "running"
    folder.mkdir(parents=True, mode=0o700)
    left = {"host": "127.0.0.1", "port": 9, "pid": 1, "version": "0", "facts": FACTS}
    (folder / "9.json").write_text(json.dumps(left))
    assert call(home, "status").returncode == 1
    assert list(folder.iterdir()) == []


def test_status_does_not_ask_a_closed_control_twice(home: Path) -> None:
    """It says what it cannot see."""
    with running(home, "--public-url", "https://something.example.com"):
        (seen,) = json.loads(call(home, "status", "--json").stdout)["running"]
        text = call(home, "status").stdout
    assert (seen["base_url"], seen["calls"]) == ("https://something.example.com", None)
    assert "calls         not told: its control API is closed, or asks for its token\n" in text


def test_no_value_is_cut_or_padded_in_a_narrow_terminal() -> None:
    """A credential must be whole wherever it is copied from; the names are the documentation's."""
    long = {**FACTS, "mcp_url": "https://something.trycloudflare.com/mcp/" + 32 * "a"}
    lines = as_text(long).splitlines()
    assert [line for line in lines if line != line.rstrip() or "…" in line] == []
    assert [line.split() for line in lines if line.startswith("mcp_url")] == [["mcp_url", long["mcp_url"]]]


def test_only_what_works_is_offered_next() -> None:
    """A tunnel's control is closed without a token, and asks for it with one."""
    resets = {
        control: [line.strip() for line in as_text(FACTS, control).splitlines() if "/reset" in line]
        for control in get_args(Control)
    }
    at = "http://127.0.0.1:8700/_sandbox/worlds/demo/reset"
    token = '-H "Authorization: Bearer $KUSTOMER_SANDBOX_CONTROL_TOKEN"'
    assert resets == {"open": [f"curl -X POST {at}"], "token": [f"curl -X POST {token} {at}"], "closed": []}


def test_the_lines_for_a_shell_are_quoted() -> None:
    """What a simulator alone does not have is left out."""
    assert as_env(FACTS) == "export BASE=http://127.0.0.1:8700\nexport KEY='a key'\nexport WORLD=demo\n"


def test_up_can_print_only_the_lines_for_a_shell(home: Path) -> None:
    """For a script that wants them at the start."""
    words = [*COMMAND, "up", "--port", "0", "--scenario", "empty", "--env"]
    with subprocess.Popen(words, cwd=home, env=environment(home), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
        rest = process.stdout.read()
    assert first.startswith("export BASE=http://127.0.0.1:")
    assert [line.partition("=")[0] for line in rest.splitlines()] == [
        f"export {name}" for name in ("KEY", "MCP_URL", "DISCOVERY_URL", "ACCOUNT", "API_TOKEN", "WORLD")
    ]


def test_a_state_keeps_url_and_token_over_a_restart(home: Path) -> None:
    """And they are its own: no seed tells them."""
    with running(home, "--state", "kept") as first:
        pass
    with running(home, "--state", "kept", "--seed", "other") as again, running(home, "--state", "new") as other:
        tokens = [ready["mcp_url"].rpartition("/")[2] for ready in (first, again, other)]
        assert (again["api_token"], tokens[0]) == (first["api_token"], tokens[1])
        assert tokens[2] != tokens[0]
        answer = httpx.post(
            again["mcp_url"],
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
            headers={"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"},
        )
    assert answer.status_code == 200


def test_a_state_that_cannot_be_used_is_told(home: Path) -> None:
    """In one line, as `mcp` does."""
    (home / "file").write_text("")
    done = call(home, "up", "--port", "0", "--state", "file")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is not a directory" in done.stderr


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--name", "a b"), "--name must begin with"),
        (("--masking", "dots"), "--masking must be one of stars, object, partial"),
        (("--log", "xml"), "--log must be text or json"),
        (("--json", "--env"), "--json and --env cannot be had at once"),
    ],
)
def test_an_option_that_cannot_be_is_told(home: Path, option: tuple[str, ...], told: str) -> None:
    """In one line, before anything starts."""
    done = call(home, "up", "--port", "0", *option)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"kustomer-sandbox: {told}")
