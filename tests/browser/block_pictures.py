"""Take the pictures of the block picker again: ``python -m tests.browser.block_pictures``.

One for each block of a body, as readers see it on a phone. The CMS may not import the theme, so it
has pictures of it. Take them again when the theme or a block has changed.
"""

from __future__ import annotations

from io import BytesIO
from shutil import which

from PIL import Image as Picture
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route, sync_playwright

from frontend_export.content import Block
from frontend_export.render.renderer import Renderer
from tests.frontend_export.every_block import BODY, every_block_article, surroundings
from tests.frontend_export.site_in_view import NOW
from tests.live import REPOSITORY

PICTURES = REPOSITORY / "cms" / "articles" / "static" / "articles" / "blocks"
LEAF = REPOSITORY / "content_fixtures" / "images" / "welcome.png"
SITE = "https://theme.example"
WIDTH, MOST_HEIGHT = 460, 420
MOST_BYTES = 8 * 1024
MARGIN = 12
# All that stands below the body of an article, and what is closed until somebody opens it.
ONLY_THE_BLOCK = """() => {
    const body = document.querySelector(".article__body");
    document.getElementById("sources")?.closest("section")?.remove();
    const below = ".report, .disclosure, .side-effects";
    for (const found of body.querySelectorAll(below)) found.remove();
    for (const found of body.querySelectorAll("details")) found.open = true;
    document.body.replaceChildren(body);
    document.body.style.padding = "12px";
    for (const image of document.images) image.loading = "eager";
}"""


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": MOST_HEIGHT})
        for stored in first_of_each_type():
            body = take(tab, Block(stored["type"], stored["value"], stored["id"]))
            (PICTURES / f"{stored['type']}.webp").write_bytes(body)
        browser.close()


def first_of_each_type() -> list[dict]:
    return list({stored["type"]: stored for stored in reversed(BODY)}.values())


def take(tab: Tab, block: Block) -> bytes:
    renderer = Renderer(site_url=SITE)
    page = every_block_article(
        block, key_points=[], legal_status=[], topic_type="wellbeing", comments_mode="hidden"
    )
    rendered = renderer.page(page, surroundings(advice_statement=""), now=NOW)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(f"{SITE}/")
        if path == "":
            route.fulfill(body=rendered.body, content_type="text/html; charset=utf-8")
        elif path in renderer.assets():
            kind = "text/css" if path.endswith(".css") else None
            route.fulfill(body=renderer.assets()[path], content_type=kind)
        else:
            route.fulfill(path=LEAF)

    tab.unroute_all()
    tab.route("**/*", answer)
    tab.goto(f"{SITE}/")
    tab.evaluate(ONLY_THE_BLOCK)
    tab.wait_for_load_state("networkidle")
    height = tab.evaluate("Math.ceil(document.querySelector('.article__body').offsetHeight)")
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(MOST_HEIGHT, height + 2 * MARGIN)}
    return small(tab.screenshot(clip=clip, full_page=True))


def small(screenshot: bytes) -> bytes:
    """As WebP, at the best quality that fits."""
    for quality in (60, 45, 30, 20, 10, 5):
        out = BytesIO()
        Picture.open(BytesIO(screenshot)).convert("RGB").save(
            out, "WEBP", quality=quality, method=6
        )
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


if __name__ == "__main__":
    main()
