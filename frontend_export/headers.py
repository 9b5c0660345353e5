"""The headers that go with the files of a site, whoever serves them."""

from __future__ import annotations

SEARCH_PATH = "/search/"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "style-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    ),
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


def headers_file(base_path: str) -> str:
    """``_headers``: the security headers everywhere, one year where a name holds a hash.

    Not ``PAGE_CACHE``: hosts that read this file say it anyway, and join what two rules say.
    """
    lines = [f"{base_path}/*"]
    lines += [f"  {name}: {value}" for name, value in SECURITY_HEADERS.items()]
    for folder in HASHED_FOLDERS:
        lines += [f"{base_path}/{folder}/*", f"  Cache-Control: {HASHED_CACHE}"]
    return "\n".join([*lines, ""])
