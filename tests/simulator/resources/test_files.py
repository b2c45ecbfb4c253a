"""Attachments and media: their contents go up by the form or address of an answer and come down at one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kustomer_sandbox.simulator.values.record import JSON
from kustomer_sandbox.simulator.world import files
from kustomer_sandbox.transports import SimulatorTransport
from tests.world_client import Answer, WorldClient

ATTACHMENTS = "/v1/attachments"
CONTENT = b"\x89PNG\r\n--\r\n\x00\xff\r\n"
FILE = {"name": "photo.png", "contentType": "image/png", "contentLength": len(CONTENT)}
OWN = "f" * 24
TEN_MINUTES = 600


@pytest.fixture
def web(world_client: WorldClient) -> httpx.Client:
    """Whoever fetches and uploads files: it has no API key."""
    return httpx.Client(transport=SimulatorTransport(world_client.api))


def made(client: WorldClient, path: str = ATTACHMENTS, **facts: JSON) -> Answer:
    answer = client.post(path, {**FILE, **facts})
    assert answer.status in (200, 201), answer.json
    return answer


def upload(web: httpx.Client, answer: Answer, content: bytes = CONTENT, **fields: str) -> httpx.Response:
    """Send the form as an ordinary multipart client does."""
    form = answer.json["meta"]["upload"]
    return web.post(form["url"], data={**form["fields"], **fields}, files={"file": ("photo.png", content, "image/png")})


def address(client: WorldClient, answer: Answer) -> str:
    """Where the content is, as it is told now."""
    related: str = client.get(f"{ATTACHMENTS}/{answer.data['id']}").data["links"]["related"]
    return related


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.text.partition("<Code>")[2].partition("<")[0]


def test_a_file_is_uploaded_with_the_form_and_read_at_its_address(world_client: WorldClient, web: httpx.Client) -> None:
    """Every byte comes back, those that look like the end of a form too; no key is needed for either."""
    for path in (ATTACHMENTS, "/v1/media"):
        answer = made(world_client, path)
        assert code(web.get(answer.data["links"]["related"])) == (404, "NoSuchKey")

        assert upload(web, answer).status_code == 204

        shown = world_client.get(f"{path}/{answer.data['id']}").data
        found = web.get(shown["links"]["related"])
        assert (shown["attributes"]["uploaded"], found.content) == (True, CONTENT)
        assert (found.headers["content-type"], found.headers["content-disposition"]) == ("image/png", "attachment")


@pytest.mark.parametrize(
    ("fields", "content", "refusal"),
    [
        ({"X-Amz-Signature": "0" * 64}, CONTENT, (403, "SignatureDoesNotMatch")),
        ({"Policy": "bm9uZQ=="}, CONTENT, (403, "SignatureDoesNotMatch")),
        ({"Content-Type": "text/html"}, CONTENT, (403, "AccessDenied")),
        ({"key": f"attachment/{OWN}"}, CONTENT, (403, "AccessDenied")),
        ({}, CONTENT + b"!", (400, "EntityTooLarge")),
    ],
)
def test_a_form_that_is_not_as_it_was_given_is_refused(
    world_client: WorldClient, web: httpx.Client, fields: dict[str, str], content: bytes, refusal: tuple[int, str]
) -> None:
    """A signed form is the only right its holder has."""
    answer = made(world_client)

    assert code(upload(web, answer, content, **fields)) == refusal
    assert world_client.get(f"{ATTACHMENTS}/{answer.data['id']}").attributes["uploaded"] is False


def test_what_is_no_form_with_a_file_is_refused(world_client: WorldClient, web: httpx.Client) -> None:
    """As S3 does, in XML."""
    form = made(world_client).json["meta"]["upload"]
    boundary = {"content-type": "multipart/form-data; boundary=x"}
    without = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in form["fields"].items()
    )

    assert code(web.post(form["url"], json={})) == (400, "InvalidArgument")
    assert code(web.post(form["url"], content=f"{without}--x--", headers=boundary)) == (400, "InvalidArgument")
    assert code(web.post(f"{form['url']}-other", json={})) == (404, "NoSuchBucket")
    assert code(web.delete(form["url"])) == (405, "MethodNotAllowed")


def test_a_form_is_good_for_ten_minutes(world_client: WorldClient, web: httpx.Client) -> None:
    """The world's clock counts."""
    answer = made(world_client)
    world_client.advance(TEN_MINUTES)
    assert upload(web, answer).status_code == 204
    world_client.advance(1)
    assert code(upload(web, answer)) == (403, "AccessDenied")


def test_an_address_is_good_for_ten_minutes_and_one_file(world_client: WorldClient, web: httpx.Client) -> None:
    """Who was given one photo does not see the others."""
    first, second = made(world_client), made(world_client)
    upload(web, first)
    upload(web, second)
    related = address(world_client, first)

    world_client.advance(TEN_MINUTES)
    assert web.get(related).content == CONTENT
    assert code(web.get(related.replace(first.data["id"], second.data["id"]))) == (403, "SignatureDoesNotMatch")
    assert code(web.put(related, content=b"")) == (403, "SignatureDoesNotMatch")
    world_client.advance(1)
    assert code(web.get(related)) == (403, "AccessDenied")


def test_a_redacted_file_has_lost_its_content(world_client: WorldClient, web: httpx.Client) -> None:
    """Neither its address nor its form, nor taking the mark off again, brings it back."""
    answer = made(world_client)
    upload(web, answer)
    related, path = address(world_client, answer), f"{ATTACHMENTS}/{answer.data['id']}"

    assert world_client.put(path, {"redacted": True}).attributes["redacted"] is True

    assert code(upload(web, answer)) == (403, "AccessDenied")
    assert code(web.get(related)) == (404, "NoSuchKey")
    world_client.put(path, {"redacted": False})
    assert code(web.get(related)) == (404, "NoSuchKey")


def test_what_is_beyond_the_room_for_contents_is_forgotten_first(
    world_client: WorldClient, web: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that upload all day must not fill the memory."""
    monkeypatch.setattr(files, "CAPACITY", len(CONTENT) + 1)
    first, second = made(world_client), made(world_client)
    upload(web, first)
    upload(web, second, CONTENT[:-2])

    assert code(web.get(address(world_client, first))) == (404, "NoSuchKey")
    assert web.get(address(world_client, second)).content == CONTENT[:-2]


def test_a_file_goes_back_with_a_snapshot(world_client: WorldClient, web: httpx.Client) -> None:
    """What was uploaded before the snapshot is there again after the restoring."""
    answer = made(world_client)
    upload(web, answer)
    snapshot = world_client.world.snapshot()
    upload(web, answer, b"other")

    world_client.world.restore(snapshot)

    assert web.get(address(world_client, answer)).content == CONTENT


def test_several_attachments_are_got_by_ids_with_commas(world_client: WorldClient) -> None:
    """In the order asked, those there are."""
    first, second = made(world_client).data["id"], made(world_client).data["id"]

    answer = world_client.get(f"{ATTACHMENTS}/{second},{OWN},{first}")

    assert [record["id"] for record in answer.data] == [second, first]


@pytest.mark.parametrize("missing", ["name", "contentType", "contentLength"])
def test_an_upsert_of_an_unknown_id_needs_all_facts(world_client: WorldClient, missing: str) -> None:
    """A file without a type could not be uploaded."""
    body = {name: value for name, value in FILE.items() if name != missing}

    answer = world_client.put(f"{ATTACHMENTS}/{OWN}", body)

    assert (answer.status, answer.error["source"]) == (400, {"pointer": f"/{missing}"})


def test_files_that_a_body_describes_become_attachments(world_client: WorldClient, web: httpx.Client) -> None:
    """The _id is the caller's; a sourceId gives the content."""
    source = made(world_client)
    upload(web, source)
    customer = world_client.post("/v1/customers", {"name": "Jane"}).data["id"]
    talk = world_client.post("/v1/conversations", {"customer": customer}).data["id"]
    described = {**FILE, "_id": OWN, "sourceId": source.data["id"]}
    mail = {"channel": "email", "app": "postmark", "preview": "See photo", "attachments": [described]}

    message = world_client.post(f"/v1/conversations/{talk}/messages", mail).data["id"]

    found = world_client.get(f"/v1/messages/{message}/attachments/{OWN}").data
    assert (found["attributes"]["uploaded"], web.get(found["links"]["related"]).content) == (True, CONTENT)
    assert world_client.get(f"/v1/messages/{message}/attachments/{source.data['id']}").status == 404
    note = {"body": "Photo", "attachments": [{**FILE, "_id": "e" * 24}]}
    world_client.post(f"/v1/conversations/{talk}/notes", note)
    assert [one["id"] for one in world_client.get(f"/v1/conversations/{talk}/attachments").data] == [OWN]
    assert world_client.get(f"{ATTACHMENTS}/{'e' * 24}").status == 200
    world_client.post(f"/v1/messages/{message}/redactions", {"attachments": [OWN]})
    assert code(web.get(found["links"]["related"])) == (404, "NoSuchKey")


# --- drafts -------------------------------------------------------------------------------------------------


def draft(client: WorldClient, channel: str = "email", **fields: Any) -> tuple[str, str]:
    """The customer's drafts and a new one of them."""
    path = f"/v1/customers/{client.post('/v1/customers', {'name': 'Jane'}).data['id']}/drafts"
    return path, client.post(path, {"channel": channel, **fields}).data["id"]


def test_a_drafts_file_is_put_to_its_address(world_client: WorldClient, web: httpx.Client) -> None:
    """As the answer to a new attachment of a draft has no form but an address."""
    _, id = draft(world_client)
    answer = made(world_client, f"/v1/drafts/{id}/attachments")

    assert web.put(answer.data["links"]["related"], content=CONTENT).status_code == 200

    found = world_client.get(f"/v1/drafts/{id}/attachments/{answer.data['id']}").data
    assert web.get(found["links"]["related"]).content == CONTENT
    assert found["relationships"]["draft"]["data"]["id"] == id


def test_a_drafts_attachments_go_out_with_it(world_client: WorldClient) -> None:
    """The message that the draft becomes has them, and they are the message's from then on."""
    drafts, id = draft(world_client)
    attached = made(world_client, f"/v1/drafts/{id}/attachments").data["id"]

    world_client.put(f"/v1/drafts/{id}", {"channel": "email", "sendAt": "now"})

    (message,) = world_client.get(drafts.replace("drafts", "messages")).data
    assert message["relationships"]["attachments"]["data"] == [{"type": "attachment", "id": attached}]
    found = world_client.get(f"/v1/messages/{message['id']}/attachments/{attached}").data
    assert set(found["relationships"]) == {"org", "message"}


def test_a_deleted_draft_takes_its_attachments_along(world_client: WorldClient) -> None:
    """Nothing could lead to them any more."""
    _, id = draft(world_client)
    attached = made(world_client, f"/v1/drafts/{id}/attachments").data["id"]

    world_client.delete(f"/v1/drafts/{id}")

    assert world_client.get(f"{ATTACHMENTS}/{attached}").status == 404


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("audio/aac", 200), ("audio/ogg; codecs=opus", 200), ("video/3gpp", 200), ("application/pdf", 200),
        ("image/webp", 200), ("image/gif", 400), ("video/quicktime", 400), ("text/html", 400), ("png", 400),
    ],
)  # fmt: skip
def test_a_draft_for_whatsapp_takes_its_media_types_only(world_client: WorldClient, kind: str, status: int) -> None:
    """What WhatsApp would not deliver is refused up front; other channels take it."""
    _, id = draft(world_client, "whatsapp", app="whatsapp", body="Hi")
    _, mail = draft(world_client)

    answers = [world_client.post(f"/v1/drafts/{one}/attachments", {**FILE, "contentType": kind}) for one in (id, mail)]

    assert [answer.status for answer in answers] == [status, 200]


@pytest.mark.parametrize(("name", "status"), [("setup.EXE", 400), ("a.png.vbs", 400), ("exe", 201), ("a.exe.png", 201)])
def test_media_take_no_programs(world_client: WorldClient, name: str, status: int) -> None:
    """The ending decides, in either case; renaming does not help."""
    answer = world_client.post("/v1/media", {**FILE, "name": name})
    id = made(world_client, "/v1/media").data["id"]

    assert answer.status == status
    assert world_client.put(f"/v1/media/{id}", {"name": name}).status == (400 if status == 400 else 200)


def test_each_call_of_files_needs_its_role(world_client: WorldClient) -> None:
    """Creating media and attachments of drafts needs none."""
    _, id = draft(world_client)
    weak, path = world_client.new_key("org.user.company.read"), made(world_client).data["id"]
    calls = [
        ("POST", ATTACHMENTS, FILE, "org.permission.note.create", 403),
        ("GET", f"{ATTACHMENTS}/{path}", None, "org.user.attachment.read", 403),
        ("PUT", f"{ATTACHMENTS}/{path}", {}, "org.admin.message.write", 403),
        ("POST", f"/v1/drafts/{id}/attachments", FILE, "", 200),
        ("POST", "/v1/media", FILE, "", 201),
    ]

    for method, place, body, role, without in calls:
        assert world_client.call(method, place, body, key=weak).status == without
        assert not role or world_client.call(method, place, body, key=world_client.new_key(role)).status < 300
