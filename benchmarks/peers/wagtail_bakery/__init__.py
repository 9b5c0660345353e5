"""A Django front end for wagtail-bakery to bake: our own CMS has none."""
