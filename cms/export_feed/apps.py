from django.apps import AppConfig


class ExportFeedConfig(AppConfig):
    name = "cms.export_feed"
    label = "export_feed"
    verbose_name = "Export feed"

    def ready(self) -> None:
        from cms.export_feed.signals import connect_signals

        connect_signals()
