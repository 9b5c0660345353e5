"""The admin's pages about the export: where the site stands, what ran, three things to ask for."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permissions import policy_registry

from cms.export_feed.comment_export import comment_export
from cms.export_feed.moments import moment
from cms.export_feed.page_export import page_export
from cms.export_feed.refused_pages import refused_pages
from cms.export_feed.requests import ExportRequest, Verb, ask, withdraw
from cms.export_feed.runs import ExportFinding, ExportRun, ExportRunQuerySet
from cms.export_feed.site_status import DEFAULT_SITE, Release, SiteStatus, site_status
from cms.export_feed.told_findings import told

TITLE, ICON = "Site export", "upload"
FINDINGS_SHOWN = 5


class Words(NamedTuple):
    """What is said before, on and after a button. ``{release}`` is the one that was chosen."""

    title: str
    button: str
    said: str


WORDS = {
    Verb.EXPORT: Words("Export now", "Yes, export", "Asked the exporter for an export."),
    Verb.ROLLBACK: Words(
        "Roll the site back",
        "Yes, roll back",
        "Asked the exporter to roll the site back. This page says when it has.",
    ),
    Verb.RESUME: Words(
        "Resume",
        "Yes, resume",
        "Asked the exporter to move the site on. This page says when it has.",
    ),
}


def may(user: Any, action: str) -> bool:
    """Whether someone may ``view`` the export, or ``operate`` it."""
    return bool(policy_registry.get_by_type(ExportRun).user_has_permission(user, action))


class RunColumn(TitleColumn):
    """When a run ended, as a link with an id: it keeps the focus when the list comes anew."""

    def get_value(self, instance: ExportRun) -> str:
        return moment(instance.finished_at, timezone.now())

    def get_link_attrs(self, instance: ExportRun, parent_context: Any) -> dict[str, str]:
        return {"id": f"run-{instance.pk}"}


class OutcomeColumn(Column):
    """In words, with a warning sign where the run failed."""

    cell_template_name = "export_feed/_outcome_cell.html"


class StatusView(PermissionCheckedMixin, BaseListingView):
    """Where the site stands, then the runs, the newest first.

    With ``results_only`` without what is around it, for the script that asks again.
    """

    model = ExportRun
    permission_required = "view"
    page_title = TITLE
    header_icon = ICON
    template_name = "export_feed/site_export.html"
    results_template_name = "export_feed/site_export_results.html"
    index_url_name = "site_export:index"
    index_results_url_name = "site_export:results"
    is_searchable = False
    verbose_name_plural = "exports"
    paginate_by = 20
    columns = [
        RunColumn("finished_at", label="Ended", url_name="site_export:run"),
        OutcomeColumn("outcome", label="Outcome", accessor="get_outcome_display"),
        Column("reason", label="Why it ran", accessor="get_reason_display"),
        Column(
            "seconds", label="Took", accessor=lambda run: f"{run.seconds:.1f}\N{NO-BREAK SPACE}s"
        ),
        Column("pages", label="Pages"),
        Column("rendered", label="Files made"),
        Column("removed", label="Files removed"),
        Column("finding_count", label="Findings"),
    ]

    def get_base_queryset(self) -> ExportRunQuerySet:
        return ExportRun.objects.of(DEFAULT_SITE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        status = site_status(now)
        others = ExportFinding.objects.filter(run=status.last_run).exclude(
            kind="page", severity="refused"
        )
        return super().get_context_data(
            status=status,
            refused=refused_pages(now),
            findings=told(others[:FINDINGS_SHOWN]),
            may_operate=self.user_has_permission("operate"),
            shown=self.request.GET.urlencode(),
            **kwargs,
        )


class RunView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """One run in full, with everything it found."""

    model = ExportRun
    permission_required = "view"
    header_icon = ICON
    template_name = "export_feed/run.html"

    @cached_property
    def run(self) -> ExportRun:
        run: ExportRun = get_object_or_404(
            ExportRun.objects.select_related("request__asked_by"), pk=self.kwargs["pk"]
        )
        return run

    def get_page_title(self) -> str:
        return f"Export of {moment(self.run.finished_at, timezone.now())}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return below_status(self, self.get_page_title())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            run=self.run, findings=told(self.run.findings.all()), **kwargs
        )


class AskView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """GET says what will happen, POST leaves the request for the exporter."""

    model = ExportRun
    permission_required = "operate"
    verb = Verb.EXPORT
    header_icon = ICON
    template_name = "export_feed/confirm.html"

    def get_page_title(self) -> str:
        return WORDS[self.verb].title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return below_status(self, self.get_page_title())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        status = site_status(timezone.now())
        release = release_of(status, request.GET.get("release", ""))
        if self.verb == Verb.ROLLBACK and release is None:
            return self._without_release(request.GET.get("release", ""))
        return self.render_to_response(
            self.get_context_data(
                verb=self.verb, status=status, release=release, button=WORDS[self.verb].button
            )
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        named = request.POST.get("release", "") if self.verb == Verb.ROLLBACK else ""
        if self.verb == Verb.ROLLBACK and not release_of(site_status(timezone.now()), named):
            return self._without_release(named)
        ask(self.verb, by=request.user, release=named)
        messages.success(request, WORDS[self.verb].said)
        return redirect("site_export:index")

    def _without_release(self, named: str) -> HttpResponse:
        messages.error(
            self.request, f"The exporter has no release '{named}' any more. Choose another one."
        )
        return redirect("site_export:index")


class WithdrawView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Take a request back, before an exporter that comes back to life does it unexpectedly."""

    model = ExportRun
    permission_required = "operate"
    page_title = "Withdraw"
    header_icon = ICON
    template_name = "export_feed/withdraw.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return below_status(self, self.get_page_title())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = get_object_or_404(ExportRequest, pk=kwargs["pk"], answered_at=None)
        return super().get_context_data(asked=asked, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if withdraw(pk):
            messages.success(request, "The exporter is no longer asked for it.")
        else:
            messages.error(
                request, "The exporter has answered already. This page says what it did."
            )
        return redirect("site_export:index")


class ExportMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may(request.user, "view")


class SiteExportViewSet(ViewSet):
    name = "site_export"
    url_prefix = "site-export"
    icon = ICON
    menu_label = TITLE
    menu_order = 260
    menu_item_class = ExportMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list[URLPattern]:
        asked = [
            path(f"{verb}/", self.construct_view(AskView, verb=verb), name=verb.value)
            for verb in Verb
        ]
        return [
            path("", self.construct_view(StatusView), name="index"),
            path("results/", self.construct_view(StatusView, results_only=True), name="results"),
            path("runs/<uuid:pk>/", self.construct_view(RunView), name="run"),
            path("pages/<int:page_id>/", page_export, name="page"),
            path("comments/<int:comment_id>/", comment_export, name="comment"),
            path("withdraw/<int:pk>/", self.construct_view(WithdrawView), name="withdraw"),
            *asked,
        ]


def below_status(view: WagtailAdminTemplateMixin, label: str) -> list[dict[str, Any]]:
    """The way to a page below the status: Home, Site export, and where one is."""
    return [
        *view.breadcrumbs_items,
        {"url": reverse("site_export:index"), "label": TITLE},
        {"url": "", "label": label},
    ]


def release_of(status: SiteStatus, id: str) -> Release | None:
    return next((release for release in status.releases if release.id == id), None)
