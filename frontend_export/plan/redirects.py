"""Old paths become rules a web server takes literally: no loop, no chain, no way to a draft."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import Literal, NamedTuple
from unicodedata import category, normalize
from urllib.parse import quote, unquote, urlsplit

from frontend_export.content import Finding, Redirect, RedirectRule, Ref
from frontend_export.plan.paths import path_for, refusal_of

SAFE_IN_PATH = "/-._~!$&'()*+,;=:@"
SAFE_IN_URL = SAFE_IN_PATH + "?#[]%"
SLASHES = re.compile(r"/{2,}")
NOT_UTF_8 = "\ufffd"  # what the ``%E9`` of another encoding is decoded to


class _Hop(NamedTuple):
    id: int
    location: str
    target: str | None  # the bare path it leads to on this site; ``None`` leads to the web
    is_permanent: bool
    address: str = ""  # of this site in full: what is no page may be of another program there


def compile_redirects(
    redirects: Sequence[Redirect],
    *,
    page_paths: Mapping[int, str],
    files: Container[str],
    site_url: str,
) -> tuple[list[RedirectRule], list[Finding]]:
    """The rules in the order of their paths, and what was left out and why.

    ``page_paths`` are those of exported pages, ``files`` every file of the site. Hosts differ on
    whether a file or a rule wins, so that no rule ever has the path of a page.
    """
    hops: dict[str, _Hop] = {}
    findings: list[Finding] = []

    def leave_out(redirect: Redirect, reason: str) -> None:
        message = f"Redirect {redirect.id} from '{redirect.path}' {reason}; it was left out."
        findings.append(Finding("warning", Ref("redirect", redirect.id), redirect.path, message))

    by_source = {}
    for redirect in sorted(redirects, key=lambda one: one.id):
        source = _bare(redirect.path)
        if "?" in redirect.path:
            leave_out(redirect, "has a query, which static hosts cannot match")
        elif NOT_UTF_8 in source:
            leave_out(redirect, "has bytes that are not UTF-8, as no address of a site may have")
        elif source == "/" or (refusal := refusal_of(f"{source}/")):
            leave_out(redirect, "has no path" if source == "/" else f"{refusal}")
        elif source in hops:
            leave_out(redirect, f"has the same path as redirect {hops[source].id}")
        elif hop := _hop(redirect, page_paths, site_url):
            if hop.target == source:
                continue  # a slug changed there and back leaves one; it never did anything
            if _is_live(source, files):
                leave_out(redirect, "has the path of a live page")
            else:
                hops[source] = hop
                by_source[source] = redirect
        elif redirect.target_page_id is not None:
            leave_out(redirect, f"leads to page {redirect.target_page_id}, which is not exported")
        else:
            leave_out(redirect, f"leads to '{redirect.target_url}', which is no address")

    rules = []
    for source in sorted(hops):
        last = _follow(source, hops)
        if last is None:
            leave_out(by_source[source], "runs in a circle")
        elif last.target is None or _is_live(last.target, files):
            rules.append(_rule(source, last.location, last))
        elif last.address:
            rules.append(_rule(source, last.address, last))
        else:
            leave_out(by_source[source], f"leads to '{last.location}', which is not exported")
    return rules, findings


def stub_for(rule: RedirectRule) -> str | None:
    """The file that redirects where a host reads no rules; ``None`` for ``/old.pdf``."""
    path = unquote(rule.path)
    name = path.rpartition("/")[2]
    if name.endswith((".html", ".htm")):
        return path.lstrip("/")
    return None if "." in name else path_for(f"{path}/")


def _bare(path: str) -> str:
    """Decoded, one slash in front, none behind. Wagtail stores some encoded, some not."""
    decoded = normalize("NFC", unquote(path.partition("?")[0].partition("#")[0].strip()))
    return SLASHES.sub("/", f"/{decoded}").rstrip("/") or "/"


def _rule(source: str, location: str, last: _Hop) -> RedirectRule:
    status: Literal[301, 302] = 301 if last.is_permanent else 302
    return RedirectRule(quote(source, safe=SAFE_IN_PATH), location, status)


def _hop(redirect: Redirect, page_paths: Mapping[int, str], site_url: str) -> _Hop | None:
    if redirect.target_page_id is not None:
        path = page_paths.get(redirect.target_page_id)
        if path is None:
            return None
        location = quote(path, safe=SAFE_IN_PATH)
        return _Hop(redirect.id, location, _bare(path), redirect.permanent)
    url = redirect.target_url.strip()
    if not url or "\\" in url or any(category(char)[0] in "CZ" for char in url):
        return None
    encoded = quote(url, safe=SAFE_IN_URL)
    if url.startswith("/") and not url.startswith("//"):
        return _Hop(redirect.id, encoded, _bare(url), redirect.permanent)
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[x"
        return None
    if parts.scheme in {"http", "https"} and parts.netloc:
        if (own := _path_in(site_url, url)) is not None:
            location = quote(own, safe=SAFE_IN_URL)
            return _Hop(redirect.id, location, _bare(own), redirect.permanent, encoded)
        return _Hop(redirect.id, encoded, None, redirect.permanent)
    return None


def _path_in(site_url: str, url: str) -> str | None:
    """``https://example.org/health/about/#x`` is ``/about/#x`` of the site at ``…/health``."""
    site, parts = urlsplit(site_url), urlsplit(url)
    if parts.netloc.lower() != site.netloc.lower():
        return None
    if not f"{parts.path}/".startswith(f"{site.path}/"):
        return None
    path = parts.path.removeprefix(site.path) or "/"
    return parts._replace(scheme="", netloc="", path=path).geturl()


def _follow(source: str, hops: Mapping[str, _Hop]) -> _Hop | None:
    """Where it ends, permanent only if every hop is; ``None`` for a circle."""
    hop = hops[source]
    passed = {source}
    is_permanent = hop.is_permanent
    while hop.target is not None and hop.target in hops:
        if hop.target in passed:
            return None
        passed.add(hop.target)
        hop = hops[hop.target]
        is_permanent = is_permanent and hop.is_permanent
    return hop._replace(is_permanent=is_permanent)


def _is_live(path: str, files: Container[str]) -> bool:
    return path_for("/" if path == "/" else f"{path}/") in files or path.lstrip("/") in files
