"""The editing form of an article: what may wait until it is published."""

from wagtail.admin.forms import WagtailAdminPageForm


class ArticlePageForm(WagtailAdminPageForm):
    def _post_clean(self) -> None:
        """Let the page know that it is only being kept as a draft, before it judges itself."""
        self.instance.is_kept_as_draft = self.is_deferred_validation
        super()._post_clean()
