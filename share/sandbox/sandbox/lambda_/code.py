"""Code: zip files with real digests, objects of moto's S3, images.

An image of an ECR registry is there unless the control API's `images` says
otherwise; its digest is the one named, moto's, the one given there, or made
from the URI, so that it stays the same.
"""

import base64
import hashlib
import io
import re
import sys
import zipfile
from typing import Any, Dict

from ..errors import AwsError
from .common import USER, invalid, new_id
from .model import Code

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)(?::([\w.-]+))?"
                    r"(?:@(sha256:[0-9a-f]{64}))?")
SOURCES = ("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "S3ObjectStorageMode")


def load(ctx: Any, operation: str, what: Dict[str, Any], package: str) -> Code:
    """The code that a request names; refused as Lambda refuses it."""
    if package == "Image":
        if not what.get("ImageUri"):
            raise invalid(f"Please provide ImageUri when {operation[:6].lower()[:-1]}ing a function with packageType Image.")
        return _image(ctx, what["ImageUri"])
    if what.get("ImageUri"):
        raise invalid(f"Please do not provide ImageUri when {operation[:6].lower()[:-1]}ing a function with packageType Zip.")
    return from_zip(ctx, operation, zip_of(ctx, operation, what), what)


def zip_of(ctx: Any, operation: str, what: Dict[str, Any]) -> bytes:
    if what.get("ZipFile") is not None:
        if any(what.get(name) for name in SOURCES[1:]):
            raise invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
        limit = ctx.world.config["lambda_request_bytes"]
        if len(what["ZipFile"]) >= limit:
            raise AwsError("RequestEntityTooLargeException", f"Request must be smaller than {limit} bytes for the "
                           f"{operation} operation", 413, dict(USER))
        return base64.b64decode(what["ZipFile"])
    if what.get("S3Bucket") and what.get("S3Key"):
        return _object(ctx, what["S3Bucket"], what["S3Key"], what.get("S3ObjectVersion"))
    raise invalid("Please provide a source for function code.")


def from_zip(ctx: Any, operation: str, data: bytes, what: Dict[str, Any], already: int = 0) -> Code:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unzipped = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OverflowError):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None
    check_unzipped(ctx, unzipped + already)
    bucket = f"awslambda-{ctx.store.region}-tasks.s3.{ctx.store.region}.amazonaws.com"
    location = {"RepositoryType": "S3", "Location": f"https://{bucket}/snapshots/{ctx.store.account}/{operation}-{new_id()}"
                f"?versionId={new_id()}&X-Amz-Security-Token=sandbox&X-Amz-Signature={new_id()}"}
    if what.get("SourceKMSKeyArn"):
        location["SourceKMSKeyArn"] = what["SourceKMSKeyArn"]
    return Code(base64.b64encode(hashlib.sha256(data).digest()).decode(), len(data), unzipped, location)


def check_unzipped(ctx: Any, size: int) -> None:
    """Quotas: 250 MB unzipped, layers included."""
    limit = ctx.world.config["lambda_unzipped_bytes"]
    if size >= limit:
        raise invalid(f"Unzipped size must be smaller than {limit} bytes")


def _object(ctx: Any, bucket: str, key: str, version: Any) -> bytes:
    models = sys.modules.get("moto.s3.models")
    found = models.s3_backends[ctx.store.account][ctx.store.partition].buckets.get(bucket) if models else None
    if found is None:
        raise _s3_error("NoSuchBucket", "The specified bucket does not exist")
    if found.region_name != ctx.store.region:
        raise _s3_error("PermanentRedirect", "The bucket is in this region: " + found.region_name
                        + ". Please use this region to retry the request")
    keys = [item for item in found.keys.getlist(key, []) if version in (None, item.version_id)]
    if not keys or not hasattr(keys[-1], "value"):    # the newest may be a deletion
        raise _s3_error("NoSuchVersion" if version else "NoSuchKey", "The specified version does not exist." if version
                        else "The specified key does not exist.")
    return keys[-1].value


def _s3_error(code: str, message: str) -> AwsError:
    return invalid(f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}")


def _image(ctx: Any, uri: str) -> Code:
    match = _IMAGE.fullmatch(uri)
    if match is None:
        raise invalid(f"Source image {uri} is not valid. Provide a valid source image.")
    if match[2] != ctx.store.region:
        raise invalid(f"Source image {uri} is not valid. The image must be in the same region as the function.")
    digest = digest_of(ctx.world, uri)
    if digest is None:
        raise invalid(f"Source image {uri} does not exist. Provide a valid source image.")
    resolved = uri.partition("@")[0].rpartition(":")[0] if match[4] else uri.partition("@")[0]
    return Code(digest.partition(":")[2], 0, 0, {"RepositoryType": "ECR", "ImageUri": uri,
                                                 "ResolvedImageUri": f"{resolved}@{digest}"}, image=True)


def digest_of(world: Any, uri: str) -> Any:
    """The image's digest; None: there is none."""
    match = _IMAGE.fullmatch(uri)
    return world.images.get(uri, _digest_in_ecr(match) or (match and match[5])
                            or "sha256:" + hashlib.sha256(uri.encode()).hexdigest())


def _digest_in_ecr(match: Any) -> Any:
    """moto's digest of a tag, if that repository and image are there."""
    models = sys.modules.get("moto.ecr.models")
    repositories = models.ecr_backends[match[1]][match[2]].repositories if models and match else {}
    repository = repositories.get(match[3])
    for image in repository.images if repository else ():
        if (match[4] or "latest") in image.image_tags or match[5] == image.get_image_digest():
            return image.get_image_digest()
    return None
