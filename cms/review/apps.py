from django.apps import AppConfig
from django.db.models.signals import post_save, pre_save


class ReviewConfig(AppConfig):
    name = "cms.review"
    label = "review"
    verbose_name = "Clinical review"

    def ready(self) -> None:
        from wagtail.models import PageLogEntry, Revision
        from wagtail.signals import page_published

        from cms.articles.models import ArticlePage
        from cms.review.clearing import revision_saved
        from cms.review.conversion import article_is_saved, history_is_written
        from cms.review.minor_changes import page_published as settle_minor_change

        post_save.connect(revision_saved, sender=Revision)
        page_published.connect(settle_minor_change)
        pre_save.connect(article_is_saved, sender=ArticlePage)
        post_save.connect(history_is_written, sender=PageLogEntry)
