"""What extends the desktop of the demo's agents: apps, cards and KViews."""

from __future__ import annotations

from kustomer_sandbox.simulator.operations import changes
from kustomer_sandbox.simulator.operations.writing import new_record
from kustomer_sandbox.simulator.resources.apps_platform.apps import app_version
from kustomer_sandbox.simulator.scenarios._demo.stage import Stage, told
from kustomer_sandbox.simulator.values.clock import iso

_ADMIN = "Priya Raman"
_SET_UP_DAYS_AGO = 380


def extend(stage: Stage) -> None:
    """Write them as of the day they were set up. Users must be known."""
    facts = told("organisation")["apps"]
    at = stage.ago(days=_SET_UP_DAYS_AGO)
    context = stage.context(at, _ADMIN)
    for kind, apps in (("available_app", facts["available"]), ("app", [facts["installed"]])):
        for app in apps:
            named = {**app, "appVersion": app_version(app["app"], app["version"])}
            changes.create(context, new_record(context, kind, named))
    for card in facts["cards"]:
        installed = {"installedAt": iso(at)} if "contexts" in card else {}
        changes.create(context, new_record(context, "card", {**card, **installed}))
    for position, kview in enumerate(facts["kviews"]):
        changes.create(context, new_record(context, "kview", {**kview, "position": position}))
