"""ECR's DescribeImages where moto has no such repository: as Lambda sees images (lambda_/code.py).

Any repository is there, with any tag, unless the control API's `images` says otherwise.
"""

import json
import sys
from typing import Any, Dict, Optional

from .errors import AwsError
from .http import Response
from .lambda_ import code


def answer(world: Any, operation: str, params: Dict[str, Any], account: str, region: str) -> Optional[Response]:
    """None: moto is to answer."""
    if operation != "DescribeImages" or not params.get("imageIds"):
        return None
    registry = params.get("registryId") or account
    models = sys.modules.get("moto.ecr.models")
    if models and params["repositoryName"] in models.ecr_backends[registry][region].repositories:
        return None
    details = [_describe(world, registry, region, params["repositoryName"], item) for item in params["imageIds"]]
    return Response(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"imageDetails": details}).encode())


def _describe(world: Any, registry: str, region: str, repository: str, item: Dict[str, str]) -> Dict[str, Any]:
    tag, digest = item.get("imageTag"), item.get("imageDigest")
    suffix = ".cn" if region.startswith("cn-") else ""
    uri = f"{registry}.dkr.ecr.{region}.amazonaws.com{suffix}/{repository}"
    found = code.digest_of(world, uri + (f":{tag}" if tag else "") + (f"@{digest}" if digest else ""))
    if found is None:
        raise AwsError("ImageNotFoundException", f"The image with imageId {{imageDigest:'{digest or 'null'}', imageTag:"
                       f"'{tag or 'null'}'}} does not exist within the repository with name '{repository}' in the registry "
                       f"with id '{registry}'", 400)
    return {"registryId": registry, "repositoryName": repository, "imageDigest": found, "imageTags": [tag] if tag else []}
