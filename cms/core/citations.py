"""Where a block says which sources it rests on: by their keys, as ``["who-2023", "nice-2022"]``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.blocks import FieldBlock

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_KEY = 60
MOST_KEYS = 20


class CitationsBlock(FieldBlock):
    """Keys of sources, typed with commas or spaces between them. Which keys there are, only the
    page knows: see ``cms.articles.citations``."""

    def __init__(self, required: bool = False, help_text: str | None = None, **kwargs: Any) -> None:
        self.field = forms.CharField(
            required=required,
            help_text=help_text
            or "The keys of the sources that say this, with commas between them: "
            "“who-2023, nice-2022”. The keys stand in the tab Review and sources.",
            max_length=MOST_KEYS * (LONGEST_KEY + 2),
            widget=CitationsInput,
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[str]:
        keys: list[str] = super().clean(value)
        for key in keys:
            if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
                raise ValidationError(
                    f"“{key[:LONGEST_KEY]}” is not the key of a source. A key has small letters, "
                    "digits and hyphens, such as who-2023."
                )
        return keys

    def normalize(self, value: Any) -> list[str]:
        """What is stored in another form than a list of texts is no citation."""
        return [key for key in value or () if isinstance(key, str)] if _is_list(value) else []

    to_python = normalize

    def get_prep_value(self, value: Any) -> list[str]:
        return list(self.normalize(value))

    def value_for_form(self, value: Any) -> str:
        return ", ".join(self.normalize(value))

    def value_from_form(self, value: str | None) -> list[str]:
        return list(dict.fromkeys(split(value or "")))

    class Meta:
        icon = "openquote"
        default = ()
        label = "Sources"


class CitationsInput(forms.TextInput):
    """A line of text; the page's script offers the keys of the form's own sources for it."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__({"data-citations": "", "autocomplete": "off", **(attrs or {})})

    class Media:
        js = ("core/js/citations.js",)


def split(text: str) -> Iterable[str]:
    """``"who-2023, nice-2022"`` is two keys."""
    return (key.lower() for key in re.split(r"[\s,;]+", text) if key)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
