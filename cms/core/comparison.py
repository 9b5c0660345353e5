"""Two versions of a stream side by side, in words: what a person chose, not how it is stored.

Wagtail's own comparison shows the stored value of a choice, nothing of an image, and fails at an
image with an alt text; it never says which kind of part it shows. What a part says in words here
is the same for every block that is stored alike, so a new block needs no line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail import blocks
from wagtail.admin import compare
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.utils.text import text_from_html

from cms.core.citations import CitationsBlock


def compare_in_words() -> None:
    """Let the admin compare every stream this way, from now on."""
    compare.register_comparison_class(StreamField, comparison_class=StreamFieldComparison)


class StreamFieldComparison(compare.StreamFieldComparison):
    def has_changed(self) -> bool:
        return self._whole().has_changed()

    def htmldiff(self) -> SafeString:
        return self._whole().htmldiff()

    def _whole(self) -> Comparison:
        return Comparison(self.field.stream_block, self.val_a, self.val_b)


class Comparison:
    """Of one block: what it was and what it is. ``None`` where there was or is no such block."""

    def __init__(self, block: blocks.Block, before: Any, after: Any) -> None:
        self.block, self.before, self.after = block, before, after

    def has_changed(self) -> bool:
        """By what is stored: two images with another alt text are the same object."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        prep = self.block.get_prep_value
        return bool(prep(self.before) != prep(self.after))

    def htmldiff(self) -> SafeString:
        if self.before is None:
            return _marked("addition", _html(self.block, self.after))
        if self.after is None:
            return _marked("deletion", _html(self.block, self.before))
        if not self.has_changed():
            return _html(self.block, self.after)
        if isinstance(self.block, blocks.BaseStreamBlock | blocks.ListBlock):
            return self._diff_of_sequence()
        if isinstance(self.block, blocks.BaseStructBlock) and not isinstance(
            self.block, ImageBlock
        ):
            return _described(
                (child.label, Comparison(child, self.before[name], self.after[name]).htmldiff())
                for name, child in self.block.child_blocks.items()
            )
        before, after = words_of(self.block, self.before), words_of(self.block, self.after)
        diff: SafeString = compare.diff_text(before, after).to_html()
        return diff

    def _diff_of_sequence(self) -> SafeString:
        """Each child with the one of its id; what is gone stands where it stood."""
        is_stream = isinstance(self.block, blocks.BaseStreamBlock)
        before, after = _children(self.before), _children(self.after)
        was = {child.id: child for child in before}
        left = {child.id for child in before} - {child.id for child in after}
        shown = []
        remaining = iter(before)
        for child in after:
            if child.id in was:
                shown += _until(remaining, child.id, left)
            old = was.get(child.id)
            shown.append((child.block, old.value if old else None, child.value))
        shown += _until(remaining, None, left)
        return format_html_join(
            "\n",
            '<div class="comparison__child-object">{}{}</div>',
            (
                (_title(block) if is_stream else "", Comparison(block, old, new).htmldiff())
                for block, old, new in shown
            ),
        )


def words_of(block: blocks.Block, value: Any) -> str:
    """What a block without named parts says: ``"Off-label"``, the name of a person, a table."""
    if value is None or value == "":
        return ""
    for kind, words in WORDS.items():
        if isinstance(block, kind):
            return words(block, value)
    return str(value)


def _choice(block: Any, value: Any) -> str:
    return str(dict(block.field.choices).get(value, value))


def _image(block: Any, image: Any) -> str:
    described = "decorative" if image.decorative else f"“{image.contextual_alt_text or ''}”"
    return f"{image.title}: {described}"


def _rows(block: Any, table: Any) -> str:
    rows = [[column["heading"] for column in table.columns]]
    rows += [[str(cell or "") for cell in row["values"]] for row in table.row_data]
    return " / ".join(" | ".join(row) for row in rows)


WORDS: dict[type[blocks.Block], Callable[[Any, Any], str]] = {
    ImageBlock: _image,
    ImageChooserBlock: lambda block, image: str(image.title),
    TypedTableBlock: _rows,
    CitationsBlock: lambda block, keys: ", ".join(keys),
    blocks.ChoiceBlock: _choice,
    blocks.BooleanBlock: lambda block, value: "yes" if value else "no",
    blocks.DateBlock: lambda block, day: date_format(day, "j F Y"),
    blocks.RichTextBlock: lambda block, text: text_from_html(block.render_basic(text)),
}


def _html(block: blocks.Block, value: Any) -> SafeString:
    """A block that is only shown, with the labels of its parts; parts that say nothing are left
    out."""
    if isinstance(block, blocks.BaseStreamBlock):
        return _described((child.block.label, _html(child.block, child.value)) for child in value)
    if isinstance(block, blocks.ListBlock):
        items = ((_html(child.block, child.value),) for child in value.bound_blocks)
        return format_html_join("\n", '<div class="comparison__child-object">{}</div>', items)
    if isinstance(block, blocks.BaseStructBlock) and not isinstance(block, ImageBlock):
        return _described(
            (child.label, _html(child, value[name])) for name, child in block.child_blocks.items()
        )
    return format_html("{}", words_of(block, value))


def _described(parts: Iterator[tuple[Any, SafeString]]) -> SafeString:
    said = ((label, html) for label, html in parts if html)
    rows = format_html_join("\n", "<dt>{}</dt>\n<dd>{}</dd>", said)
    return format_html("<dl>\n{}\n</dl>", rows) if rows else SafeString("")


def _marked(change: str, html: SafeString) -> SafeString:
    return format_html('<div class="{}">{}</div>', change, html) if html else html


def _title(block: blocks.Block) -> SafeString:
    return format_html("<strong>{}</strong>\n", block.label)


def _children(value: Any) -> list[Any]:
    return list(value.bound_blocks if isinstance(value, blocks.list_block.ListValue) else value)


def _until(remaining: Iterator[Any], stop: str | None, left: set[str]) -> list[Any]:
    """What is gone of the children before the one with this id."""
    gone = []
    for child in remaining:
        if child.id == stop:
            break
        if child.id in left:
            gone.append((child.block, child.value, None))
    return gone
