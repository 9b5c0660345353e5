from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExportFeedConfig(AppConfig):
    name = "cms.export_feed"
    label = "export_feed"
    verbose_name = "Export feed"

    def ready(self) -> None:
        from cms.comments.on_the_site import tell_by
        from cms.export_feed.comment_status import comment_fragments
        from cms.export_feed.indexes import make_indexes
        from cms.export_feed.signals import connect_signals

        connect_signals()
        tell_by(comment_fragments)
        post_migrate.connect(make_indexes, sender=self)
