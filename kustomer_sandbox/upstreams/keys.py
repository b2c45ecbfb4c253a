"""Keys of worlds that other processes may have made, for whose accounts this one is called as well."""

from __future__ import annotations

from kustomer_sandbox.simulator.keeping.database import StoreUnavailable
from kustomer_sandbox.simulator.keeping.kept_api import KeptApi


class KeysOfStore(dict[str, str]):
    """Secrets by their names; that of an account whose world is in the store is found when it is first asked for.

    The names of worlds follow the `prefix`. `known` are the secrets of the start.
    """

    def __init__(self, api: KeptApi, known: dict[str, str], *, prefix: str) -> None:
        super().__init__(known)
        self._api = api
        self._prefix = prefix

    def __missing__(self, name: str) -> str:
        world_name = name.removeprefix(self._prefix)
        if world_name == name:
            raise KeyError(name)
        try:
            self._api.keep()  # a turn, in which what others have made is taken in
            world = self._api.worlds.get(world_name)
            if world is None:
                raise KeyError(name)
            self[name] = key = self._api.key_of(world)
        except StoreUnavailable:
            raise KeyError(name) from None
        return key

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # secrets are texts
        """The secret, or the default where there is none."""
        try:
            return self[name]
        except KeyError:
            return default
