"""`Kustomer`: one world, as the `kustomer` fixture and `kustomer_sandbox.world()` give it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import httpx

from kustomer_sandbox.clients import AsyncClient, Client
from kustomer_sandbox.simulator.hosting.keys import issue_key, issue_key_of
from kustomer_sandbox.simulator.hosting.worlds import WorldSpec
from kustomer_sandbox.simulator.values.auth import ALL_ROLES
from kustomer_sandbox.simulator.values.record import Principal, UserType
from kustomer_sandbox.simulator.world.world import World
from kustomer_sandbox.testkit.asserting.assertions import WorldAssertions
from kustomer_sandbox.testkit.clock import ClockControl
from kustomer_sandbox.testkit.faults import FaultControl
from kustomer_sandbox.testkit.patches.entrance import Entrance
from kustomer_sandbox.testkit.pii.logs import log_calls
from kustomer_sandbox.testkit.pii.output import Printed
from kustomer_sandbox.testkit.recording import Recording
from kustomer_sandbox.testkit.seeding import WhenControl, seed
from kustomer_sandbox.testkit.settings import known_roles
from kustomer_sandbox.testkit.shared import SharedApi
from kustomer_sandbox.testkit.webhooks.control import RECEIVER_URL, Webhook, WebhookControl
from kustomer_sandbox.transports import AsyncSimulatorTransport, SimulatorTransport

if TYPE_CHECKING:
    from kustomer_sandbox.exploring.exploration import Exploration
    from kustomer_sandbox.testkit.patches.everywhere import KustomerEverywhere
    from kustomer_sandbox.testkit.seeding import Acts


class Kustomer(WorldAssertions):
    """A fresh world: its address, a key, clients, its time, its webhooks, what goes wrong in it, and what happened.

    `journal` is the world's (`find`, `count`, `expect`); `printed` gives what the test has printed so far. An episode
    begins where the world is that it is `of`.
    """

    def __init__(
        self,
        api: SharedApi,
        plan: WorldSpec,
        *,
        folder: Path,
        printed: Callable[[], Printed] = list,
        fork: tuple[World, Principal] | None = None,
    ) -> None:
        self.api = api
        self.world: World = fork[0] if fork else api.worlds.create(plan)
        self.api_key, self._principal = issue_key_of(api.worlds, *fork) if fork else issue_key(api.worlds, self.world)
        self.clock = ClockControl(self.world, api.lock)
        self.faults = FaultControl(self.world)
        self.when = WhenControl(self.world, api)
        self.webhooks = WebhookControl(self.world, api, self.clock)
        self._plan = plan
        self._origin = (plan.scenario, plan.seed, plan.start, self.world.name if fork else "")
        self._folder = folder
        self._printed = printed
        self._clients: list[httpx.Client] = []
        self.entrances: list[Entrance] = []
        self._episodes: list[Kustomer] = []
        self._is_closed = False
        self._stack = ExitStack()
        self._log_calls = self._stack.enter_context(log_calls())
        self._start = self.snapshot()
        api.response_log.watch(self.world)

    @property
    def base_url(self) -> str:
        """`https://<organisation>.api.kustomerapp.com`, without `/v1`."""
        return f"https://{self.world.org_name}.api.kustomerapp.com"

    def client(self, *, key: str | None = None, **options: Any) -> httpx.Client:  # noqa: ANN401 - as httpx has them
        """A client on this world, without socket, thread or event loop; `options` as for `httpx.Client`.

        It sends the world's own key unless another is given; `key=""` sends none. Closed after the test.
        """
        client = Client(transport=SimulatorTransport(self.api), **self._options(key, options))
        self._clients.append(client)
        return client

    def async_client(self, *, key: str | None = None, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401
        """The same for async code. It holds nothing that would have to be closed."""
        return AsyncClient(transport=AsyncSimulatorTransport(self.api), **self._options(key, options))

    def key(
        self,
        *,
        roles: Iterable[str] = ALL_ROLES,
        read_sensitive: bool = False,
        user_type: UserType = "machine",
    ) -> str:
        """Another API key of this world, with these roles; `read_sensitive` ones see through masks.

        It is a machine user's, or a person's (`user`), who has other rate limits.

        Raises `ValueError` for a role that the API knows nothing of; it names the nearest there is.
        """
        named = known_roles([roles] if isinstance(roles, str) else list(roles), self.world.contracts)
        with self.api.lock:
            key, _ = issue_key(
                self.api.worlds, self.world, roles=named, read_sensitive=read_sensitive, user_type=user_type
            )
        return key

    @contextmanager
    def everywhere(self) -> Iterator[KustomerEverywhere]:
        """Within, Kustomer's hosts are this world for every HTTP client in this process, and nothing reaches them.

        Covered are `httpx`, `httpx2`, `http.client`, `urllib3` (and so `requests`) and `aiohttp`, as far as installed.
        """
        from kustomer_sandbox.testkit.patches.everywhere import everywhere  # noqa: PLC0415 - it imports the clients

        with everywhere(self.entrance()) as ways:
            yield ways

    def entrance(self) -> Entrance:
        """A new way in for code with a hard-wired address; what comes by it is counted for the report."""
        self.entrances.append(Entrance(self.api, self.world))
        return self.entrances[-1]

    def episode(self) -> Kustomer:
        """A world of its own that begins in this one's present state, with a key of its own; neither sees the other.

        Journal, faults and snapshots begin anew; its clock is its own. As many as wanted may be there at once. It ends
        with its `with` block, or else with this world.
        """
        episode = Kustomer(self.api, self._plan, folder=self._folder, printed=self._printed, fork=_forked(self))
        self._episodes.append(episode)
        return episode

    def seed(self, source: str | Path | Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """Add a scenario's records: a YAML file (looked for beside the test first), or the same as a mapping.

        Gives the ids of what was made, by section and name. Raises `ScenarioError`.
        """
        with self.api.lock:
            return seed(self.world, source, folder=self._folder)

    def record(self) -> Recording:
        """Keep every call from now on, so that it can be played again; the latest recording is the one that runs."""
        with self.api.lock:
            return Recording(self.api, self.world)

    def explore(
        self,
        job: Callable[[Kustomer], object],
        *,
        faults: Iterable[str] = (),
        at: tuple[int, str] | None = None,
        most_repeats: int = 5,
        when: Mapping[str, Acts] | None = None,
        holds: Callable[[Kustomer], object] | None = None,
    ) -> Exploration:
        """Run a job once, then once for each of its calls and each fault there, each time in a fork of this world.

        The job is called with a `Kustomer` of its own and may be async; when it sleeps, that world's time moves. What
        goes wrong: `faults` (names of docs/exploring.md), all unless given; or only `at` one call and fault, such as
        `(3, "timeout")`. A call may be repeated `most_repeats` times.

        With `when` the world moves instead: each of these, named, happens right before each call; it is told as the
        `do` of `kustomer.when`. `holds` is called with the `Kustomer` of each run in which the job returned, and fails
        by raising. Raises what the job raises when nothing goes wrong, and `ValueError` for a fault that there is not.
        """
        from kustomer_sandbox.exploring import jobs  # noqa: PLC0415 - only when asked for

        return jobs.explore_job(self, job, when=when or {}, holds=holds, faults=faults, at=at, most=most_repeats)

    def explore_receiver(
        self,
        job: Callable[[Kustomer], object],
        receiver: Callable[[Kustomer, Webhook], Any],
        *,
        events: Iterable[str],
        url: str = RECEIVER_URL,
        state: Callable[[Any], object] | None = None,
        faults: Iterable[str] = (),
        at: tuple[int, str] | None = None,
        most_repeats: int = 5,
    ) -> Exploration:
        """Run a job with a receiver of webhooks, then once for each delivery and each fault there, as `explore` does.

        `receiver` makes one for each run, of a `Kustomer` and a webhook for `events` with its token: a function of a
        request that gives a status, a WSGI or ASGI application, or a URL; requests go to `url`. What it makes of the
        deliveries in Kustomer is compared with the clean run, and so is what `state` tells of what `receiver` has made.
        """
        from kustomer_sandbox.exploring import jobs  # noqa: PLC0415 - only when asked for

        return jobs.explore_receiver(
            self, job, receiver, events=tuple(events), url=url, state=state, faults=faults, at=at, most=most_repeats
        )

    def on_fork(self, api: SharedApi, world: World) -> Kustomer:
        """The same on a fork of this world, whose calls pass through `api`."""
        return Kustomer(api, self._plan, folder=self._folder, fork=(world, self._principal))

    def anew(self) -> Kustomer:
        """The same once more, as this one was made; this one must be closed."""
        return Kustomer(self.api, self._plan, folder=self._folder)

    def begin_again(self) -> Callable[[], None]:
        """Start a test of a world that several share: what happened before is forgotten. Gives what undoes the test."""
        self.world.snapshots.forget(self._start)
        self._start = start = self.snapshot()
        keys = set(self.world.keys)
        self.journal.clear()
        self._log_calls.clear()
        self.api.response_log.watch(self.world)

        def undo() -> None:
            for issued in set(self.world.keys) - keys:
                self.api.worlds.dismiss(self.world, issued)
            self.restore(start)
            self.faults.clear()

        return undo

    def close(self) -> None:
        """Forget the world with its episodes, and close its clients. A second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        for episode in self._episodes:
            episode.close()
        self._stack.close()
        for client in self._clients:
            client.close()
        with self.api.lock:
            self.api.response_log.leave(self.world)
            self.api.worlds.drop(self.world.name)

    def never_met(self) -> str:
        """What to say of faults that never fired and of what never happened; nothing if there is nothing to say."""
        told = self.faults.never_fired(), self.webhooks.never_met(), self.when.never_happened()
        return "\n".join(filter(None, told))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None and (text := self.never_met()):
            raise AssertionError(text)

    def __repr__(self) -> str:
        return f"<Kustomer {self.base_url}, {self.journal.total} calls>"

    def _options(self, key: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        chosen = self.api_key if key is None else key
        own = {"Authorization": f"Bearer {chosen}"} if chosen else {}
        return {"base_url": self.base_url, **options, "headers": {**own, **dict(options.get("headers") or {})}}


def _forked(origin: Kustomer) -> tuple[World, Principal]:
    """A fork, and the machine user of the origin's first key."""
    worlds = origin.api.worlds
    with origin.api.lock:
        return worlds.fork(origin.world, worlds.free_name()), next(iter(origin.world.keys.values()))


class MakeKustomer(Protocol):
    """What the fixture `make_kustomer` gives: makes a further world, with options as the marker takes them."""

    def __call__(self, **options: Any) -> Kustomer: ...  # noqa: ANN401 - they are looked at when it is called
