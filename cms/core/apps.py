from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "cms.core"
    label = "core"
    verbose_name = "Site"

    def ready(self) -> None:
        from cms.core.comparison import compare_in_words

        compare_in_words()
