from wagtail import hooks

from cms.review.doors import refuse_in_editor, tell_in_editor
from cms.review.log import register_actions

hooks.register("register_log_actions", register_actions)
hooks.register("before_edit_page", refuse_in_editor)
hooks.register("after_edit_page", tell_in_editor)
