"""Where pages lie, and how they are linked: facts that hosts and readers rely on."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest

from frontend_export.errors import ContentError
from frontend_export.pipeline import export

from .fake_cms import article, cms, files_of, page, settings_for, site, text_of, topic

ANY_SCRIPT = ("/café/", "/straße/", "/한글/", "/🌿/", "/a-b_c/")
CONTENT = (
    page(1, "/"),
    topic(2, "/drugs/"),
    article(3, "/drugs/ketamine/", parent=2),
    *(page(number, path) for number, path in enumerate(ANY_SCRIPT, start=10)),
)
MENU = [{"label": "", "page": number, "url": ""} for number in range(10, 10 + len(ANY_SCRIPT))]
BASE = "https://example.org/health"


def links_of(html: str) -> set[str]:
    """Those within the site."""
    found = re.findall(r'<a [^>]*?href="([^"#]+)', html)
    return {link for link in found if not urlsplit(link).scheme}


def test_every_page_is_the_index_of_its_folder_and_linked_with_its_slash(tmp_path):
    with cms(site(main_menu=MENU), *CONTENT) as fake:
        settings = settings_for(fake, tmp_path, site_url=BASE)
        export(settings)
    files = files_of(settings)
    pages = {path for path in files if path.endswith(".html") and path != "404.html"}
    assert all(path.rpartition("/")[2] == "index.html" for path in pages)
    for path in pages | {"404.html"}:
        for link in links_of(files[path].decode()):
            assert link.startswith("/health/"), path
            is_a_form = link.startswith("/health/comments/report?")  # which the edge answers
            assert is_a_form or link.endswith((".xml", "/")), path


@pytest.mark.parametrize("url_path", ANY_SCRIPT)
def test_name_in_any_script_is_decoded_on_disk_and_encoded_once_in_links(tmp_path, url_path):
    with cms(site(main_menu=MENU), *CONTENT) as fake:
        settings = settings_for(fake, tmp_path, site_url=BASE)
        export(settings)
    assert f"{url_path.strip('/')}/index.html" in files_of(settings)
    (link,) = (
        link
        for link in links_of(text_of(settings, "index.html"))
        if unquote(link) == f"/health{url_path}"
    )
    assert link.isascii()
    assert "%25" not in link


def test_pages_whose_paths_differ_in_case_alone_are_named_and_nothing_changes(tmp_path):
    with cms(page(1, "/"), page(2, "/about/")) as fake:
        settings = settings_for(fake, tmp_path)
        export(settings)
        before = files_of(settings)
        fake.publish(page(3, "/About/"))
        with pytest.raises(ContentError, match="Pages 2 and 3 both want '.*bout/index.html'"):
            export(settings)
    assert files_of(settings) == before


def test_sitemap_is_the_pages_of_this_site_and_no_others(tmp_path):
    with cms(*CONTENT) as fake:
        settings = settings_for(fake, tmp_path, site_url=BASE)
        export(settings)
    listed = re.findall("<loc>([^<]+)</loc>", text_of(settings, "sitemap.xml"))
    assert sorted(unquote(urlsplit(url).path) for url in listed) == sorted(
        f"/health{record['path']}" for record in CONTENT
    )
    assert all(url.startswith(f"{BASE}/") for url in listed)
