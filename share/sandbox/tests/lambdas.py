"""What the tests of Lambda share: zip files, roles, functions."""

import io
import zipfile

from .support import SandboxTest

ROLE = "arn:aws:iam::123456789012:role/f"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def zipped(text="def handler(event, context): pass", name="index.py", size=0):
    """A zip file that is the same each time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), text)
        if size:
            archive.writestr(zipfile.ZipInfo("filler"), b"\0" * size, zipfile.ZIP_DEFLATED)
    return data.getvalue()


class LambdaTest(SandboxTest):
    """Time is moved by hand: what takes time is over after `advance(1)`."""

    def setUp(self):
        super().setUp()
        self.sandbox.control("clock", {"manual": True})
        self.sandbox.control("roles", {"f": {}, "g": {}, "people-only": {"trust": ["arn:aws:iam::*:user/*"]}})

    @property
    def fn(self):
        return self.sandbox.client("lambda")

    def advance(self, seconds=1):
        self.sandbox.control("clock", {"advance": seconds})

    def make(self, name="hello", code=b"", **more):
        arguments = {"FunctionName": name, "Role": ROLE, **more}
        if more.get("PackageType") != "Image":
            arguments = {"Runtime": "python3.13", "Handler": "index.handler",
                         "Code": {"ZipFile": code or zipped()}, **arguments}
        return self.fn.create_function(**{key: value for key, value in arguments.items() if value is not None})

    def active(self, name="hello", versions=0, **more):
        """A function that is Active, with so many versions of different code."""
        shown = self.make(name, **more)
        self.advance()
        for number in range(1, versions + 1):
            self.publish(name, f"# {number}")
        return shown

    def publish(self, name="hello", text="# new"):
        self.fn.update_function_code(FunctionName=name, ZipFile=zipped(text))
        self.advance()
        shown = self.fn.publish_version(FunctionName=name)
        self.advance()
        return shown["Version"]

    def config(self, name="hello", **more):
        return self.fn.get_function_configuration(FunctionName=name, **more)

    def split(self, name="live"):
        shown = self.fn.get_alias(FunctionName="hello", Name=name)
        return shown["FunctionVersion"], shown.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
