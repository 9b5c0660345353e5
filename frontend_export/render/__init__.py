"""Turn what the plan names into bytes. Pure: equal input gives equal bytes; ``now`` is a value.

Templates lie in ``theme/templates``: one for each page type
(``articles/article_page.html``), one for each block (``blocks/<block_type>.html``), shared
pieces in ``_partials.html``. A file at the same path below ``theme_dir`` replaces the theme's
own. What a template may use is written down in ``docs/themes.md``.
"""
