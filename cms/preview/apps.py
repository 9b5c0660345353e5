from django.apps import AppConfig
from django.db.models.signals import post_save


class PreviewConfig(AppConfig):
    name = "cms.preview"
    label = "preview"
    verbose_name = "Preview"

    def ready(self) -> None:
        from cms.preview.shared import end_with_withdrawal
        from cms.safety.withdrawal import Withdrawal

        post_save.connect(end_with_withdrawal, sender=Withdrawal)
