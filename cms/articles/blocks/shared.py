"""What blocks of every group share: kinds of text, and the names of the groups."""

from typing import Any

from wagtail import blocks

INLINE_FEATURES = ["bold", "italic", "link"]
LIST_FEATURES = ["bold", "italic", "ul", "link"]
TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]

TEXT = "Text"
MEDICINE = "About a medicine"
HELP = "Safety and help"
SOURCES = "Sources"


def heading(default: str, of_what: str) -> blocks.CharBlock:
    return blocks.CharBlock(
        max_length=120, default=default, help_text=f"The heading above the {of_what}."
    )


def sentences(max_length: int, help_text: str, **kwargs: Any) -> blocks.RichTextBlock:
    """A sentence or two, with bold, italic and links."""
    return blocks.RichTextBlock(
        features=INLINE_FEATURES, max_length=max_length, help_text=help_text, **kwargs
    )


def paragraphs(max_length: int, help_text: str, **kwargs: Any) -> blocks.RichTextBlock:
    """Text with lists and links, also to documents."""
    return blocks.RichTextBlock(
        features=TEXT_FEATURES, max_length=max_length, help_text=help_text, **kwargs
    )
