from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "cms.comments"
    label = "comments"
    verbose_name = "Reader comments"
