"""An article: one question about a medicine or about health, answered from sources and reviewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import (
    FieldPanel,
    MultiFieldPanel,
    ObjectList,
    PageChooserPanel,
    TitleFieldPanel,
)
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.articles.blocks.body import BodyBlock
from cms.articles.blocks.facts import AuthorsBlock, KeyPointsBlock, LegalStatusBlock, SynonymsBlock
from cms.articles.blocks.sources import SourcesBlock, give_keys
from cms.articles.facts import cited_addresses, facts_of_articles
from cms.articles.forms import ArticlePageForm
from cms.articles.panels import SUMMARY_HELP, summary_panel, tabs
from cms.articles.reviewed import take_review_of
from cms.core.commenting import PAGE_CHOICES, Mode
from cms.core.countries import COUNTRIES, HOME
from cms.safety.grounds import Grounds
from cms.safety.judged import JudgedPage
from cms.safety.reading.facts import PageFacts

# No kind is the usual one: an article about a medicine that is called something else would be held
# to less.
KIND_IS_MISSING = (
    "Say what the article is about: a medicine, a condition, or health and wellbeing. The rules "
    "depend on it."
)


class ArticlePage(JudgedPage):
    topic_type = models.CharField(
        "kind of topic",
        max_length=10,
        choices=[
            ("medicine", "A medicine or drug"),
            ("condition", "A condition or symptom"),
            ("wellbeing", "Health and wellbeing"),
        ],
        error_messages={"blank": KIND_IS_MISSING},
        help_text="What the article is about. A page about a medicine must have more parts.",
    )
    summary = models.CharField(max_length=300, help_text=SUMMARY_HELP)
    key_points = StreamField(
        KeyPointsBlock(),
        blank=True,
        help_text="Three to five short sentences that a reader should take away.",
    )
    audience = models.CharField(
        max_length=15,
        choices=[
            ("everyone", "Everyone"),
            ("patients", "People who take it or have it"),
            ("carers", "Family, friends and carers"),
            ("professionals", "Health professionals"),
        ],
        default="everyone",
        help_text="For whom the article is written.",
    )
    synonyms = StreamField(
        SynonymsBlock(),
        blank=True,
        max_num=20,
        help_text="Other names that people use or search for. Readers see them as “also called”.",
    )
    body = StreamField(
        BodyBlock(),
        help_text="The article, part by part. Press the plus sign to add a part.",
    )
    jurisdiction = models.CharField(
        max_length=2,
        choices=COUNTRIES,
        default=HOME,
        help_text="The country whose law, services and numbers the article speaks of.",
    )
    legal_status = StreamField(
        LegalStatusBlock(),
        blank=True,
        max_num=len(COUNTRIES),
        help_text="Of a medicine: how the law treats it, country by country.",
    )
    authors = StreamField(
        AuthorsBlock(), blank=True, max_num=10, help_text="Who wrote the article, in this order."
    )
    reviewer = models.ForeignKey(
        "articles.Person",
        null=True,
        blank=True,
        # An old version may name somebody who is gone: see needed_people.py for who must stay.
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The clinician who approved the article. Set by the clinical review.",
    )
    last_reviewed = models.DateField(
        null=True,
        blank=True,
        help_text="The day a clinician last approved this article. Set by the clinical review.",
    )
    next_review_due = models.DateField(
        null=True,
        blank=True,
        help_text="The day by which it must be checked again; after it, readers are told that a "
        "review is overdue. Set by the clinical review.",
    )
    reviewed_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="What the article said when it was approved, as a digest. Set by the clinical "
        "review.",
    )
    change_kind = models.CharField(
        "kind of change",
        max_length=5,
        choices=[
            ("major", "Major: readers may need to know"),
            ("minor", "Minor: wording or layout, the same meaning"),
        ],
        default="major",
        help_text="What you change this time. After a major change a clinician reviews it again.",
    )
    change_note = models.CharField(
        max_length=250,
        blank=True,
        help_text="What is new, in one sentence. Readers see it, with the date, after a major "
        "change.",
    )
    funding = models.TextField(
        max_length=500,
        blank=True,
        help_text="Who paid for the article. If nobody did beyond the site itself, say that.",
    )
    conflicts = models.TextField(
        "conflicts of interest",
        max_length=500,
        blank=True,
        help_text="What writers and reviewer could gain by what it says. If nothing, say that.",
    )
    sources = StreamField(
        SourcesBlock(),
        blank=True,
        help_text="Where the statements of the article come from, the most important first.",
    )
    withdrawn_on = models.DateField(
        "withdrawn on",
        null=True,
        blank=True,
        help_text="The day the article stopped being valid. The page stays, and says so instead "
        "of its text.",
    )
    withdrawn_reason = models.TextField(
        "why it was withdrawn",
        max_length=500,
        blank=True,
        help_text="For readers, in a sentence or two. Needed with a date.",
    )
    replacement_page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="read instead",
        help_text="The page that readers of a withdrawn one are led to. May stay empty.",
    )
    sample_content = models.BooleanField(
        default=False,
        help_text="Tick this for an example that no clinician has reviewed. "
        "The page says so at the top, and is not published on the real site.",
    )
    comments_mode = models.CharField(
        "comments",
        max_length=10,
        choices=PAGE_CHOICES,
        default=Mode.SITE.value,
        help_text="Whether readers can send comments and see those of others. A moderator reads "
        "each before it is shown. What you hide can be shown again; nothing is deleted.",
    )
    comments_close_on = models.DateField(
        "close comments on",
        null=True,
        blank=True,
        help_text="From the start of this day (UTC) readers can send no more comments; those that "
        "are there stay. Leave it empty to keep them open.",
    )

    parent_page_types = ["articles.TopicPage"]
    subpage_types: list[str] = []
    base_form_class = ArticlePageForm
    is_kept_as_draft = False
    page_description = "Answers one question about a medicine or about health."

    edit_handler = tabs(
        [
            TitleFieldPanel("title"),
            summary_panel(),
            FieldPanel("key_points"),
            FieldPanel("body"),
        ],
        ObjectList(
            [
                FieldPanel("topic_type"),
                FieldPanel("audience"),
                FieldPanel("synonyms"),
                FieldPanel("jurisdiction"),
                FieldPanel("legal_status"),
            ],
            heading="Facts",
        ),
        ObjectList(
            [
                FieldPanel("authors"),
                MultiFieldPanel(
                    [
                        FieldPanel("reviewer", read_only=True),
                        FieldPanel("last_reviewed", read_only=True),
                        FieldPanel("next_review_due", read_only=True),
                    ],
                    heading="Clinical review",
                ),
                MultiFieldPanel(
                    [FieldPanel("change_kind"), FieldPanel("change_note")],
                    heading="What you change",
                ),
                FieldPanel("sources"),
                MultiFieldPanel(
                    [FieldPanel("funding"), FieldPanel("conflicts")], heading="Disclosure"
                ),
                FieldPanel("sample_content"),
            ],
            heading="Review and sources",
        ),
        ObjectList(
            [FieldPanel("comments_mode"), FieldPanel("comments_close_on")],
            heading="Reader comments",
        ),
        settings=[
            *Page.settings_panels,
            MultiFieldPanel(
                [
                    FieldPanel("withdrawn_on"),
                    FieldPanel("withdrawn_reason"),
                    PageChooserPanel("replacement_page"),
                ],
                heading="Withdraw the article",
            ),
        ],
    )
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("key_points"),
        index.SearchField("synonyms"),
        index.SearchField("body"),
        index.FilterField("topic_type"),
        index.FilterField("audience"),
        index.FilterField("jurisdiction"),
        index.FilterField("last_reviewed"),
        index.FilterField("next_review_due"),
        index.FilterField("withdrawn_on"),
        index.FilterField("sample_content"),
        index.FilterField("comments_mode"),
        index.FilterField("comments_close_on"),
    ]
    api_fields = [
        APIField(name)
        for name in (
            "topic_type",
            "summary",
            "key_points",
            "audience",
            "synonyms",
            "body",
            "jurisdiction",
            "legal_status",
            "authors",
            "reviewer",
            "last_reviewed",
            "next_review_due",
            "change_kind",
            "change_note",
            "funding",
            "conflicts",
            "sources",
            "withdrawn_on",
            "withdrawn_reason",
            "replacement_page",
            "sample_content",
            "comments_mode",
            "comments_close_on",
        )
    ]

    class Meta:
        verbose_name = "article"
        indexes = [
            models.Index(fields=["next_review_due"], name="article_next_review_due"),
            models.Index(fields=["comments_close_on"], name="article_comments_close_on"),
        ]

    def with_content_json(self, content: dict[str, Any]) -> ArticlePage:
        """Its own review belongs to a version; without one it has that of the article."""
        version: ArticlePage = super().with_content_json(content)
        take_review_of(version, self)
        return version

    def clean(self) -> None:
        super().clean()
        give_keys(self.sources)
        if not self.is_kept_as_draft:
            require_review_order(self.last_reviewed, self.next_review_due)
            self.require_reason_of_withdrawal()

    @classmethod
    def facts_of(cls, pages: Sequence[Self], grounds: Grounds) -> list[PageFacts]:
        return facts_of_articles(pages, grounds)

    def cited_addresses(self) -> list[str]:
        """Of its sources, to be visited now and then."""
        return cited_addresses(self)

    def require_reason_of_withdrawal(self) -> None:
        """Readers of a withdrawn page are told why, and led to another one, if to any."""
        if self.withdrawn_on is None:
            return
        refused: dict[str, str] = {}
        if self.withdrawn_on > timezone.localdate():
            refused["withdrawn_on"] = (
                "This day is still to come. Withdraw the article on the day itself, or give it a "
                "date of expiry."
            )
        if not self.withdrawn_reason.strip():
            refused["withdrawn_reason"] = "Say why the article was withdrawn: readers see it."
        if self.replacement_page_id is not None and self.replacement_page_id == self.pk:
            refused["replacement_page"] = "This is the page itself. Choose another one, or none."
        if refused:
            raise ValidationError(refused)


def require_review_order(last_reviewed: dt.date | None, next_review_due: dt.date | None) -> None:
    """Refuse a next review that is not after the last one. Either may still be missing."""
    if last_reviewed and next_review_due and next_review_due <= last_reviewed:
        raise ValidationError(
            {
                "next_review_due": "The next review must be after the last one "
                f"({last_reviewed:%-d %B %Y})."
            }
        )
