"""The page types. Their fields are the export feed's: see docs/export-feed.md."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from wagtail.admin.panels import (
    FieldPanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
    TitleFieldPanel,
)
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.api import APIField
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.articles.blocks import INLINE_FEATURES, BodyBlock, SourcesBlock
from cms.articles.forms import ArticlePageForm
from cms.articles.helplines import Helpline as Helpline
from cms.core.pages import SitePage

SUMMARY_HELP = (
    "One or two sentences that say what the page answers. "
    "Shown under the title, in lists and in search results."
)


def summary_panel() -> FieldPanel:
    """One column of the database, but sentences to read: the box grows with them."""
    return FieldPanel("summary", widget=AdminAutoHeightTextInput)


def tabs(content: list, *more: ObjectList) -> TabbedInterface:
    """The tabs of an editing form: the content first, what search engines see last."""
    return TabbedInterface(
        [
            ObjectList(content, heading="Content"),
            *more,
            ObjectList([address_and_search_panel()], heading="Promote"),
            ObjectList(Page.settings_panels, heading="Settings"),
        ]
    )


def address_and_search_panel() -> MultiFieldPanel:
    """Wagtail's, without its "Show in menus": an editor writes the menus in the site settings."""
    return MultiFieldPanel(
        [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")],
        heading="Address and search engines",
    )


class HomePage(SitePage):
    introduction = RichTextField(
        features=INLINE_FEATURES,
        max_length=600,
        blank=True,
        help_text="A few sentences at the top of the site: what it is and whom it is for.",
    )
    body = StreamField(
        BodyBlock(),
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


class TopicPage(SitePage):
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


class ArticlePage(SitePage):
    summary = models.CharField(max_length=300, help_text=SUMMARY_HELP)
    body = StreamField(
        BodyBlock(),
        help_text="The article, part by part. Press the plus sign to add a part.",
    )
    sources = StreamField(
        SourcesBlock(),
        blank=True,
        help_text="Where the statements of the article come from, the most important first.",
    )
    last_reviewed = models.DateField(
        null=True,
        blank=True,
        help_text="The day a clinician last checked this article. Leave it empty until one has.",
    )
    next_review_due = models.DateField(
        null=True,
        blank=True,
        help_text="The day by which it must be checked again. "
        "After it, readers are told that a review is overdue.",
    )
    sample_content = models.BooleanField(
        default=False,
        help_text="Tick this for an example that no clinician has reviewed. "
        "The page says so at the top, and is not published on the real site.",
    )
    comments_open = models.BooleanField(
        default=True,
        help_text="Readers can send comments. A moderator reads each before it is shown.",
    )

    parent_page_types = ["articles.TopicPage"]
    subpage_types: list[str] = []
    base_form_class = ArticlePageForm
    is_kept_as_draft = False
    page_description = "Answers one question about a medicine or about health."

    edit_handler = tabs(
        [TitleFieldPanel("title"), summary_panel(), FieldPanel("body")],
        ObjectList(
            [
                MultiFieldPanel(
                    [FieldPanel("last_reviewed"), FieldPanel("next_review_due")],
                    heading="Clinical review",
                ),
                FieldPanel("sources"),
                FieldPanel("sample_content"),
            ],
            heading="Review and sources",
        ),
        ObjectList([FieldPanel("comments_open")], heading="Reader comments"),
    )
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.FilterField("last_reviewed"),
        index.FilterField("next_review_due"),
        index.FilterField("sample_content"),
        index.FilterField("comments_open"),
    ]
    api_fields = [
        APIField("summary"),
        APIField("body"),
        APIField("sources"),
        APIField("last_reviewed"),
        APIField("next_review_due"),
        APIField("sample_content"),
        APIField("comments_open"),
    ]

    class Meta:
        verbose_name = "article"
        indexes = [models.Index(fields=["next_review_due"], name="article_next_review_due")]

    def clean(self) -> None:
        super().clean()
        if not self.is_kept_as_draft:
            require_review_order(self.last_reviewed, self.next_review_due)


class StandardPage(SitePage):
    summary = models.CharField(max_length=300, blank=True, help_text=SUMMARY_HELP)
    body = StreamField(
        BodyBlock(),
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


def require_review_order(last_reviewed: dt.date | None, next_review_due: dt.date | None) -> None:
    """Refuse a next review that is not after the last one. Either may still be missing."""
    if last_reviewed and next_review_due and next_review_due <= last_reviewed:
        raise ValidationError(
            {
                "next_review_due": "The next review must be after the last one "
                f"({last_reviewed:%-d %B %Y})."
            }
        )
