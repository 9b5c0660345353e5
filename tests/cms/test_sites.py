"""Two sites of one CMS: which one is meant is always said, and each knows nothing of the other."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site

from cms.articles.models import ArticlePage, HomePage, StandardPage
from cms.core.models import SiteSettings
from cms.export_feed.contact import ExporterContact
from cms.export_feed.page_status import page_statuses
from cms.export_feed.requests import Verb, ask
from cms.export_feed.runs import ExportRun
from cms.export_feed.site_status import site_status
from cms.preview.models import Preview
from cms.preview.shared import SharedDraft
from cms.preview.user_bar import CrossOriginContentChecker
from tests.cms.export_site import cursor, export, report
from tests.cms.feed_site import FEED, article, home, read, topic

pytestmark = pytest.mark.django_db

TWO = "two.test"
PREVIEW = "/api/export/v1/preview"


@pytest.fixture
def client() -> Client:
    return Client()


def second_site(**record: Any) -> StandardPage:
    """A site of its own at ``two.test``; its one page below the root."""
    root = Page.objects.get(depth=1).add_child(instance=HomePage(title="Two", slug="two"))
    Site.objects.create(**{"hostname": TWO, "port": 443, "root_page": root, **record})
    page = root.add_child(instance=StandardPage(title="About two", slug="about"))
    page.save_revision().publish()
    return StandardPage.objects.get(pk=page.pk)


def lines(client: Client, path: str) -> list[dict[str, Any]]:
    answer = read(client, path)
    assert answer.status_code == 200, answer.getvalue()
    return [orjson.loads(line) for line in answer.getvalue().splitlines()]


def paths(all_lines: list[dict[str, Any]]) -> set[str]:
    return {one["path"] for one in all_lines if one["kind"] == "page"}


def content(all_lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All but what the clock and the journal say."""
    return all_lines[1:-1]


def test_each_feed_has_its_own_pages_and_settings(client):
    article(topic())
    second_site()
    SiteSettings.objects.create(site=Site.objects.get(hostname=TWO), strapline="Of two")
    one, two = lines(client, FEED), lines(client, f"{FEED}?site={TWO}")

    assert paths(one) == {"/", "/medicines/", "/medicines/ketamine/"}
    assert paths(two) == {"/", "/about/"}
    assert [line["strapline"] for line in (one[1], two[1])] == ["", "Of two"]


def test_second_site_changes_no_byte_of_the_first(client):
    article(topic())
    before = lines(client, FEED)
    second_site()
    after = lines(client, FEED)

    assert content(after) == content(before)


def test_changes_of_a_second_site_are_no_page_of_the_first(client):
    page = second_site()
    begin, *_ = lines(client, FEED)
    page.title = "Other words"
    page.save_revision().publish()
    since = lines(client, f"{FEED}?cursor={begin['cursor']}")
    of_two = lines(client, f"{FEED}?site={TWO}&cursor={begin['cursor']}")

    assert not since[0]["full"]
    assert {one["kind"] for one in content(since)} == {"gone"}  # of what was never there
    assert of_two[0]["full"]  # a cursor of one site says nothing of another
    assert paths(of_two) == {"/", "/about/"}


def test_cursor_of_a_site_follows_that_site(client):
    page = second_site()
    begin, *_ = lines(client, f"{FEED}?site={TWO}")
    page.title = "Other words"
    page.save_revision().publish()
    since = lines(client, f"{FEED}?site={TWO}&cursor={begin['cursor']}")

    assert not since[0]["full"]
    assert [one["title"] for one in content(since)] == ["Other words"]
    [told] = lines(client, f"/api/export/v1/cursor?site={TWO}")
    assert told["cursor"] == since[0]["cursor"]


def test_manifest_is_of_the_site_that_is_named(client):
    second_site()
    assert paths(lines(client, f"/api/export/v1/manifest?site={TWO}")) == {"/", "/about/"}


@pytest.mark.parametrize("path", [FEED, "/api/export/v1/manifest"])
def test_name_of_no_site_is_said(client, path):
    answer = read(client, f"{path}?site=nowhere.test")
    assert answer.status_code == 503
    assert "'nowhere.test'" in answer.json()["message"]


def test_host_that_was_asked_chooses_no_site(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    second_site()
    answer = client.get(
        FEED,
        headers={"Authorization": f"Bearer {settings.PLAINLEAF_FEED_TOKEN}", "Host": TWO},
    )
    assert b"About two" not in answer.getvalue()


def test_page_has_the_address_of_its_site(client):
    page, of_one = second_site(), article(topic())

    assert page.full_url == "https://two.test/about/"
    assert of_one.full_url == "https://www.plainleaf.test/medicines/ketamine/"
    assert client.get(of_one.relative_url(None) or "", HTTP_HOST="localhost").status_code == 302


def test_two_sites_with_one_root_export_the_same_paths_and_one_address_is_shown(client):
    page = article(topic())
    Site.objects.create(hostname="also.test", root_page=home())
    one, also = lines(client, FEED), lines(client, f"{FEED}?site=also.test")

    assert [line for line in content(one) if line["kind"] == "page"] == [
        line for line in content(also) if line["kind"] == "page"
    ]
    assert ArticlePage.objects.get(pk=page.pk).full_url == page.full_url
    assert page.full_url.startswith("https://www.plainleaf.test/")


def editor() -> Any:
    return get_user_model().objects.create_superuser("editor", "editor@example.org", "secret")


def answer_to(client: Client, address: str, site: str) -> Any:
    [token] = parse_qs(urlsplit(address).query)["token"]
    return read(client, f"{PREVIEW}?token={token}&site={site}")


def test_draft_of_another_site_is_shown_by_the_edge_of_that_site(client):
    page = second_site()
    page.title = "Being typed"
    address = Preview.objects.keep(page, user=editor(), is_editing=True).url(in_panel=True)

    assert address.startswith("https://two.test/preview?token=")
    assert answer_to(client, address, "").status_code == 404
    shown = answer_to(client, address, TWO)
    told = [orjson.loads(line) for line in shown.content.splitlines()]
    assert [one["title"] for one in told if one["kind"] == "page" and one["path"] == "/about/"] == [
        "Being typed"
    ]
    assert told[1]["id"] == Site.objects.get(hostname=TWO).pk


def test_new_page_of_another_site_is_previewed_there(client):
    about = second_site()
    new = StandardPage(title="New", slug="new", body=[])
    new.depth, new.path = about.depth + 1, f"{about.path}0001"
    new.locale = about.locale
    address = Preview.objects.keep(new, user=editor(), is_editing=True).url(in_panel=True)

    assert address.startswith("https://two.test/preview?token=")
    assert b'"path":"/about/new/"' in answer_to(client, address, TWO).content


def test_shared_draft_of_another_site_leads_there(client):
    shared = SharedDraft.objects.share(second_site(), by=editor())

    assert shared.url().startswith("https://two.test/preview?token=")
    assert answer_to(client, shared.url(), TWO).status_code == 200


def test_preview_at_an_edge_of_no_site_says_so(client):
    address = Preview.objects.keep(home(), user=editor(), is_editing=True).url(in_panel=True)

    assert answer_to(client, address, "nowhere.test").status_code == 503


def test_content_checks_may_cross_to_every_site():
    second_site()
    assert set(CrossOriginContentChecker(True).get_axe_spec(None)["allowedOrigins"]) == {
        "https://admin.plainleaf.test",
        "https://www.plainleaf.test",
        "https://two.test",
    }


def test_admin_shows_and_steers_the_exports_of_the_default_site(client, settings):
    second_site()
    olga = editor()
    ask(Verb.EXPORT, by=olga)
    [of_two] = lines(client, f"/api/export/v1/cursor?site={TWO}")
    named = Site.objects.get(is_default_site=True).hostname
    [of_one] = lines(client, f"/api/export/v1/cursor?site={named}")

    assert (len(of_one["requests"]), of_two["requests"]) == (1, [])
    ExporterContact.objects.all().delete()
    lines(client, f"/api/export/v1/cursor?site={TWO}")
    assert site_status(timezone.now()).heard_at is None
    assert tell_run(client, settings, site=TWO).status_code == 204
    assert site_status(timezone.now()).last_run is None
    client.force_login(olga)
    assert list(client.get(reverse("site_export:index")).context["object_list"]) == []


def test_every_site_has_an_alarm_of_its_own(client, settings):
    settings.PLAINLEAF_ALERT_EMAILS = ["operators@example.org"]
    second_site()
    export()
    failed = {"outcome": "failed", "error": "The disk is full.", "exit_code": 4, "cursor": None}
    tell_run(client, settings, site=TWO, **failed)
    [told] = mail.outbox
    assert told.subject == "[Plainleaf] exports fail or stand still: two.test"
    assert "Site 'two.test': Exports fail (1 in a row). The disk is full." in told.body
    assert "Readers keep the site as it is at https://two.test." in told.body

    export()
    assert len(mail.outbox) == 1  # that of one site ends no other's
    tell_run(client, settings, site=TWO)
    assert mail.outbox[1].subject == "[Plainleaf] exports work again: two.test"
    assert len(mail.outbox) == 2


def tell_run(client, settings, site: str = "", **values):
    """As an exporter of that site does that has read all there is now."""
    return client.post(
        f"/api/export/v1/runs?site={site}",
        data=orjson.dumps(report(**{"cursor": cursor(), **values})),
        content_type="application/json",
        headers={"Authorization": f"Bearer {settings.PLAINLEAF_FEED_TOKEN}"},
    )


def test_page_says_where_it_stands_on_its_own_site(client, settings):
    of_one = article(topic())
    of_two = article(second_site(), "sleep")
    now = timezone.now()

    def states() -> list[str]:
        statuses = page_statuses([of_one, of_two], now)
        return [statuses[of_one.pk].state.value, statuses[of_two.pk].state.value]

    tell_run(client, settings)
    assert states() == ["live", "waiting"]
    tell_run(client, settings, site=TWO, outcome="failed", error="The disk is full.")
    assert states() == ["live", "failed"]
    tell_run(client, settings, site=TWO)
    assert states() == ["live", "live"]


def test_runs_of_one_site_push_out_none_of_another(client, settings):
    second_site()
    settings.PLAINLEAF_RUNS_KEPT = 1
    tell_run(client, settings, minutes_ago=30)
    tell_run(client, settings, site=TWO, minutes_ago=20)
    tell_run(client, settings, site=TWO, minutes_ago=10)
    assert ExportRun.objects.of(None).count() == 1


def test_run_of_a_site_that_is_gone_is_let_go(client, settings):
    assert tell_run(client, settings, site="gone.test").status_code == 204
    assert not ExportRun.objects.exists()
