"""Values of every block, made from its definition: a new block needs no line here."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.core.citations import CitationsBlock


@dataclass(frozen=True)
class Chosen:
    """What choosers choose, by number; ``snippets`` by the label of their type."""

    page: int
    image: int
    snippets: dict[str, int]


def stored(block: blocks.Block, words: str, chosen: Chosen, *, choice: int = 0) -> Any:
    """A stored value of which every text is ``words``, every choice the one at that place."""
    again = {"words": words, "chosen": chosen, "choice": choice}
    match block:
        case ImageBlock():
            return {"image": chosen.image, "alt_text": words, "decorative": False}
        case blocks.BaseStructBlock():
            return {name: stored(child, **again) for name, child in block.child_blocks.items()}
        case blocks.ListBlock():
            child = stored(block.child_block, **again)
            return [{"type": "item", "value": child, "id": _id(block.name)}]
        case TypedTableBlock():
            return {
                "columns": [{"type": "text", "heading": f"{words} heading"}],
                "rows": [{"values": [words]}],
                "caption": "",
            }
        case CitationsBlock():
            return [f"{words.lower()}-2023"]
        case blocks.PageChooserBlock():
            return chosen.page
        case ImageChooserBlock():
            return chosen.image
        case SnippetChooserBlock():
            return chosen.snippets[block.target_model._meta.label]
        case blocks.ChoiceBlock():
            values = [value for value, _ in block.field.choices if value]
            return values[min(choice, len(values) - 1)]
        case blocks.BooleanBlock():
            return bool(choice)
        case blocks.DateBlock():
            return dt.date(2026, 3, choice + 1).isoformat()
        case blocks.URLBlock():
            return f"https://{words.lower()}.example/"
        case blocks.RichTextBlock():
            return f"<p>{words}</p>"
        case blocks.CharBlock():
            return words
        case _:
            raise TypeError(f"No sample of {block!r}: add one.")


def stream(block: blocks.StreamBlock, words: str, chosen: Chosen, *, choice: int = 0) -> list[Any]:
    """One of each part; a part has the same id whatever it says."""
    return [
        {"type": name, "value": stored(child, words, chosen, choice=choice), "id": _id(name)}
        for name, child in block.child_blocks.items()
    ]


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name or "item"))
