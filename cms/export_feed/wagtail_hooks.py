from wagtail import hooks

from cms.export_feed.renditions import PublicOperation


@hooks.register("register_image_operations")
def register_image_operations() -> list[tuple[str, type[PublicOperation]]]:
    return [("public", PublicOperation)]
