"""For a process of the CMS that a test starts: importing this lets bare pages go live there.

They are judged as all pages are, by no rule. A test of the rules does without it.
"""

from cms.safety import catalogue

catalogue.RULES = ()
