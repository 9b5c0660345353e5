"""What all pages are judged by alike: the rules, the limits, the kinds of parts that there are, and
what each site says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import blake2b
from urllib.parse import urlsplit

from django.conf import settings
from wagtail.fields import StreamField
from wagtail.models import Page, Site, get_page_models

from cms.core.models import SiteSettings
from cms.safety.judging import RULES_VERSION
from cms.safety.limit_settings import LimitSettings
from cms.safety.limits import Limits
from cms.safety.reading.facts import SiteFacts


@dataclass(frozen=True, slots=True)
class Grounds:
    """``sites`` are the tree path of a root page and what holds below it, the deepest first;
    ``other`` is what holds for a page outside of all of them, such as one not saved yet.
    ``version`` is another one as soon as anything of this is."""

    limits: Limits
    sites: tuple[tuple[str, SiteFacts], ...]
    other: SiteFacts
    version: str

    def site_of(self, page: Page) -> SiteFacts:
        return next(
            (facts for path, facts in self.sites if (page.path or "").startswith(path)), self.other
        )


def grounds_now() -> Grounds:
    """As they are stored, in three queries."""
    limits = LimitSettings.in_force()
    own = {shared.site_id: shared for shared in SiteSettings.objects.all()}
    sites, other = [], SiteFacts()
    for site in Site.objects.select_related("root_page").order_by("pk"):
        facts = _facts_of(site, own.get(site.pk) or SiteSettings(site=site))
        sites.append((site.root_page.path, facts))
        if site.is_default_site:
            other = facts
    sites.sort(key=lambda one: -len(one[0]))
    said = [(path, _in_order(facts)) for path, facts in sites]
    stated = repr((limits, said, _in_order(other), _kinds_of_parts()))
    digest = blake2b(stated.encode(), digest_size=8).hexdigest()
    return Grounds(limits, tuple(sites), other, f"{RULES_VERSION}-{digest}")


@cache
def _kinds_of_parts() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The kinds of parts of each stream of a page: a release without one has to judge again the
    pages that are stored with it."""
    return tuple(
        (str(field), tuple(sorted(field.stream_block.child_blocks)))
        for model in get_page_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, StreamField)
    )


def day_of(now: datetime) -> date:
    """The day that a moment is judged by: that of UTC, as everywhere time acts on the site."""
    return now.astimezone(UTC).date()


def _facts_of(site: Site, shared: SiteSettings) -> SiteFacts:
    hosts = {site.hostname, urlsplit(settings.PLAINLEAF_SITE_URL).hostname or ""} - {""}
    return SiteFacts(
        advice_statement=shared.advice_statement,
        reporting_countries=frozenset(
            line.value["country"] for line in shared.side_effect_reporting
        ),
        hosts=frozenset(hosts),
    )


def _in_order(facts: SiteFacts) -> tuple[object, ...]:
    """The same text for the same facts: a set has no order of its own."""
    return (facts.advice_statement, sorted(facts.reporting_countries), sorted(facts.hosts))
