from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "cms.comments"
    label = "comments"
    verbose_name = "Reader comments"

    def ready(self) -> None:
        from cms.comments.page_panel import add_to_editor

        add_to_editor()
