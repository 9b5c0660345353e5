"""The one public site, as Wagtail's default Site record."""

from urllib.parse import urlsplit

from wagtail.models import Site

PORTS = {"http": 80, "https": 443}


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
