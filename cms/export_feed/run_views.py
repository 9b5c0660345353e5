"""Where the exporter tells what it did: see docs/export-feed.md."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from cms.core.site import NoSuchSiteError, site_other_than_the_default
from cms.export_feed.alerts import look_soon
from cms.export_feed.contact import note_contact
from cms.export_feed.exporter_only import for_the_exporter, message
from cms.export_feed.run_reports import ReportError, store_report
from cms.export_feed.runs import forget_old_runs

LARGEST_BODY_BYTES = 1024 * 1024


@partial(for_the_exporter, method="POST")
def runs(request: HttpRequest) -> HttpResponseBase:
    """Store one run. 204 whether it is new or was here.

    Those of all sites are kept, since pages say where they stand and every site has its alarm; the
    admin's *Site export* is about the default one.
    """
    try:
        site_id = site_other_than_the_default(request.GET.get("site", ""))
    except NoSuchSiteError:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)  # no page of ours is of that site
    now = timezone.now()
    note_contact(now, site_id)
    body = request.read(LARGEST_BODY_BYTES + 1)
    if len(body) > LARGEST_BODY_BYTES:
        return message(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The report is larger than {LARGEST_BODY_BYTES} bytes. Send fewer findings.",
        )
    try:
        run = store_report(body, now=now, site_id=site_id)
    except ReportError as error:
        return message(HTTPStatus.BAD_REQUEST, str(error))
    if run:
        forget_old_runs(now, site_id)
        look_soon(run)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
