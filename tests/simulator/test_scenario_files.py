"""Scenario files: a few lines become a world, and every mistake is told with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kustomer_sandbox.contracts.model import Contracts
from kustomer_sandbox.simulator.api import Api, create_api
from kustomer_sandbox.simulator.hosting.keys import issue_key
from kustomer_sandbox.simulator.hosting.worlds import NameTaken, WorldSpec
from kustomer_sandbox.simulator.scenarios.files.loader import load_scenario
from kustomer_sandbox.simulator.scenarios.files.sections import SECTIONS, ScenarioError
from tests.world_client import WorldClient

GUIDE = Path(__file__).parents[2] / "docs" / "scenarios.md"
SECRET = "jane-and-no-address"


@pytest.fixture(scope="module")
def api(contracts: Contracts) -> Api:
    return create_api(contracts)


@pytest.fixture(scope="module")
def example() -> str:
    """The example of the guide."""
    text, *_ = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return str(text)


def played(api: Api, folder: Path, text: str) -> WorldClient:
    """A world made from a file with this text."""
    file = folder / "own.yaml"
    file.write_text(text, "utf-8")
    name = f"own-{len(api.worlds.scenarios)}"
    api.worlds.add_scenario(name, load_scenario(file))
    world = api.worlds.create(WorldSpec(name=name, scenario=name))
    return WorldClient(api, world, issue_key(api.worlds, world)[0])


def names(client: WorldClient, path: str) -> list[str]:
    return [record["attributes"]["name"] for record in client.get(path).data]


def test_the_guides_example_makes_the_world_it_tells_of(api: Api, tmp_path: Path, example: str) -> None:
    """Every section, seen through the API as a key that sees masks."""
    client = played(api, tmp_path, example)
    jane = client.get("/v1/customers/email=jane.doe%40example.com").data
    assert (jane["attributes"]["name"], jane["attributes"]["createdAt"]) == ("Jane Doe", "2026-05-10T12:00:00.000Z")
    assert (jane["attributes"]["phones"][0]["phone"], jane["attributes"]["custom"]["ssnStr"]) == ("***", "***")
    (conversation,) = client.get(f"/v1/customers/{jane['id']}/conversations").data
    (team,) = client.get("/v1/teams").data
    queue = next(q for q in client.get("/v1/routing/queues").data if not q["attributes"]["system"])
    assert conversation["attributes"]["assignedTeams"] == [team["id"]]
    assert conversation["relationships"]["queue"]["data"]["id"] == queue["id"]
    messages = client.get(f"/v1/conversations/{conversation['id']}/messages").data
    assert [(m["attributes"]["direction"], m["attributes"]["createdAt"]) for m in messages] == [
        ("in", "2026-06-09T09:00:00.000Z"),
        ("out", "2026-06-09T10:00:00.000Z"),
    ]
    (priya,) = team["attributes"]["members"]
    assert messages[1]["relationships"]["createdBy"]["data"]["id"] == priya
    notes = client.get(f"/v1/conversations/{conversation['id']}/notes").data
    assert [note["relationships"]["createdBy"]["data"]["id"] for note in notes] == [priya, priya]
    (parcel,) = client.get(f"/v1/customers/{jane['id']}/klasses/shipment").data
    assert parcel["attributes"]["custom"] == {"trackingNumberStr": "TR-1", "recipientPhoneStr": "***"}
    (draft,) = client.get(f"/v1/customers/{jane['id']}/drafts").data
    assert draft["relationships"]["conversation"]["data"]["id"] == conversation["id"]
    assert (names(client, "/v1/tags"), client.world.org_name) == (["VIP", "Refund"], "acme")
    assert client.world.journal.total > 0
    assert client.faults() == []


def test_the_guide_tells_of_every_section(example: str) -> None:
    """A section nobody is told of is never used."""
    guide = GUIDE.read_text("utf-8")
    assert [name for name in SECTIONS if f"\n{name}:" not in example or f"| `{name}` " not in guide] == []


def test_the_guides_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    """Copied and pasted next to the example, it makes the world."""
    (tmp_path / "shop.yaml").write_text(example, "utf-8")
    monkeypatch.chdir(tmp_path)
    code, *_ = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)  # noqa: S102 - the guide's own code
    assert made["world"].records.count("customer") == 1


def test_the_guides_message_is_the_one_given(api: Api, tmp_path: Path, example: str) -> None:
    """The line in the guide is the line of the example, shown as the command line shows it."""
    wrong = example.replace("jane.doe@example.com", SECRET)
    with pytest.raises(ScenarioError) as told:
        played(api, tmp_path, wrong)
    message = str(told.value).replace(str(tmp_path / "own.yaml"), "shop.yaml")
    assert (message in GUIDE.read_text("utf-8"), SECRET in message) == (True, False)


def test_the_same_file_gives_the_same_bytes(contracts: Contracts, tmp_path: Path, example: str) -> None:
    """Two processes, two machines: the same world; and again after a reset."""
    clients = [played(create_api(contracts), tmp_path, example) for _ in range(2)]
    lists = [str([client.get(path).json for path in ("/v1/customers", "/v1/messages")]) for client in clients]
    clients[0].api.worlds.reset(clients[0].world)
    assert lists[0] == lists[1] == str([clients[0].get(path).json for path in ("/v1/customers", "/v1/messages")])


def test_time_starts_with_the_plan_unless_the_file_says_otherwise(api: Api, tmp_path: Path) -> None:
    """An empty file is an empty world; `clock` wins."""
    assert played(api, tmp_path, "").get("/v1/customers").headers["date"] == "Tue, 09 Jun 2026 12:00:00 GMT"
    later = played(api, tmp_path, "clock: 2027-01-01T00:00:00+01:00")
    assert later.get("/v1/customers").headers["date"] == "Thu, 31 Dec 2026 23:00:00 GMT"


def test_a_file_may_make_its_worlds_strict_and_set_budgets(api: Api, tmp_path: Path) -> None:
    """A case about a 429 need not make hundreds of calls; who makes the world has the last word."""
    client = played(api, tmp_path, "strict: true\nlimits: {record_updates: 1, search: 7}\n")
    path = f"/v1/customers/{client.post('/v1/customers', {'name': 'A'}).data['id']}"
    assert [client.put(path, {"name": "B"}).status for _ in range(2)] == [200, 429]
    assert client.get(path, "colour=red").status == 400
    spec = WorldSpec(name="lenient", scenario=client.world.scenario, strict=False, limits={"record_updates": 2})
    lenient = api.worlds.create(spec)
    assert (lenient.strict, lenient.limits) == (False, {"record_updates": 2, "search": 7})


def test_entries_without_names_are_a_list(api: Api, tmp_path: Path) -> None:
    """Nobody has to invent names that nothing refers to; words of YAML 1.1 are just texts."""
    client = played(api, tmp_path, "customers:\n- {name: no}\n- {name: 'on', externalId: '007'}\n- name: 2026-06-09\n")
    assert names(client, "/v1/customers") == ["no", "on", "2026-06-09"]


HELLO = "channel: chat\n    app: chat"
JANE = "customers:\n  jane: {name: Jane}\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("customers: [", 1, "is no YAML"),
        ("a: 1\na: 2\n", 2, "gives a key twice"),
        ("- a\n", 1, "the file must be a mapping"),
        (
            "\ncustomer:\n  jane: {}\n",
            2,
            "customer is no section; known: organisation, clock, errors, ratelimit_reset, strict, limits, tags, users",
        ),
        ("errors: vendor\n", 1, "errors must be one of page, recorded"),
        ("errors: [page]\n", 1, "errors must be one of page, recorded"),
        ("clock: tomorrow\n", 1, "clock must be a date-time"),
        ("clock: 1969-12-31T00:00:00Z\n", 1, "clock must lie in the years"),
        ("organisation: A Shop\n", 1, "organisation must be a name"),
        ("strict: 'yes'\n", 1, "strict must be true or false"),
        ("limits:\n  record_updates: 0\n", 2, "limits.record_updates must be a whole number from 1"),
        ("limits:\n  search: 10000000000\n", 2, "limits.search must be a whole number from 1 to 1000000000"),
        ("limits:\n  search: 9\n  updates: 3\n", 3, "limits.updates is no budget; known: conversations_created"),
        ("tags: VIP\n", 1, "tags must be a list of names"),
        ("customers: 5\n", 1, "customers must be a mapping"),
        ("customers:\n  jane: 5\n", 2, "customers.jane must be a mapping"),
        ("customers:\n  jane:\n    name: J\n    colour: red\n", 4, "customers.jane.colour is not a known field here"),
        ("conversations:\n  a:\n    name: x\n", 2, "conversations.a.customer is required"),
        ("conversations:\n  a:\n    customer: jane\n", 3, "names no entry of customers above it; there are: none"),
        (f"{JANE}conversations:\n- {{customer: joan}}\n", 4, "names no entry of customers above it; there are: jane"),
        (f"{JANE}conversations:\n- customer: jane\n  messages: 3\n", 5, "conversations.0.messages must be a list"),
        (
            f"{JANE}conversations:\n- customer: jane\n  messages:\n  - {HELLO}\n  - {HELLO}\n    preview: 5\n",
            10,
            "conversations.0.messages.1.preview must be a string",
        ),
        (f"{JANE}  joan: {{ago: 3 days}}\n", 3, "customers.joan.ago must be a duration"),
        (f"{JANE}  joan: {{at: 2030-01-01T00:00:00Z}}\n", 3, "customers.joan.at must lie before"),
        (f"{JANE}  joan:\n    by: priya\n", 4, "customers.joan.by names no entry of users"),
        (f"{JANE}objects:\n- customer: jane\n", 4, "objects.0.klass is required"),
        (f"{JANE}objects:\n- {{klass: parcel, title: A}}\n", 4, "is refused: There is no Klass of this name"),
        ("sensitive:\n  customer: phones\n", 2, "sensitive.customer must be a list of attributes"),
        ("sensitive:\n  customer: [nonsense]\n", 2, "is refused: This attribute cannot be sensitive"),
        ("queues:\n  a: {priority: high}\n", 2, "queues.a.priority must be an integer"),
        (
            "customers:\n  a: {emails: [{email: a@example.com}]}\n  b: {emails: [{email: a@example.com}]}\n",
            3,
            "is refused: Another customer already has this email",
        ),
    ],
    ids=lambda value: value[-40:].replace("\n", " ") if isinstance(value, str) else str(value),
)
def test_a_mistake_is_told_with_its_line(api: Api, tmp_path: Path, text: str, line: int, reason: str) -> None:
    """Whether syntax, shape, contract or rule is broken: who wrote it finds it, and no world is made."""
    before = [world.name for world in api.worlds]
    with pytest.raises(ScenarioError) as told:
        played(api, tmp_path, text)
    assert (told.value.file, told.value.line) == (str(tmp_path / "own.yaml"), line)
    assert reason in str(told.value)
    assert [world.name for world in api.worlds] == before


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes of another encoding, and characters YAML does not know."""
    for content in (b"\xff\xfe", b"a: \x00"):
        (tmp_path / "own.yaml").write_bytes(content)
        with pytest.raises(ScenarioError):
            load_scenario(tmp_path / "own.yaml")


def test_aliases_cannot_run_in_circles(tmp_path: Path) -> None:
    """An anchor inside itself would have no end."""
    (tmp_path / "own.yaml").write_text("customers: &a\n  b: *a\n", "utf-8")
    with pytest.raises(ScenarioError, match="nested more than"):
        load_scenario(tmp_path / "own.yaml")


def test_a_scenario_cannot_take_the_name_of_another(api: Api, tmp_path: Path) -> None:
    """`demo` stays the demo."""
    (tmp_path / "own.yaml").write_text("", "utf-8")
    with pytest.raises(NameTaken):
        api.worlds.add_scenario("demo", load_scenario(tmp_path / "own.yaml"))
