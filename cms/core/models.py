"""Settings that belong to the whole site: its menus, its footer, its two policies, its alert."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from wagtail.admin.panels import (
    FieldPanel,
    MultiFieldPanel,
    ObjectList,
    PageChooserPanel,
    TabbedInterface,
)
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField

from cms.core.blocks import MenuItemBlock, SideEffectLineBlock

ADVICE_STATEMENT = (
    "This site complements the advice of a doctor, nurse or pharmacist who knows you. "
    "It does not replace it."
)


@register_setting(icon="cog")
class SiteSettings(BaseSiteSetting):
    strapline = models.CharField(
        max_length=120,
        blank=True,
        help_text="One short line that says what the site is for. "
        "At the bottom of every page, and in the feed.",
    )
    main_menu = StreamField(
        [("menu_item", MenuItemBlock())],
        blank=True,
        max_num=7,
        help_text="The links at the top of every page, in this order. Five or fewer read best.",
    )
    footer_menu = StreamField(
        [("menu_item", MenuItemBlock())],
        blank=True,
        max_num=12,
        help_text="The links at the bottom of every page: about, privacy, accessibility.",
    )
    footer_text = RichTextField(
        blank=True,
        max_length=500,
        features=["bold", "italic", "link"],
        help_text="A sentence or two at the bottom of every page, such as who runs the site.",
    )
    comment_policy_page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The page that says which reader comments are published. "
        "The comment form links to it.",
    )
    privacy_page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The page that says what happens to what readers send. "
        "The comment form links to it.",
    )
    lists_page_size = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(5), MaxValueValidator(100)],
        help_text="How many articles a topic lists before it offers a second page.",
    )
    advice_statement = models.TextField(
        max_length=300,
        default=ADVICE_STATEMENT,
        help_text="On every article: that the site complements professional advice and does not "
        "replace it.",
    )
    default_funding = models.TextField(
        max_length=500,
        blank=True,
        help_text="What a new article says first about who paid for it.",
    )
    default_conflicts = models.TextField(
        "default conflicts of interest",
        max_length=500,
        blank=True,
        help_text="What a new article says first about conflicts of interest.",
    )
    side_effect_reporting = StreamField(
        [("line", SideEffectLineBlock())],
        blank=True,
        max_num=14,
        help_text="Where side effects are reported, country by country. Each article about a "
        "medicine shows the lines of its country.",
    )
    alert_text = models.CharField(
        "alert",
        max_length=250,
        blank=True,
        help_text="One or two sentences above everything on every page, such as a recall. "
        "Empty for no alert.",
    )
    alert_level = models.CharField(
        "level of the alert",
        max_length=11,
        choices=[("information", "Information"), ("urgent", "Urgent")],
        default="information",
        help_text="How it looks and is announced. The page says it in words as well.",
    )
    alert_until = models.DateTimeField(
        "alert ends at",
        null=True,
        blank=True,
        help_text="When the alert goes by itself. Empty for when you remove it.",
    )

    edit_handler = TabbedInterface(
        [
            ObjectList([FieldPanel("main_menu")], heading="Header"),
            ObjectList(
                [FieldPanel("strapline"), FieldPanel("footer_menu"), FieldPanel("footer_text")],
                heading="Footer",
            ),
            ObjectList(
                [
                    PageChooserPanel("comment_policy_page"),
                    PageChooserPanel("privacy_page"),
                    FieldPanel("lists_page_size"),
                ],
                heading="Policies and lists",
            ),
            ObjectList(
                [
                    FieldPanel("advice_statement"),
                    FieldPanel("side_effect_reporting"),
                    MultiFieldPanel(
                        [FieldPanel("default_funding"), FieldPanel("default_conflicts")],
                        heading="What a new article discloses",
                    ),
                ],
                heading="Articles",
            ),
            ObjectList(
                [FieldPanel("alert_text"), FieldPanel("alert_level"), FieldPanel("alert_until")],
                heading="Alert",
            ),
        ]
    )

    class Meta:
        verbose_name = "site settings"
