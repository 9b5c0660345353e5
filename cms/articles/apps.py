from django.apps import AppConfig
from django.db.models.signals import pre_delete


class ArticlesConfig(AppConfig):
    name = "cms.articles"
    label = "articles"
    verbose_name = "Articles"

    def ready(self) -> None:
        from cms.articles.models import GlossaryTerm, Helpline, Person
        from cms.articles.needed_people import refuse_to_delete
        from cms.safety.signals import judge_users_of

        pre_delete.connect(refuse_to_delete, sender=Person)
        for snippet in (GlossaryTerm, Helpline, Person):
            judge_users_of(snippet)
