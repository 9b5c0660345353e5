"""The headers that go with the files of a site, whoever serves them."""

from __future__ import annotations

from urllib.parse import urlsplit

# Pagefind compiles WebAssembly there, and makes a worker, which is no trusted type.
SEARCH_PATH = "/search/"

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
    "frame-ancestors": "'none'",
}
_SEARCH_DIRECTIVES = {
    **_DIRECTIVES,
    "script-src": "'self' 'wasm-unsafe-eval'",
    "require-trusted-types-for": "",
}
_HEADER_ALONE = {"frame-ancestors"}  # a browser takes it from no page


def content_security_policy(path: str = "/") -> str:
    """What the browser allows the page at ``path``, and whatever is below it, to do."""
    return "; ".join(_policy(path))


def policy_in_page(path: str) -> str:
    """As much of it as a page itself can say, in ``<meta>``, on a host that sends no headers."""
    return "; ".join(part for part in _policy(path) if part.split(" ")[0] not in _HEADER_ALONE)


def _policy(path: str) -> list[str]:
    directives = _SEARCH_DIRECTIVES if path.startswith(SEARCH_PATH) else _DIRECTIVES
    return [f"{name} {value}" for name, value in directives.items() if value]


SECURITY_HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": then browsers post the comment form with "Origin: null".
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}

# Every name in them holds a hash of the bytes.
HASHED_FOLDERS = ("assets", "images", "documents")
HASHED_CACHE = "public, max-age=31536000, immutable"
PAGE_CACHE = "public, max-age=0, must-revalidate"


def security_headers(site_url: str, hsts: str) -> dict[str, str]:
    """``SECURITY_HEADERS``, and how long a site of ``https://`` is to be asked by TLS alone."""
    headers = dict(SECURITY_HEADERS)
    if urlsplit(site_url).scheme == "https":
        headers["Strict-Transport-Security"] = hsts
    return headers


def headers_file(site_url: str, base_path: str, hsts: str) -> str:
    """``_headers``: the security headers everywhere, one year where a name holds a hash.

    Not ``PAGE_CACHE``: hosts that read this file say it anyway, and join what two rules say. For
    the search's own policy the one of all pages is taken off first, as Cloudflare has it.
    """
    lines = [f"{base_path}/*"]
    lines += [f"  {name}: {value}" for name, value in security_headers(site_url, hsts).items()]
    for folder in HASHED_FOLDERS:
        lines += [f"{base_path}/{folder}/*", f"  Cache-Control: {HASHED_CACHE}"]
    lines += [
        f"{base_path}{SEARCH_PATH}*",
        "  ! Content-Security-Policy",
        f"  Content-Security-Policy: {content_security_policy(SEARCH_PATH)}",
    ]
    return "\n".join([*lines, ""])
