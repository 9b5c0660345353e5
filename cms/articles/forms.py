"""The editing form of an article: what a new one says first, and what may wait until it is
published."""

from __future__ import annotations

from typing import Any

from cms.articles.citations import refusal_of_unknown
from cms.articles.digest import digest_of
from cms.articles.reviewed import ChangeKind
from cms.core.models import SiteSettings
from cms.safety.admin.forms import JudgedPageForm

NOTE_IS_MISSING = (
    "Say in one sentence what is new since the version that readers have: they see it with the "
    "date. If it means the same as before, choose Minor."
)


class ArticlePageForm(JudgedPageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields.get("topic_type")
        if kind is not None:  # the form's own words are "This field is required."
            field = self._meta.model._meta.get_field("topic_type")
            kind.error_messages["required"] = field.error_messages["blank"]
        site = self.parent_page.get_site() if self.parent_page else None
        if self.instance._state.adding and site is not None:
            shared = SiteSettings.objects.filter(site=site).first() or SiteSettings()
            self.initial["funding"] = self.instance.funding or shared.default_funding
            self.initial["conflicts"] = self.instance.conflicts or shared.default_conflicts
        if self.instance.live and not self.instance.has_unpublished_changes:
            # It said what the last change was; the next one begins as anything does.
            self.initial["change_kind"] = ChangeKind.MAJOR.value

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not self.is_deferred_validation and {"body", "sources"} <= cleaned.keys():
            body, keys = cleaned["body"], {source.value["key"] for source in cleaned["sources"]}
            if error := refusal_of_unknown(body.stream_block, body, keys):
                self.add_error("body", error)
        return cleaned

    def _post_clean(self) -> None:
        """Let the page know that it is only being kept as a draft, before it judges itself."""
        self.instance.is_kept_as_draft = self.is_deferred_validation
        super()._post_clean()
        if not self.is_deferred_validation and self._lacks_change_note():
            self.add_error("change_note", NOTE_IS_MISSING)

    def _lacks_change_note(self) -> bool:
        """Readers of the live version are not told what is new in this one. The note of the last
        change is none of this."""
        page = self.instance
        live = self._meta.model.objects.filter(pk=page.pk, live=True).first()
        return (
            live is not None
            and "change_note" in self.cleaned_data
            and page.change_kind == ChangeKind.MAJOR
            and page.change_note.strip() in ("", live.change_note)
            and digest_of(page) != digest_of(live)
        )
