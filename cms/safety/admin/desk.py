"""Where the admin's pages about safety are, and who finds the way to them."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from cms.safety.admin.editor import TypedNewView, TypedView
from cms.safety.admin.page_view import GiveView, PageView, TakeBackView
from cms.safety.admin.policy import works_on_pages
from cms.safety.admin.report_view import ReportView
from cms.safety.admin.source_report_view import SourceReportView
from cms.safety.admin.withdraw_views import LetBackView, WithdrawView


class ReportMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return works_on_pages(request.user)


class SafetyViewSet(ViewSet):
    name = "safety"
    url_prefix = "safety"
    icon = "warning"

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("report/", ReportView.as_view(), name="report"),
            path("report/results/", ReportView.as_view(results_only=True), name="report_results"),
            path("sources/", SourceReportView.as_view(), name="sources"),
            path(
                "sources/results/",
                SourceReportView.as_view(results_only=True),
                name="sources_results",
            ),
            path("pages/<int:page_id>/", PageView.as_view(), name="page"),
            path("pages/<int:page_id>/typed/", TypedView.as_view(), name="typed"),
            path(
                "typed/<slug:content_type_app_name>/<slug:content_type_model_name>/"
                "<int:parent_page_id>/",
                TypedNewView.as_view(),
                name="typed_new",
            ),
            path("pages/<int:page_id>/reason/", GiveView.as_view(), name="give"),
            path("pages/<int:page_id>/reason/back/", TakeBackView.as_view(), name="take_back"),
            path("pages/<int:page_id>/withdraw/", WithdrawView.as_view(), name="withdraw"),
            path("pages/<int:page_id>/let-back/", LetBackView.as_view(), name="let_back"),
        ]
