"""What the `kustomer` fixture asserts: closed windows, nothing leaked, nothing changed but what should have."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from kustomer_sandbox.testkit.kustomer import Kustomer

PHONE = "+15555550142"
ANN = {"name": "Ann", "emails": [{"email": "ann@example.com"}], "phones": [{"phone": PHONE}]}
LOG = logging.getLogger("acme")
OWNER = r"customer/[0-9a-f]{24} phones\.\*\.phone"


@pytest.fixture
def ann(kustomer: Kustomer) -> str:
    """A customer with a phone number that the demo world masks."""
    made: str = kustomer.client().post("/v1/customers", json=ANN).json()["data"]["id"]
    return made


def logs(message: str) -> None:
    LOG.warning("calling %s", message)


def logs_beside(message: str) -> None:
    LOG.warning("calling", extra={"number": message})


def logs_quietly(message: str) -> None:
    LOG.debug("calling %s", message)


def logs_apart(message: str) -> None:
    """As a library does that has handlers of its own."""
    apart = logging.Logger("acme")  # noqa: LOG001 - known to nobody
    apart.propagate = False
    apart.setLevel(logging.CRITICAL)
    apart.info("calling %(number)s", {"number": message})


def logs_by_an_adapter(message: str) -> None:
    logging.LoggerAdapter(LOG, {"call": message}).info("calling")


def logs_wrongly(message: str) -> None:
    LOG.info("calling %d and %s", message)  # noqa: PLE1206 - what is logged all the same


def logs_a_trace(message: str) -> None:
    try:
        int(message + "?")
    except ValueError:
        LOG.exception("no call")


def test_an_open_window_is_told_with_the_call_that_opened_it(kustomer: Kustomer, ann: str) -> None:
    """A forgotten window shows everybody everything for a day."""
    kustomer.no_open_windows()
    windows = f"/v1/customers/{ann}/unmasking-windows"
    kustomer.client().post(windows)
    with pytest.raises(AssertionError) as told:
        kustomer.no_open_windows()
    assert str(told.value).splitlines() == [
        "unmasking windows are still open:",
        f"  customer {ann}, until 2026-06-10T12:00:00.000Z",
        f"  opened by #2 POST {windows} -> 201 CreateUnmaskingWindowByCustomer",
    ]
    kustomer.client().delete(windows)
    kustomer.no_open_windows()


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    "text", [PHONE, "tel: +1 (555) 555-0142!", "1.555.555.0142", f"/v1/customers/phone={quote(PHONE, safe='')}"]
)
def test_a_phone_number_is_found_however_it_is_written(kustomer: Kustomer, text: str) -> None:
    """The message names place and attribute; the value itself stays out of the next log."""
    with pytest.raises(AssertionError, match=rf"text 2, line 2 holds {OWNER}") as told:
        kustomer.no_pii_leaks("nothing", f"first\n{text}")
    assert text not in str(told.value)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("text", ["", "***", "Ann ann@example.com", "+15555550143", "2026-06-09T12:00:00Z", "0142"])
def test_what_is_not_sensitive_is_no_leak(kustomer: Kustomer, text: str) -> None:
    """Names and e-mail addresses are shown to every reader of the demo world; another number is nobody's."""
    kustomer.no_pii_leaks(text)


@pytest.mark.usefixtures("ann")
def test_files_and_folders_are_searched(kustomer: Kustomer, tmp_path: Path) -> None:
    """An export, a cache, a trace on disk."""
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "export.csv"
    file.write_bytes(b"name,phone\nAnn,+15555550142\xff\n")
    for place in (file, tmp_path):
        with pytest.raises(AssertionError, match=rf"export\.csv, line 2 holds {OWNER}"):
            kustomer.no_pii_leaks(place)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    "log", [logs, logs_beside, logs_quietly, logs_apart, logs_by_an_adapter, logs_wrongly, logs_a_trace]
)
def test_what_the_test_logged_is_searched(kustomer: Kustomer, log: Callable[[str], None]) -> None:
    """Message, extra values and traces; without being asked for."""
    log("***")
    kustomer.no_pii_leaks()
    log(PHONE)
    with pytest.raises(AssertionError, match=rf"log record of acme at test_testkit_assertions\.py:\d+ holds {OWNER}"):
        kustomer.no_pii_leaks()


def test_logging_is_as_it_was(kustomer: Kustomer, caplog: pytest.LogCaptureFixture) -> None:
    """What is shown of logs is the project's own affair, and so is the line a record names."""
    LOG.info("not shown")
    LOG.warning("shown")
    kustomer.no_pii_leaks()
    assert [(record.message, record.funcName) for record in caplog.records] == [("shown", "test_logging_is_as_it_was")]


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_the_test_printed_is_searched(kustomer: Kustomer, stream: str) -> None:
    """A forgotten print ends in the logs of a container."""
    file = getattr(sys, stream)
    print("***", file=file)
    kustomer.no_pii_leaks()
    print("calling", PHONE, file=file)
    for _ in range(2):  # looking takes nothing away
        with pytest.raises(AssertionError, match=rf"output, line \d+ holds {OWNER}"):
            kustomer.no_pii_leaks()


@pytest.mark.usefixtures("ann")
def test_what_another_process_printed_is_searched(kustomer: Kustomer) -> None:
    """Pytest captures it, too."""
    subprocess.run([sys.executable, "-c", f"print('{PHONE}')"], check=True)
    with pytest.raises(AssertionError, match=rf"the output, line \d+ holds {OWNER}"):
        kustomer.no_pii_leaks()


@pytest.mark.usefixtures("ann")
def test_a_test_that_captures_output_itself_still_has_it(
    kustomer: Kustomer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Looking takes nothing away."""
    sys.stdout.write(f"calling {PHONE}\n")
    with pytest.raises(AssertionError, match=rf"the output, line 1 holds {OWNER}"):
        kustomer.no_pii_leaks()
    assert capsys.readouterr().out == f"calling {PHONE}\n"


def test_a_value_written_where_it_is_not_masked_is_found(kustomer: Kustomer, ann: str) -> None:
    """A note with the number in it shows it for ever, also if nobody has read it without a window yet."""
    client, windows = kustomer.client(), f"/v1/customers/{ann}/unmasking-windows"
    client.post(windows)
    assert client.get(f"/v1/customers/{ann}").json()["data"]["attributes"]["phones"][0]["phone"] == PHONE
    client.put(f"/v1/customers/{ann}", json={"phones": [{"phone": PHONE}]})
    client.delete(windows)
    kustomer.no_pii_leaks()
    client.post(windows)
    assert client.put(f"/v1/customers/{ann}", json={"name": f"Ann {PHONE}"}).status_code == 200
    client.delete(windows)
    with pytest.raises(AssertionError, match=rf"customer/{ann} name holds {OWNER}"):
        kustomer.no_pii_leaks()


def test_an_answer_without_a_window_is_searched(kustomer: Kustomer, ann: str) -> None:
    """It is told by its entry in the journal. Keys that may see are left aside."""
    kustomer.client(key=kustomer.key(read_sensitive=True)).get(f"/v1/customers/{ann}")
    kustomer.no_pii_leaks()
    client = kustomer.client()
    client.put(f"/v1/customers/{ann}", json={"name": PHONE})
    client.put(f"/v1/customers/{ann}", json={"name": "Ann"})
    with pytest.raises(AssertionError) as told:
        kustomer.no_pii_leaks()
    assert f"the answer to #3 PUT /v1/customers/{ann} -> 200 UpdateCustomer holds customer/{ann} phones" in str(
        told.value
    )


def test_nothing_has_changed_at_the_beginning(kustomer: Kustomer) -> None:
    """Reading, windows and further keys are no changes."""
    client = kustomer.client(key=kustomer.key())
    customer = client.get("/v1/customers/email=jane.doe@example.com").json()["data"]["id"]
    client.post(f"/v1/customers/{customer}/unmasking-windows")
    kustomer.assert_only_changed()


def test_what_changed_must_be_named(kustomer: Kustomer, ann: str) -> None:
    """By type, by record, or by attribute of a type; anything else is told."""
    kustomer.assert_only_changed("customer")
    kustomer.assert_only_changed(f"customer/{ann}")
    with pytest.raises(AssertionError, match=f"customer/{ann} was made"):
        kustomer.assert_only_changed()
    since = kustomer.snapshot()
    kustomer.client().put(f"/v1/customers/{ann}", json={"locale": "de_DE", "phones": [{"phone": "+15555550199"}]})
    kustomer.assert_only_changed(since=since, customer=["locale", "phones"])
    with pytest.raises(AssertionError) as told:
        kustomer.assert_only_changed(since=since, customer=["locale"])
    assert "attributes.locale: None -> 'de_DE'" in str(told.value)
    assert "attributes.phones (can be masked: values are not shown)" in str(told.value)
    assert "0199" not in str(told.value)


def test_what_is_named_must_have_changed(kustomer: Kustomer, ann: str) -> None:
    """Otherwise the assertion would hold for code that does nothing."""
    with pytest.raises(AssertionError, match="draft did not change"):
        kustomer.assert_only_changed("customer", "draft")
    since = kustomer.snapshot()
    with pytest.raises(AssertionError, match=r"no customer changed in attributes\.locale"):
        kustomer.assert_only_changed(since=since, customer=["locale"])
    kustomer.client().delete(f"/v1/customers/{ann}")
    with pytest.raises(AssertionError, match=f"customer/{ann} was deleted"):
        kustomer.assert_only_changed(since=since)
