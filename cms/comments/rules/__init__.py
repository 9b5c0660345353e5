"""What is noticed about a comment, by rules that a person can check. Nothing here publishes.

``judge`` says where a new comment starts (urgent, suspected spam or held) and which words led
there; ``checked`` asks outside checkers besides.
"""

from cms.comments.rules.checkers import Checker, checked
from cms.comments.rules.found import Match, Rule
from cms.comments.rules.judging import Judged, PageState, Verdict, judge
from cms.comments.rules.lists import WordLists, word_lists
from cms.core.written_links import has_link

__all__ = [
    "Checker",
    "Judged",
    "Match",
    "PageState",
    "Rule",
    "Verdict",
    "WordLists",
    "checked",
    "has_link",
    "judge",
    "word_lists",
]
