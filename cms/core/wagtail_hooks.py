from wagtail import hooks

from cms.core.site_alert import SiteAlertViewSet


@hooks.register("register_admin_viewset")
def register_site_alert() -> SiteAlertViewSet:
    return SiteAlertViewSet()
