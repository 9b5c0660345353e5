"""Medical words in plain words, each explained once for the whole site."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.search import index

from cms.safety.judged_words import JudgedWords
from cms.safety.reading.facts import BlockFacts, PageFacts


class GlossaryTerm(index.Indexed, JudgedWords):
    term = models.CharField(
        max_length=120,
        unique=True,
        help_text="The word, as it stands in a text: “bioavailability”.",
    )
    meaning = models.TextField(
        max_length=600, help_text="What it means, in a sentence or two that anyone understands."
    )
    also = models.CharField(
        max_length=250,
        blank=True,
        help_text="Other forms of the word, with commas between them. May stay empty.",
    )

    judged_title = "term"
    panels = [FieldPanel("term"), FieldPanel("meaning"), FieldPanel("also")]
    search_fields = [
        index.AutocompleteField("term"),
        index.SearchField("term"),
        index.SearchField("also"),
        index.SearchField("meaning"),
    ]
    api_fields = [APIField(name) for name in ("term", "meaning", "also")]

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term

    def facts(self) -> PageFacts:
        """A term stands on the glossary's own page, whether or not a page names it."""
        said = (("meaning", "Meaning"), ("also", "Also"))
        return PageFacts(
            page_type="glossaryterm",
            title=self.term,
            blocks=tuple(
                BlockFacts("text", getattr(self, name), path=name, label=label)
                for name, label in said
            ),
        )
