"""The camera as a scanner, in a real browser that is shown films of our own labels."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.rules.label_sheets import Symbol
from tests.browser.conftest import launched
from tests.browser.installed import DESK, PHONE, installed, sign_in
from tests.browser.lens import FLOOR, film, in_front
from tests.jobs.stories import make_bench
from tests.operations.installations import Running
from tests.walks import complain
from tests.warehouse.test_scans import Hall, make_hall

pytestmark = pytest.mark.browser

CLOSED = "#camera:not([open])"
SAID, VERDICT = ".camera-words", ".camera-verdict .verdict"
WITHOUT_LEAVING = 2.5
"""Seconds for which a label is held still: more than a code must be gone to be taken again."""
Seeing = Callable[..., Page]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Hall]]:
    """`crosshire serve` over a warehouse with two shows."""
    with installed(tmp_path_factory.mktemp("station"), make_hall) as given:
        yield given


@pytest.fixture
def phone(station: tuple[Running, Hall], chromium: Browser) -> Iterator[Seeing]:
    """Somebody signs in on a phone, with a Chromium that was started with these switches."""
    with ExitStack() as open_browsers:

        def opened(*switches: str, who: str = "Walter", **look: Any) -> Page:
            browser = launched(chromium.browser_type, *switches)
            open_browsers.callback(browser.close)
            usual = {"viewport": PHONE, "base_url": station[0].address, "has_touch": True, "is_mobile": True}
            return sign_in(browser.new_context(**usual | look).new_page(), who)

        yield opened


@pytest.fixture
def walter(station: tuple[Running, Hall], phone: Seeing) -> Seeing:
    """Opens the station on Walter's phone, where things are taken out."""

    def opened(*switches: str, **look: Any) -> Page:
        page = phone(*switches, **look)
        page.goto(f"/warehouse/events/{station[1].here}/scan?mode=out")
        return page

    return opened


def open_camera(page: Page) -> None:
    """A tap on the button beside the box."""
    page.locator("form[data-scan] [data-camera]").click()
    expect(page.locator("#camera")).to_be_visible()


@pytest.mark.parametrize("symbol", Symbol)
def test_a_label_before_the_camera_is_counted_once_and_the_verdict_is_seen(
    station: tuple[Running, Hall], walter: Seeing, tmp_path: Path, symbol: Symbol
) -> None:
    code = {Symbol.QR: 0, Symbol.DATA_MATRIX: 1}.get(symbol)
    text = "XLR-05M" if code is None else station[1].tags[code]
    page = walter(*film(tmp_path, (in_front(text, symbol), 1)))
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    open_camera(page)
    expect(page.locator(f"{VERDICT}.green")).to_be_visible()
    done = page.locator(f"{VERDICT} .verdict-count").inner_text()
    page.wait_for_timeout(WITHOUT_LEAVING * 1000)
    expect(page.locator(f"{VERDICT}.green .verdict-count")).to_have_text(done)
    assert complaints == []


def test_a_code_counts_again_when_it_has_left_the_picture_for_a_while(walter: Seeing, tmp_path: Path) -> None:
    page = walter(*film(tmp_path, (in_front("XLR-05M", Symbol.QR), 1.5), (FLOOR, 3)))
    open_camera(page)
    count = page.locator(f"{VERDICT}.green .verdict-count")
    expect(count).to_be_visible()
    first = int(count.inner_text().split("/")[0])
    expect(count).to_have_text(f"{first + 1} / 20")


def test_a_code_that_a_hand_hides_for_a_moment_counts_once(walter: Seeing, tmp_path: Path) -> None:
    page = walter(*film(tmp_path, (in_front("XLR-05M", Symbol.QR), 1), (FLOOR, 0.5)))
    open_camera(page)
    count = page.locator(f"{VERDICT}.green .verdict-count")
    expect(count).to_be_visible()
    first = count.inner_text()
    page.wait_for_timeout(2 * WITHOUT_LEAVING * 1000)
    expect(count).to_have_text(first)


def test_a_number_that_waits_in_the_box_is_for_what_the_camera_reads(walter: Seeing, tmp_path: Path) -> None:
    page = walter(*film(tmp_path, (in_front("XLR-05M", Symbol.QR), 1)))
    page.locator("#scan-code").fill("3*")
    open_camera(page)
    expect(page.locator(f"{VERDICT}.green")).to_contain_text("3 ×")


NATIVE = """
window.BarcodeDetector = class {
  static async getSupportedFormats() {
    return ["aztec", "qr_code", "data_matrix", "code_128", "code_39", "ean_13", "ean_8", "itf"];
  }
  constructor({ formats }) { window.wanted = formats; }
  async detect() {
    const at = [[10, 10], [90, 10], [90, 90], [10, 90]].map(([x, y]) => ({ x: 200 + x, y: 200 + y }));
    return [{ rawValue: "XLR-05M", format: "code_128", cornerPoints: at }];
  }
};
"""


def watched(page: Page) -> list[str]:
    """The addresses that the page and its workers ask for from now on."""
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url.partition("?")[0].rpartition("/")[2]))
    return asked


def test_the_browsers_own_detector_is_used_where_it_knows_our_codes(walter: Seeing, tmp_path: Path) -> None:
    # The worker that keeps the station without a network fetches the decoder as well, whenever it comes to it.
    page = walter(*film(tmp_path, (FLOOR, 1)), service_workers="block")
    page.add_init_script(NATIVE)
    page.reload()
    asked = watched(page)
    open_camera(page)
    expect(page.locator(f"{VERDICT}.green")).to_be_visible()
    assert page.evaluate("window.wanted.join()") == "qr_code,data_matrix,code_128,code_39,ean_13,ean_8,itf"
    assert not [name for name in asked if name.startswith(("zxing", "camera_worker"))]


def test_the_decoder_is_fetched_when_the_camera_is_opened_and_not_before(
    walter: Seeing, tmp_path: Path
) -> None:
    # Where the station is kept for days without a network, its worker keeps the decoder as well.
    page = walter(*film(tmp_path, (FLOOR, 1)), service_workers="block")
    asked = watched(page)
    page.reload()
    page.wait_for_load_state("networkidle")
    decoder = {"camera_worker.js", "zxing-reader.js", "zxing-reader.wasm"}
    assert "camera.js" in asked and not decoder & set(asked)
    with page.expect_response("**/zxing-reader.wasm*") as found:
        open_camera(page)
    assert found.value.status == 200 and decoder <= set(asked)


def test_what_is_read_without_a_network_is_kept_and_says_so(walter: Seeing, tmp_path: Path) -> None:
    page = walter(*film(tmp_path, (FLOOR, 1)))
    page.add_init_script(NATIVE)
    page.reload()
    page.context.set_offline(True)
    open_camera(page)
    expect(page.locator("#camera .scan-state")).to_contain_text("1 scan is kept here")
    page.context.set_offline(False)
    expect(page.locator(f"{VERDICT}.green")).to_be_visible()
    expect(page.locator("#camera .scan-state")).to_contain_text("All scans are sent")


def test_a_decoder_that_cannot_be_fetched_is_said_and_fetched_later(walter: Seeing, tmp_path: Path) -> None:
    page = walter(*film(tmp_path, (in_front("XLR-05M", Symbol.QR), 1)))
    page.context.set_offline(True)
    open_camera(page)
    expect(page.locator(SAID)).to_contain_text("could not be fetched")
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    expect(page.locator("#scan-code")).to_be_focused()
    open_camera(page)
    expect(page.locator(f"{VERDICT}.green")).to_be_visible()


def test_where_a_scan_leads_to_another_page_the_camera_closes_after_one(
    phone: Seeing, tmp_path: Path
) -> None:
    page = phone(*film(tmp_path, (in_front("XLR-05M", Symbol.QR), 1)), who="Ivy")
    page.goto("/inventory/receipts/new?hand=1")
    page.locator(".scan-form [data-camera]").click()
    page.wait_for_url("**product=**")
    expect(page.locator("main")).to_contain_text("Cable")
    expect(page.locator(CLOSED)).to_have_count(1)


def test_a_part_of_a_job_is_filled_in_and_left_to_be_added(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    browser = launched(chromium.browser_type, *film(tmp_path, (in_front("Bolts", Symbol.QR), 1)))
    with installed(tmp_path_factory.mktemp("jobs"), make_bench) as (running, bench):
        page = sign_in(browser.new_context(viewport=DESK, base_url=running.address).new_page(), "Serge")
        page.goto(f"/jobs/{bench.job_id}")
        page.locator("#job-parts [data-camera]").click()
        product = page.locator("#job-parts [name=product]").last
        expect(product).to_have_value("Bolts")
        expect(product).to_be_focused()
        expect(page.locator("#product-offers")).not_to_be_empty()
        assert page.url.endswith(f"/jobs/{bench.job_id}")
    browser.close()


def test_the_phones_scan_opens_the_thing(
    station: tuple[Running, Hall], phone: Seeing, tmp_path: Path
) -> None:
    page = phone(*film(tmp_path, (in_front(station[1].tags[2], Symbol.QR), 1)))
    page.goto("/warehouse")
    begun = page.evaluate("history.length")
    page.locator(".phone-scan").click()
    page.wait_for_url("**/inventory/assets/*")
    expect(page.locator("main")).to_contain_text(station[1].tags[2])
    assert page.evaluate("history.length") == begun + 1
    page.go_back()
    page.wait_for_url("**/warehouse")
    expect(page.locator(CLOSED)).to_have_count(1)


def test_the_camera_closes_by_escape_cross_and_back_and_the_box_has_the_focus(
    walter: Seeing, tmp_path: Path
) -> None:
    page = walter(*film(tmp_path, (FLOOR, 1)))
    here = page.url
    ways: list[Callable[[], object]] = [
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="Close the camera").click(),
        lambda: page.evaluate("history.back()"),
    ]
    for close in ways:
        open_camera(page)
        expect(page.locator("#camera video")).to_be_visible()
        expect(page.locator("#camera :focus")).to_have_count(1)
        close()
        expect(page.locator(CLOSED)).to_have_count(1)
        expect(page.locator("#scan-code")).to_be_focused()
        assert page.url == here and not page.evaluate("document.querySelector('#camera video').srcObject")


KEYS = """
(keys) => keys.forEach((key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })
))
"""
"""A scanner's keys, as fast as they come however busy the machine is."""


def test_a_scanner_is_still_heard_while_the_camera_is_open(walter: Seeing, tmp_path: Path) -> None:
    page = walter(*film(tmp_path, (FLOOR, 1)))
    open_camera(page)
    page.evaluate(KEYS, [*"XLR-05M", "Enter"])
    expect(page.locator(f"{VERDICT}.green")).to_be_visible()
    expect(page.locator("#camera")).to_be_visible()


def test_why_there_is_no_picture_is_said_in_plain_words(walter: Seeing) -> None:
    denied = walter("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny")
    open_camera(denied)
    expect(denied.locator(SAID)).to_contain_text("Allow it in the browser's settings")
    expect(denied.locator("#camera video")).to_be_hidden()
    without = walter("--use-fake-device-for-media-stream=device-count=0", "--use-fake-ui-for-media-stream")
    open_camera(without)
    expect(without.locator(SAID)).to_contain_text("No camera was found")


BUSY = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("busy", "NotReadableError"); };
"""


def test_a_camera_in_use_elsewhere_is_said(walter: Seeing) -> None:
    page = walter()
    page.add_init_script(BUSY)
    page.reload()
    open_camera(page)
    expect(page.locator(SAID)).to_contain_text("in use by another program")


def test_on_plain_http_in_a_network_of_ones_own_it_is_said_that_https_is_needed(
    station: tuple[Running, Hall], walter: Seeing
) -> None:
    port = station[0].address.rpartition(":")[2]
    page = walter("--host-resolver-rules=MAP hall.example 127.0.0.1", base_url=f"http://hall.example:{port}")
    assert not page.evaluate("isSecureContext")
    open_camera(page)
    expect(page.locator(SAID)).to_contain_text("https://")
    page.keyboard.press("Escape")
    page.locator(".phone-scan").click()
    page.wait_for_url("**/warehouse")


def test_where_a_browser_has_no_cameras_at_all_no_button_is_shown(walter: Seeing) -> None:
    page = walter()
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.reload()
    expect(page.locator("#scan-code")).to_be_visible()
    expect(page.locator("form[data-scan] [data-camera]")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_open_camera_is_clear_to_everybody(
    walter: Seeing, tmp_path: Path, size: dict[str, int], scheme: str
) -> None:
    page = walter(
        *film(tmp_path, (in_front("XLR-05M", Symbol.CODE_128), 1)), viewport=size, color_scheme=scheme
    )
    open_camera(page)
    expect(page.locator(VERDICT).first).to_be_visible()
    expect(page.locator(f"{VERDICT}.green")).to_be_visible()
    complain([f"{found['id']}: {found['help']}" for found in Axe().run(page).response["violations"]])
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    for button in page.locator("#camera button:visible").all():
        box = button.bounding_box()
        assert box and min(box["width"], box["height"]) >= 48
