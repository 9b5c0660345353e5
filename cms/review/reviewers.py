"""Who may review an article: a named clinician who neither wrote, nor owns, nor changed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from wagtail.models import Page, PageLogEntry, Revision

from cms.articles.digest import digest_of
from cms.articles.models import ArticlePage, Person
from cms.review.log import last_review
from cms.safety.reading.names import is_same_name

EDITS = ("wagtail.create", "wagtail.edit", "wagtail.revert")


def why_not(user: Any, page: ArticlePage) -> str:
    """The sentence that says why this user cannot review the newest version; empty who can."""
    person = person_of(user)
    if person is None:
        return (
            "Your account belongs to nobody under People, so readers could not be told who "
            "reviewed. Ask an editor to add you, with role and credential."
        )
    if not can_be_named(person):
        return (
            f"“{person.name}” has no role or no credential under People, and readers are told "
            "both. Ask an editor to add what is missing."
        )
    if page.owner_id == user.pk:
        return "You are the owner of this article. Somebody else has to review it."
    if person.pk in author_ids(page):
        return "You are an author of this article. Somebody else has to review it."
    if not namesakes_of(person).isdisjoint(author_ids(page)):
        return (
            f"One of the authors of this article is called “{person.name}”, too. If that is you, "
            "somebody else has to review it; if not, have the two names told apart under People."
        )
    if has_edited(user, page):
        return (
            "You have changed this article since it was last reviewed. Somebody else has to "
            "review it."
        )
    return ""


def that_may_be_reviewed(user: Any, pages: Iterable[ArticlePage]) -> list[ArticlePage]:
    """Those of many newest versions for which ``why_not`` says nothing, in a few queries; each
    that the user once saved takes some more."""
    person = person_of(user)
    if person is None or not can_be_named(person):
        return []
    theirs = {person.pk, *namesakes_of(person)}
    pages = [
        page for page in pages if page.owner_id != user.pk and theirs.isdisjoint(author_ids(page))
    ]
    touched = touched_by(user, [page.pk for page in pages])
    return [page for page in pages if page.pk not in touched or not has_edited(user, page)]


def person_of(user: Any) -> Person | None:
    return Person.objects.filter(user=user.pk).first() if user.pk else None


def can_be_named(person: Person) -> bool:
    """As readers are told who reviewed."""
    return bool(person.role.strip() and person.credential.strip())


def namesakes_of(person: Person) -> set[int]:
    """The others of that name: one person may stand twice under People."""
    others = Person.objects.exclude(pk=person.pk).values_list("pk", "name")
    return {pk for pk, name in others if is_same_name(name, person.name)}


def author_ids(page: ArticlePage) -> set[int]:
    """As they are stored: nobody has to be looked up."""
    return {block["value"].get("person") for block in page.authors.raw_data}


def touched_by(user: Any, page_ids: Sequence[int]) -> set[int]:
    """Those of which the user ever saved a version, whatever it changed, and whether or not it is
    still kept."""
    saved = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=[str(one) for one in page_ids],
        user=user.pk,
    )
    edits = PageLogEntry.objects.filter(page__in=page_ids, user=user.pk, action__in=EDITS)
    return {
        *(int(one) for one in saved.values_list("object_id", flat=True)),
        *edits.values_list("page", flat=True),
    }


def has_edited(user: Any, page: ArticlePage) -> bool:
    """Since the last review, so that readers would notice: a new slug makes nobody an editor."""
    since = last_review(page)
    stamped = since.revision_id if since else 0
    versions = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(page.base_page_model),
        object_id=str(page.pk),
    )
    theirs = versions.filter(user=user.pk, pk__gte=stamped)
    return any(
        differs_from_approved(revision) if revision.pk == stamped else changes_something(revision)
        for revision in theirs
    ) or has_edited_what_is_gone(user, page, since, versions)


def differs_from_approved(stamped: Revision) -> bool:
    """Whether whoever approved it typed over that version afterwards, as Wagtail lets them."""
    return bool(stamped.content["reviewed_digest"] != digest_of(stamped.as_object()))


def has_edited_what_is_gone(
    user: Any, page: ArticlePage, since: PageLogEntry | None, versions: QuerySet[Revision]
) -> bool:
    """Of versions that were purged the history alone is left: each of theirs counts."""
    edits = PageLogEntry.objects.filter(
        page=page.pk,
        user=user.pk,
        action__in=EDITS,
        content_changed=True,
        pk__gt=since.pk if since else 0,
        revision__isnull=False,
    )
    return edits.exclude(revision__in=versions.values("pk")).exists()


def changes_something(revision: Revision) -> bool:
    """Whether readers would see a difference to the version before; the first one is all new."""
    before = (
        Revision.objects.filter(
            base_content_type=revision.base_content_type_id,
            object_id=revision.object_id,
            pk__lt=revision.pk,
        )
        .order_by("-pk")
        .first()
    )
    return before is None or digest_of(before.as_object()) != digest_of(revision.as_object())
