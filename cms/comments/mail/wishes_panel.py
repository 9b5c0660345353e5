"""Where a moderator says which mail they wish: their account, beside Wagtail's notifications."""

from __future__ import annotations

from django import forms
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab
from wagtail.admin.widgets import SwitchInput
from wagtail.permissions import policy_registry

from cms.comments.mail.wishes import ModeratorMailWishes
from cms.comments.models import ReaderComment


class WishesForm(forms.ModelForm):
    class Meta:
        model = ModeratorMailWishes
        fields = ["urgent", "digest"]
        widgets = {"urgent": SwitchInput(), "digest": SwitchInput()}


class WishesPanel(BaseSettingsPanel):
    """Shown to moderators only."""

    name = "reader_comment_mail"
    title = "Reader comments"
    tab = notifications_tab
    order = 150
    form_class = WishesForm

    def is_active(self) -> bool:
        policy = policy_registry.get_by_type(ReaderComment)
        return bool(policy.user_has_permission(self.user, "moderate"))

    def get_form(self) -> forms.ModelForm:
        wishes = ModeratorMailWishes.objects.filter(user=self.user).first()
        instance = wishes or ModeratorMailWishes(user=self.user)
        data = self.request.POST if self.request.method == "POST" else None
        return WishesForm(data, instance=instance, prefix=self.name)
