"""The public sites, as Wagtail's Site records: the default one, and any that is named by its host.

Which site is meant is always said, never read from the host that a request happened to reach.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from wagtail.models import Site

PORTS = {"http": 80, "https": 443}


class NoSuchSiteError(Exception):
    """There is nothing to export; the message says what to do."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No site, or more than one, is named '{name}'. Name it by its host name as in the "
            "admin under Settings > Sites, with its port where two share it: two.example.org:8443."
            if name
            else "No site is marked as the default one. "
            "Choose it in the admin under Settings > Sites."
        )


def site_named(name: str, *, using: str) -> Site:
    """The site of a host name (``two.example.org``, ``two.example.org:8443``), or the default
    site where the name is empty, with its root page. Raises ``NoSuchSiteError``."""
    found = sites_named(name, using=using).select_related("root_page", "sitesettings")[:2]
    if len(found) != 1:
        raise NoSuchSiteError(name)
    return found[0]


def sites_named(name: str, *, using: str) -> QuerySet[Site]:
    """The same as a query; of two sites where a name without a port fits both."""
    sites = Site.objects.using(using).order_by("pk")
    if not name:
        return sites.filter(is_default_site=True)
    hostname, _, port = name.partition(":")
    sites = sites.filter(hostname__iexact=hostname)
    if not port:
        return sites
    return sites.filter(port=int(port)) if port.isdecimal() and len(port) < 6 else sites.none()


def is_the_default(name: str) -> bool:
    """Whether a name means the default site: the one whose exports the admin shows and steers."""
    return (
        not name or sites_named(name, using=DEFAULT_DB_ALIAS).filter(is_default_site=True).exists()
    )


def site_other_than_the_default(name: str) -> int | None:
    """The id of the site of that name; none of the default one. Raises ``NoSuchSiteError``."""
    if is_the_default(name):
        return None
    return int(site_named(name, using=DEFAULT_DB_ALIAS).pk)


def sites_of(url_paths: Mapping[int, str]) -> dict[int, int | None]:
    """By page id, from the paths in the tree, which site shows it first; none: the default one."""
    roots = list(
        Site.objects.order_by("-root_page__url_path", "-is_default_site", "hostname").values_list(
            "root_page__url_path", "pk", "is_default_site"
        )
    )
    return {
        page_id: next(
            (
                None if is_default else site_id
                for root, site_id, is_default in roots
                if url_path.startswith(root)
            ),
            None,
        )
        for page_id, url_path in url_paths.items()
    }


def site_addresses() -> set[str]:
    """Where readers find each site."""
    return {address_of(root.site_id, root.root_url) for root in Site.get_site_root_paths()}


def address_of(site_id: int, root_url: str) -> str:
    """Where readers find a site: the default one at ``PLAINLEAF_SITE_URL``, which may have a base
    path; any other where its record says, ``root_url``."""
    is_the_only_one = len({root.site_id for root in Site.get_site_root_paths()}) == 1
    if is_the_only_one or not Site.objects.filter(pk=site_id, is_default_site=False).exists():
        return str(settings.PLAINLEAF_SITE_URL)
    return root_url


def point_default_site(url: str) -> Site:
    """Give the default site the host and port of ``url``, and answer it as saved.

    ``https://www.example.org/health`` names ``www.example.org:443``. Raises ``ValueError`` for
    anything that is not an http(s) address, ``Site.DoesNotExist`` where no site is the default.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(
            f"'{url}' is not the address of a site. Give it as https://www.example.org."
        )
    site = Site.objects.get(is_default_site=True)
    site.hostname = parts.hostname
    site.port = parts.port or PORTS[parts.scheme]
    site.save()
    return site
