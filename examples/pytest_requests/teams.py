"""The code under test: it knows nothing of the sandbox."""

from __future__ import annotations

import time

import requests

URL = "https://api.kustomerapp.com/v1/teams"


def team_names(key: str) -> list[str]:
    """The names of all teams; a server that is down for a while is asked again."""
    while True:
        answer = requests.get(URL, headers={"Authorization": f"Bearer {key}"}, timeout=10)
        if answer.status_code != requests.codes.unavailable:
            answer.raise_for_status()
            return [team["attributes"]["name"] for team in answer.json()["data"]]
        time.sleep(30)
