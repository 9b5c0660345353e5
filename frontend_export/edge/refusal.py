"""The answers that take no comment, each with a sentence; what a reader typed comes back in it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse, JSONResponse, Response

NO_STORE = {"Cache-Control": "no-store"}

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="stylesheet" href="{stylesheet}">
<main>
<h1>{title}</h1>
<p>{sentence}</p>
{kept}<p><a href="{home}">Go to the home page</a></p>
</main>
</html>
"""

KEPT = """<p><label for="kept">What you wrote. Copy it if you want to keep it.</label></p>
<p><textarea id="kept" rows="8" cols="60" readonly>
{text}</textarea></p>
"""


def json_refusal(
    status: int,
    sentence: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """``{"message": …}``, and with ``errors`` a sentence for each field."""
    record: dict[str, object] = {"message": sentence}
    if errors:
        record["errors"] = dict(errors)
    return JSONResponse(record, status_code=status, headers={**NO_STORE, **(headers or {})})


def html_response(
    status: int, html: bytes | str, headers: Mapping[str, str] | None = None
) -> Response:
    """A whole page, never stored."""
    return HTMLResponse(html, status_code=status, headers={**NO_STORE, **(headers or {})})


def plain_page(
    status: int,
    sentence: str,
    *,
    title: str,
    base_path: str,
    stylesheet: str,
    text: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page for before the first release: the sentence, and the ``text`` that was typed."""
    html = PAGE.format(
        title=escape(title),
        sentence=escape(sentence),
        stylesheet=escape(f"{base_path}/{stylesheet}"),
        home=escape(f"{base_path}/"),
        kept=KEPT.format(text=escape(text)) if text else "",
    )
    return html_response(status, html, headers)
