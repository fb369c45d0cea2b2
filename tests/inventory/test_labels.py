"""Labels: what is printed is read again by a scanner, whatever it is printed on."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import typst
import zxingcpp
from PIL import Image
from sqlalchemy import select

from app.extensions import db
from app.gateways.labels import drawing, laid_on
from app.gateways.pdf import TEMPLATES, pictured
from app.models import Activity, Location, LocationKind, LongWork, StoredFile, Tracking, WorkState
from app.queries.assets import AssetFilters
from app.queries.labels import Labelled, labels_of
from app.rules.cable_colours import colour_of, length_in
from app.rules.label_sheets import SHEETS, Label, LabelSheet, Symbol
from app.services.cases import CaseFacts, add_case
from app.services.locations import add_location
from tests import factories
from tests.factories import me
from tests.people import House
from tests.tasks import do_tasks

NAMES = {
    Symbol.QR: {"QR Code"},
    Symbol.DATA_MATRIX: {"Data Matrix"},
    Symbol.CODE_128: {"Code 128", "QR Code"},
}
SAID = [
    Label("AR170-07", "Sennheiser EW-DX Tasche", "S/N 1029384756"),
    Label("HH-A-01", "Kabel 10 m", "S/N 7", ["12 × XLR 5 m", "Contents 34.2 kg"], "10\u00a0m", "#d92d20"),
    Label("RIGGING-MOTOR-000123", "Chain hoist <500 kg>", ""),
    Label("0000042", "Ölwechsel & Wartung", "führende Nullen"),
]


def pages(content: dict[str, Any]) -> list[list[Any]]:
    """The codes on each page, as the printer's 300 dots an inch show them."""
    drawn = typst.compile(
        str(TEMPLATES / "labels.typ"), root=str(TEMPLATES), format="png", ppi=300,
        ignore_system_fonts=True, sys_inputs={"content": json.dumps(content)},
    )  # fmt: skip
    images = drawn if isinstance(drawn, list) else [drawn]
    return [zxingcpp.read_barcodes(Image.open(io.BytesIO(image)).convert("L")) for image in images]


@pytest.mark.parametrize("symbol", Symbol)
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_printed_label_is_read_again_by_a_scanner(sheet: str, symbol: Symbol) -> None:
    read = [code for page in pages(laid_on(SAID, SHEETS[sheet], symbol, used=1)) for code in page]
    assert sorted(code.text for code in read) == sorted(label.code for label in SAID)
    assert {str(code.format) for code in read} <= NAMES[symbol]


NAME = "Moving-Head-Scheinwerfer mit Überlänge-Gobo-Set und Zubehörkoffer"
LINES = ["2 × PowerCon Verbindungskabel 3x2,5 1m mit Kappe"] * 9
WORDY = [
    Label("CH-000123", f"{NAME}, {NAME}", "S/N S-9988776655"),
    Label("AR7-01", "Scheinwerferbefestigungsschraubensatz", "S/N 7"),
    Label("CASE-02", "DMX cables", "Main warehouse", [*LINES, "Weight 28 kg"]),
]
DOTS_OF_A_MILLIMETRE = 300 / 25.4


def alone(label: Label, sheet: str, symbol: Symbol) -> Image.Image:
    """One label on paper of its own size, in grey, as the printer's 300 dots an inch show it."""
    size, is_wrap = SHEETS[sheet].label, SHEETS[sheet].is_wrap
    content = laid_on([label], LabelSheet(sheet, size, size, is_wrap=is_wrap), symbol)
    return Image.open(io.BytesIO(pictured("labels", content, 300))).convert("L")


@pytest.mark.parametrize("symbol", Symbol)
@pytest.mark.parametrize("sheet", [name for name, sheet in SHEETS.items() if not sheet.is_wrap])
def test_however_much_a_label_says_it_stays_on_the_label_and_off_the_code(sheet: str, symbol: Symbol) -> None:
    for label in WORDY:
        image = alone(label, sheet, symbol)
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [label.code]
        left, top, right, bottom = ink(image)
        assert left and top and right < image.width and bottom < image.height, label.title


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    """The part of a picture in which anything is printed: left, top, right, bottom."""
    found = image.point(lambda grey: 255 if grey < 200 else 0).getbbox()
    assert found is not None
    return found


@pytest.mark.parametrize("sheet", ["wrap-24", "wrap-12"])
def test_the_code_below_the_bars_of_a_cable_wrap_is_read_at_arms_length(sheet: str) -> None:
    image = alone(Label("LB-2026-0001", ""), sheet, Symbol.CODE_128)
    below = image.crop((0, round(image.height * 0.72), image.width, image.height))
    _, top, _, bottom = ink(below)
    assert (bottom - top) / DOTS_OF_A_MILLIMETRE > 2


def test_bars_that_a_printer_would_smear_become_a_square_code() -> None:
    long, narrow = "RIGGING-MOTOR-000123-LONG-CHAIN", SHEETS["a4-65"]
    assert drawing("A-1", narrow, Symbol.CODE_128)["is_bars"]
    assert not drawing(long, narrow, Symbol.CODE_128)["is_bars"]
    assert drawing(long, SHEETS["a4-8"], Symbol.CODE_128)["is_bars"]


@pytest.mark.parametrize("symbol", Symbol)
@pytest.mark.parametrize("code", ["日本-7", "É" * 100, "a" * 256, "<&>'", "ß 1", "😀"])
def test_whatever_a_code_is_made_of_it_is_printed_and_read_again(code: str, symbol: Symbol) -> None:
    ((read,),) = pages(laid_on([Label(code, "Odd")], SHEETS["a4-8"], symbol))
    assert read.text == code


@pytest.mark.parametrize(
    ("name", "metres", "colour"),
    [
        ("XLR cable 10 m", 10, "red"), ("Schuko 2,5m", 2.5, "brown"), ("DMX 0.5 m", 0.5, "grey"),
        ("Multicore 75 m", 75, "black"), ("16 A 400 V, 25 M", 25, "violet"), ("Reel 12 mm", None, ""),
        ("PAR 64", None, ""), ("Hose 999,5 m", 999.5, "black"),
    ],
)  # fmt: skip
def test_a_cable_tells_its_length_by_a_colour(name: str, metres: float | None, colour: str) -> None:
    assert length_in(name) == metres
    assert metres is None or colour_of(metres).name == colour


@pytest.fixture
def shop(house: House) -> House:
    """A house with three pieces, a cable, and a case in which something lies."""
    with house.writing():
        at = house.warehouse_id
        head = factories.product("Head", tracking=Tracking.SERIALIZED)
        for number in (1, 2, 3):
            factories.asset(head, at=at, tag=f"HEAD-{number}")
        cable = factories.asset(factories.product("XLR 10 m", tracking=Tracking.SERIALIZED), at=at, tag="X-1")
        cable.serial = "4711"
        case = add_location("Case 7", "CASE-7", LocationKind.CASE, db.session.get_one(Location, at), by=me())
        factories.product("Clamp", stock=4, at=case.id, weight_kg=Decimal("0.75"))
        factories.product("Safety", stock=4, at=case.id)
    return house


def test_a_label_says_what_it_is_on(shop: House) -> None:
    with shop.reading():
        said = {label.title: label for label in labels_of(Labelled(assets=AssetFilters()))}
        case = next(
            label for label in labels_of(Labelled(location=shop.warehouse_id)) if label.code == "CASE-7"
        )
    assert said["XLR 10 m"].length == "10\u00a0m" and said["XLR 10 m"].band == colour_of(10).ink
    assert said["XLR 10 m"].note == "S/N 4711" and said["Head"].length == said["Head"].band == ""
    assert case.contents == ["4 × Clamp", "4 × Safety", "Contents more than 3 kg"]


def test_the_label_of_an_empty_case_says_what_it_weighs_itself(shop: House) -> None:
    with shop.writing():
        for code, weighs in (("EMPTY", Decimal("12.50")), ("BARE", None)):
            facts = CaseFacts(name=code, code=code, home_id=shop.warehouse_id, own_weight_kg=weighs)
            add_case(facts, by=me())
    with shop.reading():
        said = {label.code: label.contents for label in labels_of(Labelled(location=shop.warehouse_id))}
    assert (said["EMPTY"], said["BARE"]) == (["Own weight 12.5 kg"], [])


def test_the_cards_say_what_the_station_understands(shop: House) -> None:
    page = shop.browser("Bob").get("/inventory/labels?of=commands").text
    assert all(word in page for word in ("UNDO", "PREP", "OUT", "DAMAGED", "DONE"))


def test_labels_are_looked_at_before_they_are_printed(shop: House) -> None:
    bob = shop.browser("Bob")
    page = bob.get("/inventory/labels?of=assets&find=head").text
    assert "HEAD" in page and "XLR" not in page
    part = bob.get("/inventory/labels/preview?of=assets&find=head&sheet=tape-12&symbol=datamatrix").text
    address = part.partition('src="')[2].partition('"')[0].replace("&amp;", "&")
    picture = bob.get(address)
    assert picture.content_type == "image/png"
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.data)).convert("L"))
    assert str(read.format) == "Data Matrix" and read.text.startswith("HEAD")
    pdf = bob.get("/inventory/labels.pdf?of=assets&find=head&sheet=tape-12&symbol=code128")
    assert pdf.content_type == "application/pdf" and pdf.data.startswith(b"%PDF")


@pytest.mark.parametrize(
    "address", ["?of=moon", "", "?of=asset&asset=999", "?of=assets&find=nothing-like-it"]
)
def test_what_is_not_there_is_not_printed(shop: House, address: str) -> None:
    assert shop.browser("Bob").get(f"/inventory/labels.pdf{address}").status_code == 404


def test_many_labels_are_made_by_the_worker_once_on_the_paper_that_was_chosen(shop: House) -> None:
    bob, form = shop.browser("Bob"), {"sheet": "tape-24", "used": "7", "request_id": str(uuid4())}
    for _ in range(2):
        begun = bob.post("/inventory/labels/runs?of=assets&find=head&sheet=a4-24", data=form)
        assert begun.status_code == 303
    do_tasks(shop)
    with shop.reading():
        work = db.session.scalars(select(LongWork)).one()
        assert work.state is WorkState.DONE and work.steps_done == 4 and work.outcome["said"] == "3 labels."
        assert (work.wanted["sheet"], work.wanted["used"]) == ("tape-24", 7)
        assert db.session.get_one(StoredFile, work.file_id).content.startswith(b"%PDF")


@pytest.mark.parametrize("most", [2, 500])
def test_no_file_holds_no_label_or_more_than_the_worker_can_draw(
    shop: House, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.label_files.MOST_LABELS", most)
    found = "head" if most == 2 else "nothing-like-it"
    answer = shop.browser("Bob").post(
        f"/inventory/labels/runs?of=assets&find={found}", data={"request_id": str(uuid4())}
    )
    assert answer.status_code == 422 and (found != "head" or "narrow the list" in answer.text)
    with shop.reading():
        assert not db.session.scalars(select(LongWork)).all()


def test_a_place_that_is_not_in_use_has_no_label(shop: House) -> None:
    with shop.writing():
        case = db.session.scalars(select(Location).where(Location.code == "CASE-7")).one()
        case.archived_at = datetime.now(UTC)
        case_id = case.id
    ivy = shop.browser("Ivy")
    assert ivy.get(f"/inventory/labels?of=location&location={case_id}").status_code == 404
    assert "Print labels" not in ivy.get(f"/inventory/locations/{case_id}").text


@pytest.mark.parametrize("more", ["of=moon", "endpoint=x", "_method=POST", "_scheme=javascript", "_anchor=x"])
def test_an_address_with_words_of_its_own_is_answered(shop: House, more: str) -> None:
    assert shop.browser("Ivy").get(f"/inventory/assets?{more}").status_code == 200


def test_what_only_a_form_knows_stays_out_of_addresses(shop: House) -> None:
    asked = "/inventory/labels/preview?of=assets&find=head&csrf_token=SECRET&request_id=SECRET"
    assert "SECRET" not in shop.browser("Bob").get(asked).text


def test_blank_labels_have_numbers_that_are_never_given_out_again(shop: House) -> None:
    ivy = shop.browser("Ivy")
    form = {"count": "3", "sheet": "tape-12", "symbol": "datamatrix", "request_id": str(uuid4())}
    assert ivy.post("/inventory/labels/blank", data=form).status_code == 303
    assert ivy.post("/inventory/labels/blank", data=form).status_code == 303
    assert ivy.post("/inventory/labels/blank", data=form | {"request_id": str(uuid4())}).status_code == 303
    do_tasks(shop)
    with shop.reading():
        drawn = [
            work.wanted["wanted"]["codes"]
            for work in db.session.scalars(select(LongWork).order_by(LongWork.id))
        ]
        said = db.session.scalars(select(Activity.subject_label).where(Activity.verb == "labels.drawn")).all()
    assert len(drawn) == 2 and len({code for codes in drawn for code in codes}) == 6
    assert drawn[0][0].startswith("LB-") and drawn[0][0] in said[0]


@pytest.mark.parametrize("count", ["0", "2001", "many", ""])
def test_no_odd_number_of_blank_labels_is_drawn_and_what_was_typed_stays(shop: House, count: str) -> None:
    answer = shop.browser("Ivy").post(
        "/inventory/labels/blank", data={"count": count, "sheet": "tape-18", "request_id": "x"}
    )
    assert answer.status_code == 422 and f'value="{count}"' in answer.text
    assert 'value="tape-18" selected' in answer.text
    with shop.reading():
        assert not db.session.scalars(select(LongWork)).all()


def test_blank_labels_are_for_those_who_may_name_things(shop: House) -> None:
    assert shop.browser("Vic").post("/inventory/labels/blank", data={"count": "1"}).status_code == 403
