"""A document in full has what the expansion adds, and the keys of each of its parts fit together."""

from __future__ import annotations

from collections.abc import Iterator

from kustomer_sandbox.contracts.checks.whole import AllDocuments, Misfit
from kustomer_sandbox.contracts.vocabulary.forms import Form, Referable


def nothing_missing(whole: AllDocuments) -> Iterator[Misfit]:
    """What is neither written nor follows from what is written."""
    for name, place in whole.places:
        shape = place.chosen
        form = shape.chosen_form(place.value) if isinstance(shape, Referable) else shape
        for key in form.keys if isinstance(form, Form) else ():
            if key.filled and key.name not in place.value:
                yield Misfit(name, place.steps, f"{key.name} is missing ({key.meaning})")


def keys_fit(whole: AllDocuments) -> Iterator[Misfit]:
    """Keys that are each in order and not together, as in a field's schema with what one form changes of it."""
    for name, place in whole.places:
        clash = place.chosen.clash(place.value)
        if clash is not None:
            yield Misfit(name, place.steps, clash)
