"""Where one comment stands on its way to readers, as the script of the queue asks for it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail.permissions import policy_registry

from cms.comments.models import ReaderComment
from cms.export_feed.comment_status import comment_statuses


@require_safe
def comment_export(request: HttpRequest, comment_id: int) -> HttpResponse:
    """A fragment of HTML, for whoever may see comments."""
    policy = policy_registry.get_by_type(ReaderComment)
    if not policy.user_has_permission(request.user, "view"):
        raise PermissionDenied
    comment = get_object_or_404(ReaderComment.objects.select_related("page"), pk=comment_id)
    status = comment_statuses([comment], timezone.now()).get(comment.pk)
    context = {"comment_id": comment.pk, "status": status}
    return render(request, "export_feed/comment_status.html", context)
