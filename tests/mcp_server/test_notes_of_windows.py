"""Notes of windows for the tool servers of other states: how they lie in a folder, whose they are, and when they go."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kustomer_sandbox.mcp_server.model import UpstreamIdentity
from kustomer_sandbox.mcp_server.state.database import StateUnavailable
from kustomer_sandbox.mcp_server.state.file_locks import HAS_LOCKS
from kustomer_sandbox.mcp_server.unmasking import notes as notes_module
from kustomer_sandbox.mcp_server.unmasking.leases import Lease
from kustomer_sandbox.mcp_server.unmasking.neighbours import Neighbours
from kustomer_sandbox.mcp_server.unmasking.notes import NoteFolder, notes_in

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
HERE = UpstreamIdentity(origin="https://acme.example", organisation="acme")
THERE = UpstreamIdentity(origin="https://acme.example", organisation="other")

pytestmark = pytest.mark.skipif(not HAS_LOCKS, reason="there are no file locks here, and so no notes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "above" / "notes"


@pytest.fixture
def notes(folder: Path) -> Iterator[NoteFolder]:
    made = NoteFolder(folder)
    yield made
    made.release()


def test_a_note_is_a_locked_file_that_its_owner_alone_may_read(notes: NoteFolder, folder: Path) -> None:
    """Under its name and no other; another process sees it, and that it is held."""
    notes.leave("group", "note")
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in (folder / "group").iterdir()] == [
        ("note", 0o600)
    ]
    assert stat.S_IMODE((folder / "group").stat().st_mode) == 0o700
    other = NoteFolder(folder)
    assert (other.names("group"), other.names("nobody's")) == (["note"], [])
    assert (other.is_abandoned("group", "note"), other.is_abandoned("group", "none")) == (False, False)
    assert notes.held == {("group", "note")}
    assert other.held == frozenset()


def test_a_note_left_again_is_held_on(notes: NoteFolder, folder: Path) -> None:
    """And a second of the group."""
    for name in ("note", "note", "more"):
        notes.leave("group", name)
    assert notes.held == {("group", "note"), ("group", "more")}
    assert sorted(notes.names("group")) == ["more", "note"]
    assert not NoteFolder(folder).is_abandoned("group", "note")


def test_what_is_released_counts_as_abandoned(notes: NoteFolder, folder: Path) -> None:
    """As it does when its process dies; to look at it does not take it over."""
    notes.leave("group", "note")
    notes.release()
    assert notes.held == frozenset()
    other = NoteFolder(folder)
    assert [other.is_abandoned("group", "note") for _ in range(2)] == [True, True]
    notes.release()


def open_files() -> int:
    """How many files this process has open, where the system tells."""
    told = Path("/proc/self/fd")
    return len(list(told.iterdir())) if told.is_dir() else 0


def test_a_note_is_removed_once_and_its_lock_with_it(notes: NoteFolder, folder: Path) -> None:
    """Also one that another process has left; and what is not there does no harm."""
    before = open_files()
    for _ in range(2):
        notes.leave("group", "note")
    for _ in range(2):
        notes.remove("group", "note")
    assert not notes.names("group")
    assert not notes.held
    notes.leave("group", "left")
    notes.release()
    NoteFolder(folder).remove("group", "left")
    assert notes.names("group") == []
    assert open_files() == before


def test_a_folder_that_others_may_write_into_is_refused(notes: NoteFolder, folder: Path) -> None:
    """In words that name it, and nothing is held."""
    folder.mkdir(parents=True)
    folder.chmod(0o770)
    with pytest.raises(StateUnavailable, match="where windows are noted, cannot be written") as caught:
        notes.leave("group", "note")
    assert str(folder) in str(caught.value)
    assert caught.value.__cause__ is None
    assert not notes.names("group")
    assert not notes.held


def test_there_are_no_notes_without_a_folder_or_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notes_in(None) is None
    assert isinstance(notes_in(tmp_path), NoteFolder)
    monkeypatch.setattr(notes_module, "HAS_LOCKS", False)
    assert notes_in(tmp_path) is None


def lease(customer: str = "jane", id: str = "lease", upstream: UpstreamIdentity = HERE) -> Lease:
    names = ("account_id", "server_id", "tool", "connection", "owner")
    instants = ("opened_at", "expires_at", "hard_at")
    facts = {**dict.fromkeys(names, ""), **dict.fromkeys(instants, NOW)}
    at = {"origin": upstream.origin, "organisation": upstream.organisation}
    return Lease(id=id, customer_id=customer, status="open", **facts, **at)  # type: ignore[arg-type]


@pytest.fixture
def ours(notes: NoteFolder) -> Neighbours:
    return Neighbours(notes, state_id="ours")


@pytest.fixture
def theirs(folder: Path) -> Iterator[Neighbours]:
    made = Neighbours(NoteFolder(folder), state_id="theirs")
    yield made
    made.end()


def test_others_know_of_a_window_while_it_is_announced(ours: Neighbours, theirs: Neighbours) -> None:
    """Of its customer, whatever the id looks like, and of its upstream; we know of our own anyway."""
    for customer in ("jane", "email=a.b%c@example.com/x"):
        ours.announce(lease(customer))
    assert theirs.customers(HERE) == {"jane", "email=a.b%c@example.com/x"}
    assert theirs.customers(THERE) == ours.customers(HERE) == frozenset()
    ours.withdraw(lease("jane"))
    assert theirs.customers(HERE) == {"email=a.b%c@example.com/x"}


def test_what_is_no_note_of_a_window_is_left_alone(ours: Neighbours, theirs: Neighbours, folder: Path) -> None:
    """A note has a customer, a state and a lease."""
    ours.announce(lease())
    (group,) = folder.iterdir()
    assert re.fullmatch("[0-9a-f]{32}", group.name)  # which programs of other versions look for, too
    for name in ("jane.new", "joe.else.lease.new", "README"):
        (group / name).touch()
    assert theirs.customers(HERE) == {"jane"}
    assert theirs.left_behind(HERE) == set()


def test_a_window_whose_process_lives_no_more_is_left_behind_until_it_is_forgotten(
    ours: Neighbours, theirs: Neighbours, notes: NoteFolder
) -> None:
    """A customer's alone, and never one that is held."""
    for customer in ("amy", "jane", "joe"):
        theirs.announce(lease(customer))
    assert ours.customers(HERE) == {"amy", "jane", "joe"}
    assert ours.left_behind(HERE) == set()
    ours.forget(HERE, "jane")
    assert ours.customers(HERE) == {"amy", "jane", "joe"}
    theirs.end()
    assert (ours.left_behind(HERE), ours.left_behind(THERE)) == ({"amy", "jane", "joe"}, set())
    ours.forget(HERE, "jane")
    assert ours.left_behind(HERE) == ours.customers(HERE) == {"amy", "joe"}
    assert notes.held == frozenset()


def test_only_notes_of_leases_that_live_are_kept(ours: Neighbours, theirs: Neighbours, folder: Path) -> None:
    """Another process of our state may have closed what this one had opened; those of other states are theirs."""
    theirs.announce(lease("jim"))
    for customer, id in (("jane", "1"), ("jane", "2"), ("joe", "3")):
        ours.announce(lease(customer, id))
    ours.keep([lease("jane", "2")])
    assert theirs.customers(HERE) == {"jane"}
    twin = Neighbours(NoteFolder(folder), state_id="ours")
    twin.announce(lease("amy"))
    ours.keep([lease("amy")])
    assert theirs.customers(HERE) == {"amy"}
    twin.withdraw(lease("amy"))
    ours.keep([])
    assert theirs.customers(HERE) == frozenset()
    assert ours.customers(HERE) == {"jim"}


def test_where_there_is_no_place_for_notes_nobody_knows_of_anybody() -> None:
    alone = Neighbours(None, state_id="ours")
    for act in (alone.announce, alone.withdraw):
        act(lease())
    alone.keep([lease()])
    alone.forget(HERE, "jane")
    alone.end()
    assert alone.customers(HERE) == frozenset()
    assert alone.left_behind(HERE) == set()
