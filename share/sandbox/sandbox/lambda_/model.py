"""Functions, their versions and aliases, and how AWS shows them."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .common import LATEST, iso, new_id

# Shown under the name by which it was asked for; the others are in Version._shown().
PLAIN_MEMBERS = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "DeadLetterConfig", "KMSKeyArn",
                 "TracingConfig", "FileSystemConfigs", "EphemeralStorage", "CapacityProviderConfig", "DurableConfig",
                 "RuntimeConfig", "AcceleratorConfig")


@dataclass(eq=False)
class Code:
    sha256: str                      # base64 of the zip file's, hexadecimal of an image's digest
    size: int
    unzipped: int
    location: Dict[str, Any]         # `Code` of GetFunction
    image: bool = False


@dataclass(eq=False)
class Version:
    """$LATEST or what was made from it by publishing."""

    function: "Function"
    number: str
    config: Dict[str, Any]           # settings.MEMBERS
    code: Code
    architectures: List[str]
    modified: float
    state: str = "Pending"
    state_reason: Optional[str] = "The function is being created."
    state_code: Optional[str] = "Creating"
    update: str = "InProgress"
    update_reason: Optional[str] = "The function is being created."
    update_code: Optional[str] = "Creating"
    revision_id: str = field(default_factory=new_id)

    @property
    def arn(self) -> str:
        return f"{self.function.arn}:{self.number}"

    def changed(self) -> None:
        """Every change, a state's too, has a new revision."""
        self.revision_id = new_id()

    def content(self) -> Any:
        """What publishing compares; the description given to a version isn't part of it."""
        return ({name: value for name, value in self.config.items() if name != "Description"}, self.code.sha256,
                self.architectures)

    def wire(self, qualified: bool = True) -> Dict[str, Any]:
        shown: Dict[str, Any] = {
            "FunctionName": self.function.name, "FunctionArn": self.arn if qualified else self.function.arn,
            "CodeSize": self.code.size, "CodeSha256": self.code.sha256, "Version": self.number,
            "LastModified": iso(self.modified), "RevisionId": self.revision_id, "PackageType": self.function.package,
            "Architectures": self.architectures, "State": self.state,
            **{name: self.config[name] for name in PLAIN_MEMBERS if self.config.get(name) not in (None, {}, [])},
            **self._shown(),
        }
        if not shown.get("KMSKeyArn"):
            shown.pop("KMSKeyArn", None)
        if self.function.tenancy:
            shown["TenancyConfig"] = self.function.tenancy
        if self.state != "Pending" or self.update_code != "Creating":
            shown["LastUpdateStatus"] = self.update
        for name, value in (("StateReason", self.state_reason), ("StateReasonCode", self.state_code)):
            if value is not None:
                shown[name] = value
        if "LastUpdateStatus" in shown and self.update_code is not None:
            shown["LastUpdateStatusReason"] = self.update_reason
            shown["LastUpdateStatusReasonCode"] = self.update_code
        return shown

    def _shown(self) -> Dict[str, Any]:
        """Members that look different in an answer."""
        config, shown = self.config, {}
        if config["Environment"].get("Variables"):
            shown["Environment"] = {"Variables": config["Environment"]["Variables"]}
        vpc = config["VpcConfig"]
        if vpc:
            shown["VpcConfig"] = {"SubnetIds": vpc.get("SubnetIds") or [],
                                  "SecurityGroupIds": vpc.get("SecurityGroupIds") or [],
                                  "Ipv6AllowedForDualStack": vpc.get("Ipv6AllowedForDualStack", False),
                                  "VpcId": "vpc-sandbox" if vpc.get("SubnetIds") else ""}
        if config["Layers"]:
            shown["Layers"] = [{"Arn": arn, "CodeSize": self.function.store.layer_size(arn)} for arn in config["Layers"]]
        if config["ImageConfig"]:
            shown["ImageConfigResponse"] = {"ImageConfig": config["ImageConfig"]}
        snap = config["SnapStart"].get("ApplyOn", "None")
        shown["SnapStart"] = {"ApplyOn": snap, "OptimizationStatus":
                              "On" if snap == "PublishedVersions" and self.number != LATEST else "Off"}
        logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function.name}", **config["LoggingConfig"]}
        if logging["LogFormat"] == "JSON":
            logging = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **logging}
        shown["LoggingConfig"] = logging
        if self.function.package == "Zip":
            shown["RuntimeVersionConfig"] = {"RuntimeVersionArn": f"arn:aws:lambda:{self.function.store.region}::runtime:"
                                             + "0" * 64}
        return shown


@dataclass(eq=False)
class Alias:
    function: "Function"
    name: str
    version: str
    description: str = ""
    weights: Dict[str, float] = field(default_factory=dict)    # of the other version
    revision_id: str = field(default_factory=new_id)
    carry: Dict[str, float] = field(default_factory=dict)      # what each version is owed, see invoke.py

    @property
    def arn(self) -> str:
        return f"{self.function.arn}:{self.name}"

    @property
    def versions(self) -> List[str]:
        return [self.version, *self.weights]

    def split(self) -> Dict[str, float]:
        """Version -> its share of the invocations."""
        return {self.version: 1.0 - sum(self.weights.values()), **self.weights}

    def changed(self) -> None:
        self.revision_id = new_id()

    def wire(self) -> Dict[str, Any]:
        shown = {"AliasArn": self.arn, "Name": self.name, "FunctionVersion": self.version,
                 "Description": self.description, "RevisionId": self.revision_id}
        if self.weights:
            shown["RoutingConfig"] = {"AdditionalVersionWeights": self.weights}
        return shown


@dataclass(eq=False)
class Function:
    name: str
    arn: str
    store: Any
    package: str
    tenancy: Optional[Dict[str, Any]] = None
    latest: Any = None                                             # Version
    versions: Dict[str, Version] = field(default_factory=dict)     # published, by number
    last_number: int = 0
    aliases: Dict[str, Alias] = field(default_factory=dict)
    tags: Dict[str, str] = field(default_factory=dict)
    reserved: Optional[int] = None                                 # concurrency
    provisioned: Dict[str, Dict[str, Any]] = field(default_factory=dict)    # by qualifier
    policies: Dict[str, List[Dict[str, Any]]] = field(default_factory=dict)  # by qualifier, "" for none
    urls: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    invoke_configs: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    signing: Optional[str] = None
    deleted: bool = False

    def version(self, qualifier: Optional[str]) -> Optional[Version]:
        """By number, $LATEST, or an alias's main version."""
        if qualifier in (None, LATEST):
            return self.latest
        if qualifier in self.aliases:
            return self.version(self.aliases[qualifier].version)
        return self.versions.get(qualifier)

    def all_versions(self) -> List[Version]:
        return [self.latest, *self.versions.values()]
