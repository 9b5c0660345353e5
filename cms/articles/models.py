"""The page types. Their fields are the export feed's: see docs/export-feed.md."""

from collections.abc import Sequence
from typing import Self

from django.db import models
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.api import APIField
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.articles.article import ArticlePage as ArticlePage
from cms.articles.blocks.body import PlainBodyBlock
from cms.articles.blocks.shared import INLINE_FEATURES
from cms.articles.facts import facts_of_pages
from cms.articles.glossary import GlossaryTerm as GlossaryTerm
from cms.articles.helplines import Helpline as Helpline
from cms.articles.panels import SUMMARY_HELP, summary_panel, tabs
from cms.articles.people import Person as Person
from cms.safety.grounds import Grounds
from cms.safety.judged import JudgedPage
from cms.safety.reading.facts import PageFacts


class PlainPage(JudgedPage):
    """A page that is no article: the rules look at its words, images, links and headings."""

    class Meta:
        abstract = True

    @classmethod
    def facts_of(cls, pages: Sequence[Self], grounds: Grounds) -> list[PageFacts]:
        return facts_of_pages(pages, grounds)


class HomePage(PlainPage):
    introduction = RichTextField(
        features=INLINE_FEATURES,
        max_length=600,
        blank=True,
        help_text="A few sentences at the top of the site: what it is and whom it is for.",
    )
    body = StreamField(
        PlainBodyBlock(),
        blank=True,
        help_text="What the home page says below its introduction. It lists the topics itself.",
    )

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["articles.TopicPage", "articles.StandardPage"]
    page_description = "The front page of the site."

    edit_handler = tabs(
        [TitleFieldPanel("title"), FieldPanel("introduction"), FieldPanel("body")],
    )
    search_fields = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("body"),
    ]
    api_fields = [APIField("introduction"), APIField("body")]

    class Meta:
        verbose_name = "home page"


class TopicPage(PlainPage):
    summary = models.CharField(max_length=300, help_text=SUMMARY_HELP)
    introduction = RichTextField(
        features=INLINE_FEATURES,
        max_length=1500,
        blank=True,
        help_text="A short text above the list of articles. The list makes itself.",
    )

    parent_page_types = ["articles.HomePage"]
    subpage_types = ["articles.ArticlePage"]
    page_description = "A subject, such as Medicines. It lists its articles by itself."

    edit_handler = tabs(
        [TitleFieldPanel("title"), summary_panel(), FieldPanel("introduction")],
    )
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("introduction"),
    ]
    api_fields = [APIField("summary"), APIField("introduction")]

    class Meta:
        verbose_name = "topic"


class StandardPage(PlainPage):
    summary = models.CharField(max_length=300, blank=True, help_text=SUMMARY_HELP)
    body = StreamField(
        PlainBodyBlock(),
        help_text="The page, part by part. Press the plus sign to add a part.",
    )

    parent_page_types = ["articles.HomePage", "articles.StandardPage"]
    subpage_types = ["articles.StandardPage"]
    page_description = "A page about the site itself: about, privacy, accessibility."

    edit_handler = tabs([TitleFieldPanel("title"), summary_panel(), FieldPanel("body")])
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    api_fields = [APIField("summary"), APIField("body")]

    class Meta:
        verbose_name = "standard page"
