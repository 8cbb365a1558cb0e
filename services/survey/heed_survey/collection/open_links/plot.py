"""QR codes of open links."""

import io
from typing import Literal

import segno

ImageFormat = Literal["svg", "png"]
MEDIA_TYPES: dict[ImageFormat, str] = {"svg": "image/svg+xml", "png": "image/png"}
ERROR_CORRECTION = "q"
"""A quarter of the code may be dirty or torn: it hangs where people pass by."""
QUIET_ZONE = 4
"""Modules of white around the code, which ISO/IEC 18004 demands."""
PIXELS_PER_MODULE = 16
"""About 700 pixels for a link of Heed: sharp at 6 cm in print."""


def draw_qr_code(url: str, *, image_format: ImageFormat) -> bytes:
    """Return the content of the image file, black on white whatever the page around it is."""
    image = io.BytesIO()
    code = segno.make(url, error=ERROR_CORRECTION, micro=False)
    if image_format == "svg":
        code.save(image, kind="svg", border=QUIET_ZONE, scale=10, light="#fff", xmldecl=False, omitsize=True)
    else:
        code.save(image, kind="png", border=QUIET_ZONE, scale=PIXELS_PER_MODULE, light="#fff")
    return image.getvalue()
