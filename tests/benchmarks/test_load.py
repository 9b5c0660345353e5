"""What the loader writes past Wagtail is what Wagtail would have written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from wagtail.blocks import StreamValue
from wagtail.models import Page, Site

from benchmarks import articles
from benchmarks.load import judge, load
from benchmarks.stream_forms import stream_form
from cms.articles.models import ArticlePage, TopicPage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=articles.Kind)
def loaded(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    """Three topics' articles, a handful in each, and two images."""
    monkeypatch.setattr(articles, "IMAGES", 2)
    monkeypatch.setattr(articles, "ARTICLES_PER_TOPIC", 4)
    settings.MEDIA_ROOT = tmp_path
    Site.clear_site_root_paths_cache()  # of another test
    load(10, request.param)


def test_the_tree_is_whole() -> None:
    assert not any(Page.find_problems())
    home = Site.objects.get(is_default_site=True).root_page
    counts = [topic.get_children().count() for topic in home.get_children()]
    assert counts == [4, 4, 2]


def test_an_article_is_as_saving_it_would_leave_it() -> None:
    article = ArticlePage.objects.get(slug=articles.slug_of(7))
    article.full_clean()
    assert article.url_path == article.set_url_path(article.get_parent())
    assert article.url.endswith(articles.path_of(7))
    assert article.get_parent() == TopicPage.objects.get(slug="topic-002").page_ptr


def test_the_links_and_the_image_of_an_article_lead_somewhere() -> None:
    article = ArticlePage.objects.get(slug=articles.slug_of(7))
    references = ArticlePage._meta.get_field("body").extract_references(article.body)
    targets = [(model, pk) for model, pk, *_where in references]
    assert len(targets) == articles.SECTIONS + 1
    for model, pk in targets:
        assert model.objects.filter(pk=pk).exists()


def test_no_rule_finds_anything_on_any_page() -> None:
    pages = Site.objects.get(is_default_site=True).root_page.get_descendants(inclusive=True)
    assert [page.safety_verdict.findings for page in pages] == [[]] * (1 + 3 + 10)


def test_what_a_rule_finds_stops_the_loading() -> None:
    article = ArticlePage.objects.get(slug=articles.slug_of(7))
    ArticlePage.objects.filter(pk=article.pk).update(conflicts="")
    with pytest.raises(ValueError, match=f"Page {article.pk} breaks rule S22"):
        judge([article.pk])


def test_what_the_admin_is_posted_is_what_is_stored() -> None:
    article = ArticlePage.objects.get(slug=articles.slug_of(7))
    posted = stream_form(article)
    for name in article.get_streamfield_names():
        stored = getattr(article, name)
        block = stored.stream_block
        typed = block.clean(block.value_from_datadict(posted, {}, name))
        assert without_keys(typed) == without_keys(stored)


def without_keys(stream: StreamValue) -> str:
    """The editor in the browser numbers the paragraphs."""
    stored = json.dumps(stream.get_prep_value(), cls=DjangoJSONEncoder)
    return re.sub(r' data-block-key=\\"\w+\\"', "", stored)
