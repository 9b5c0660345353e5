"""The files of images. A reader's browser never asks for them here: the site has its own copies."""

import mimetypes

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe
from wagtail.images import get_image_model

from cms.core.public import public_images


@require_safe
def serve_media(request: HttpRequest, path: str) -> FileResponse:
    """The file of an image or of a rendition, to who may see it.

    Whoever may enter the admin sees every image; anyone else those of public collections. All
    else, documents included, is ``404``: they have their own view, which asks for more.
    """
    images = (
        get_image_model().objects.all()
        if request.user.has_perm("wagtailadmin.access_admin")
        else public_images()
    )
    renditions = get_image_model().get_rendition_model().objects
    is_known = (
        images.filter(file=path).exists() or renditions.filter(file=path, image__in=images).exists()
    )
    if not is_known or not default_storage.exists(path):
        raise Http404("There is no such image.")
    mime, _ = mimetypes.guess_type(path)
    response = FileResponse(default_storage.open(path), content_type=mime)
    response["Cache-Control"] = "private, max-age=3600"
    return response
