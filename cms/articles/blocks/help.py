"""Blocks that keep readers safe and say where to get help."""

from typing import Any

from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.articles.blocks.shared import HELP, LIST_FEATURES, sentences
from cms.core.blocks import address_elsewhere, page_of_this_site
from cms.core.links import require_one_target


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


class RiskCalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        choices=[
            ("general", "A danger to health"),
            ("law", "What the law says"),
            ("mistake", "A common dangerous mistake"),
        ],
        default="general",
        help_text="What the notice is about.",
    )
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
        features=LIST_FEATURES,
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
        label = "Safety notice"
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


class CareCardBlock(blocks.StructBlock):
    level = blocks.ChoiceBlock(
        choices=[
            ("non_urgent", "Not urgent: ask a professional"),
            ("urgent", "Urgent: get help today"),
            ("emergency", "Emergency: get help now"),
        ],
        default="non_urgent",
        help_text="How soon the reader needs help. The page says it in words as well.",
    )
    action = blocks.CharBlock(
        max_length=80,
        help_text="What to do, starting with a verb: “Call 999”. The page adds “if:”.",
    )
    conditions = blocks.ListBlock(
        blocks.CharBlock(
            label="Condition",
            max_length=200,
            help_text="One sign or situation, in small letters: “you have trouble breathing”.",
        ),
        min_num=1,
        max_num=12,
        help_text="When to do it, one sign a line.",
    )
    note = sentences(
        600, "What to do while waiting, or whom else to ask. May stay empty.", required=False
    )
    helpline = SnippetChooserBlock(
        "articles.Helpline", required=False, help_text="Whom to call, if it is a helpline."
    )

    class Meta:
        icon = "mobile-alt"
        group = HELP
        label = "Care card"
        description = "When to get help, how soon and from whom: for one level of urgency."


def advice(help_text: str) -> blocks.ListBlock:
    return blocks.ListBlock(
        blocks.CharBlock(
            label="Advice", max_length=200, help_text="Starts with a bare verb: “drink water”."
        ),
        default=[],
        max_num=15,
        help_text=help_text,
    )


class DoDontBlock(blocks.StructBlock):
    do = advice("What helps, each starting with a verb: “keep it in its box”.")
    dont = advice("What to avoid, as a bare verb: “drive”. The page adds “Do not” to each.")

    class Meta:
        icon = "check"
        group = HELP
        label = "Do and do not"
        description = "What helps and what to avoid, as two lists."

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not self.is_deferred_validation and not (cleaned["do"] or cleaned["dont"]):
            raise blocks.StructBlockValidationError(
                non_block_errors=["Both lists are empty. Add advice, or remove this part."]
            )
        return cleaned
