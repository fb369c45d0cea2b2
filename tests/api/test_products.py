"""What a program can do to products and what belongs to them, and how it is told no."""

from base64 import b64encode
from typing import Any

import pytest

from tests import factories
from tests.api.conftest import Program, refuses
from tests.people import House, found_house
from tests.world import a_photo


@pytest.fixture
def products(house: House) -> dict[str, int]:
    """A cable of which there are 5, a plug, and a package with nothing in it."""
    with house.writing():
        return {
            "cable": factories.product("Cable", stock=5, at=house.warehouse_id).id,
            "plug": factories.product("Plug").id,
            "kit": factories.product("Kit", is_package=True).id,
        }


@pytest.fixture
def theirs(house: House) -> int:
    """A product of another organization."""
    other = found_house(house.app, "Other Lights", "other")
    with other.writing():
        return factories.product("Theirs").id


def test_a_product_is_archived_and_brought_back(program: Program, products: dict[str, int]) -> None:
    path = f"/inventory/products/{products['plug']}"
    assert program.post(f"{path}/archival").json["archived_at"] is not None
    names = [one["name"] for one in program.get("/inventory/products").json["items"]]
    assert "Plug" not in names
    archived = program.get("/inventory/products?is_archived=true").json["items"]
    assert [one["name"] for one in archived] == ["Plug"]
    assert program.post(f"{path}/restoration").json["archived_at"] is None


def test_a_product_in_stock_is_not_archived(program: Program, products: dict[str, int]) -> None:
    refused = program.post(f"/inventory/products/{products['cable']}/archival")
    assert refused.status_code == 422 and "still 5" in refused.json["detail"]


def test_a_package_gets_parts_and_loses_them(program: Program, products: dict[str, int]) -> None:
    path = f"/inventory/products/{products['kit']}/parts"
    made = program.post(path, product_id=products["cable"], quantity=2)
    assert made.status_code == 201 and made.json["product_id"] == products["cable"], made.text
    again = program.post(path, product_id=products["cable"], quantity=3).json
    assert program.get(path).json["items"] == [again] == [made.json | {"quantity": 3}]
    assert program.ask("DELETE", f"{path}/{again['id']}").status_code == 204
    assert program.get(path).json["items"] == []


def test_accessories_and_substitutes_are_named_and_taken_off(
    program: Program, products: dict[str, int]
) -> None:
    for noun, more in (
        ("accessories", {"quantity": 2, "per": "line", "is_charged": True}),
        ("substitutes", {}),
    ):
        path = f"/inventory/products/{products['cable']}/{noun}"
        made = program.post(path, product_id=products["plug"], **more)
        assert made.status_code == 201, made.text
        assert made.json.items() >= (more | {"product_id": products["plug"], "name": "Plug"}).items()
        assert program.get(path).json["items"] == [made.json]
        assert program.ask("DELETE", f"{path}/{made.json['id']}").status_code == 204
        assert program.get(path).json["items"] == []


def test_a_code_names_a_product_until_it_does_not(program: Program, products: dict[str, int]) -> None:
    path = f"/inventory/products/{products['cable']}/codes"
    made = program.post(path, code="4006381333931", kind="gtin")
    assert made.status_code == 201, made.text
    assert program.get("/codes/4006381333931").json["product_id"] == products["cable"]
    other = f"/inventory/products/{products['plug']}/codes"
    assert refuses(program.post(other, code="4006381333931"), "code")
    assert program.ask("DELETE", f"{other}/{made.json['id']}").status_code == 404
    assert program.ask("DELETE", f"{path}/{made.json['id']}").status_code == 204
    assert program.get("/codes/4006381333931").status_code == 404


@pytest.mark.parametrize("noun", ["parts", "accessories", "substitutes"])
def test_a_product_belongs_neither_to_itself_nor_to_others(
    program: Program, products: dict[str, int], theirs: int, noun: str
) -> None:
    path = f"/inventory/products/{products['kit']}/{noun}"
    program.post(f"/inventory/products/{products['plug']}/archival")
    for wrong in (products["kit"], products["plug"], theirs, 999_999):
        assert refuses(program.post(path, product_id=wrong), "product_id")
    assert (
        program.post(f"/inventory/products/{theirs}/{noun}", product_id=products["cable"]).status_code == 404
    )


def test_a_photo_is_kept_with_a_product_and_read_again(program: Program, products: dict[str, int]) -> None:
    path = f"/inventory/products/{products['cable']}/files"
    content = b64encode(a_photo()).decode()
    made = program.ask("POST", path, key="photo-1", name="front.jpg", title="Front", content=content)
    assert made.status_code == 201 and (made.json["title"], made.json["is_photo"]) == ("Front", True), (
        made.text
    )
    assert program.get(path).json["items"] == [made.json]
    shown = program.get(f"{path}/{made.json['id']}")
    assert shown.mimetype == "image/jpeg" and shown.data.startswith(b"\xff\xd8")
    assert program.ask("DELETE", f"{path}/{made.json['id']}").status_code == 204
    assert program.get(path).json["items"] == []


@pytest.mark.parametrize("content", ["", "aGVsbG8=", "not base64!"])
def test_what_is_no_picture_and_no_pdf_is_refused(
    program: Program, products: dict[str, int], content: str
) -> None:
    assert refuses(program.post(f"/inventory/products/{products['cable']}/files", content=content), "content")


def test_categories_are_added_renamed_and_removed_when_empty(
    program: Program, products: dict[str, int]
) -> None:
    sound, light = (program.post("/inventory/categories", name=name) for name in ("Sound", "Light"))
    assert (sound.status_code, light.status_code) == (201, 201), sound.text
    path = f"/inventory/categories/{sound.json['id']}"
    assert program.post("/inventory/categories", name="sound").json == sound.json
    assert refuses(program.put(path, name="light"), "name")
    assert program.put(path, name="Audio").json["name"] == "Audio"
    program.post("/inventory/products", name="Amplifier", category="Audio")
    counted = {one["name"]: one["products"] for one in program.get("/inventory/categories").json["items"]}
    assert counted == {"Audio": 1, "Light": 0}
    assert program.ask("DELETE", path).status_code == 422
    assert program.ask("DELETE", f"/inventory/categories/{light.json['id']}").status_code == 204


def test_what_belongs_to_a_product_is_said_by_who_keeps_products(
    house: House, products: dict[str, int]
) -> None:
    viewer = Program(house, "Vic")
    path = f"/inventory/products/{products['cable']}"
    body: dict[str, Any] = {"product_id": products["plug"]}
    assert viewer.get(f"{path}/accessories").status_code == 200
    assert viewer.post(f"{path}/accessories", **body).status_code == 403
    assert viewer.post(f"{path}/archival").status_code == 403
