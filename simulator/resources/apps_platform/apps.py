"""Apps: versions are registered by their definition, for good. Installing one is not served."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.call import Call
from kustomer_sandbox.simulator.operations.registry import rule
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.values.outcome import Outcome, Single


@rule("apps.register")
def register(call: Call) -> Outcome:
    """A new version of an app. Raises `Conflict` for one that is registered already."""
    fields = {**call.body, "appVersion": app_version(call.body["app"], call.body["version"])}
    return Single(record=changes.create(call, new_record(call, "available_app", fields)))


def app_version(app: str, version: str) -> str:
    """How a version of an app is named in paths, as in the dependencies of other apps."""
    return f"{app}-{version}"
