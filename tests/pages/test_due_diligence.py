"""Documents and sanctions lists as payees and operators meet them: handed in, looked at with a reason, decided."""

import re
import struct
import zlib

import httpx
import pytest
from playwright.async_api import Browser

from arena.evidence import audit
from arena.kit import ids
from arena.money import due_diligence, payouts
from tests.pages.looking import look_at
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.stories.house import House

DOCUMENTS, SANCTIONS = "/studio/payouts/documents", "/operator/sanctions"


def picture(side: int = 64) -> bytes:
    """A PNG of one grey."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\x99" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def upload(
    reader: Reader, content: bytes, *, to: str = DOCUMENTS, page: str = "", **fields: str
) -> httpx.Response:
    shown = await reader.get(page or to)
    kept = hidden_fields(shown.text, to)
    return await reader.client.post(
        to, data={**kept, **fields}, files={"upload": ("from the phone", content)}
    )


@pytest.fixture
async def payee(house: House, reader: Reader) -> Reader:
    """Who has said who he is, by a name that nobody else has."""
    await reader.sign_in("creator")
    page = await reader.get("/studio/payouts/papers/identity")
    sent = {"form": "person", "name": unique(reader), "country": "de", "secret": "1990-05-01"}
    await reader.send("/studio/payouts/papers/identity", sent, page=page)
    await house.settle()
    return reader


def unique(reader: Reader) -> str:
    return f"Zyx {reader.person_id[-12:]}"


async def test_a_document_is_handed_in_looked_at_with_a_reason_and_taken_back(
    house: House, payee: Reader
) -> None:
    assert "No document yet" in text_of((await payee.get(DOCUMENTS)).text)
    for content, words in (
        (b"", "Choose a file."),
        (b"MZ\x90\x00 a program", "it has to be a JPEG or PNG picture, or a PDF."),
        (b"%PDF-" + b"x" * due_diligence.DOCUMENT_BYTES_MAX, "a file may have 5 MB"),
    ):
        refused = await upload(payee, content, kind="passport")
        assert refused.status_code == 422
        assert words in text_of(refused.text)
    much = await upload(payee, b"%PDF-" + b"x" * 7_000_000, kind="passport")
    assert much.status_code == 413
    done = await upload(payee, picture(), kind="passport")
    assert "It is here, sealed." in text_of(done.text)
    await upload(payee, b"%PDF-1.7 a bill", kind="address")
    async with house.arena.db.transaction() as tx:
        found = {one.kind: one for one in await due_diligence.documents_of(tx, payee.person_id)}
        address, passport = found["address"], found["passport"]
        kept = await tx.fetchval("select sealed from payee_document where id = $1", passport.id)
    assert picture()[:40] not in kept
    async with Reader(house) as operator, Reader(house) as other:
        await operator.sign_in("operator")
        await other.sign_in("operator")
        queue = await operator.get("/operator/payouts")
        assert f"/operator/documents/of/{payee.person_id}" in queue.text
        listed = await operator.get(f"/operator/documents/of/{payee.person_id}")
        path = f"/operator/documents/{passport.id}/look"
        without = await operator.send(path, {"reason": ""}, page=listed)
        assert without.status_code == 422
        shown = await operator.send(path, {"reason": "to compare the name"}, page=listed)
        look = re.search(r"/operator/documents/looks/pdl_\w+", str(shown.url))
        assert look is not None
        assert unique(payee) in text_of(shown.text)
        file = await operator.get(f"{look[0]}/file")
        assert (file.content, file.headers["content-type"]) == (picture(), "image/png")
        assert file.headers["cache-control"] == "no-store"
        assert (await other.get(f"{look[0]}/file")).status_code == 404, "the look of somebody else"
        assert (await payee.get(look[0])).status_code == 403
        async with house.arena.db.transaction() as tx:
            [line] = await audit.search(
                tx, object=passport.id, action="due_diligence.look_at_document"
            )
        assert (line.actor, line.reason) == (operator.person_id, "to compare the name")
    page = await payee.get(DOCUMENTS)
    gone = await payee.send(f"{DOCUMENTS}/{address.id}/withdraw", {}, page=page)
    assert "It is erased." in text_of(gone.text)
    async with house.arena.db.transaction() as tx:
        assert (
            await tx.fetchval("select sealed from payee_document where id = $1", address.id) is None
        )


async def test_what_an_accepted_identity_rests_on_stays(house: House, payee: Reader) -> None:
    await upload(payee, picture(), kind="passport")
    page = await payee.get(DOCUMENTS)
    [path] = re.findall(rf"{DOCUMENTS}/pdc_\w+/withdraw", page.text)
    async with house.arena.db.transaction() as tx:
        paper = (await payouts.papers_of(tx, payee.person_id))["identity"]
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        await operator.send(f"/operator/payouts/papers/{paper.id}/decide", {"verdict": "accept"})
    refused = await payee.send(path, {}, page=page)
    assert refused.status_code == 409
    assert "they stay until they are erased" in text_of(refused.text)
    assert path not in (await payee.get(DOCUMENTS)).text


async def test_a_name_on_a_list_makes_a_case_that_payee_and_operator_see(
    house: House, payee: Reader
) -> None:
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        empty = text_of((await operator.get(SANCTIONS)).text)
        assert "No case waits" in empty
        assert "From 80 of 100 on." in empty
        listed = f"{SANCTIONS}/lists"
        bad = await upload(operator, b"who\n", to=listed, page=SANCTIONS, name="Ours")
        assert "its first line has to name the columns" in text_of(bad.text)
        none = await upload(operator, b"", to=listed, page=SANCTIONS, name="Ours")
        assert "Choose a file." in text_of(none.text)
        name = ids.fresh("list")[-10:]
        content = f"name,birth_date,country\n{unique(payee)},1990,RU\n".encode()
        loaded = await upload(operator, content, to=listed, page=SANCTIONS, name=name)
        assert f"{name} is loaded, version 1." in text_of(loaded.text)
        await house.settle()
        said = text_of((await payee.get("/studio/payouts")).text)
        assert "Your name looks like one on a list" in said
        page = await operator.get(SANCTIONS)
        found = re.search(
            rf'id="(scs_\w+)" aria-labelledby[^>]*>\s*<header><h3[^>]*>{unique(payee)}', page.text
        )
        assert found is not None
        path = f"{SANCTIONS}/cases/{found[1]}"
        assert "100 of 100" in text_of(page.text)
        why = await operator.send(path, {"verdict": "other"}, page=page)
        assert why.status_code == 422
        done = await operator.send(
            path, {"verdict": "other", "reason": "born elsewhere"}, page=page
        )
        assert "Noted: it is somebody else." in text_of(done.text)
        assert "born elsewhere" in text_of(done.text)
        tried = await operator.get(SANCTIONS, params={"name": unique(payee), "born": "1950"})
        assert "85 of 100" in text_of(tried.text)
    said = text_of((await payee.get("/studio/payouts")).text)
    assert "Your name is on none that the operator has loaded." in said


@pytest.mark.drawn
async def test_the_pages_of_due_diligence_are_drawn_well(
    house: House, browser: Browser, payee: Reader
) -> None:
    await upload(payee, picture(400), kind="passport")
    await look_at(browser, house, DOCUMENTS, "payout-documents", cookies=payee.cookies)
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        content = f"name,aliases,birth_date,country\nX {unique(payee)},Zyx,1991,RU\n".encode()
        await upload(operator, content, to=f"{SANCTIONS}/lists", page=SANCTIONS, name="OFAC-SDN")
        await house.settle()
        await look_at(
            browser,
            house,
            f"{SANCTIONS}?name={unique(payee)}",
            "operator-sanctions",
            cookies=operator.cookies,
        )
        of = f"/operator/documents/of/{payee.person_id}"
        await look_at(browser, house, of, "operator-documents", cookies=operator.cookies)
        page = await operator.get(of)
        [path] = re.findall(r"/operator/documents/pdc_\w+/look", page.text)
        shown = await operator.send(path, {"reason": "to see it"}, page=page)
        await look_at(browser, house, shown.url.path, "operator-document", cookies=operator.cookies)
        await look_at(
            browser, house, "/operator/payouts", "operator-papers", cookies=operator.cookies
        )
