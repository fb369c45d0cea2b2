"""Photos and documents of a product are what they say they are, and do nothing in our name."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from app.extensions import db
from app.models import Product, ProductFile, StoredFile
from app.refusals import Refused
from app.services.product_files import LARGEST, MOST_FILES, keep_file, taken_in
from tests import factories
from tests.factories import me
from tests.people import House, found_house

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(kind: str = "PNG") -> bytes:
    """A small picture with a word in its metadata."""
    written = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (30, 20), "teal").save(written, kind, exif=exif)
    return written.getvalue()


@pytest.fixture
def lamp(house: House) -> int:
    with house.writing():
        return factories.product("Lamp").id


def send(house: House, product_id: int, content: bytes, name: str, who: str = "Ivy", title: str = "") -> int:
    """Upload a file; the status of the answer."""
    given = {"file": (BytesIO(content), name), "title": title}
    answer = house.browser(who).post(
        f"/inventory/products/{product_id}/files", data=given, content_type="multipart/form-data"
    )
    return answer.status_code


def only_file(house: House) -> int:
    """The id of the only file."""
    with house.reading():
        return db.session.scalars(select(ProductFile.id)).one()


def test_a_photo_is_drawn_anew_and_shown_on_the_product(house: House, lamp: int) -> None:
    assert send(house, lamp, picture("JPEG"), "front.jpg") == 303
    address = f"/inventory/products/{lamp}/files/{only_file(house)}"
    vic = house.browser("Vic")
    assert f'src="{address}"' in vic.get(f"/inventory/products/{lamp}").text
    answer = vic.get(address)
    assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    policy = [part.strip() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert "default-src 'none'" in policy and "sandbox" in policy and "" not in policy
    assert answer.headers["Content-Disposition"].startswith("inline") and b"secret" not in answer.data


def test_a_pdf_is_kept_as_it_is_and_only_downloaded(house: House, lamp: int) -> None:
    assert send(house, lamp, PDF, "manual.pdf", title="Manual") == 303
    answer = house.browser("Vic").get(f"/inventory/products/{lamp}/files/{only_file(house)}")
    assert (answer.content_type, answer.data) == ("application/pdf", PDF)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert ">Manual<" in house.browser("Vic").get(f"/inventory/products/{lamp}").text


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<script>alert(1)</script>", "lamp.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "lamp.svg"),
        (b"MZ\x90", "manual.pdf"),
        (b"", "empty.pdf"),
        (PDF + b" " * LARGEST, "large.pdf"),
    ],
)
def test_what_is_neither_is_refused_whatever_it_calls_itself(
    house: House, lamp: int, content: bytes, name: str
) -> None:
    assert send(house, lamp, content, name) == 422
    with house.reading():
        assert not db.session.scalars(select(StoredFile.id)).all()


def test_a_form_without_a_file_says_so(house: House, lamp: int) -> None:
    answer = house.browser("Ivy").post(f"/inventory/products/{lamp}/files", data={"title": "x"})
    assert answer.status_code == 422 and "Please choose a photo or a PDF." in answer.text


def test_only_who_manages_products_adds_and_removes_files(house: House, lamp: int) -> None:
    assert send(house, lamp, PDF, "manual.pdf", who="Bob") == 403
    assert send(house, lamp, PDF, "manual.pdf") == 303
    removal = f"/inventory/products/{lamp}/files/{only_file(house)}/removal"
    assert house.browser("Bob").post(removal).status_code == 403
    assert house.browser("Ivy").post(removal).status_code == 303
    with house.reading():
        assert not db.session.scalars(select(ProductFile.id)).all()
        assert not db.session.scalars(select(StoredFile.id)).all()


def test_a_file_is_found_with_its_own_product_and_organization_only(house: House, lamp: int) -> None:
    send(house, lamp, PDF, "manual.pdf")
    file_id = only_file(house)
    with house.writing():
        other = factories.product("Other").id
    assert house.browser("Ivy").get(f"/inventory/products/{other}/files/{file_id}").status_code == 404
    stranger = found_house(house.app, "Other", "other").browser("Ivy")
    for address in (f"files/{file_id}", f"files/{file_id}/removal"):
        url = f"/inventory/products/{lamp}/{address}"
        assert (stranger.post(url) if "removal" in address else stranger.get(url)).status_code == 404


def test_a_product_keeps_a_number_of_files_that_a_page_can_show(house: House, lamp: int) -> None:
    with house.writing():
        row, taken = db.session.get_one(Product, lamp), taken_in("manual.pdf", PDF)
        for _ in range(MOST_FILES):
            keep_file(row, taken, "", by=me())
        with pytest.raises(Refused, match=f"keeps {MOST_FILES} files"):
            keep_file(row, taken, "", by=me())
