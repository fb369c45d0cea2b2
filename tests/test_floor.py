"""The floor: scope, transactions, the log."""

from tests.people import PASSWORD, House


def test_a_person_signs_in_and_out(house: House, client) -> None:
    wrong = client.post("/sign-in", data={"email": "bob@nightjar.example", "password": "no"})
    assert wrong.status_code == 422 and "do not fit" in wrong.text and "bob@nightjar.example" in wrong.text
    right = client.post("/sign-in", data={"email": "Bob@nightjar.example", "password": PASSWORD})
    assert right.status_code == 303
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    assert client.get("/").status_code == 303
