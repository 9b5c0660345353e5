"""Take the snapshots of the style guide again: ``python -m tests.browser.guide_snapshots``.

One of each component in each scheme, and of a few whole pages, to be looked at in a review before
it is committed. Since machines draw letters a little differently, it is small and grey: what it
holds on to is where things stand, how large they are and how dark. All text is in one font, the
same everywhere.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

from PIL import Image, ImageChops
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route, sync_playwright

from frontend_export.render.renderer import Renderer
from frontend_export.render.theme_files import ThemeFiles
from frontend_export.styleguide.guide import FOLDER, Answer, StyleGuide
from frontend_export.styleguide.samples import components_of

SNAPSHOTS = Path(__file__).parent / "snapshots"
SITE = "https://guide.example"
GUIDE = StyleGuide(lambda address: Renderer(site_url=address), site_url=SITE, theme_dir=None)
COMPONENTS = [
    component.name
    for component in components_of(ThemeFiles(None).files("samples")).values()
    if not component.is_whole_page
]
SCHEMES = ("light", "dark")
# By the name of the file, as wide as a desk's screen: how parts stand beside and below each other.
WHOLE_PAGES = {
    "page.home": "articles/home_page/whole/",
    "page.topic": "articles/topic_page/with-pages/",
    "page.article": "articles/article_page/whole/",
    "page.article-rtl": "rtl/articles/article_page/whole/",
}
FONT = "DejaVu Sans"
ONE_FONT = f'* {{ font-family: "{FONT}" !important; }}'.encode()
WIDTH = 640
WIDTH_OF_WHOLE_PAGES = 1280
HEIGHT = 900
SCALE = 5  # pixels of the screen for one of the snapshot, each way
LEVELS = 16  # of grey
WITH_IMAGES = """async () => {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([...document.images].map((image) => image.decode()));
}"""

# What may differ: in so many levels or more, such a share of all pixels. Letters that Chromium was
# told to draw in another way changed 2.6% of a picture by two levels or more, 0.3% by three. A tint
# that changes, or a block that moves by five pixels, changes more.
TOLERANCES = ((2, 0.05), (3, 0.01))
MOST_ROWS = 1
# A part of a whole page is little of it, so that each square of one is looked at too. Letters drawn
# in another way changed 3.2% of one by three levels, a contents list that was gone 9.5%.
SQUARE = 32
MOST_OF_A_SQUARE = 0.07


def has_font() -> bool:
    if which("fc-match") is None:
        return False
    found = subprocess.run(["fc-match", "--format=%{family}", FONT], capture_output=True, text=True)
    return FONT in found.stdout


@cache
def answer(path: str) -> Answer:
    """Of the guide, with all text in one font."""
    found = GUIDE.answer(path)
    return found._replace(body=found.body + ONE_FONT) if found.mime == "text/css" else found


def show_guide(tab: Tab) -> None:
    """Let the tab find the guide, and nothing else."""

    def fulfil(route: Route) -> None:
        path = urlsplit(route.request.url).path.removeprefix(f"/{FOLDER}/")
        found = answer(path)
        route.fulfill(status=found.status, body=found.body, content_type=found.mime)

    tab.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    tab.route("**/*", fulfil)


def open_page(tab: Tab, path: str, scheme: str) -> None:
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.goto(f"{SITE}/{FOLDER}/{path}")


def picture_of(tab: Tab, component: str, scheme: str) -> Image.Image:
    """All its states, small and grey."""
    open_page(tab, f"{component}/", scheme)
    tab.evaluate(WITH_IMAGES)
    return small_and_grey(tab.locator("main").screenshot(animations="disabled"))


def picture_of_page(tab: Tab, name: str) -> Image.Image:
    """One of ``WHOLE_PAGES``, from its top to its foot."""
    tab.set_viewport_size({"width": WIDTH_OF_WHOLE_PAGES, "height": HEIGHT})
    open_page(tab, WHOLE_PAGES[name], "light")
    tab.evaluate(WITH_IMAGES)
    picture = small_and_grey(tab.screenshot(full_page=True, animations="disabled"))
    tab.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    return picture


def small_and_grey(screenshot: bytes) -> Image.Image:
    whole = Image.open(BytesIO(screenshot)).convert("L")
    small = whole.resize((whole.width // SCALE, whole.height // SCALE), Image.Resampling.BOX)
    return small.point(lambda grey: round(grey * (LEVELS - 1) / 255))


def file_of(component: str, scheme: str) -> Path:
    return SNAPSHOTS / f"{component.replace('/', '.')}.{scheme}.png"


def file_of_page(name: str) -> Path:
    return SNAPSHOTS / f"{name}.png"


def save(picture: Image.Image, file: Path) -> None:
    """With the levels as they are: 4 bits for each pixel."""
    indexed = picture.convert("P")
    indexed.putpalette([level * 255 // (LEVELS - 1) for level in range(LEVELS) for _ in "rgb"])
    indexed.save(file, "PNG", optimize=True, bits=4)


def kept(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return Image.frombytes("L", image.size, image.tobytes())


def differences(before: Image.Image, now: Image.Image) -> Iterator[str]:
    """In which way the one is not the other, beyond what letters explain."""
    if before.width != now.width or abs(before.height - now.height) > MOST_ROWS:
        yield f"was {before.size}, is {now.size}, in pixels of {SCALE} each way"
        return
    area = (0, 0, before.width, min(before.height, now.height))
    levels = ImageChops.difference(before.crop(area), now.crop(area)).histogram()
    for least, most in TOLERANCES:
        share = sum(levels[least:]) / sum(levels)
        if share > most:
            yield f"{share:.1%} of it changed by {least} of {LEVELS} levels of grey or more"


def differences_of_pages(before: Image.Image, now: Image.Image) -> Iterator[str]:
    """The same of whole pages, and where on them."""
    yield from (found := [*differences(before, now)])
    if found:
        return
    least, _ = TOLERANCES[-1]
    for top in range(0, min(before.height, now.height), SQUARE):
        for left in range(0, before.width, SQUARE):
            square = (left, top, left + SQUARE, top + SQUARE)
            levels = ImageChops.difference(before.crop(square), now.crop(square)).histogram()
            share = sum(levels[least:]) / sum(levels)
            if share > MOST_OF_A_SQUARE:
                yield f"{share:.1%} changed at {left * SCALE}, {top * SCALE} pixels of the page"


def main() -> None:
    if not has_font():
        raise SystemExit(f"Install the font '{FONT}': all snapshots are in it.")
    SNAPSHOTS.mkdir(exist_ok=True)
    for file in SNAPSHOTS.glob("*.png"):
        file.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page()
        show_guide(tab)
        for component in COMPONENTS:
            for scheme in SCHEMES:
                save(picture_of(tab, component, scheme), file_of(component, scheme))
        for name in WHOLE_PAGES:
            save(picture_of_page(tab, name), file_of_page(name))
        browser.close()


if __name__ == "__main__":
    main()
