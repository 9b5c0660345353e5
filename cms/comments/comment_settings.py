"""What the people who lead the moderators decide for all comments, in the admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.permission_policies import ModelPermissionPolicy

from cms.comments.rules.lists import WordLists
from cms.core.commenting import SITE_CHOICES, Mode, SiteCommenting
from cms.core.phrases import plain


class CommentSettingsPolicy(ModelPermissionPolicy):
    """Whatever is done to the settings takes the right to configure reader comments."""

    def _get_permission_codename(self, action: str) -> str:
        return super()._get_permission_codename("configure")


LONGEST_REASON = 40
REASONS = (
    "Not about this page",
    "Medical advice",
    "Names a person",
    "Abusive",
    "Advertisement",
    "Says the same again",
)
LONGEST_PHRASE = 100
WORDS = ("blocklist", "crisis", "dosing", "sourcing", "credentials", "harmless")
PER_HOUR = ("network_per_hour", "site_per_hour")
KEPT = ("rejected", "hidden", "spam", "email", "network", "report", "original")


def one_a_line(lines: str) -> list[str]:
    """``"Abusive\\n\\n Advertisement"`` becomes ``["Abusive", "Advertisement"]``."""
    return list(dict.fromkeys(filter(None, map(str.strip, lines.splitlines()))))


def require_short_reasons(lines: str) -> None:
    for reason in one_a_line(lines):
        if len(reason) > LONGEST_REASON:
            raise ValidationError(
                f"'{reason}' is longer than {LONGEST_REASON} characters. Make it shorter."
            )


def require_phrases(lines: str) -> None:
    """Each of them can be found."""
    for number, phrase in enumerate(map(str.strip, lines.splitlines()), 1):
        what = f"Line {number}, '{phrase[:LONGEST_PHRASE]}',"
        if len(phrase) > LONGEST_PHRASE:
            raise ValidationError(
                f"{what} is longer than {LONGEST_PHRASE} characters. Make it shorter."
            )
        if "://" in phrase:
            raise ValidationError(
                f"{what} is found with '{phrase.partition('://')[0]}://' only. Write what follows "
                "that, such as 'spam.example': it is found in every address."
            )
        if phrase and not plain(phrase):
            raise ValidationError(
                f"{what} has no letter and no digit, so it would find nothing. Write words, "
                "or take the line out."
            )


def words_of_site(what: str, then: str) -> models.TextField:
    return models.TextField(
        what,
        blank=True,
        default="",
        validators=[require_phrases],
        help_text=f"One word or phrase a line, found as whole words, capitals or not. {then}",
    )


@register_setting(icon="comment")
class CommentSettings(BaseGenericSetting):
    """One row, or none while nobody has changed a thing: see ``in_force``."""

    mode = models.CharField(
        "comments on the whole site",
        max_length=10,
        choices=SITE_CHOICES,
        default=Mode.OPEN.value,
        help_text="Holds for every page that does not say otherwise. Only 'hidden' holds for "
        "those as well: every comment then leaves the site with the next export.",
    )
    close_after_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text="Comments on a page close so many days after it was last published, unless the "
        "page says otherwise. 0 is never.",
    )
    close_on = models.DateField(
        "comments close on",
        null=True,
        blank=True,
        help_text="The first day, in UTC, on which nobody can send a comment any more, on all "
        "pages that do not say otherwise. The comments that there are stay. Empty is never.",
    )
    page_size = models.PositiveSmallIntegerField(
        "comments on one page",
        default=50,
        validators=[MinValueValidator(5), MaxValueValidator(500)],
        help_text="An article with more comments shows the rest on further pages.",
    )
    reply_characters = models.PositiveSmallIntegerField(
        "longest reply",
        default=3000,
        validators=[MaxValueValidator(20_000)],
        help_text="How long a reply of the staff may be, in what readers see as one character. "
        "0 is no limit.",
    )
    rejected_days = models.PositiveSmallIntegerField(
        "rejected comments",
        default=90,
        validators=[MaxValueValidator(3650)],
        help_text="Days from the decision until a rejected comment is erased. 0 is never.",
    )
    hidden_days = models.PositiveSmallIntegerField(
        "hidden comments",
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text="Days from the decision until a hidden comment, which readers saw, is erased. "
        "0 is never.",
    )
    spam_days = models.PositiveSmallIntegerField(
        "suspected spam",
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text="Days until suspected spam is erased, from the decision, or from its arrival "
        "where no person decided. 0 is never.",
    )
    email_days = models.PositiveSmallIntegerField(
        "e-mail addresses",
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text="Days from the decision on a comment until its e-mail address is forgotten. "
        "0 is never.",
    )
    network_days = models.PositiveSmallIntegerField(
        "networks",
        default=14,
        validators=[MaxValueValidator(3650)],
        help_text="Days from the arrival of a comment, or a report, until it is forgotten which "
        "came from the same network. 0 is never.",
    )
    report_days = models.PositiveSmallIntegerField(
        "words of reports",
        default=90,
        validators=[MaxValueValidator(3650)],
        help_text="Days from when a report was settled until its words are forgotten. 0 is never.",
    )
    original_days = models.PositiveSmallIntegerField(
        "words that were removed",
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text="Days for which it is known how a comment was typed, after a moderator removed "
        "words from it. 0 is for ever.",
    )
    rereview_percent = models.PositiveSmallIntegerField(
        "words changed until comments are looked at again",
        default=20,
        validators=[MaxValueValidator(100)],
        help_text="Approved comments come up for another look when so many of a hundred words of "
        "their article differ from how it was when a moderator last let them stand. 0 is never; "
        "a moderator can always ask for it.",
    )
    reasons = models.TextField(
        "reasons that are offered",
        blank=True,
        default="\n".join(REASONS),
        validators=[require_short_reasons],
        help_text="One a line, at most 40 characters each. Moderators choose one with a decision, "
        "or write their own. It stays in the history of the comment: no reader sees it.",
    )
    same_text_days = models.PositiveSmallIntegerField(
        "same text elsewhere",
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text="Days for which a comment with the same words as an earlier one is marked "
        "'Same text elsewhere'. 0 is not at all.",
    )
    network_per_hour = models.PositiveSmallIntegerField(
        "comments from one network",
        default=10,
        validators=[MaxValueValidator(10_000)],
        help_text="One that comes after so many from its network within an hour is marked 'Many "
        "from one network'. A school or a clinic is one network. 0 is not at all.",
    )
    site_per_hour = models.PositiveSmallIntegerField(
        "comments of all readers",
        default=100,
        validators=[MaxValueValidator(10_000)],
        help_text="One that comes after so many within an hour is marked 'Many on the whole "
        "site', by which a flood is found together. 0 is not at all.",
    )
    blocklist_words = words_of_site(
        "blocked words and domains",
        "A comment with one becomes suspected spam. 'spam.example' finds every address with it.",
    )
    crisis_words = words_of_site(
        "words of a crisis", "A comment or a report with one is urgent, whatever else is in it."
    )
    dosing_words = words_of_site(
        "words of advice on doses", "Moderators see them marked, as 'Dosing advice'."
    )
    sourcing_words = words_of_site(
        "words of selling and buying", "Moderators see them marked, as 'Where to get drugs'."
    )
    credentials_words = words_of_site(
        "words that claim a profession",
        "Moderators see them marked, as 'Says to be a professional'.",
    )
    harmless_words = words_of_site(
        "words that mean nothing here",
        "No list finds anything within one, such as 'Casino Road' where 'casino' is blocked. Words "
        "of a crisis are found all the same.",
    )
    mode_since = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When it was last changed when comments of the whole site are open.",
    )

    panels = [
        MultiFieldPanel(
            [FieldPanel("mode"), FieldPanel("close_after_days"), FieldPanel("close_on")],
            heading="When comments are open",
        ),
        FieldPanel("page_size"),
        FieldPanel("reply_characters"),
        FieldPanel("rereview_percent"),
        FieldPanel("reasons"),
        MultiFieldPanel(
            [
                *(FieldPanel(f"{what}_words") for what in WORDS),
                *(FieldPanel(name) for name in ("same_text_days", *PER_HOUR)),
            ],
            heading="What comments are looked through for",
            help_text="Words besides the lists that Plainleaf has, in all languages. It holds for "
            "what comes from now on. A mark says why a comment waits, and refuses none.",
        ),
        MultiFieldPanel(
            [FieldPanel(f"{what}_days") for what in KEPT],
            heading="How long things are kept",
            help_text="No comment that waits for a person is erased by age, nor is its e-mail "
            "address forgotten; its network is.",
        ),
    ]

    class Meta:
        verbose_name = "reader comments"
        default_permissions = ()

    @classmethod
    def get_permission_policy(cls) -> CommentSettingsPolicy:
        return CommentSettingsPolicy(cls, auth_model="comments.ReaderComment")

    @classmethod
    def in_force(cls, using: str | None = None) -> CommentSettings:
        """As they are stored, or as they are by default. Writes nothing."""
        return cls.objects.using(using).order_by("pk").first() or cls()

    @property
    def offered_reasons(self) -> list[str]:
        return one_a_line(self.reasons)

    @property
    def commenting(self) -> SiteCommenting:
        return SiteCommenting(self.mode, self.close_after_days, self.close_on)

    def widened(self, lists: WordLists) -> WordLists:
        """With the words of the site."""
        return lists.widened(**{what: one_a_line(getattr(self, f"{what}_words")) for what in WORDS})

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.commenting != type(self).in_force().commenting:
            self.mode_since = timezone.now()
        super().save(*args, **kwargs)
