"""By what the queue can be filtered."""

from __future__ import annotations

import datetime as dt

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.models import Locale, Page

from cms.articles.models import TopicPage
from cms.comments.models import ReaderComment, Reason
from cms.comments.rules.found import RULE_LABELS
from cms.core.numbers import whole_number

AGES = {
    "last-day": ("Less than a day old", "gte", dt.timedelta(days=1)),
    "last-week": ("Less than a week old", "gte", dt.timedelta(days=7)),
    "over-a-day": ("More than a day old", "lt", dt.timedelta(days=1)),
    "over-a-week": ("More than a week old", "lt", dt.timedelta(days=7)),
}


class PageField(forms.CharField):
    """Words of a title, as one types; or the number of a page, in links that mean exactly it."""

    def clean(self, value: str | None) -> Page | str:
        words: str = super().clean(value)
        return Page.objects.filter(pk=whole_number(words)).first() or words


class PageFilter(django_filters.Filter):
    field_class = PageField

    def filter(self, queryset: QuerySet, value: Page | str) -> QuerySet:
        if not value:
            return queryset
        if isinstance(value, str):
            return queryset.filter(page__title__icontains=value)
        return queryset.filter(page=value)


class ReaderCommentFilters(WagtailFilterSet):
    page = PageFilter(label="Page", help_text="Words of its title.")
    section = django_filters.ModelChoiceFilter(
        label="Topic",
        queryset=lambda request: TopicPage.objects.order_by("title"),
        method="in_section",
        empty_label="All",
    )
    locale = django_filters.ChoiceFilter(label="Language", empty_label="All")
    age = django_filters.ChoiceFilter(
        label="Age",
        choices=[(code, label) for code, (label, _, _) in AGES.items()],
        method="of_age",
        widget=forms.RadioSelect,
        empty_label="Any",
    )
    reason = django_filters.ChoiceFilter(
        label="Reason",
        choices=sorted(RULE_LABELS.items(), key=lambda one: one[1]),
        method="with_reason",
    )
    has_link = django_filters.ChoiceFilter(
        label="Link",
        choices=[("True", "With a link"), ("False", "Without")],
        widget=forms.RadioSelect,
        empty_label="Both",
    )
    network = django_filters.CharFilter(
        label="Network", help_text="A code that a comment's own page links to."
    )

    class Meta:
        model = ReaderComment
        fields = ["page", "section", "locale", "age", "reason", "has_link", "network"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        locales = [(one.language_code, str(one)) for one in Locale.objects.all()]
        if len(locales) > 1:
            self.filters["locale"].extra["choices"] = locales
        else:
            del self.filters["locale"]

    def in_section(self, queryset: QuerySet, name: str, topic: TopicPage) -> QuerySet:
        return queryset.filter(page__path__startswith=topic.path)

    def of_age(self, queryset: QuerySet, name: str, code: str) -> QuerySet:
        _, side, age = AGES[code]
        return queryset.filter(**{f"received_at__{side}": timezone.now() - age})

    def with_reason(self, queryset: QuerySet, name: str, rule: str) -> QuerySet:
        return queryset.filter(pk__in=Reason.objects.filter(rule=rule).values("comment"))
