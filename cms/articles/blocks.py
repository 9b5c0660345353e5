"""The blocks editors write with. Their shapes are the export feed's: see docs/export-feed.md."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.core.blocks import address_elsewhere, page_of_this_site
from cms.core.links import require_https, require_one_target
from cms.core.streams import SharedStreamBlock

INLINE_FEATURES = ["bold", "italic", "link"]
TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]

TEXT = "Text"
MEDICINE = "About a medicine"
HELP = "Safety and help"


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
        super(ImageBlock, self).__init__(fields, **kwargs)


class ImageWithCaptionBlock(blocks.StructBlock):
    image = DescribedImageBlock(
        help_text="Say in the alt text what the image tells the reader, for people who cannot "
        "see it. Mark it as decorative when it tells nothing."
    )
    caption = blocks.CharBlock(
        required=False,
        max_length=250,
        help_text="Shown below the image, such as what it shows or who made it.",
    )

    class Meta:
        icon = "image"
        group = TEXT
        label = "Image"
        description = "A picture or diagram, with its description and a caption."


class NextStepBlock(blocks.StructBlock):
    label = blocks.CharBlock(
        max_length=60,
        help_text="What the button says. Start with a verb: “Find a support service”.",
    )
    purpose = blocks.ChoiceBlock(
        choices=[
            ("find_help", "Find help"),
            ("talk_to_professional", "Talk to a professional"),
            ("read_next", "Read next"),
            ("report_side_effect", "Report a side effect"),
            ("leave_comment", "Leave a comment"),
        ],
        help_text="What the reader does next. A button here never sells anything.",
    )
    page = page_of_this_site()
    url = address_elsewhere()

    class Meta:
        icon = "arrow-right"
        group = HELP
        label = "Next step"
        description = "A button that says where to get help, what to ask or what to read next."

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not self.is_deferred_validation:
            require_one_target(cleaned)
        return cleaned


class MedicalUseBlock(blocks.StructBlock):
    term = blocks.CharBlock(max_length=120, help_text="The use in a few words: “Anaesthesia”.")
    text = blocks.RichTextBlock(
        features=INLINE_FEATURES,
        max_length=1000,
        help_text="One or two sentences about it: for whom, when, given how.",
    )
    points = blocks.ListBlock(
        blocks.CharBlock(label="Point", max_length=250, help_text="One short sentence."),
        default=[],
        max_num=12,
        help_text="Details that read better as bullets below this use. May stay empty.",
    )

    class Meta:
        icon = "list-ol"
        group = MEDICINE
        label = "Use"
        description = "One thing the medicine is used for."


class MedicalUsesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(
        max_length=120, default="Medical uses", help_text="The heading above the list."
    )
    introduction = blocks.RichTextBlock(
        required=False,
        features=INLINE_FEATURES,
        max_length=1000,
        help_text="A sentence or two before the list. May stay empty.",
    )
    items = blocks.ListBlock(
        MedicalUseBlock(),
        min_num=1,
        max_num=20,
        help_text="Shown as a numbered list, in this order. Put the commonest use first.",
    )

    class Meta:
        icon = "list-ol"
        group = MEDICINE
        label = "Medical uses"
        description = "What the medicine is used for: a numbered list, each with its own bullets."


class BenefitBlock(blocks.StructBlock):
    term = blocks.CharBlock(max_length=120, help_text="The benefit in a few words, shown in bold.")
    text = blocks.RichTextBlock(
        features=INLINE_FEATURES, max_length=1000, help_text="One sentence that explains it."
    )

    class Meta:
        icon = "plus-inverse"
        group = MEDICINE
        label = "Benefit"
        description = "One good the medicine can do."


class BenefitsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(
        max_length=120, default="Benefits", help_text="The heading above the list."
    )
    items = blocks.ListBlock(
        BenefitBlock(),
        min_num=1,
        max_num=20,
        help_text="Shown as bullets: a bold term, then its sentence.",
    )

    class Meta:
        icon = "list-ul"
        group = MEDICINE
        label = "Benefits"
        description = "What good the medicine can do: bullets of a bold term and a sentence."


class RiskBlock(blocks.StructBlock):
    term = blocks.CharBlock(
        required=False,
        max_length=120,
        help_text="The risk in a few words, shown in bold. May stay empty.",
    )
    text = blocks.RichTextBlock(
        features=INLINE_FEATURES,
        max_length=1000,
        help_text="What can happen, how likely it is, and what to do then.",
    )

    class Meta:
        icon = "warning"
        group = MEDICINE
        label = "Risk"
        description = "One harm the medicine can do."


class RisksBlock(blocks.StructBlock):
    heading = blocks.CharBlock(
        max_length=120, default="Risks and considerations", help_text="The heading above the list."
    )
    introduction = blocks.RichTextBlock(
        features=INLINE_FEATURES,
        max_length=1000,
        help_text="What the reader should know before the list: who is at most risk, and why.",
    )
    items = blocks.ListBlock(
        RiskBlock(),
        min_num=1,
        max_num=30,
        help_text="Shown as bullets. Put the most serious first.",
    )

    class Meta:
        icon = "warning"
        group = MEDICINE
        label = "Risks and considerations"
        description = "What harm the medicine can do: an introduction and bullets."


class RiskCalloutBlock(blocks.StructBlock):
    severity = blocks.ChoiceBlock(
        choices=[
            ("caution", "Caution: take care"),
            ("serious", "Serious: get medical advice"),
            ("emergency", "Emergency: get help now"),
        ],
        default="caution",
        help_text="How bad it can get. The page says it in words as well as in colour.",
    )
    title = blocks.CharBlock(
        max_length=120, help_text="What to look out for: “Signs of an overdose”."
    )
    text = blocks.RichTextBlock(
        features=["bold", "italic", "ul", "link"],
        max_length=1500,
        help_text="What the signs are, and what the reader must do about them.",
    )
    helpline = SnippetChooserBlock(
        "articles.Helpline",
        required=False,
        help_text="Whom to call. Choose one for every emergency.",
    )

    class Meta:
        icon = "warning"
        group = HELP
        label = "Risk callout"
        description = "A warning that stands out from the text, with what to do and whom to call."


class HelplineBlock(blocks.StructBlock):
    helpline = SnippetChooserBlock(
        "articles.Helpline",
        help_text="Its number and hours come from Helplines, so that they change in one place.",
    )

    class Meta:
        icon = "mobile-alt"
        group = HELP
        label = "Helpline"
        description = "Whom to call, with number and opening hours."


class ConclusionBlock(blocks.StructBlock):
    heading = blocks.CharBlock(
        max_length=120, default="Conclusion", help_text="The heading above the conclusion."
    )
    text = blocks.RichTextBlock(
        features=INLINE_FEATURES,
        max_length=3000,
        help_text="What the reader should take away, in a few sentences.",
    )

    class Meta:
        icon = "tick-inverse"
        group = TEXT
        label = "Conclusion"
        description = "The last part of an article: what to remember."


class BodyBlock(SharedStreamBlock):
    """The body of any page."""

    heading = HeadingBlock()
    rich_text = blocks.RichTextBlock(
        features=TEXT_FEATURES,
        max_length=20000,
        icon="pilcrow",
        group=TEXT,
        label="Text",
        description="Paragraphs and lists, with bold, italic and links.",
        help_text="Short sentences and short paragraphs. Explain a medical word where it is used.",
    )
    image = ImageWithCaptionBlock()
    conclusion = ConclusionBlock()
    medical_uses = MedicalUsesBlock()
    benefits = BenefitsBlock()
    risks = RisksBlock()
    risk_callout = RiskCalloutBlock()
    helpline = HelplineBlock()
    next_step = NextStepBlock()

    class Meta:
        block_counts = {"conclusion": {"max_num": 1}}


class SourceBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=250, help_text="The title, as it stands on the source.")
    publisher = blocks.CharBlock(
        max_length=120, help_text="Who published it: an organisation, a journal, an author."
    )
    url = blocks.URLBlock(
        max_length=500,
        validators=[require_https],
        label="Address",
        help_text="Where a reader can check it, starting with https://.",
    )
    published = blocks.DateBlock(
        required=False, help_text="When the source says it was published or last updated."
    )
    accessed = blocks.DateBlock(required=False, help_text="When you last read it.")

    class Meta:
        icon = "openquote"
        group = "Sources"
        label = "Source"
        description = "Where a statement of the article comes from."

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        published, accessed = cleaned["published"], cleaned["accessed"]
        if self.is_deferred_validation or not (published and accessed):
            return cleaned
        if accessed < published:
            raise blocks.StructBlockValidationError(
                block_errors={
                    "accessed": ValidationError(
                        "This is before the source was published. Check both dates."
                    )
                }
            )
        return cleaned


class SourcesBlock(SharedStreamBlock):
    """What an article rests on."""

    source = SourceBlock()
