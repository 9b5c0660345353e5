from django.apps import AppConfig
from django.db.models.signals import post_save


class ReviewConfig(AppConfig):
    name = "cms.review"
    label = "review"
    verbose_name = "Clinical review"

    def ready(self) -> None:
        from wagtail.models import Revision
        from wagtail.signals import page_published

        from cms.review.clearing import revision_saved
        from cms.review.minor_changes import page_published as settle_minor_change

        post_save.connect(revision_saved, sender=Revision)
        page_published.connect(settle_minor_change)
