from django.apps import AppConfig
from wagtail.signals import page_published


class SafetyConfig(AppConfig):
    name = "cms.safety"
    label = "safety"
    verbose_name = "Safety rules"

    def ready(self) -> None:
        from cms.safety.signals import connect_signals
        from cms.safety.sources.citations import page_published as note_what_it_cites

        connect_signals()
        page_published.connect(note_what_it_cites)
