"""A sandbox for tests, its control API, boto3 clients, and requests by hand."""

import atexit
import datetime
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import unittest
from typing import Any, Dict, Optional, Tuple

import boto3
from botocore.config import Config

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY, SECRET = "AKIDSANDBOX", "sandbox-secret"
# One session for all clients: it reads each model once.
_SESSION = boto3.Session("none", "none")
_CONFIG = Config(retries={"max_attempts": 0}, parameter_validation=False, s3={"addressing_style": "path"})
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}}


class Sandbox:
    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--exit-with-stdin", *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": HERE})
        ready = json.loads(self.process.stdout.readline())
        self.port, self.url = ready["port"], ready["url"]
        self._clients: Dict[Any, Any] = {}

    def stop(self) -> int:
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)

    def control(self, what: str, body: Any = None, method: Optional[str] = None) -> Any:
        status, _, answer = self.request(method or ("GET" if body is None else "POST"), "/_sandbox/" + what,
                                         b"" if body is None else json.dumps(body).encode(), {})
        return json.loads(answer) if status == 200 else {"status": status, **json.loads(answer)}

    def wait(self, **conditions: Any) -> Dict[str, Any]:
        result = self.control("wait", conditions)
        if not result["ok"]:
            raise AssertionError(f"waited in vain for {conditions}: {result}")
        return result

    def client(self, service: str, region: str = "us-east-1", key: str = KEY, secret: str = SECRET,
               token: Optional[str] = None) -> Any:
        wanted = (service, region, key, secret, token)
        if wanted not in self._clients:
            self._clients[wanted] = _SESSION.client(
                service, region_name=region, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret,
                aws_session_token=token, config=_CONFIG)
        return self._clients[wanted]

    def request(self, method: str, path: str, body: bytes, headers: Dict[str, str]) -> Tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ecs(self, operation: str, body: str, **changes: str) -> Tuple[int, Dict[str, Any]]:
        """A request of our own making: body as text, headers replaced or added, `secret` and `date` at will."""
        headers = {"Content-Type": "application/x-amz-json-1.1",
                   "X-Amz-Target": "AmazonEC2ContainerServiceV20141113." + operation}
        secret, date = changes.pop("secret", SECRET), changes.pop("date", "")
        headers.update({name.replace("_", "-"): value for name, value in changes.items()})
        headers = self.sign("POST", "/", body.encode(), headers, "ecs", secret=secret, date=date)
        status, _, answer = self.request("POST", "/", body.encode(), headers)
        return status, json.loads(answer)

    def sign(self, method: str, path: str, body: bytes, headers: Dict[str, str], service: str,
             region: str = "us-east-1", key: str = KEY, secret: str = SECRET, date: str = "") -> Dict[str, str]:
        """The simplest possible signer: path as it is, no query."""
        date = date or datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        signed = {**headers, "Host": f"127.0.0.1:{self.port}", "X-Amz-Date": date}
        names = sorted(name.lower() for name in signed)
        values = {name.lower(): value for name, value in signed.items()}
        canonical = "\n".join([method, path, "", *(f"{name}:{values[name]}" for name in names), "", ";".join(names),
                               hashlib.sha256(body).hexdigest()])
        scope = f"{date[:8]}/{region}/{service}/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        secret_key = ("AWS4" + secret).encode()
        for part in scope.split("/"):
            secret_key = hmac.new(secret_key, part.encode(), "sha256").digest()
        signature = hmac.new(secret_key, to_sign.encode(), "sha256").hexdigest()
        return {**signed, "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, "
                f"SignedHeaders={';'.join(names)}, Signature={signature}"}


class SandboxTest(unittest.TestCase):
    """One sandbox for all tests of a script, reset before each; no invalid call after it."""

    allow_invalid = False
    sandbox: Sandbox

    def setUp(self) -> None:
        if not hasattr(SandboxTest, "sandbox"):
            SandboxTest.sandbox = Sandbox()
            atexit.register(SandboxTest.sandbox.stop)
        self.sandbox.control("reset", {})
        self.sandbox.control("seed", {"clusters": ["demo"]})

    def tearDown(self) -> None:
        if not self.allow_invalid:
            self.assertEqual([], self.sandbox.control("calls?invalid=1"))

    def register(self, image: str = "good:1", family: str = "web", **more: Any) -> str:
        container = {"name": "app", "image": image, "portMappings": [{"containerPort": 80}], **more.pop("container", {})}
        return self.ecs.register_task_definition(
            family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            containerDefinitions=[container], **more)["taskDefinition"]["taskDefinitionArn"]

    def create(self, name: str = "web", image: str = "good:1", count: int = 2, **more: Any) -> Dict[str, Any]:
        arguments = {"cluster": "demo", "serviceName": name, "desiredCount": count, "launchType": "FARGATE",
                     "networkConfiguration": NETWORK, **more}
        arguments.setdefault("taskDefinition", self.register(image, name))
        if "capacityProviderStrategy" in more:
            del arguments["launchType"]
        return self.ecs.create_service(**arguments)["service"]

    def create_steady(self, name: str = "web", **more: Any) -> Dict[str, Any]:
        service = self.create(name, **more)
        self.sandbox.wait(service={"name": name, "rollout": "COMPLETED"})
        return service

    def describe(self, name: str = "web") -> Dict[str, Any]:
        return self.ecs.describe_services(cluster="demo", services=[name])["services"][0]

    def messages(self, name: str = "web") -> str:
        return "\n".join(event["message"] for event in reversed(self.describe(name)["events"]))

    def stopped(self, name: str = "web") -> list:
        arns = self.ecs.list_tasks(cluster="demo", serviceName=name, desiredStatus="STOPPED")["taskArns"]
        return self.ecs.describe_tasks(cluster="demo", tasks=arns)["tasks"] if arns else []

    @property
    def ecs(self) -> Any:
        return self.sandbox.client("ecs")

    def refused(self, code: str, part: str, call: Any, **arguments: Any) -> Dict[str, Any]:
        """The call must fail with this code, and `part` in its message."""
        try:
            call(**arguments)
        except Exception as error:
            response = getattr(error, "response", None)
            if response is None:
                raise
            self.assertEqual(code, response["Error"]["Code"])
            self.assertIn(part, response["Error"]["Message"])
            return response
        raise AssertionError(f"not refused with {code}")
