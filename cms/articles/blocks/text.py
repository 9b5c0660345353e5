"""Blocks of text: headings, paragraphs, pictures, tables, questions, and the end of an article."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTable, TypedTableBlock
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.articles.blocks.shared import TEXT, heading, paragraphs, sentences
from cms.core.links import require_https

MOST_COLUMNS = 10
MOST_ROWS = 60


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock(
        max_length=120, help_text="A few words that say what the part below answers."
    )
    size = blocks.ChoiceBlock(
        choices=[("section", "Section"), ("subsection", "Part of a section")],
        default="section",
        help_text="Sections divide the page; parts divide the section above them.",
    )

    class Meta:
        icon = "title"
        group = TEXT
        label = "Heading"
        description = "Starts a section, or a part of one."


class DescribedImageBlock(ImageBlock):
    """Wagtail's own image block, whose fields say what belongs in them."""

    def __init__(self, required: bool = True, **kwargs: Any) -> None:
        fields = [
            (
                "image",
                ImageChooserBlock(
                    required=required, help_text="Choose one of the library, or upload one."
                ),
            ),
            (
                "decorative",
                blocks.BooleanBlock(
                    default=False,
                    required=False,
                    label="Image is decorative",
                    help_text="Tick this when the image tells the reader nothing.",
                ),
            ),
            (
                "alt_text",
                blocks.CharBlock(
                    required=False,
                    max_length=250,
                    label="Alt text",
                    help_text="What the image tells the reader, for people who cannot see it.",
                ),
            ),
        ]
        # Otherwise it may be called "No" while it is collapsed, after the box that is not ticked.
        kwargs.setdefault("label_format", "{image} {alt_text}")
        super(ImageBlock, self).__init__(fields, **kwargs)


class ImageWithCaptionBlock(blocks.StructBlock):
    image = DescribedImageBlock(
        help_text="Say in the alt text what the image tells the reader, for people who cannot "
        "see it. Mark it as decorative when it tells nothing."
    )
    caption = blocks.CharBlock(
        required=False,
        default="",
        max_length=250,
        help_text="Shown below the image: what it shows.",
    )
    credit = blocks.CharBlock(
        required=False,
        default="",
        max_length=120,
        help_text="Who made the picture, and under which licence. Shown small, below the caption.",
    )

    class Meta:
        icon = "image"
        group = TEXT
        label = "Image"
        label_format = "{image} {caption}"
        description = "A picture or diagram, with its description and a caption."


class ConclusionBlock(blocks.StructBlock):
    heading = heading("Conclusion", "conclusion")
    text = sentences(3000, "What the reader should take away, in a few sentences.")

    class Meta:
        icon = "tick-inverse"
        group = TEXT
        label = "Conclusion"
        description = "The last part of an article: what to remember."


class InsetBlock(blocks.StructBlock):
    text = paragraphs(1500, "What should stand out, in a few sentences. Not for a warning.")

    class Meta:
        icon = "doc-full-inverse"
        group = TEXT
        label = "Inset text"
        description = (
            "A piece of text that stands out from what is around it, and warns of nothing."
        )


class DetailsBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        max_length=120, help_text="What a reader opens: “How the medicine works in the body”."
    )
    text = paragraphs(
        8000, "Shown once the reader opens it. Never the only place of a risk or a warning."
    )

    class Meta:
        icon = "collapse-down"
        group = TEXT
        label = "Details to open"
        description = "Long detail that few readers need, closed until somebody opens it."


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(
        max_length=200, help_text="As a reader would ask it: “Can I drink alcohol with it?”"
    )
    answer = paragraphs(3000, "The answer first, then the reason.")

    class Meta:
        icon = "help"
        group = TEXT
        label = "Question"
        description = "One question and its answer."


class FaqBlock(blocks.StructBlock):
    heading = heading("Common questions", "questions")
    items = blocks.ListBlock(
        QuestionBlock(),
        min_num=1,
        max_num=30,
        help_text="Questions that readers do ask, the commonest first.",
    )

    class Meta:
        icon = "help"
        group = TEXT
        label = "Questions and answers"
        description = "Questions that readers ask, each with its answer."


class GlossaryTermBlock(blocks.StructBlock):
    glossary_term = SnippetChooserBlock(
        "articles.GlossaryTerm",
        label="Term",
        help_text="Its meaning comes from the glossary, so that it is the same everywhere.",
    )

    class Meta:
        icon = "info-circle"
        group = TEXT
        label = "Glossary term"
        description = "A medical word, and what it means in plain words."


class CellsBlock(TypedTableBlock):
    """The cells of a table, all of them text."""

    text = blocks.CharBlock(
        label="Text",
        required=False,
        default="",
        max_length=500,
        help_text="What stands in the cell.",
    )

    def clean(self, value: Any) -> TypedTable:
        table = super().clean(value)
        if self.is_deferred_validation:
            return table
        if not table.columns or not table.row_data:
            raise ValidationError("This table is empty. Add a column and a row, or remove it.")
        if len(table.columns) > MOST_COLUMNS or len(table.row_data) > MOST_ROWS:
            raise ValidationError(
                f"This table has {len(table.columns)} columns and {len(table.row_data)} rows; "
                f"nobody can read more than {MOST_COLUMNS} columns and {MOST_ROWS} rows. "
                "Make several tables of it."
            )
        for number, column in enumerate(table.columns, start=1):
            if not column["heading"].strip():
                raise ValidationError(f"Column {number} has no heading. Say what stands in it.")
        return table


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(
        max_length=200, help_text="What the table shows. Read out before it, so it must say all."
    )
    header_column = blocks.BooleanBlock(
        required=False,
        default=True,
        label="First column names the rows",
        help_text="Tick this when the first cell of each row says what the row is about.",
    )
    table = CellsBlock(
        help_text="Press “Add column”, choose text, and give each column a heading. "
        "The caption stands above; leave the one in here empty."
    )

    class Meta:
        icon = "table"
        group = TEXT
        label = "Table"
        description = "Rows and columns of short texts, with a caption and a heading a column."


class VideoBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=150, help_text="What the video is called.")
    url = blocks.URLBlock(
        max_length=500,
        validators=[require_https],
        label="Address",
        help_text="Where it can be seen, starting with https://. The page links to it.",
    )
    transcript = paragraphs(
        20000, "All that is said and shown, in words, for who cannot hear or see it."
    )
    last_reviewed = blocks.DateBlock(
        required=False, help_text="The day a clinician last checked the video."
    )
    next_review_due = blocks.DateBlock(
        required=False, help_text="The day by which it must be checked again."
    )

    class Meta:
        icon = "media"
        group = TEXT
        label = "Video"
        description = "A link to a video elsewhere, with everything it says in words."

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        last, due = cleaned["last_reviewed"], cleaned["next_review_due"]
        if not self.is_deferred_validation and last and due and due <= last:
            raise blocks.StructBlockValidationError(
                block_errors={
                    "next_review_due": ValidationError("The next review must be after the last.")
                }
            )
        return cleaned
