"""Two sites of one CMS, exported for real: each by an exporter of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.live import Stack

pytestmark = pytest.mark.end_to_end

SECOND_SITE = """
from wagtail.models import Page, Site
from cms.articles.models import HomePage, StandardPage
home = Site.objects.get(is_default_site=True).root_page
root = Page.objects.get(depth=1).add_child(instance=HomePage(title="Two", slug="two"))
Site.objects.create(hostname="two.test", root_page=root)
Site.objects.create(hostname="also.test", root_page=home)
about = root.add_child(instance=StandardPage(title="Of two only", slug="about", body=[]))
for page in (root, about):
    Page.objects.get(pk=page.pk).specific.save_revision().publish()
"""


def files(current: Path) -> dict[str, bytes]:
    return {
        path.relative_to(current).as_posix(): path.read_bytes()
        for path in current.rglob("*")
        if path.is_file()
    }


def but_for_its_card(site: dict[str, bytes]) -> set[str]:
    """The paths of a site; the card of its home page says the site's own name."""
    return {path for path in site if not path.startswith("assets/cards/site.")}


def export_of(stack: Stack, folder: Path, *, site: str, url: str) -> dict[str, bytes]:
    """The same CMS, by an exporter that has a site, an address and folders of its own."""
    other = Stack(folder)
    other.environment |= {
        **{name: stack.environment[name] for name in ("PLAINLEAF_CMS_URL", "PLAINLEAF_FEED_TOKEN")},
        "PLAINLEAF_SITE": site,
        "PLAINLEAF_SITE_URL": url,
    }
    other.export()
    return files(other.current)


def test_each_site_is_exported_by_itself_and_the_first_stays_as_it_was(
    tmp_path: Path, sample_stack: Callable[[Path], Stack]
) -> None:
    with sample_stack(tmp_path / "one") as stack:
        stack.start_cms()
        stack.export()
        before = files(stack.current)
        stack.shell(SECOND_SITE)
        stack.export("--full")
        after = files(stack.current)
        two = export_of(stack, tmp_path / "two", site="two.test", url="https://two.test")
        also = export_of(stack, tmp_path / "also", site="also.test", url="https://also.test")
        host = urlsplit(stack.site_url).netloc.encode()

    assert after == before
    assert b"Of two only" in two["about/index.html"]
    assert "medicines/ketamine/index.html" not in two
    assert not [path for path, body in two.items() if host in body]
    assert but_for_its_card(also) == but_for_its_card(before)
    assert not [path for path, body in also.items() if host in body]
    assert b"https://also.test/medicines/ketamine/" in also["medicines/ketamine/index.html"]
