"""Functions, zip files and layers for the control API's `seed`: there at once, without waiting.

    {"functions": {"hello": {"versions": 2, "aliases": {"live": "1", "split": {"1": 0.9, "2": 0.1}}, "role": "f",
                             "image": "...", "settings": {"Timeout": 9}}},
     "zips": {"bucket/hello.zip": {"index.py": "def handler(event, context): return event"}},
     "layers": {"tools": 2}}
"""

import base64
import io
import zipfile
from typing import Any, Dict

from . import code as codes
from . import versions
from .api import Context
from .model import Function

MEMBERS = {"versions", "aliases", "role", "image", "settings", "tags"}


def zipped(files: Dict[str, str]) -> bytes:
    """A zip file that is the same each time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return data.getvalue()


def _encoded(text: str) -> str:
    return base64.b64encode(zipped({"index.py": text})).decode()


def functions(world: Any, wanted: Dict[str, Dict[str, Any]], account: str, region: str) -> Dict[str, str]:
    """Returns the ARNs by name."""
    made = {}
    for name, what in wanted.items():
        unknown = set(what) - MEMBERS
        if unknown:
            raise ValueError(f"unknown member: {', '.join(sorted(unknown))}; there are {', '.join(sorted(MEMBERS))}")
        role = what.get("role", "lambda")
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{account}:role/{role}"
        if arn not in world.access.roles:
            world.access.set_role(arn, {})
        params = {"FunctionName": name, "Role": arn, "Tags": what.get("tags"), **what.get("settings", {})}
        if what.get("image"):
            params.update(PackageType="Image", Code={"ImageUri": what["image"]})
        else:
            params = {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": _encoded("# 0")}, **params}
        made[name] = world.lambda_.call("CreateFunction", params, account, region)["FunctionArn"]
        context = world.lambda_.context(account, region)
        function = context.store.functions[name]
        context.lifecycle.settle(function.latest)
        _versions(context, function, what)
        for alias, target in what.get("aliases", {}).items():
            split = target if isinstance(target, dict) else {str(target): 1.0}
            main = max(split, key=lambda number: split[number])
            world.lambda_.call("CreateAlias", {"FunctionName": name, "Name": alias, "FunctionVersion": main, "RoutingConfig": {
                "AdditionalVersionWeights": {number: share for number, share in split.items() if number != main}}},
                               account, region)
    return made


def _versions(context: Context, function: Function, what: Dict[str, Any]) -> None:
    """Each of other code; those of an image differ in a variable of their environment."""
    for number in range(1, what.get("versions", 0) + 1):
        if function.package == "Zip":
            function.latest.code = codes.load(context, "UpdateFunctionCode", {"ZipFile": _encoded(f"# {number}")}, "Zip")
        else:
            function.latest.config = {**function.latest.config,
                                      "Environment": {"Variables": {"SANDBOX_VERSION": str(number)}}}
        context.lifecycle.settle(versions.make(context, function, ""))
        function.latest.changed()


def zips(wanted: Dict[str, Dict[str, str]], account: str, region: str) -> None:
    """Objects of S3, in buckets that are made as they are named."""
    from moto.s3.models import s3_backends
    from moto.utilities.utils import get_partition
    backend = s3_backends[account][get_partition(region)]
    for path, files in wanted.items():
        bucket, _, key = path.partition("/")
        if bucket not in backend.buckets:
            backend.create_bucket(bucket, region)
        backend.put_object(bucket, key, zipped(files))


def layers(world: Any, wanted: Dict[str, int], account: str, region: str) -> Dict[str, str]:
    """So many versions of each; returns the newest ones' ARNs by name."""
    return {name: world.lambda_.call("PublishLayerVersion", {"LayerName": name, "Content": {
        "ZipFile": _encoded(f"# {name} {number}")}}, account, region)["LayerVersionArn"]
            for name, count in wanted.items() for number in range(1, count + 1)}
