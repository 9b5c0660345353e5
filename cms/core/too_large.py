"""What somebody sent is more than the CMS takes: said in words, where Django says "Bad Request"."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.views.defaults import bad_request


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The ``handler400``: 413 where it is too large, and Django's own answer to all else.

    Nothing of it was read, so that no field can be named.
    """
    if isinstance(exception, RequestDataTooBig):
        wrong = (
            f"its text is longer than {filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)}. "
            "Shorten the longest field, such as a title or a text that was pasted"
        )
    elif isinstance(exception, TooManyFieldsSent):
        wrong = (
            f"it has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields. Take out parts, "
            "or rows and columns of a table, or divide the page"
        )
    else:
        return bad_request(request, exception)
    return render(request, "core/too_large.html", {"wrong": wrong}, status=413)
