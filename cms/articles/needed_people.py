"""Who reviewed what readers get, or will get, is not deleted: readers are told the name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin import messages
from wagtail.models import Page, Revision

from cms.articles.people import Person

if TYPE_CHECKING:
    from cms.articles.models import ArticlePage


def refuse_to_delete(instance: Person, **kwargs: Any) -> None:
    """Before a person is deleted by whichever way; raises ``ProtectedError``."""
    if needed := [*_reviewed_and_live(instance), *_reviewed_and_scheduled(instance)]:
        raise ProtectedError(refusal(instance, needed), set(needed))


def refusal(person: Person, pages: Iterable[Page]) -> str:
    titles = ", ".join(dict.fromkeys(f"“{page.title}”" for page in pages))
    return (
        f"“{person.name}” is the reviewer of {titles}, and readers are told so. Have somebody "
        "else review that, or take it off the site, before you delete the person."
    )


def refuse_in_words(request: HttpRequest, people: Iterable[Any]) -> HttpResponse | None:
    """For the hook before snippets are deleted in the admin."""
    for person in people:
        if isinstance(person, Person):
            try:
                refuse_to_delete(person)
            except ProtectedError as error:
                messages.error(request, str(error.args[0]))
                return redirect("wagtailsnippets_articles_person:list")
    return None


def _reviewed_and_live(person: Person) -> Iterator[ArticlePage]:
    yield from apps.get_model("articles.ArticlePage").objects.filter(reviewer=person, live=True)


def _reviewed_and_scheduled(person: Person) -> Iterator[Page]:
    scheduled = Revision.objects.filter(
        approved_go_live_at__isnull=False,
        content_type=ContentType.objects.get_by_natural_key("articles", "articlepage"),
        content__reviewer=person.pk,
    )
    ids = [int(pk) for pk in scheduled.values_list("object_id", flat=True)]
    yield from Page.objects.filter(pk__in=ids)
