from django.apps import AppConfig
from django.db.models.signals import post_save
from wagtail.signals import page_published


class CommentsConfig(AppConfig):
    name = "cms.comments"
    label = "comments"
    verbose_name = "Reader comments"

    def ready(self) -> None:
        from cms.comments.admin.page_panel import add_to_editor
        from cms.comments.checking import checkers
        from cms.comments.mail.causes import event_written, report_stored
        from cms.comments.models import Event
        from cms.comments.report import Report
        from cms.comments.rereview import article_published
        from cms.comments.safety_facts import comments_shown_on
        from cms.safety.shown_comments import tell_by

        tell_by(comments_shown_on)
        checkers()  # one that cannot be made is named before a comment comes
        add_to_editor()
        page_published.connect(article_published)
        post_save.connect(event_written, sender=Event)
        post_save.connect(report_stored, sender=Report)
