"""What a page says of itself to machines: the same that our theme says."""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from benchmarks import articles

Thing = dict[str, Any]
PUBLISHER = {"@type": "Organization", "name": articles.SITE_NAME, "url": f"{articles.SITE_URL}/"}
SITE = {
    "@type": "WebSite",
    "url": f"{articles.SITE_URL}/",
    "name": articles.SITE_NAME,
    "publisher": PUBLISHER,
}
_ESCAPES = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def structured_data(kind: str, page: Any, steps: list[tuple[str, str]], **more: Any) -> SafeString:
    """``steps`` are title and path of each page from the home page down, this one included."""
    *_, (title, path) = steps
    thing: Thing = {
        "@context": "https://schema.org",
        "@type": kind,
        "url": articles.SITE_URL + path,
        "name": title,
        "inLanguage": "en-gb",
        "isPartOf": SITE,
        "datePublished": _instant(page.first_published_at),
        "dateModified": _instant(page.last_published_at),
        **more,
    }
    if summary := getattr(page, "summary", ""):
        thing["description"] = summary
    if len(steps) > 1:
        thing["breadcrumb"] = {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "name": name,
                    "item": articles.SITE_URL + address,
                }
                for position, (name, address) in enumerate(steps, start=1)
            ],
        }
    text = json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 - nothing left can end the script


def of_an_article(page: Any, legal_classes: list[str]) -> Thing:
    """``legal_classes`` are empty unless it is about a medicine."""
    about = _drug(page, legal_classes) if legal_classes else {}
    return {
        "audience": {"@type": "MedicalAudience", "audienceType": "General public"},
        "citation": [
            {
                "@type": "CreativeWork",
                "name": source.value["title"],
                "url": source.value["url"],
                "publisher": {"@type": "Organization", "name": source.value["publisher"]},
            }
            for source in page.sources
        ],
        "commentCount": 0,
        **about,
    }


def _drug(page: Any, legal_classes: list[str]) -> Thing:
    country = {"@type": "Country", "name": "United Kingdom"}
    return {
        "about": {
            "@type": "Drug",
            "name": page.title,
            "legalStatus": [
                {"@type": "DrugLegalStatus", "name": name, "applicableLocation": country}
                for name in legal_classes
            ],
            "prescriptionStatus": "https://schema.org/OTC",
        }
    }


def _instant(value: Any) -> str:
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else ""
