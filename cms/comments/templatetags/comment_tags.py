from __future__ import annotations

from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = Library()


@register.filter
def every_character(text: str) -> SafeString:
    """Escaped so that a browser keeps each code point: it would take CR LF for one line end."""
    return mark_safe(escape(text).replace("\r", "&#13;"))  # noqa: S308 - escaped
