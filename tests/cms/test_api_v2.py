"""API v2 answers anyone: what is not public must be in none of its answers, however it is asked."""

import datetime as dt
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
)

from cms.articles.models import ArticlePage, HomePage, StandardPage, TopicPage

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
CANARY = "canary-4711"


@pytest.fixture
def home() -> HomePage:
    return HomePage.objects.get()


@pytest.fixture
def topic(home) -> TopicPage:
    return add(home, TopicPage(title="Medicines", slug="medicines", summary="About medicines."))


def add(parent: Page, page: Page) -> Page:
    return type(parent).objects.get(pk=parent.pk).add_child(instance=page)


def article(slug: str, **fields) -> ArticlePage:
    return ArticlePage(
        topic_type="wellbeing", title=f"Article {slug}", slug=slug, summary="A summary.", **fields
    )


def get(address: str, client: Client | None = None):
    return (client or Client()).get(f"/api/v2/{address}")


def listed(address: str, client: Client | None = None) -> set[str]:
    return {item["title"] for item in get(address, client).json()["items"]}


def make_private(page: Page) -> None:
    PageViewRestriction.objects.create(
        page=page, restriction_type=PageViewRestriction.PASSWORD, password="sesame"
    )


def draft(topic):
    return add(topic, article(CANARY, live=False))


def unpublished(topic):
    page = add(topic, article(CANARY))
    page.unpublish()
    return page


def private(topic):
    page = add(topic, article(CANARY))
    make_private(page)
    return page


def child_of_private(topic):
    parent = add(topic.get_parent(), StandardPage(title="Staff", slug="staff"))
    make_private(parent)
    return add(parent, StandardPage(title=CANARY, slug=CANARY))


def child_of_draft(topic):
    parent = add(topic.get_parent(), StandardPage(title="Soon", slug="soon", live=False))
    return add(parent, StandardPage(title=CANARY, slug=CANARY))


def expired(topic):
    return add(topic, article(CANARY, expire_at=timezone.now() - DAY))


def not_yet_due(topic):
    return add(topic, article(CANARY, go_live_at=timezone.now() + DAY))


def of_another_site(topic):
    other = add(Page.objects.get(depth=1), HomePage(title="Other", slug="other"))
    Site.objects.create(hostname="other.test", root_page=other)
    return add(other, StandardPage(title=CANARY, slug=CANARY))


HIDDEN = [
    draft,
    unpublished,
    private,
    child_of_private,
    child_of_draft,
    expired,
    not_yet_due,
    of_another_site,
]


@pytest.mark.parametrize("hide", HIDDEN)
def test_a_hidden_page_is_in_no_answer(topic, hide):
    page = hide(topic)
    linked = f'<p>See <a linktype="page" id="{page.pk}">this</a>.</p>'
    linking = add(topic, article("linking", body=json.dumps([rich_text(linked)])))
    for address in (
        "pages/?fields=*",
        "pages/?type=articles.ArticlePage&fields=*",
        "pages/?type=articles.StandardPage,articles.ArticlePage",
        "pages/?child_of=root",
        f"pages/?child_of={topic.pk}",
        "pages/?descendant_of=root&fields=*",
        f"pages/?ancestor_of={page.pk}",
        f"pages/?translation_of={page.pk}",
        f"pages/?slug={page.slug}",
        f"pages/?search={CANARY}",
        f"pages/{page.pk}/",
        f"pages/find/?id={page.pk}",
        f"pages/find/?html_path=/medicines/{page.slug}/",
        f"pages/{linking.pk}/?fields=*",
        f"pages/{linking.pk}/?rich_text_format=html",
        f"pages/{linking.pk}/?rich_text_format=markdown",
        f"pages/{topic.pk}/?fields=*",
    ):
        answer = get(address)
        assert answer.status_code in {200, 400, 404}, address
        assert CANARY not in answer.content.decode(), address
    assert get(f"pages/{page.pk}/").status_code == 404
    assert get(f"pages/find/?id={page.pk}").status_code == 404


def rich_text(html: str) -> dict:
    return {"type": "rich_text", "value": html, "id": "5c1e3f6a-8a94-4b0e-9f5e-2f1d4f6f2f10"}


def test_a_newer_draft_of_a_live_page_stays_in_the_cms(topic):
    page = add(topic, article("ketamine"))
    page.summary = CANARY
    page.save_revision()
    assert CANARY not in get(f"pages/{page.pk}/").content.decode()
    assert get(f"pages/?search={CANARY}").json()["items"] == []


def test_a_live_alias_does_not_name_its_hidden_source(topic):
    source = add(topic, article(CANARY))
    alias = source.create_alias(update_slug="public")
    Page.objects.filter(pk=alias.pk).update(title="Public", draft_title="Public")
    Page.objects.filter(pk=source.pk).update(live=False)
    for address in (f"pages/{alias.pk}/", "pages/?fields=*"):
        assert CANARY not in get(address).content.decode()


def test_neither_a_password_nor_a_login_opens_a_private_page(topic):
    page = private(topic)
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    session = client.session
    session["passed_page_view_restrictions"] = list(
        PageViewRestriction.objects.values_list("pk", flat=True)
    )
    session.save()
    assert get(f"pages/{page.pk}/", client).status_code == 404
    assert page.title not in listed("pages/", client)


def test_public_pages_are_listed_searched_found_and_read(home, topic):
    page = add(topic, article("ketamine", body=json.dumps([rich_text("<p>It numbs.</p>")])))
    assert listed("pages/") == {home.title, topic.title, page.title}
    assert listed(f"pages/?child_of={topic.pk}") == {page.title}
    assert listed("pages/?child_of=root") == {topic.title}
    assert listed("pages/?search=ketamine") == {page.title}
    found = get("pages/find/?html_path=/medicines/ketamine/")
    assert found["Location"].startswith(f"https://admin.plainleaf.test/api/v2/pages/{page.pk}/")
    answer = get(f"pages/{page.pk}/").json()
    assert answer["body"][0]["value"] == "<p>It numbs.</p>"
    assert answer["meta"]["html_url"] == "https://www.plainleaf.test/medicines/ketamine/"
    assert answer["meta"]["parent"]["id"] == topic.pk
    assert {"sources", "last_reviewed", "sample_content", "comments_mode"} <= set(answer)


def test_a_list_gives_the_addresses_of_the_public_site(topic, settings):
    settings.PLAINLEAF_SITE_URL = "https://example.org/health"
    addresses = {item["meta"]["html_url"] for item in get("pages/").json()["items"]}
    assert addresses == {"https://example.org/health/", "https://example.org/health/medicines/"}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_host_that_was_asked_changes_nothing(topic, host):
    answer = Client().get("/api/v2/pages/?child_of=root", HTTP_HOST=host)
    assert [item["title"] for item in answer.json()["items"]] == [topic.title]


@pytest.mark.parametrize("name", ["other.test", "OTHER.test:80"])
def test_another_site_is_asked_for_by_its_host(topic, name):
    elsewhere = of_another_site(topic)
    items = get(f"pages/?site={name}").json()["items"]
    assert [item["meta"]["html_url"] for item in items] == [
        "http://other.test/",
        f"http://other.test/{elsewhere.slug}/",
    ]
    found = get(f"pages/find/?html_path={elsewhere.slug}&site={name}&fields=*")["Location"]
    assert urlsplit(found).path == f"/api/v2/pages/{elsewhere.pk}/"
    assert parse_qs(urlsplit(found).query) == {"site": [name], "fields": ["*"]}
    assert [item["id"] for item in get(f"pages/?site={name}&child_of=root").json()["items"]] == [
        elsewhere.pk
    ]
    assert elsewhere.pk not in {item["id"] for item in get("pages/").json()["items"]}


@pytest.mark.parametrize("name", ["nowhere.test", "other.test:81", "other.test:eighty"])
def test_site_that_is_none_is_refused_by_its_name(topic, name):
    of_another_site(topic)
    answer = get(f"pages/?site={name}")
    assert answer.status_code == 400
    assert f"'{name}'" in answer.json()["message"]


def test_name_that_fits_two_sites_is_refused_until_it_has_a_port(topic):
    elsewhere = of_another_site(topic)
    Site.objects.create(hostname="other.test", port=8443, root_page=topic)
    assert get("pages/?site=other.test").status_code == 400
    items = get("pages/?site=other.test:80").json()["items"]
    assert elsewhere.pk in {item["id"] for item in items}


def test_page_that_two_sites_share_has_the_address_of_the_one_that_is_asked(home, topic):
    Site.objects.create(hostname="two.test", root_page=home)
    pages = [get(f"pages/{topic.pk}/{query}").json() for query in ("", "?site=two.test")]
    assert [page["meta"]["html_url"] for page in pages] == [
        "https://www.plainleaf.test/medicines/",
        "http://two.test/medicines/",
    ]


def collection(*, is_private: bool, parent: Collection | None = None) -> Collection:
    parent = parent or Collection.get_first_root_node()
    child = parent.add_child(name="private" if is_private else "nested")
    if is_private:
        CollectionViewRestriction.objects.create(
            collection=child, restriction_type=CollectionViewRestriction.LOGIN
        )
    return child


def image_in(where: Collection, title: str):
    return get_image_model().objects.create(
        title=title, file=get_test_image_file(f"{title}.png"), collection=where
    )


def document_in(where: Collection, title: str):
    return get_document_model().objects.create(
        title=title, file=ContentFile(title.encode(), name=f"{title}.txt"), collection=where
    )


@pytest.mark.parametrize(("kind", "make"), [("images", image_in), ("documents", document_in)])
def test_a_file_of_a_private_collection_is_in_no_answer(kind, make):
    closed = collection(is_private=True)
    make(Collection.get_first_root_node(), "public")
    secrets = [
        make(closed, f"{CANARY}-a"),
        make(collection(is_private=False, parent=closed), f"{CANARY}-b"),
    ]
    assert listed(f"{kind}/") == {"public"}
    assert listed(f"{kind}/?search=public") == {"public"}
    for address in (
        f"{kind}/?fields=*",
        f"{kind}/?search={CANARY}",
        *(f"{kind}/{secret.pk}/" for secret in secrets),
        *(f"{kind}/find/?id={secret.pk}" for secret in secrets),
    ):
        assert CANARY not in get(address).content.decode(), address
    for secret in secrets:
        assert get(f"{kind}/{secret.pk}/").status_code == 404


def download(client: Client, url: str) -> bytes | None:
    answer = client.get(url)
    return b"".join(answer.streaming_content) if answer.status_code == 200 else None


def test_a_private_image_file_opens_for_the_admin_only(admin_client):
    public = image_in(Collection.get_first_root_node(), "public")
    secret = image_in(collection(is_private=True), CANARY)
    for image in (public, secret):
        for file in (image.file, image.get_rendition("width-20").file):
            content = Path(file.path).read_bytes()
            assert download(Client(), file.url) == (content if image is public else None)
            assert download(admin_client, file.url) == content


def test_a_document_file_has_its_own_view_only(admin_client):
    document = document_in(Collection.get_first_root_node(), "leaflet")
    assert download(admin_client, document.file.url) is None
    assert download(Client(), document.url) == b"leaflet"


def test_redirects_are_not_served():
    assert get("redirects/").status_code == 404


def test_answers_are_json_for_a_browser_too(topic):
    answer = Client().get("/api/v2/pages/", HTTP_ACCEPT="text/html,*/*;q=0.1")
    assert answer["Content-Type"] == "application/json"


def test_lists_hold_a_hundred_at_most():
    assert get("pages/?limit=100").status_code == 200
    assert get("pages/?limit=101").status_code == 400


@pytest.mark.parametrize("address", ["pages/", "pages/?child_of=root", "pages/find/?html_path=/"])
def test_without_a_default_site_the_answer_says_where_to_choose_one(topic, address):
    Site.objects.update(is_default_site=False)
    answer = get(address)
    assert answer.status_code == 503
    assert answer.json() == {
        "message": "No site is marked as the default one. "
        "Choose it in the admin under Settings > Sites."
    }
