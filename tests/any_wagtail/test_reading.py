"""How a site that has never heard of us is read: walks, trees, references, files."""

from __future__ import annotations

import gzip
import re
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from frontend_export.errors import (
    DriftError,
    FileUnavailableError,
    SettingsError,
    SourceError,
)
from frontend_export.source.pages_api import PagesApi
from frontend_export.source.pages_api.mapping import Mapping, read_mapping
from tests.any_wagtail.fake_api import HOST, JPEG, FakeApi, body, meta_of, page

NOW = datetime(2026, 11, 25, 14, tzinfo=UTC)


def read(api: FakeApi, mapping: Mapping | None = None) -> Reading:
    source = PagesApi(api.url, mapping=mapping or Mapping(), timeout_seconds=5, clock=lambda: NOW)
    records = [orjson.loads(line.raw) for line in source.feed()]
    return Reading(source, records)


class Reading:
    """The records of one feed, by what a test wants of them."""

    def __init__(self, source: PagesApi, records: list[dict[str, Any]]) -> None:
        self.source = source
        self.begin = records[0]
        self.pages = {record["id"]: record for record in records if record["kind"] == "page"}
        self.images = {record["id"]: record for record in records if record["kind"] == "image"}
        self.documents = {
            record["id"]: record for record in records if record["kind"] == "document"
        }
        self.site = next(record for record in records if record["kind"] == "site")
        self.said = [finding.message for finding in source.findings]

    def field(self, number: int, name: str) -> Any:
        return self.pages[number]["fields"][name]

    def block(self, number: int, at: int = 0) -> Any:
        return self.pages[number]["fields"]["body"][at]["value"]

    def says(self, *parts: str) -> bool:
        return any(all(part in sentence for part in parts) for sentence in self.said)


def site(*pages: dict[str, Any], **options: Any) -> FakeApi:
    return FakeApi(page(3, "/", "home.HomePage"), *pages, **options)


def test_limit_max_of_20_is_learnt_from_its_refusal():
    posts = [page(number, f"/post-{number}/") for number in range(10, 310)]
    with site(*posts, limit_max=20) as api:
        assert len(read(api).pages) == 301
    assert len(api.asked("limit=100")) == 1
    assert len(api.asked("limit=20&")) < 120


def test_no_limit_max_is_used_for_long_lists():
    posts = [page(number, f"/post-{number}/") for number in range(10, 310)]
    with site(*posts, limit_max=None) as api:
        assert len(read(api).pages) == 301
    assert not api.asked("offset=20&")
    assert api.asked("offset=100&")


def test_wagtail_before_8_is_not_asked_for_a_form_of_rich_text():
    with site(page(4, "/a/", body='<p><a linktype="page" id="3">home</a></p>')) as api:
        api.knows_rich_text_format = False
        assert 'linktype="page"' in read(api).block(4)


def test_page_unpublished_during_a_walk_hides_no_other():
    posts = [page(number, f"/post-{number}/") for number in range(10, 60)]
    with site(*posts) as api:
        lists = iter(range(1000))

        def unpublish() -> None:
            if next(lists) == 3:
                del api.pages[1]

        api.before_list = unpublish
        assert set(read(api).pages) == {3, *range(11, 60)}


def test_page_unpublished_and_another_published_leave_the_count_as_it_was():
    posts = [page(number, f"/post-{number}/") for number in range(10, 60)]
    with site(*posts) as api:
        lists = iter(range(1000))

        def swap() -> None:
            if next(lists) == 3:
                del api.pages[1]
                api.pages.append(page(99, "/late/"))

        api.before_list = swap
        assert set(read(api).pages) == {3, *range(11, 60), 99}


def test_image_replaced_by_another_during_a_walk_hides_no_other():
    with site(page(4, "/a/", body=body(("gallery", list(range(1, 51)))))) as api:
        for number in range(1, 51):
            api.add_image(number, f"{number}.jpg")

        def swap() -> None:
            if "/images/" in api.requests[-1] and "offset=20&" in api.requests[-1]:
                api.before_list = lambda: None
                del api.images[0]
                api.add_image(99)

        api.before_list = swap
        assert set(read(api).images) == set(range(2, 51))


def test_site_that_keeps_changing_is_given_up_by_name():
    with site(page(4, "/a/")) as api:

        def rename() -> None:
            api.pages[1]["title"] += "!"

        api.before_list = rename
        with pytest.raises(DriftError, match=r"kept changing while .* 5 times: page 4 changed"):
            read(api)


def test_list_without_end_is_given_up():
    with site(*(page(number, f"/{number}/") for number in range(10, 60))) as api:
        numbers = iter(range(1000, 100_000))
        api.before_list = lambda: api.pages.append(page(next(numbers), "/more/"))
        with pytest.raises(DriftError):
            read(api)
    assert len(api.requests) < 50


def test_list_that_says_the_same_for_ever_is_given_up():
    with site() as api:
        said = {"meta": {"total_count": 999_999}, "items": [page(3, "/")]}
        api.answers["/api/v2/pages/"] = (200, JSON, orjson.dumps(said))
        with pytest.raises(DriftError):
            read(api)
    assert len(api.requests) < 50


def test_list_that_names_a_page_twice_is_no_list():
    with site(page(4, "/a/")) as api:
        api.pages.append(api.pages[1])
        with pytest.raises(DriftError):
            read(api)


def test_page_of_a_type_made_from_another_keeps_its_own_fields():
    with site(page(4, "/a/", "blog.Album", songs="Many"), page(5, "/b/")) as api:
        api.made_from = {"blog.Album": "blog.BlogPage"}
        assert read(api).field(4, "songs") == "Many"


def test_root_of_the_tree_is_never_asked_for():
    with site(page(4, "/a/")) as api:
        assert read(api).site["root_page"] == 3
    assert not api.asked("/pages/1/")


def test_paths_and_parents_come_from_addresses():
    with site(page(4, "/blog/"), page(5, "/blog/café/"), page(6, "/about/")) as api:
        pages = read(api).pages
    assert [(one["path"], one["parent"], one["slug"]) for one in pages.values()] == [
        ("/", None, "home"),
        ("/blog/", 3, "blog"),
        ("/blog/café/", 4, "café"),
        ("/about/", 3, "about"),
    ]
    assert pages[4]["position"] < pages[6]["position"]


def test_site_served_below_a_path_has_its_root_at_the_root():
    with FakeApi(page(3, "/club/", "home.HomePage"), page(4, "/club/blog/")) as api:
        assert [one["path"] for one in read(api).pages.values()] == ["/", "/blog/"]


def test_root_of_another_language_lies_below_the_first():
    pages = [page(3, "/en/", "home.HomePage"), page(4, "/en/a/")]
    pages += [page(5, "/fr/", "home.HomePage", meta_locale="fr"), page(6, "/fr/b/")]
    with FakeApi(*pages) as api:
        assert [one["path"] for one in read(api).pages.values()] == ["/", "/a/", "/fr/", "/fr/b/"]


def test_root_of_another_language_lies_below_the_first_below_a_path_too():
    pages = [page(3, "/club/en/", "home.HomePage"), page(4, "/club/en/a/")]
    pages += [page(5, "/club/fr/", "home.HomePage", meta_locale="fr")]
    pages += [page(6, "/club/fr/b/", meta_locale="fr")]
    with FakeApi(*pages) as api:
        assert [one["path"] for one in read(api).pages.values()] == ["/", "/a/", "/fr/", "/fr/b/"]


@pytest.mark.parametrize("prefix", ["/", "/fr/"])
def test_language_with_a_host_of_its_own_lies_below_the_first(prefix):
    """Wagtail lists it with the others. Both hosts have a page at '/a/'."""
    of_fr = "https://fr.example.org"
    links = f'<a href="{of_fr}{prefix}a/">fr</a> <a href="/a/">en</a> <a href="{HOST}/a/">en</a>'
    pages = [page(3, "/", "home.HomePage"), page(4, "/a/", body=f"<p>{links}</p>")]
    for number, path in ((5, prefix), (6, f"{prefix}a/")):
        at = {"meta_locale": "fr", "meta_html_url": of_fr + path}
        pages.append(page(number, path, **at))
    with FakeApi(*pages) as api:
        reading = read(api)
    assert [one["path"] for one in reading.pages.values()] == ["/", "/a/", "/fr/", "/fr/a/"]
    named = [f'<a linktype="page" id="{number}">' for number in (6, 4, 4)]
    assert re.findall(r"<a [^>]*>", reading.block(4)) == named


def test_root_is_of_the_site_that_was_asked_for_whatever_the_order_of_the_languages():
    english = [page(3, "/", "home.HomePage"), page(4, "/a/")]
    french = [
        page(number, path, meta_locale="fr", meta_html_url=f"https://fr.example.org{path}")
        for number, path in ((5, "/"), (6, "/a/"))
    ]
    with site() as api:
        api.sites["fr.example.org"] = [*english, *french]
        paths = [one["path"] for one in read(api, Mapping(site="fr.example.org")).pages.values()]
    assert paths == ["/en/", "/en/a/", "/", "/a/"]


def test_page_of_a_language_whose_root_is_not_public_is_left_out():
    lost = page(6, "/a/", meta_locale="fr", meta_html_url="https://fr.example.org/a/")
    with site(page(4, "/a/"), lost) as api:
        reading = read(api)
    assert set(reading.pages) == {3, 4}
    assert reading.says("Page 6", "a page above it is not public")


@pytest.mark.parametrize("root", ["/", "/en/"])
def test_no_page_takes_the_place_of_a_root_that_is_not_public(root):
    """Its sections stay public when it is unpublished: one of them is the highest page then."""
    pages = [page(4, f"{root}blog/"), page(5, f"{root}about/"), page(6, f"{root}blog/roses/")]
    with FakeApi(*pages) as api, pytest.raises(SourceError) as error:
        read(api)
    assert "The root page of the site is not public" in str(error.value)
    assert f"'{HOST}{root}about/' is not below it" in str(error.value)


def test_page_without_an_address_lies_below_its_parent():
    parent = {"id": 4, "meta": meta_of("pages", 4)}
    lost = page(5, "/x/", meta_html_url=None, meta_slug="lost", meta_parent=parent)
    with site(page(4, "/blog/"), lost, page(6, "/blog/next/")) as api:
        assert read(api).pages[5]["path"] == "/blog/lost/"


def test_page_with_an_address_of_its_own_making_lies_below_its_parent():
    parent = {"id": 4, "meta": meta_of("pages", 4)}
    dated = page(5, "/2026/11/post/", meta_slug="post", meta_parent=parent)
    links = page(6, "/links/", body=f'<p><a href="{HOST}/2026/11/post/">post</a></p>')
    with site(page(4, "/blog/"), dated, links) as api:
        reading = read(api)
    assert reading.pages[5]["path"] == "/blog/post/"
    assert '<a linktype="page" id="5">' in reading.block(6)


def test_page_below_one_that_is_not_public_is_left_out_by_name():
    with site(page(5, "/draft/below/", title="Below"), page(6, "/draft/below/deep/")) as api:
        reading = read(api)
    assert set(reading.pages) == {3}
    assert reading.says("Page 5", "a page above it is not public")


def test_expired_page_is_left_out_before_the_cms_has_swept():
    pages = [
        page(4, "/past/", expire_at="2026-11-25T13:00:00Z"),
        page(5, "/ahead/", expire_at="2026-12-01T09:00:00+01:00"),
        page(6, "/not-yet/", go_live_at="2026-11-26T09:00:00Z"),
    ]
    with site(*pages) as api:
        reading = read(api)
    assert set(reading.pages) == {3, 5}
    assert reading.begin["next_change_at"] == "2026-11-26T09:00:00Z"
    assert "expire_at" not in reading.pages[5]["fields"]


def test_site_is_chosen_by_its_host():
    with site(page(4, "/a/")) as api:
        api.sites["shop.example.org"] = [page(30, "/", "home.HomePage"), page(31, "/offers/")]
        assert set(read(api, Mapping(site="shop.example.org")).pages) == {30, 31}
    assert all("site=shop.example.org" in one for one in api.asked("/pages/"))


@pytest.mark.parametrize(
    "mapping", [Mapping(site="typo.example.org"), Mapping(other_sites=("typo.example.org",))]
)
def test_site_that_the_cms_has_not_is_named(mapping):
    with (
        site(page(4, "/a/")) as api,
        pytest.raises(
            SourceError, match=r"'typo\.example\.org'.*PLAINLEAF_API_SITE or the mapping"
        ),
    ):
        read(api, mapping)


def test_links_of_a_site_are_its_own_and_links_to_another_site_are_whole():
    links = '<a linktype="page" id="3">home</a> <a linktype="page" id="31">offers</a>'
    with site(page(4, "/a/", body=f"<p>{links}</p>", see_also_page=None)) as api:
        offers = page(31, "/offers/", meta_html_url="https://shop.example.org/offers/")
        api.sites["shop.example.org"] = [offers]
        reading = read(api, Mapping(other_sites=("shop.example.org",)))
    assert reading.block(4) == (
        '<p><a linktype="page" id="3">home</a> <a href="https://shop.example.org/offers/">offers</a></p>'
    )


def test_fields_that_are_objects_are_references():
    fields = {
        "header_image": {"id": 1, "meta": meta_of("images", 1), "title": "Roses"},
        "cover": {"id": 1, "meta": meta_of("images", 1), "title": "Roses"},
        "leaflet": {"id": 2, "meta": meta_of("documents", 2), "title": "Leaflet"},
        "see_also": {"id": 3, "meta": meta_of("pages", 3), "title": "canary of a draft"},
        "author": {"id": 9, "meta": {"type": "blog.Author"}, "name": "Ada"},
        "tags": ["bird", "wagtail"],
    }
    with site(page(4, "/a/", **fields)) as api:
        api.add_image(1)
        api.add_document(2, f"{HOST}/documents/2/leaflet.pdf")
        reading = read(api)
    assert {name: reading.field(4, name) for name in fields} == {
        "header_image": 1,
        "cover": {"image": 1},
        "leaflet": {"document": 2},
        "see_also": {"page": 3},
        "author": {"name": "Ada"},
        "tags": ["bird", "wagtail"],
    }
    assert set(reading.images) == {1}
    assert set(reading.documents) == {2}


@pytest.mark.parametrize(
    ("block", "value", "becomes"),
    [
        ("image", 1, {"image": 1}),
        ("photo", 1, {"image": 1}),
        ("attachment", 2, {"document": 2}),
        ("related", 3, {"page": 3}),
        ("gallery", [1, 1], [{"image": 1}, {"image": 1}]),
        ("picture", {"image": 1, "alt_text": "A", "decorative": False}, None),
        ("card", {"link_page": 3, "text": "Read"}, None),
        ("card", {"photo": 1, "minutes": 20}, {"photo": {"image": 1}, "minutes": 20}),
        ("count_per_page", 3, {"page": 3}),
        ("rating", 3, 3),
    ],
)
def test_bare_number_is_what_its_name_and_the_api_make_of_it(block, value, becomes):
    with site(page(4, "/a/", body=body((block, value)))) as api:
        api.add_image(1)
        api.add_document(2, "/documents/2/a.pdf")
        assert read(api).block(4) == (value if becomes is None else becomes)


def test_guess_is_reported_once_for_its_field():
    posts = [page(number, f"/{number}/", body=body(("photo", 1))) for number in range(10, 15)]
    with site(*posts) as api:
        api.add_image(1)
        said = read(api).said
    assert said == [
        "The numbers in 'blog.BlogPage.body.photo' (5 of them) were taken for images. If they are, "
        'say so in the mapping: "blog.BlogPage.body.photo" = "image".'
    ]


def test_field_is_one_thing_on_every_page():
    pages = [page(4, "/a/", body=body(("related", 3))), page(5, "/b/", body=body(("related", 99)))]
    with site(*pages) as api:
        assert read(api).block(5) == {"page": 99}


def test_number_in_a_typed_table_is_what_its_column_is():
    table = {
        "columns": [
            {"type": "image", "heading": "Rose"},
            {"type": "numeric", "heading": "Petals"},
            {"type": "related_page", "heading": "More"},
        ],
        "rows": [{"values": [1, 5, 3]}, {"values": [None, 1, None]}],
        "caption": "Roses",
    }
    mapping = Mapping(fields={("roses", "numeric"): "number"})
    with site(page(4, "/a/", body=body(("roses", table)))) as api:
        api.add_image(1)
        reading = read(api, mapping)
    rows = reading.block(4)["rows"]
    assert rows == [{"values": [{"image": 1}, 5, {"page": 3}]}, {"values": [None, 1, None]}]
    assert set(reading.images) == {1}
    assert [said for said in reading.said if "numeric" in said] == []


@pytest.mark.parametrize("host", ["", HOST])
@pytest.mark.parametrize(
    ("address", "becomes"),
    [
        ("/media/original_images/roses.jpg", {"image": 1}),
        ("/media/images/roses.max-800x600.jpg", {"image": 1}),
        ("/media/images/roses.2e16d0ba.fill-90x90.format-webp.webp", {"image": 1}),
        ("/documents/2/leaflet.pdf", {"document": 2}),
        ("/media/images/canary.max-800x600.jpg", ""),
        ("/media/roses.jpg", ""),  # called like an image, and not made of it
    ],
)
def test_address_of_a_file_without_its_size_is_that_file(host, address, becomes):
    """As a serializer of a site's own gives one, under any name."""
    with site(page(4, "/a/", leaflet_or_photo={"file": host + address})) as api:
        api.add_image(1)
        api.add_document(2, f"{HOST}/documents/2/leaflet.pdf")
        reading = read(api)
    assert reading.field(4, "leaflet_or_photo") == {"file": becomes}
    assert reading.says("'blog.BlogPage.leaflet_or_photo.file' was left out") == (becomes == "")


def test_picture_in_ready_html_without_its_size_is_the_image_it_was_made_of():
    text = '<p><img src="/media/images/roses.width-90.jpg" alt="Roses"></p>'
    with site(page(4, "/a/", body=text)) as api:
        api.add_image(1)
        assert '<embed embedtype="image" id="1" alt="Roses"/>' in read(api).block(4)


def test_mapping_says_what_a_number_is():
    stream = body(("lead", 1), ("author", 3), ("rows_per_page", 3), ("card", {"minutes": 2}))
    mapping = Mapping(
        fields={
            ("blog.BlogPage", "body", "lead"): "image",
            ("author",): "hidden",
            ("rows_per_page",): "number",
            ("card", "minutes"): "document",
        }
    )
    with site(page(4, "/a/", body=stream)) as api:
        api.add_image(1)
        api.add_document(2, "/documents/2/a.pdf")
        reading = read(api, mapping)
    assert [reading.block(4, at) for at in range(4)] == [
        {"image": 1},
        None,
        3,
        {"minutes": {"document": 2}},
    ]
    assert reading.said == []


def test_number_under_a_name_of_a_reference_is_none():
    with site(page(4, "/a/", rows_per_page=3)) as api:
        mapping = Mapping(fields={("rows_per_page",): "number"})
        assert read(api, mapping).field(4, "rows_per_page") == "3"


def test_image_that_is_not_public_is_not_shown():
    fields = {"cover": {"id": 7, "meta": meta_of("images", 7, download_url="/media/canary.jpg")}}
    with site(page(4, "/a/", body=body(("image", 7)), **fields)) as api:
        api.add_image(1)
        reading = read(api)
    assert reading.images == {}
    assert reading.block(4) == {"image": 7}  # by its name: the page says that it is left out
    assert not api.asked("canary")


def test_rendition_is_taken_by_either_of_its_addresses():
    small = {"url": "/media/images/a.max-165.jpg", "width": 165, "height": 124, "alt": "Roses"}
    whole = {"full_url": f"{HOST}/media/images/b.jpg", "width": 165, "height": 124, "alt": ""}
    with site(page(4, "/a/", thumb=small, other=whole)) as api:
        api.add_file("/media/images/a.max-165.jpg")
        api.add_file("/media/images/b.jpg")
        reading = read(api)
        urls = {one["renditions"][0]["url"] for one in reading.images.values()}
    assert urls == {f"{api.origin}/media/images/a.max-165.jpg", f"{api.origin}/media/images/b.jpg"}
    assert reading.field(4, "thumb")["alt_text"] == "Roses"


def test_rendition_of_a_known_image_is_a_smaller_size_of_it():
    small = {"url": "/media/images/roses.width-400.jpg", "width": 400, "height": 300, "alt": ""}
    square = {"url": "/media/images/roses.fill-100x100.jpg", "width": 100, "height": 100, "alt": ""}
    with site(page(4, "/a/", thumb=small, square=square)) as api:
        api.add_image(1, "roses.jpg")
        api.add_file("/media/images/roses.width-400.jpg")
        reading = read(api)
    assert reading.field(4, "thumb") == {"image": 1, "alt_text": ""}
    assert [one["width"] for one in reading.images[1]["renditions"]] == [400, 800]
    assert reading.field(4, "square")["image"] != 1


def test_no_width_of_a_picture_comes_twice():
    sizes = {"original": 800, "width-400": 400, "max-400x400": 400}
    fields = {
        name: {"url": f"/media/images/roses.{name}.jpg", "width": wide, "height": wide * 3 // 4}
        for name, wide in sizes.items()
    }
    with site(page(4, "/a/", **fields)) as api:
        api.add_image(1, "roses.jpg")
        for name in sizes:
            api.add_file(f"/media/images/roses.{name}.jpg")
        reading = read(api)
    assert [one["width"] for one in reading.images[1]["renditions"]] == [400, 800]


def test_lost_original_of_a_rendition_is_reported():
    with site(page(4, "/a/", thumb={"error": "SourceImageIOError"})) as api:
        reading = read(api)
    assert reading.field(4, "thumb") is None
    assert reading.says("'blog.BlogPage.thumb' was left out 1 times")


def test_image_whose_file_is_lost_is_left_out_by_name():
    with site(page(4, "/a/", body=body(("image", 1)))) as api:
        api.add_image(1)
        api.files.clear()
        reading = read(api)
    assert reading.images == {}
    assert reading.says("Image 1 was left out: the CMS has lost its file")


def test_image_that_can_hold_a_script_is_left_out_by_name():
    with site(page(4, "/a/", body=body(("image", 1)))) as api:
        api.add_image(1, "sketch.svg")
        assert read(api).says("Image 1 was left out", "sketch.svg")


def test_replaced_file_has_a_new_name_even_at_the_same_address():
    with site(page(4, "/a/", body=body(("image", 1)))) as api:
        api.add_image(1)
        before = read(api).images[1]["renditions"][0]["fingerprint"]
        path = "/media/original_images/roses.jpg"
        api.files[path] = (200, {"Last-Modified": "Tue, 03 Nov 2026 10:00:00 GMT"}, JPEG)
        assert read(api).images[1]["renditions"][0]["fingerprint"] != before


@pytest.mark.parametrize(
    "download_url",
    [
        f"{HOST}/documents/2/leaflet.pdf",  # serve_view: through Wagtail
        "/media/documents/leaflet.pdf",  # direct
        f"{HOST}/media/documents/leaflet.pdf",
        f"{HOST}{HOST}/media/documents/leaflet.pdf",  # direct, on a host of its own, before 5.2
    ],
)
def test_document_is_had_however_it_is_served(download_url):
    link = '<p><a linktype="document" id="2">leaflet</a></p>'
    with site(page(4, "/a/", body=link)) as api:
        api.add_document(2, download_url.rpartition("http://localhost")[2])
        api.documents[0]["meta"]["download_url"] = download_url
        reading = read(api)
        url = reading.documents[2]["url"]
        assert b"".join(reading.source.file(url, max_bytes=100)) == b"%PDF-1.4"
    assert reading.documents[2]["filename"] == "leaflet.pdf"
    assert reading.documents[2]["size"] == 8


def test_document_is_had_through_a_redirect_on_its_own_host():
    with site(page(4, "/a/", body='<p><a linktype="document" id="2">it</a></p>')) as api:
        api.add_document(2, "/documents/2/a.pdf")
        api.files["/documents/2/a.pdf"] = (302, {"Location": "/media/documents/a.pdf"}, b"")
        api.files["/media/documents/a.pdf"] = (200, {}, b"%PDF-1.4 moved")
        reading = read(api)
        url = reading.documents[2]["url"]
        assert b"".join(reading.source.file(url, max_bytes=100)) == b"%PDF-1.4 moved"


def test_ready_html_becomes_stored_html():
    with site(page(4, "/a/"), page(5, "/b/")) as api:
        api.add_image(1, "roses.jpg")
        api.add_document(2, f"{HOST}/documents/2/leaflet.pdf")
        api.pages[1]["body"] = (
            '<p><a href="/b/">b</a> <a href="http://localhost/b/">b</a> <a href="/draft/">no</a> '
            '<a href="None">none</a> <a>deleted</a> <a href="/documents/2/leaflet.pdf">doc</a> '
            '<a href="https://example.org/b/">far</a></p>'
            '<img alt="A &amp; B" class="richtext-image left" height="300" '
            'src="/media/images/roses.width-400.jpg" width="400">'
            '<div style="padding-bottom: 56%"><iframe src="https://video.example.org/1"></iframe></div>'
        )
        html = read(api).block(4)
    assert html == (
        '<p><a linktype="page" id="5">b</a> <a linktype="page" id="5">b</a> '
        '<a href="/draft/">no</a> '
        '<a href="None">none</a> <a>deleted</a> <a linktype="document" id="2">doc</a> '
        '<a href="https://example.org/b/">far</a></p>'
        '<embed embedtype="image" id="1" alt="A &amp; B"/>'
        '<div style="padding-bottom: 56%"><embed embedtype="media" '
        'url="https://video.example.org/1"/></iframe></div>'
    )


def test_every_candidate_of_a_srcset_is_a_size_of_the_picture():
    image = (
        '<img alt="" width="800" height="400" src="/media/a.jpg" '
        'srcset="/media/a-400.jpg 400w, /media/a-200.jpg 200w, https://evil.example/x.jpg 100w">'
    )
    with site(page(4, "/a/", body=f"<p>{image}</p>")) as api:
        for name in ("a", "a-400", "a-200"):
            api.add_file(f"/media/{name}.jpg")
        (record,) = read(api).images.values()
    assert sorted((one["width"], one["height"]) for one in record["renditions"]) == [
        (200, 100),
        (400, 200),
        (800, 400),
    ]


def test_address_in_a_field_of_its_own_is_what_it_leads_to():
    fields = {"button": {"text": "Read", "url": f"{HOST}/b/"}, "secret": f"{HOST}/draft/"}
    with site(page(4, "/a/", **fields), page(5, "/b/")) as api:
        reading = read(api)
    assert reading.field(4, "button") == {"text": "Read", "url": {"page": 5}}
    assert reading.field(4, "secret") == ""
    assert reading.says("'blog.BlogPage.secret' was left out 1 times")


def test_first_stream_is_the_body_and_what_follows_stands_below():
    fields = {"intro": "<p>Hello</p>", "content": body(("text", "One")), "gallery": ["x"]}
    with site(page(4, "/a/", **fields)) as api:
        reading = read(api)
    assert reading.block(4) == "One"
    assert list(reading.pages[4]["fields"]) == ["intro", "gallery", "body", "_below_body"]
    assert reading.field(4, "_below_body") == ["gallery"]


@pytest.mark.parametrize("value", [None, "", [], 5, {"a": "b"}, ["x", "y"], "<p>Text</p>", "Text"])
def test_body_that_is_no_stream_is_no_fault(value):
    with site(page(4, "/a/", body=value)) as api:
        source = PagesApi(api.url, timeout_seconds=5)
        pages = [line.value.value for line in source.feed() if b'"kind":"page"' in line.raw]
    assert [one.fault for one in pages] == ["", ""]


ODD: dict[str, dict[str, Any]] = {
    "address of a picture in a text": {"body": '<p>x</p><img src="http://[x" width="4">'},
    "address of a link": {"body": '<p><a href="/&#9;/[x">x</a></p>'},
    "address of a rendition": {"thumb": {"url": "http://[x", "width": 4, "height": 3}},
    "address of a related object": {"author": {"id": 7, "meta": {"detail_url": "http://[x"}}},
    "width of a candidate": {
        "thumb": {"url": "/a.jpg", "width": 4, "height": 3, "srcset": "/a.jpg \N{SUPERSCRIPT TWO}w"}
    },
    "long width": {
        "thumb": {"url": "/a.jpg", "width": 4, "height": 3, "srcset": f"/a.jpg {'9' * 5000}w"}
    },
    "day before the first": {"meta_first_published_at": "0001-01-01T00:00:00+05:00"},
    "day after the last": {"expire_at": "9999-12-31T23:59:59-05:00"},
    "cells of a table": {"table": {"columns": [{"heading": "a"}], "rows": [{"values": 5}]}},
    "names of an article": {"meta_type": "articles.ArticlePage", "synonyms": 5},
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_value_keeps_no_page_from_the_site(odd):
    with site(page(4, "/a/", **ODD[odd])) as api:
        assert read(api).pages.keys() == {3, 4}


@pytest.mark.parametrize("url", ["http://[x", "/\t/[x", 5])
def test_file_at_an_odd_address_is_left_out_by_name(url):
    with site(page(4, "/a/", photo=1)) as api:
        api.add_image(1)
        api.images[0]["meta"]["download_url"] = url
        reading = read(api)
    assert reading.images == {}
    assert reading.says("Image 1 was left out")


def test_file_that_is_redirected_to_no_address_is_refused():
    with site(page(4, "/a/", photo=1)) as api:
        api.add_image(1)
        api.files["/media/original_images/roses.jpg"] = (302, {"Location": "http://[x"}, b"")
        source = read(api).source
        with pytest.raises(FileUnavailableError, match=r"'http://\[x' is neither at the API"):
            list(source.file(f"{api.origin}/media/original_images/roses.jpg", max_bytes=900))


@pytest.mark.parametrize(
    "part", ["<br", "</p ", "<a '", '<img src="', "<p", "<a href=", "<a x='\""]
)
def test_hostile_text_is_read_in_no_time(part):
    with site(page(4, "/a/", body=part * 200_000, summary="</p>" + part * 200_000)) as api:
        started = time.process_time()
        read(api)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("value", [None, 5, {"a": 1}, "<p>All <b>kinds</b></p>"])
def test_summary_of_a_list_is_plain_text(value):
    with site(page(4, "/a/", summary=value)) as api:
        assert read(api).field(4, "summary") in {"", "All kinds"}


def test_nothing_is_sent_that_could_show_more_than_anybody_sees(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login editor password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with site(page(4, "/a/")) as api:
        cookie = {"Content-Type": "application/json", "Set-Cookie": "sessionid=1"}
        api.answers["/api/v2/documents/"] = (404, cookie, b"{}")
        read(api)
    names = {name.lower() for headers in api.headers for name in headers}
    assert not names & {"authorization", "cookie"}


def test_same_site_gives_the_same_bytes():
    with site(page(4, "/a/", body=body(("image", 1)))) as api:
        api.add_image(1)
        first, second = ([line.raw for line in _feed(api)] for _ in range(2))
    assert first == second


def test_position_is_that_of_the_feed_until_something_changes():
    with site(page(4, "/a/")) as api:
        reading = read(api)
        assert reading.source.position().cursor == reading.begin["cursor"]
        api.pages[1]["title"] = "Another"
        assert reading.source.position().cursor != reading.begin["cursor"]


def test_moment_that_changes_the_site_is_told_until_it_has_come():
    now = [NOW]
    with site(page(4, "/a/", expire_at="2026-11-25T15:00:00Z"), page(5, "/b/")) as api:
        api.pages[2]["expire_at"] = "2026-11-26T15:00:00Z"
        source = PagesApi(api.url, timeout_seconds=5, clock=lambda: now[0])
        begin = next(iter(list(source.feed()))).value
        assert begin.next_change_at == source.position().next_change_at
        now[0] = datetime(2026, 11, 25, 15, tzinfo=UTC)
        assert source.position().next_change_at == datetime(2026, 11, 26, 15, tzinfo=UTC)


def test_document_that_is_renamed_is_another_record():
    with site(page(4, "/a/", body='<a linktype="document" id="2">it</a>')) as api:
        api.add_document(2, "/documents/2/a.pdf")
        before = read(api).documents[2]["fingerprint"]
        api.documents[0]["title"] = "Renamed"
        assert read(api).documents[2]["fingerprint"] != before


FOREIGN = [
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]:{sink}/a.jpg",
    "http://[::ffff:127.0.0.1]:{sink}/a.jpg",
    "http://2130706433:{sink}/a.jpg",
    "http://0177.0.0.1:{sink}/a.jpg",
    "http://127.1:{sink}/a.jpg",
    "http://localhost.:{sink}/a.jpg",
    "http://127.0.0.1:{sink}/a.jpg",
    "http://{api}@127.0.0.1:{sink}/a.jpg",
    "http://editor:secret@{api}/a.jpg",
    "http://{api}\\@127.0.0.1:{sink}/a.jpg",
    "//127.0.0.1:{sink}/a.jpg",
    "https://{api}/a.jpg",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{sink}/a.jpg",
    "http://127.0.0.1:{sink}\t/a.jpg",
]


@pytest.mark.parametrize("form", FOREIGN)
def test_file_elsewhere_is_refused_without_a_packet(form):
    with socket.create_server(("127.0.0.1", 0)) as sink, site(page(4, "/a/", cover_image=1)) as api:
        sink.settimeout(0)
        host = api.origin.removeprefix("http://")
        url = form.format(sink=sink.getsockname()[1], api=host)
        api.add_image(1)
        api.add_file("/a.jpg")
        api.images[0]["meta"]["download_url"] = url
        reading = read(api)
        assert reading.images == {}
        with pytest.raises(FileUnavailableError):
            list(reading.source.file(url, max_bytes=100))
        with pytest.raises(BlockingIOError):
            sink.accept()


def test_file_that_is_redirected_elsewhere_is_refused_at_the_hop():
    with socket.create_server(("127.0.0.1", 0)) as sink, site() as api:
        sink.settimeout(0)
        there = f"http://127.0.0.1:{sink.getsockname()[1]}/a.jpg"
        api.files["/media/a.jpg"] = (302, {"Location": there}, b"")
        with pytest.raises(FileUnavailableError, match="files come from nowhere else"):
            list(
                PagesApi(api.url, timeout_seconds=5).file(f"{api.origin}/media/a.jpg", max_bytes=9)
            )
        with pytest.raises(BlockingIOError):
            sink.accept()


def test_file_that_is_redirected_in_a_circle_is_refused():
    with site() as api:
        api.files["/media/a.jpg"] = (302, {"Location": "/media/a.jpg"}, b"")
        with pytest.raises(FileUnavailableError, match="redirected without end"):
            list(
                PagesApi(api.url, timeout_seconds=5).file(f"{api.origin}/media/a.jpg", max_bytes=9)
            )
    assert len(api.requests) == 4


def test_host_of_files_is_asked_when_the_mapping_names_it():
    with site(page(4, "/a/", cover_image=1)) as api, FakeApi() as media:
        api.add_image(1)
        media.files["/roses.jpg"] = (200, {}, JPEG)
        api.images[0]["meta"]["download_url"] = f"{media.origin}/roses.jpg"
        reading = read(api, Mapping(media=(media.origin,)))
        url = reading.images[1]["renditions"][0]["url"]
        chunks = reading.source.file(url, max_bytes=2000, mime="image/jpeg")
        assert b"".join(chunks) == JPEG


def test_addresses_of_another_host_are_not_followed():
    with socket.create_server(("127.0.0.1", 0)) as sink, site(page(4, "/a/")) as api:
        sink.settimeout(0)
        there = f"http://127.0.0.1:{sink.getsockname()[1]}"
        for one in api.pages:
            one["meta"]["detail_url"] = f"{there}/api/v2/pages/{one['id']}/"
        api.pages[1]["next"] = f"{there}/more/"
        read(api)
        with pytest.raises(BlockingIOError):
            sink.accept()


@pytest.mark.parametrize(
    ("files", "mime", "reason"),
    [
        ((200, {}, b"<html>not an image</html>"), "image/jpeg", "is not the image/jpeg"),
        ((200, {}, b""), "", "is empty"),
        ((200, {}, JPEG * 100), "image/jpeg", "is larger than 900 bytes"),
        ((200, {}, JPEG[:60]), "image/jpeg", "ends too early"),
        ((403, {}, b"no"), "", "answered 403"),
        ((404, {}, b"no"), "", "answered 404"),
    ],
)
def test_file_that_is_not_what_it_should_be_is_refused(files, mime, reason):
    with site() as api:
        api.files["/media/a.jpg"] = files
        source = PagesApi(api.url, timeout_seconds=5)
        with pytest.raises(FileUnavailableError, match=reason):
            list(source.file(f"{api.origin}/media/a.jpg", max_bytes=900, mime=mime))


def _nested(depth: int) -> bytes:
    """A list of one page that an API may give, and no editor."""
    value = {**page(3, "/"), "body": 1}
    text = orjson.dumps({"meta": {"total_count": 1}, "items": [value]})
    return text.replace(b'"body":1', b'"body":' + b"[" * depth + b"]" * depth)


JSON = {"Content-Type": "application/json"}
PACKED = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>Log in</html>"), "did not answer with JSON"),
        ((200, JSON, b"null"), "did not answer with a JSON object"),
        ((200, JSON, b"{}"), "has no 'meta.total_count'"),
        ((200, JSON, b'{"meta": {"total_count": "5"}, "items": []}'), "has no 'meta.total_count'"),
        ((200, JSON, b'{"meta": {"total_count": 1}, "items": [{"id": "x"}]}'), "without an 'id'"),
        ((200, JSON, b'{"meta": {"total_count": 1}, "items": [{"id": 5}]}'), "has no 'meta'"),
        (
            (200, JSON, b'{"meta": {"total_count": 1}, "items": [{"id": 9223372036854775808}]}'),
            "without an 'id'",
        ),
        ((200, JSON, b'{"meta": {"total_count": 9000000}, "items": []}'), "it has 9,000,000 items"),
        ((302, {"Location": "http://[x"}, b""), "redirects are not followed"),
        ((200, JSON, b"[" * 100_000), "did not answer with JSON"),
        ((200, JSON | PACKED, gzip.compress(b" " * 70_000_000)), "is larger than 33,554,432 bytes"),
        ((200, JSON, _nested(600)), "item 3 is nested deeper than 100 levels"),
        ((401, JSON, b"{}"), "Only what the API gives to anybody is exported"),
        ((302, {"Location": "https://example.org/"}, b""), "redirects are not followed"),
        ((404, JSON, b"{}"), "Set PLAINLEAF_API_URL to Wagtail's API v2"),
        ((500, JSON, b"{}"), "answered 500"),
        ((400, JSON, b'{"message": "no"}'), "refused the question: no"),
        ((400, JSON, b'{"message": "limit cannot be higher than 900"}'), "refused the question"),
        ((200, JSON | PACKED, b"not gzip"), "was cut before its end"),
        ((200, JSON, b'{"meta": {"total_count": 0}, "items": []}'), "lists no page"),
    ],
)
def test_api_that_answers_otherwise_is_named(answer, reason):
    with site() as api:
        api.answers["/api/v2/pages/"] = answer
        with pytest.raises(SourceError, match=reason) as error:
            read(api)
    assert api.url in str(error.value)


def test_parent_that_the_api_does_not_tell_is_named():
    with site(page(4, "/missing/a/")) as api:
        api.answers["/api/v2/pages/4/"] = (400, JSON, b'{"message": "no"}')
        with pytest.raises(SourceError, match=rf"'{api.url}pages/4/' refused the question: no"):
            read(api)


def test_api_that_is_away_is_named():
    with site() as api:
        pass
    with pytest.raises(SourceError, match=rf"'{api.url}pages/.*': Connection refused"):
        read(api)


def test_page_of_two_paths_at_once_is_for_the_plan_to_refuse():
    with site(page(4, "/a/"), page(5, "/a/")) as api:
        assert [one["path"] for one in read(api).pages.values()] == ["/", "/a/", "/a/"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "Could not read the mapping"),
        ("colour = 1", "unknown key 'colour'"),
        ("name = 1", "'name' in the mapping .* must be text"),
        ("media = 'https://a'", "must be a list of texts"),
        ("media = ['a.example.org']", "must be a scheme and a host"),
        ("media = ['https://a.example.org/files']", "must be a scheme and a host"),
        ("fields = 1", "must be a table"),
        ("[fields]\nauthor = 'snippet'", "'author' .* is none of image, document, page"),
        ("[fields]\nblog.author = 'image'", "Put names with dots into quotes"),
    ],
)
def test_mapping_that_is_wrong_is_refused_by_name(tmp_path, text, reason):
    file = tmp_path / "mapping.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=reason):
        read_mapping(file)


def test_mapping_is_read_from_toml(tmp_path: Path):
    file = tmp_path / "mapping.toml"
    file.write_text(
        'name = "Club"\nmedia = ["https://media.example.org/"]\n[fields]\n'
        '"blog.BlogPage.body.gallery.image" = "image"\n"gallery.image" = "page"\n'
        'author = "hidden"\n'
    )
    mapping = read_mapping(file)
    assert mapping.name == "Club"
    assert mapping.media == ("https://media.example.org",)
    assert mapping.meaning_of(("blog.BlogPage", "body", "gallery", "image")) == "image"
    assert mapping.meaning_of(("blog.NewsPage", "body", "gallery", "image")) == "page"
    assert mapping.meaning_of(("blog.BlogPage", "author")) == "hidden"
    assert mapping.meaning_of(("blog.BlogPage", "body")) is None


def _feed(api: FakeApi) -> list[Any]:
    return list(PagesApi(api.url, timeout_seconds=5, clock=lambda: NOW).feed())
