"""A site to which everything happens that can happen to one, each by Wagtail's own ways.

An event is a function of the site and of a number, which chooses what it happens to. It may find
nothing to happen to.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Locale,
    Page,
    PageViewRestriction,
    Site,
)

from cms.articles.models import ArticlePage, Helpline, StandardPage, TopicPage
from cms.comments.models import CommentSettings, ReaderComment, State
from cms.comments.states import WAITING
from cms.core.commenting import Mode
from cms.core.models import SiteSettings
from tests.cms.feed_site import (
    article,
    collection,
    document,
    home,
    image,
    make_collection_private,
    make_private,
    picture,
    topic,
)


class ChangingSite:
    """``now`` is what the site takes for the present: a test passes its clock in."""

    def __init__(self, moderator: Any) -> None:
        self.moderator = moderator
        self.count = 0
        self.now = timezone.now()
        medicines, living = topic("medicines"), topic("living-well")
        for slug in ("ketamine", "lithium", "melatonin"):
            self.comment(article(medicines, slug))
        article(living, "sleep")
        about = self.standard_page(home(), "about")
        self.standard_page(self.standard_page(about, "people"), "board")
        public, staff = collection("Public"), collection("Staff")
        for where in (public, staff):
            image(f"In {where.name}", picture(100, 50), collection=where)
            document(f"In {where.name}", collection=where)
        self.helpline()
        SiteSettings.objects.create(
            site=self.site, strapline="Plain words.", comment_policy_page=about
        )
        Redirect.objects.create(old_path="/old", redirect_page=medicines)

    @property
    def site(self) -> Site:
        return Site.objects.get(is_default_site=True)

    def new(self, word: str) -> str:
        self.count += 1
        return f"{word}-{self.count}"

    def standard_page(self, parent: Page, slug: str) -> StandardPage:
        parent.refresh_from_db()
        return parent.add_child(instance=StandardPage(title=slug.title(), slug=slug, body=[]))

    def comment(self, page: Page, state: State = State.APPROVED) -> ReaderComment:
        return ReaderComment.objects.create(
            page=page,
            translation_key=page.translation_key,
            locale="en-gb",
            idempotency_key=self.new("key"),
            name="Sam",
            text=self.new("Thank you"),
            state=state,
            received_at=self.now,
            posted_at=self.now,
        )

    def helpline(self) -> Helpline:
        return Helpline.objects.create(
            name=self.new("Line"), country="UK", phone="116 123", last_checked=date(2026, 11, 1)
        )


def chosen(rows: Any, number: int) -> Any:
    """One of these rows, in the order of their ids; ``None`` where there are none."""
    found = list(rows.order_by("pk"))
    return found[number % len(found)] if found else None


def a_page(number: int, **which: Any) -> Any:
    """Below the home page, of any type and in any state unless said otherwise."""
    found = chosen(Page.objects.filter(**{"depth__gt": 2, **which}), number)
    return found and found.specific


def may_move(page: Page, target: Page) -> bool:
    is_below = target.path.startswith(page.path)
    return not is_below and not target.get_children().filter(slug=page.slug).exists()


EVENTS: dict[str, Callable[[ChangingSite, int], Any]] = {}


def event(happen: Callable[[ChangingSite, int], Any]) -> Callable[[ChangingSite, int], Any]:
    EVENTS[happen.__name__] = happen
    return happen


@event
def page_is_edited_and_published(site, number):
    if page := a_page(number, alias_of=None):
        page.title = site.new("Title")
        page.save_revision().publish()


@event
def draft_is_saved(site, number):
    if page := a_page(number, alias_of=None):
        page.title = site.new("Draft")
        page.save_revision()


@event
def page_is_created(site, number):
    if parent := chosen(TopicPage.objects.all(), number):
        article(parent, site.new("article"))


@event
def draft_is_created(site, number):
    if parent := chosen(TopicPage.objects.all(), number):
        article(parent, site.new("draft"), live=False)


@event
def page_is_inserted_before_another(site, number):
    if sibling := a_page(number, depth=4):
        sibling.add_sibling(
            "left",
            instance=ArticlePage(
                topic_type="wellbeing", title="First", slug=site.new("first"), summary="S.", body=[]
            ),
        )


@event
def page_is_unpublished(site, number):
    if page := a_page(number, live=True):
        page.unpublish()


@event
def section_is_unpublished_with_all_below(site, number):
    if page := a_page(number, live=True):
        for one in page.get_descendants(inclusive=True).live().specific():
            one.unpublish()


@event
def page_is_published_again(site, number):
    if page := a_page(number, live=False, alias_of=None):
        page.save_revision().publish()


@event
def page_is_deleted(site, number):
    if page := a_page(number, depth__gt=3):
        page.delete()


@event
def section_is_deleted(site, number):
    if page := a_page(number, depth=3):
        page.delete()


@event
def article_is_moved(site, number):
    page = chosen(ArticlePage.objects.all(), number)
    target = chosen(TopicPage.objects.all(), number // 2)
    if page and target and may_move(page, target):
        page.move(target, pos="last-child")


@event
def section_is_moved(site, number):
    page = chosen(StandardPage.objects.filter(depth__gt=3), number)
    target = chosen(StandardPage.objects.all(), number // 2)
    if page and may_move(page, target):
        page.move(target, pos="first-child")


@event
def section_is_moved_below_home(site, number):
    page = chosen(StandardPage.objects.filter(depth=4), number)
    if page and may_move(page, home()):
        page.move(home(), pos="last-child")


@event
def pages_are_reordered(site, number):
    page = a_page(number)
    siblings = page and list(page.get_siblings(inclusive=False).order_by("pk"))
    if siblings:
        page.move(siblings[number % len(siblings)], pos=("left", "right")[number % 2])


@event
def slug_is_changed(site, number):
    if page := a_page(number, alias_of=None):
        page.slug = site.new("renamed")
        page.save_revision().publish()


@event
def slug_is_changed_back(site, number):
    if page := a_page(number, alias_of=None):
        slug = page.slug
        for one in (site.new("elsewhere"), slug):
            page = Page.objects.get(pk=page.pk).specific
            page.slug = one
            page.save()


@event
def alias_is_made(site, number):
    if page := a_page(number, depth=4, alias_of=None):
        page.create_alias(update_slug=site.new("alias"))


@event
def section_is_copied(site, number):
    if page := a_page(number, alias_of=None):
        slug = site.new("copy")
        page.copy(recursive=True, update_attrs={"slug": slug, "title": slug})


@event
def page_is_made_private(site, number):
    page = a_page(number)
    if page and not page.view_restrictions.exists():
        make_private(page)


@event
def page_is_made_public(site, number):
    if restriction := chosen(PageViewRestriction.objects, number):
        restriction.delete()


@event
def expiry_is_set(site, number):
    if page := a_page(number, alias_of=None, live=True):
        page.expire_at = site.now + timedelta(hours=number % 5)
        page.save_revision().publish()


@event
def expiry_is_lifted(site, number):
    if page := a_page(number, alias_of=None, expire_at__isnull=False):
        page.expire_at = None
        page.save_revision().publish()


@event
def publication_is_scheduled(site, number):
    if page := a_page(number, alias_of=None):
        page.title = site.new("Later")
        page.go_live_at = site.now + timedelta(hours=number % 5)
        page.save_revision().publish()


@event
def go_live_is_put_off_by_code(site, number):
    """Live, and yet not due: code and imports leave such pages behind."""
    if page := a_page(number, live=True):
        page.go_live_at = site.now + timedelta(hours=number % 5)
        page.save()


@event
def time_passes(site, number):
    site.now += timedelta(minutes=1 + number % 240)


@event
def schedule_runs(site, number):
    call_command("publish_scheduled")


@event
def image_gets_a_title(site, number):
    if found := chosen(Image.objects, number):
        found.title = site.new("Leaf")
        found.save()


@event
def image_is_replaced(site, number):
    if found := chosen(Image.objects, number):
        found.file = picture(60 + number % 40, 50, colour="gold")
        found.save()


@event
def image_is_uploaded(site, number):
    Image.objects.create(
        title=site.new("New"),
        file=picture(100, 50),
        collection=chosen(Collection.objects, number),
    )


@event
def image_is_moved_to_another_collection(site, number):
    if found := chosen(Image.objects, number):
        found.collection = chosen(Collection.objects, number)
        found.save()


@event
def image_is_deleted(site, number):
    if found := chosen(Image.objects, number):
        found.delete()


@event
def renditions_are_made_anew(site, number):
    if Image.objects.exists():
        call_command("wagtail_update_image_renditions", stdout=io.StringIO())


@event
def document_is_replaced(site, number):
    if found := chosen(Document.objects, number):
        found.file = ContentFile(site.new("bytes").encode(), name="leaflet.pdf")
        found.save()


@event
def document_is_moved_to_another_collection(site, number):
    if found := chosen(Document.objects, number):
        found.collection = chosen(Collection.objects, number)
        found.save()


@event
def document_is_deleted(site, number):
    if found := chosen(Document.objects, number):
        found.delete()


@event
def collection_is_made_private(site, number):
    found = chosen(Collection.objects, number)
    if not found.view_restrictions.exists():
        make_collection_private(found)


@event
def collection_is_made_public(site, number):
    if restriction := chosen(CollectionViewRestriction.objects, number):
        restriction.delete()


@event
def collection_is_moved(site, number):
    found, target = (chosen(Collection.objects, one) for one in (number, number // 2))
    if found.depth > 1 and not target.path.startswith(found.path):
        found.move(target, "sorted-child")


@event
def collection_is_deleted(site, number):
    if found := chosen(Collection.objects.filter(depth__gt=1), number):
        found.delete()


@event
def helpline_is_added(site, number):
    site.helpline()


@event
def helpline_is_changed(site, number):
    if found := chosen(Helpline.objects, number):
        found.phone = site.new("0300")
        found.save()


@event
def helpline_is_deleted(site, number):
    if found := chosen(Helpline.objects, number):
        found.delete()


@event
def redirect_is_added(site, number):
    Redirect.objects.create(
        old_path=f"/old-{number % 3}",
        site=site.site if number % 2 else None,
        redirect_page=a_page(number) if number % 5 else None,
        redirect_link="" if number % 5 else "https://example.org/",
    )


@event
def redirect_is_changed(site, number):
    if found := chosen(Redirect.objects, number):
        found.old_path = f"/old-{number % 3}"
        found.redirect_page = a_page(number // 7)
        found.save()


@event
def redirect_is_deleted(site, number):
    if found := chosen(Redirect.objects, number):
        found.delete()


@event
def settings_are_changed(site, number):
    shared = SiteSettings.objects.get(site=site.site)
    shared.strapline = site.new("Words")
    page = a_page(number)
    shared.main_menu = [("menu_item", {"label": "", "page": page, "url": ""})] if page else []
    shared.privacy_page = page and Page.objects.get(pk=page.pk)
    shared.save()


@event
def site_gets_a_name(site, number):
    found = site.site
    found.site_name = site.new("Name")
    found.save()


@event
def language_gets_another_code(site, number):
    locale = Locale.objects.get()
    locale.language_code = ("en-gb", "en")[number % 2]
    locale.save()


@event
def comments_of_a_page_change_their_mode(site, number):
    if page := chosen(ArticlePage.objects.all(), number):
        page.comments_mode = (Mode.HIDDEN, Mode.SITE, Mode.READ_ONLY)[number % 3]
        page.comments_close_on = (None, date(2026, 12, 1))[number % 2]
        page.save_revision().publish()


@event
def comment_settings_are_changed(site, number):
    settings = CommentSettings.load()
    settings.mode = (Mode.HIDDEN, Mode.OPEN, Mode.READ_ONLY)[number % 3]
    settings.close_after_days = (0, 30)[number % 2]
    settings.close_on = (None, date(2026, 12, 1))[number % 2]
    settings.page_size = (50, 60)[number % 2]
    settings.save()


@event
def comment_comes_in(site, number):
    if page := a_page(number):
        site.comment(page, State.HELD)


@event
def comment_is_approved(site, number):
    if found := chosen(ReaderComment.objects.filter(state__in=WAITING), number):
        found.move_to(State.APPROVED, by=site.moderator)


@event
def comment_is_hidden(site, number):
    if found := chosen(ReaderComment.objects.filter(state=State.APPROVED), number):
        found.move_to(State.HIDDEN, by=site.moderator)


@event
def comment_is_erased(site, number):
    if found := chosen(ReaderComment.objects.exclude(state=State.ERASED), number):
        found.move_to(State.ERASED, by=site.moderator)


@event
def comment_is_deleted(site, number):
    if found := chosen(ReaderComment.objects.filter(events=None), number):  # others are protected
        found.delete()
