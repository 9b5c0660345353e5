"""Content kept as YAML files: read, checked by name, written through Wagtail, and dumped again.

``reading`` turns a folder into values and knows the file formats; ``columns``, ``streams`` and
``richtext`` turn what people write into what Wagtail stores, and ``loading`` makes a database say
the same. ``dumping`` goes the other way: ``told`` turns what is stored into what people write.
The files name things as people do: a page by its path, an image by its file, a helpline by its
name. Which keys a page or a block has is asked of the page type and the block itself.
"""
