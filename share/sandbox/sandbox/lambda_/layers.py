"""Layer versions."""

import re
from typing import Any, Dict

from . import code as codes
from .common import invalid, iso, missing, page

_NAME = re.compile(r"(?:arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):layer:)?([\w-]+)")


def _layer(ctx: Any, params: Dict[str, Any]) -> str:
    match = _NAME.fullmatch(params["LayerName"])
    if match is None:
        raise invalid(f"Layer name {params['LayerName']} is not valid")
    if match[1] not in (None, ctx.store.region) or match[2] not in (None, ctx.store.account):
        raise missing("The resource you requested does not exist.")
    return match[3]


def publish(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    name = _layer(ctx, params)
    data = codes.zip_of(ctx, "PublishLayerVersion", params["Content"])
    code = codes.from_zip(ctx, "PublishLayerVersion", data, {})
    number = ctx.store.layer_numbers[name] = ctx.store.layer_numbers.get(name, 0) + 1
    ctx.store.layers.setdefault(name, {})[number] = {
        "size": code.size, "unzipped": code.unzipped, "date": ctx.world.date(),
        "content": {"CodeSha256": code.sha256, "CodeSize": code.size, "Location": code.location["Location"]},
        "shown": {member: params[member] for member in ("Description", "LicenseInfo", "CompatibleRuntimes",
                                                        "CompatibleArchitectures") if params.get(member) is not None}}
    return _wire(ctx, name, number)


def _wire(ctx: Any, name: str, number: int, content: bool = True) -> Dict[str, Any]:
    layer = ctx.store.layers[name][number]
    arn = ctx.store.arn("layer:" + name)
    shown = {"LayerVersionArn": f"{arn}:{number}", "Version": number, "CreatedDate": iso(layer["date"]),
             "Description": "", **layer["shown"]}
    if content:
        shown.update(LayerArn=arn, Content=layer["content"])
    return shown


def get_layer_version(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    name = _layer(ctx, params)
    if params["VersionNumber"] not in ctx.store.layers.get(name, {}):
        raise missing("The resource you requested does not exist.")
    return _wire(ctx, name, params["VersionNumber"])


def get_layer_version_by_arn(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    arn, _, number = params["Arn"].rpartition(":")
    return get_layer_version(ctx, {"LayerName": arn, "VersionNumber": int(number)})


def list_layer_versions(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    """Newest first (API reference); none of a layer that isn't there."""
    name = _layer(ctx, params)
    items = [_wire(ctx, name, number, content=False) for number in sorted(ctx.store.layers.get(name, {}), reverse=True)]
    return page([item for item in items if _fits(item, params)], params, "LayerVersions", 50)


def list_layers(ctx: Any, params: Dict[str, Any]) -> Dict[str, Any]:
    items = []
    for name, numbers in ctx.store.layers.items():
        fitting = [item for item in (_wire(ctx, name, number, content=False) for number in sorted(numbers, reverse=True))
                   if _fits(item, params)]
        if fitting:
            items.append({"LayerName": name, "LayerArn": ctx.store.arn("layer:" + name),
                          "LatestMatchingVersion": fitting[0]})
    return page(items, params, "Layers", 50)


def _fits(item: Dict[str, Any], params: Dict[str, Any]) -> bool:
    return all(params.get(asked) is None or params[asked] in item.get(member, ())
               for asked, member in (("CompatibleRuntime", "CompatibleRuntimes"),
                                     ("CompatibleArchitecture", "CompatibleArchitectures")))


def delete_layer_version(ctx: Any, params: Dict[str, Any]) -> None:
    ctx.store.layers.get(_layer(ctx, params), {}).pop(params["VersionNumber"], None)


OPERATIONS = {
    "PublishLayerVersion": publish,
    "GetLayerVersion": get_layer_version,
    "GetLayerVersionByArn": get_layer_version_by_arn,
    "ListLayerVersions": list_layer_versions,
    "ListLayers": list_layers,
    "DeleteLayerVersion": delete_layer_version,
}
