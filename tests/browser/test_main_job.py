"""The main job, walked in a real browser against a real installation: from an enquiry to a paid invoice."""

import email
import email.policy
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.operations.installations import Running, crosshire, wait_for

CATALOGUE = Path(__file__).parents[2] / "app" / "demo" / "data" / "catalogue.csv"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 780}
ASSETS, CABLE = "Martin Mac Viper Performance", "XLR-Kabel 6m"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`crosshire serve` in an empty folder, as a stranger starts it."""
    running = Running(tmp_path_factory.mktemp("house") / "data").wait_until_ready()
    yield running
    running.stop()


def test_an_enquiry_becomes_an_event_goes_out_comes_back_and_is_paid(
    installation: Running, chromium: Browser
) -> None:
    staff = chromium.new_context(viewport=DESK, base_url=installation.address).new_page()
    staff.set_default_timeout(15_000)
    complaints: list[str] = []
    staff.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    found_the_company(staff, installation)
    import_the_catalogue(staff)
    client = chromium.new_context(viewport=PHONE, base_url=installation.address).new_page()
    send_an_enquiry(client)
    make_a_deal(staff)
    write_the_quote(staff)
    accept_on_the_phone(client, installation)
    prepare_and_check_out(staff, installation)
    go_through_the_show(staff)
    check_in_with_damage(staff, installation)
    invoice_and_payment(staff)
    close_the_event(staff)
    assert complaints == []
    assert crosshire("verify", data=installation.data).returncode == 0


def found_the_company(staff: Page, installation: Running) -> None:
    """The set-up link that was printed once makes the first administrator."""
    link = re.search(r"/welcome/\S+", installation.words)
    assert link
    staff.goto(link[0])
    fill(staff, organization_name="Nightjar Audio", name="Ada Lund", email="ada@nightjar.example")
    staff.fill("[name=password]", "seven quiet amplifiers")
    staff.click("button[type=submit]")
    expect(staff.locator(".rail")).to_be_visible()


def fill(page: Page, **values: str) -> None:
    """Type into fields by their names."""
    for name, value in values.items():
        page.fill(f"main [name={name}]", value)


def import_the_catalogue(staff: Page) -> None:
    """The real catalogue, columns as proposed, looked at and confirmed."""
    staff.goto("/inventory/imports")
    staff.set_input_files("[name=file]", CATALOGUE)
    staff.click("main button[type=submit]")
    staff.get_by_role("button", name=re.compile("Import")).first.click()
    staff.goto("/inventory/products?find=viper")
    expect(staff.get_by_role("link", name=re.compile(ASSETS))).to_be_visible()


def send_an_enquiry(client: Page) -> None:
    """A client writes on their phone."""
    client.goto("/enquiry/nightjar-audio")
    fill(client, name="Lena Brandt", email="lena@brandt.example", message="A gala for 200 guests in June.")
    client.click("main button[type=submit]")
    expect(client.get_by_role("heading").first).to_be_visible()


def make_a_deal(staff: Page) -> None:
    """Sales qualify the enquiry."""
    staff.goto("/crm/leads")
    staff.get_by_role("link", name=re.compile("Lena Brandt")).first.click()
    staff.get_by_role("link", name="Make a deal of it").click()
    fill(
        staff, name="Summer gala", company="Brandt Events", contact_name="Lena Brandt",
        contact_email="lena@brandt.example", occupied_from="2027-06-10T08:00", occupied_until="2027-06-13T18:00",
        charged_from="2027-06-11T08:00", charged_until="2027-06-12T23:00",
    )  # fmt: skip
    staff.get_by_role("button", name="Open deal").click()
    expect(staff.get_by_role("heading", name="Summer gala")).to_be_visible()


def write_the_quote(staff: Page) -> None:
    """Lines by typing, with what is free beside them; then it is sent."""
    staff.get_by_role("button", name="New quote").click()
    staff.wait_for_url("**/quotes/*")  # whole, with what listens to the typing
    for text, quantity in ((ASSETS, "2"), (CABLE, "12")):
        staff.fill("#quote-find", text)
        staff.locator("#quote-choices [data-choice]").first.click()
        row = staff.locator("[data-line]").filter(has_text=text).first
        expect(row.locator(".free").first).to_be_visible()
        box = row.locator("input[name=quantity]")
        box.fill(quantity)
        with staff.expect_response(lambda answer: "/lines/" in answer.url):
            box.press("Enter")
    staff.get_by_role("button", name="Send", exact=True).click()
    staff.get_by_role("button", name="Send quote").click()
    expect(staff.locator(".page-head .chip").filter(has_text="Sent")).to_be_visible()


def accept_on_the_phone(client: Page, installation: Running) -> None:
    """The letter holds a link; the client accepts on a phone, and a second time changes nothing."""
    link = wait_for(lambda: link_in_letters(installation.data / "mail"), "the letter with the link")
    client.goto(link)
    assert not client.evaluate("document.documentElement.scrollWidth > innerWidth")
    fill(client, name="Lena Brandt")
    client.get_by_role("button", name="Accept this quote").click()
    expect(client.get_by_text(re.compile("accepted", re.IGNORECASE)).first).to_be_visible()
    client.goto(link)
    expect(client.get_by_role("button", name="Accept this quote")).to_have_count(0)


def link_in_letters(folder: Path) -> str:
    """The client's link, from the letters that the worker wrote down."""
    for path in folder.glob("*.eml"):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = letter.get_body(("plain",))
        if body and (found := re.search(r"/q/\S+", body.get_content())):
            return found[0]
    return ""


def rows(installation: Running, query: str) -> list[str]:
    """One column straight from the database: what a label on the shelf would say."""
    with sqlite3.connect(installation.data / "crosshire.sqlite3") as connection:
        return [str(row[0]) for row in connection.execute(query)]


def tags(installation: Running) -> list[str]:
    """Two pieces of the moving light."""
    return rows(
        installation,
        "SELECT tag FROM asset JOIN product ON product.id = asset.product_id"
        f" WHERE product.name LIKE '{ASSETS}%' ORDER BY tag LIMIT 2",
    )


def cable_code(installation: Running) -> str:
    """The code on the box of cables."""
    return rows(installation, f"SELECT sku FROM product WHERE name LIKE '{CABLE}%' ORDER BY name LIMIT 1")[0]


def scan(staff: Page, code: str, colour: str) -> None:
    """A wedge scanner: the code, then Enter."""
    staff.fill("#scan-code", code)
    staff.press("#scan-code", "Enter")
    expect(staff.locator(f"#scan-verdict.{colour}")).to_be_visible()
    expect(staff.locator("#scan-code")).to_be_focused()


def prepare_and_check_out(staff: Page, installation: Running) -> None:
    """One piece is prepped, everything is scanned out, and a mistake is taken back."""
    staff.goto("/planning/events")
    staff.get_by_role("link", name=re.compile("Summer gala")).first.click()
    move(staff, "prep")
    event = staff.url.split("/events/")[1].split("/")[0].split("?")[0]
    staff.goto(f"/warehouse/events/{event}/scan?mode=prep")
    first, second = tags(installation)
    scan(staff, first, "green")
    staff.goto(f"/warehouse/events/{event}/scan?mode=out")
    scan(staff, first, "green")
    staff.wait_for_timeout(600)  # a repeat within half a second is one trigger, not two scans
    scan(staff, first, "blue")
    scan(staff, "NO-SUCH-THING", "red")
    scan(staff, second, "green")
    scan(staff, "UNDO", "blue")
    scan(staff, second, "green")
    scan(staff, f"12*{cable_code(installation)}", "green")
    expect(staff.locator("#scan-list").get_by_text("14 of 14 pieces out")).to_be_visible()
    staff.goto(f"/planning/events/{event}")


def move(staff: Page, phase: str) -> None:
    """Move the event to a phase by its form."""
    staff.goto(re.sub(r"(/events/\d+).*", r"\1/phase", staff.url))
    staff.check(f"[name=phase][value={phase}]", force=True)
    staff.get_by_role("button", name="Move", exact=True).click()
    expect(staff.locator("[type=radio][name=phase]")).to_have_count(0)


def go_through_the_show(staff: Page) -> None:
    """Load-Out, On-Site, Load-In."""
    for phase in ("load_out", "on_site", "load_in"):
        move(staff, phase)


def check_in_with_damage(staff: Page, installation: Running) -> None:
    """Everything comes back, one piece damaged: a repair is open for it; then it is mended."""
    event = staff.url.split("/events/")[1].split("/")[0]
    staff.goto(f"/warehouse/events/{event}/scan?mode=in")
    first, second = tags(installation)
    scan(staff, first, "green")
    scan(staff, f"12*{cable_code(installation)}", "green")
    scan(staff, second, "green")
    expect(staff.locator("#scan-verdict")).to_contain_text(second)  # not of the scan before it
    staff.get_by_role("button", name="Damaged").click()
    expect(staff.locator("#scan-verdict")).to_contain_text("is damaged and out of stock")
    staff.get_by_placeholder("What is wrong?").fill("The lens is cracked.")
    staff.get_by_role("button", name="Keep").click()
    staff.locator("#scan-described").get_by_role("link", name="Open the repair").click()
    expect(staff.get_by_text("The lens is cracked.")).to_be_visible()
    fill(staff, outcome="New lens, tested.", tested="Burnt for an hour: bright.", cost="80", charge="120")
    staff.get_by_role("button", name="End the repair").click()
    expect(staff.get_by_text("New lens, tested.")).to_be_visible()
    staff.goto(f"/planning/events/{event}")


def invoice_and_payment(staff: Page) -> None:
    """The final invoice is drafted, issued with a number, and paid."""
    event = staff.url.split("/events/")[1].split("/")[0]
    staff.goto(f"/crm/events/{event}/invoices")
    staff.get_by_role("button", name=re.compile("final", re.IGNORECASE)).click()
    staff.get_by_role("button", name="Issue", exact=True).click()
    staff.locator("dialog[open]").get_by_role("button").last.click()
    expect(staff.get_by_text(re.compile(r"INV-\d{4}-0001")).first).to_be_visible()
    staff.get_by_role("button", name="Record payment").click()
    expect(staff.get_by_text(re.compile("paid", re.IGNORECASE)).first).to_be_visible()
    staff.goto(f"/planning/events/{event}")


def close_the_event(staff: Page) -> None:
    """The gate has nothing left that cannot be excused; the event is closed."""
    staff.goto(re.sub(r"(/events/\d+).*", r"\1/close-out", staff.url))
    for box in staff.locator("main form input[type=text], main form textarea").all():
        box.fill("Agreed with the client.")
    staff.get_by_role("button", name="Close the event").click()
    expect(staff.locator(".page-head .chip").filter(has_text="Closed")).to_be_visible()
