"""The alert above everything on every page of the site, on a page of the admin of its own.

The fields are the site settings' too; in an emergency nobody looks for a tab.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.log_actions import log
from wagtail.models import Site
from wagtail.permissions import policy_registry

from cms.core.models import SiteSettings
from cms.core.numbers import whole_number


class AlertForm(WagtailAdminModelForm):
    class Meta:
        model = SiteSettings
        fields = ("alert_text", "alert_level", "alert_until")

    def clean_alert_until(self) -> Any:
        until = self.cleaned_data["alert_until"]
        if until and until <= timezone.now():
            raise ValidationError(
                "This moment is past, so no reader would see the alert. Give a later one, or leave "
                "it empty."
            )
        return until


class AlertView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """POST with ``preview`` shows what was typed and stores nothing; with ``remove`` ends it."""

    model = SiteSettings
    permission_required = "change"
    form_class = AlertForm
    page_title = "Site alert"
    header_icon = "warning"
    template_name = "core/site_alert.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.sites = list(Site.objects.order_by("-is_default_site", "pk"))
        asked = request.GET.get("site", "")
        chosen = {"pk": whole_number(asked)} if asked else {"is_default_site": True}
        self.site = get_object_or_404(Site, **chosen)
        self.shared = SiteSettings.for_site(self.site)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.shared}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stored = SiteSettings.for_site(self.site)
        return super().get_context_data(
            now=timezone.now(),
            site=self.site,
            sites=self.sites if len(self.sites) > 1 else [],
            stored=stored,
            words=self.shared if kwargs.get("is_preview") else stored,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "remove" in request.POST:
            self.shared.alert_text, self.shared.alert_until = "", None
            return self.store("Readers see no alert any more, within seconds.")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def form_valid(self, form: AlertForm) -> HttpResponse:
        if "preview" in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, is_preview=True))
        form.save(commit=False)
        if not self.shared.alert_text:
            return self.store("The alert has no words, so readers see none.")
        return self.store("Readers see the alert on every page, within seconds.")

    def store(self, words: str) -> HttpResponse:
        self.shared.save()
        log(instance=self.shared, action="wagtail.edit", user=self.request.user)
        messages.success(self.request, words)
        return redirect(f"{reverse('site_alert:index')}?site={self.site.pk}")


class AlertMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        policy = policy_registry.get_by_type(SiteSettings)
        return bool(policy.user_has_permission(request.user, "change"))


class SiteAlertViewSet(ViewSet):
    name = "site_alert"
    url_prefix = "site-alert"
    icon = "warning"
    menu_label = "Site alert"
    menu_order = 270
    menu_item_class = AlertMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", self.construct_view(AlertView), name="index")]
