"""What a reviewer is asked when approving, keeping or rejecting."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils import timezone
from wagtail.admin.widgets import AdminAutoHeightTextInput, AdminDateInput

from cms.review.dates import default_due, latest_due
from cms.safety.grounds import day_of


class SeenForm(forms.Form):
    """``revision`` is the newest version when the form was opened: see ``seen.seen_as``.

    The template fills it in.
    """

    revision = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "It was not said which version is meant. Open the page again, then decide."
        },
    )


class PlainForm(SeenForm):
    comment = forms.CharField(
        required=False,
        max_length=1000,
        widget=AdminAutoHeightTextInput,
        help_text="For the page history. May stay empty.",
    )


class RejectForm(SeenForm):
    comment = forms.CharField(
        label="What has to change",
        max_length=1000,
        widget=AdminAutoHeightTextInput,
        error_messages={"required": "Say what has to change: whoever submitted it reads this."},
        help_text="Whoever submitted the page reads this.",
    )


class ReviewForm(SeenForm):
    next_review_due = forms.DateField(
        label="Next review due",
        initial=lambda: default_due(day_of(timezone.now())),
        widget=AdminDateInput,
        help_text="The day by which the article is checked again. After it, readers are told that "
        "a review is overdue.",
    )
    comment = forms.CharField(
        required=False,
        max_length=1000,
        widget=AdminAutoHeightTextInput,
        help_text="What you checked, for the page history. May stay empty.",
    )

    def clean_next_review_due(self) -> dt.date:
        due: dt.date = self.cleaned_data["next_review_due"]
        today = day_of(timezone.now())
        latest = latest_due(today)
        if due <= today:
            raise forms.ValidationError("The next review must be after today.")
        if due > latest:
            raise forms.ValidationError(
                f"The next review may be on {latest:%-d %B %Y} at the latest."
            )
        return due


class KeepForm(SeenForm):
    comment = forms.CharField(
        label="Why it is a minor change",
        max_length=1000,
        widget=AdminAutoHeightTextInput,
        error_messages={"required": "Say why the review still holds after this change."},
        help_text="For the page history: why what you approved still holds.",
    )
