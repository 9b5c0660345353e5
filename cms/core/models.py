"""Settings that belong to the whole site: its menus, its footer, its two policies."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, ObjectList, PageChooserPanel, TabbedInterface
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField

from cms.core.blocks import MenuItemBlock


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
        ]
    )

    class Meta:
        verbose_name = "site settings"
