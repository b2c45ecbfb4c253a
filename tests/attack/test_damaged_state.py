"""A damaged state speaks: one line that says what is wrong and what to do, and exit code 2."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kustomer_sandbox.mcp_server.state.migrations import MIGRATIONS
from kustomer_sandbox.mcp_server.state.opening import CannotOpenState, open_state
from tests.attack.damage import FILE, full
from tests.mcp_server.fakes import KEY, Counted
from tests.mcp_server.processes import ROOT

Break = Callable[[Path], object]
START = ["-m", "kustomer_sandbox", "mcp", "--upstream", "http://127.0.0.1:1", "--key-env", "ACME_KEY", "--port", "0"]
ENVIRONMENT = {"PATH": os.environ["PATH"], "ACME_KEY": KEY, "PYTHONPATH": str(ROOT)}


def ready(state: Path) -> None:
    """A state as a start leaves it."""
    open_state(state, random_hex=Counted()).close()


def sql(state: Path, script: str) -> None:
    with closing(sqlite3.connect(state / FILE)) as db:
        db.executescript(script)


def directory_at(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def file_in_the_way(state: Path) -> None:
    """Where the state's directory should be."""
    for file in state.iterdir():
        file.unlink()
    state.rmdir()
    state.write_text("x")


def foreign(state: Path, script: str) -> None:
    (state / FILE).unlink()
    sql(state, f"CREATE TABLE notes (text); {script}")


def open_to_others(state: Path) -> None:
    state.chmod(0o755)
    (state / "key").chmod(0o644)


def scribble(state: Path) -> None:
    """In the middle of a table that is read at the start."""
    sql(state, "INSERT INTO accounts VALUES ('acme', 'https://acme.api.example', 'ACME_KEY')")
    content = bytearray((state / FILE).read_bytes())
    content[4096 * 2 :] = b"\xa5" * len(content[4096 * 2 :])
    (state / FILE).write_bytes(content)


DAMAGES: dict[str, tuple[Break, list[str]]] = {
    "no database": (lambda s: (s / FILE).write_bytes(b"not a database" * 1000), ["is damaged", "backup"]),
    "damaged tables": (scribble, ["is damaged", "backup"]),
    "empty key": (lambda s: (s / "key").write_text(""), ["key", "is damaged", "backup"]),
    "half a key": (lambda s: (s / "key").write_text("ab" * 31), ["key", "is damaged", "backup"]),
    "a key of noise": (lambda s: (s / "key").write_bytes(b"\xff\x00" * 32), ["key", "is damaged", "backup"]),
    "no key": (lambda s: (s / "key").unlink(), ["key", "is missing", "backup"]),
    "newer": (lambda s: sql(s, "PRAGMA user_version = 999"), ["newer version", "update"]),
    "foreign": (lambda s: foreign(s, ""), ["another program", "another --state"]),
    "foreign with a version": (lambda s: foreign(s, "PRAGMA user_version = 3"), ["another program", "another --state"]),
    "a directory for the database": (lambda s: directory_at(s / FILE), ["directory in the way", "another --state"]),
    "a directory for the key": (lambda s: directory_at(s / "key"), ["directory in the way", "another --state"]),
    "a file for the directory": (file_in_the_way, ["is not a directory", "another"]),
    "open to others": (open_to_others, ["chmod -R go=", "mcp rotate"]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, damage: str) -> None:
    """The operator reads it at night."""
    state = tmp_path / "state"
    ready(state)
    broken, words = DAMAGES[damage]
    broken(state)
    with pytest.raises(CannotOpenState) as refusal:
        open_state(state, random_hex=Counted())
    message = str(refusal.value)
    assert "\n" not in message
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("module", ["kustomer_sandbox", "kustomer_sandbox.mcp_server"])
@pytest.mark.parametrize("more", [[], ["--stdio"]], ids=["http", "stdio"])
def test_a_start_on_it_ends_with_code_2_and_that_line(tmp_path: Path, module: str, more: list[str]) -> None:
    """Not with a traceback, whichever way it is started."""
    state = tmp_path / "state"
    ready(state)
    (state / "key").write_text("")
    command = [sys.executable, *START, *more, "--state", str(state)]
    if module == "kustomer_sandbox.mcp_server":
        command = [argument.replace("kustomer_sandbox", module) for argument in command if argument != "mcp"]
    ended = subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert "is damaged" in line


def test_a_state_that_cannot_be_written_is_refused_in_one_line(small_disk: Path) -> None:
    """There is no room even for the key."""
    with full(small_disk), pytest.raises(CannotOpenState, match="room"):
        open_state(small_disk / "state", random_hex=Counted())
    ready(small_disk / "state")


def test_a_directory_of_another_user_is_refused_in_one_line(tmp_path: Path) -> None:
    """Root may write everywhere, so an ordinary user is played by a child."""
    tmp_path.chmod(0o755)
    child = os.fork()
    if child == 0:  # pragma: no cover - the child only tells whether it was refused
        code = 1
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            open_state(tmp_path / "no" / "state" if os.getuid() == 65534 else Path("/proc/state"), random_hex=Counted())
        except CannotOpenState as refusal:
            code = 0 if "the right to write" in str(refusal) and "\n" not in str(refusal) else 3
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_default_permissions_of_a_directory_made_before_are_fine(tmp_path: Path) -> None:
    """`mkdir state` leaves it open to others, but nothing in it is."""
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(0o755)
    ready(state)
    ready(state)


def test_a_closed_directory_protects_what_is_in_it(tmp_path: Path) -> None:
    """A copy may have given the files other permissions; nobody gets to them."""
    state = tmp_path / "state"
    ready(state)
    (state / "key").chmod(0o644)
    ready(state)


def test_a_crash_while_the_key_is_made_leaves_no_half_of_one(tmp_path: Path) -> None:
    """An empty key would be damage for ever."""

    class Crash(BaseException):
        pass

    def crash(_size: int) -> str:
        raise Crash

    with pytest.raises(Crash):
        open_state(tmp_path / "state", random_hex=crash)
    (tmp_path / "state" / "key.new").write_text("ab")
    ready(tmp_path / "state")


def test_a_migration_that_breaks_off_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older program must still be able to use it."""
    ready(tmp_path / "state")
    name = "kustomer_sandbox.mcp_server.state.migrations.MIGRATIONS"
    monkeypatch.setattr(name, (*MIGRATIONS, "CREATE TABLE one (a); CREATE TABLE accounts (a);"))
    with pytest.raises(CannotOpenState):
        open_state(tmp_path / "state", random_hex=Counted())
    monkeypatch.setattr(name, MIGRATIONS)
    ready(tmp_path / "state")


@pytest.mark.parametrize("number", [2, 6])
def test_first_starts_at_once_all_work_and_agree(tmp_path: Path, number: int) -> None:
    """A supervisor, or a desktop client that starts one server per window."""
    script = (
        "import sys; from pathlib import Path; sys.stdin.readline()\n"
        "from kustomer_sandbox.mcp_server.state.opening import open_state\n"
        "from kustomer_sandbox.mcp_server.state.tokens import random_hex\n"
        "from kustomer_sandbox.mcp_server.state.provisioning import Provisioning\n"
        "from kustomer_sandbox.mcp_server.state.defaults import Defaults\n"
        "from kustomer_sandbox.mcp_server.model import Account\n"
        "from kustomer_sandbox.mcp_server.clock import SystemClock\n"
        "state = open_state(Path(sys.argv[1]), random_hex=random_hex)\n"
        "defaults = Defaults(state, Provisioning(state, random_hex=random_hex))\n"
        "account = Account(id='a', base_url='http://127.0.0.1:1', key_env='K')\n"
        "print(defaults.server_token(account, SystemClock().now()), defaults.api_token(SystemClock().now()))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "state")]
    starts = [
        subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("\n")
        start.stdin.flush()
    printed = {start.communicate(timeout=60)[0] for start in starts}
    assert [start.returncode for start in starts] == [0] * number
    assert len(printed) == 1
