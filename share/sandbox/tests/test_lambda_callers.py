"""What calls functions of Lambda: load balancers and API Gateway."""

from .lambdas import ARN, LambdaTest

ALIAS = ARN + "hello:live"


class Callers(LambdaTest):
    def setUp(self):
        super().setUp()
        self.active(versions=2)
        for name, version in (("live", "1"), ("next", "2")):
            self.fn.create_alias(FunctionName="hello", Name=name, FunctionVersion=version)

    def permit(self, principal, source, qualifier="live", sid="s"):
        self.fn.add_permission(FunctionName="hello", Qualifier=qualifier, StatementId=sid, SourceArn=source,
                               Action="lambda:InvokeFunction", Principal=principal + ".amazonaws.com")


class LoadBalancers(Callers):
    @property
    def elb(self):
        return self.sandbox.client("elbv2")

    def build(self):
        made = self.sandbox.control("seed", {"balancers": [{"name": "lb", "listeners": [
            {"port": 80, "forward": {"fn": 1}}], "lambda": ["fn"]}]})
        self.assertIn("balancers", made, made)
        return made["balancers"]["lb"]["groups"]["fn"]

    def test_registering_needs_the_permission_of_the_alias(self):
        group = self.build()
        shown = self.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
        self.assertEqual("lambda", shown["TargetType"])

        def register(arn=ALIAS):
            self.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": arn}])

        def refused(*arguments):
            answer = self.refused("AccessDenied", "elasticloadbalancing principal does not have permission to invoke",
                                  lambda: register(*arguments))
            self.assertEqual(403, answer["ResponseMetadata"]["HTTPStatusCode"])

        refused()
        self.permit("elasticloadbalancing", group, "next")
        refused()
        self.permit("elasticloadbalancing", group.replace("/fn/", "/other/"))
        refused()
        self.sandbox.control("timing", {"permission": 3})
        self.permit("elasticloadbalancing", group, sid="right")
        refused()
        self.advance(3)
        refused(ARN + "hello")
        self.refused("InvalidTarget", "not valid", register, arn="10.0.0.1")
        register()
        self.refused("TooManyTargets", "one target", register, arn=ARN + "hello:next")
        register()
        health = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        self.assertEqual([(ALIAS, "unavailable")], [(item["Target"]["Id"], item["TargetHealth"]["State"]) for item in health])
        self.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": ALIAS}])
        self.permit("elasticloadbalancing", group, "next", "right")
        register(ARN + "hello:next")


class Gateway(Callers):
    def setUp(self):
        super().setUp()
        self.api = self.gateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
        self.integration = self.integrate(ALIAS)
        self.route = self.gateway.create_route(ApiId=self.api, RouteKey="GET /pets/{id}",
                                               Target="integrations/" + self.integration)["RouteId"]

    @property
    def gateway(self):
        return self.sandbox.client("apigatewayv2")

    def integrate(self, uri):
        return self.gateway.create_integration(ApiId=self.api, IntegrationType="AWS_PROXY", IntegrationUri=uri,
                                               PayloadFormatVersion="2.0")["IntegrationId"]

    def stage(self, name="prod", **more):
        return self.gateway.create_stage(ApiId=self.api, StageName=name, **more)

    def live(self, stage="prod", key="GET /pets/{id}"):
        for found in self.sandbox.control("apis"):
            if found["stage"] == stage:
                route = found["routes"].get(key)
                return (route["function"], route["allowed"]) if route else None
        raise AssertionError(f"no stage {stage}")

    def test_a_stage_calls_what_was_deployed(self):
        self.stage()
        self.assertIsNone(self.live())
        made = self.gateway.create_deployment(ApiId=self.api, StageName="prod")
        self.assertEqual("PENDING", made["DeploymentStatus"])
        self.assertIsNone(self.live())
        self.advance()
        shown = self.gateway.get_deployment(ApiId=self.api, DeploymentId=made["DeploymentId"])
        self.assertEqual(("DEPLOYED", False), (shown["DeploymentStatus"], shown["AutoDeployed"]))
        self.assertEqual(made["DeploymentId"], self.gateway.get_stage(ApiId=self.api, StageName="prod")["DeploymentId"])
        self.assertEqual((ALIAS, False), self.live())
        self.permit("apigateway", f"arn:aws:execute-api:us-east-1:123456789012:{self.api}/*/GET/pets/*")
        self.assertEqual((ALIAS, True), self.live())
        self.gateway.update_route(ApiId=self.api, RouteId=self.route,
                                  Target="integrations/" + self.integrate(ARN + "hello:next"))
        self.advance()
        self.assertEqual((ALIAS, True), self.live())
        new = self.gateway.create_deployment(ApiId=self.api)["DeploymentId"]
        self.advance()
        self.assertEqual((ALIAS, True), self.live())
        self.gateway.update_stage(ApiId=self.api, StageName="prod", DeploymentId=new)
        self.assertEqual((ARN + "hello:next", False), self.live())
        self.refused("BadRequestException", "Active stages", self.gateway.delete_deployment, ApiId=self.api, DeploymentId=new)
        self.gateway.delete_deployment(ApiId=self.api, DeploymentId=made["DeploymentId"])

    def test_a_stage_with_auto_deploy_follows(self):
        self.stage("$default", AutoDeploy=True)
        self.advance()
        self.assertEqual((ALIAS, False), self.live("$default"))
        self.gateway.update_integration(ApiId=self.api, IntegrationId=self.integration, IntegrationUri=ARN + "hello:next")
        self.assertEqual((ALIAS, False), self.live("$default"))
        self.advance()
        self.assertEqual((ARN + "hello:next", False), self.live("$default"))
        shown = self.gateway.get_stage(ApiId=self.api, StageName="$default")
        self.assertIn(f"deployment ID '{shown['DeploymentId']}'", shown["LastDeploymentStatusMessage"])
        newest = self.gateway.get_deployments(ApiId=self.api)["Items"][0]
        self.assertEqual((True, shown["DeploymentId"]), (newest["AutoDeployed"], newest["DeploymentId"]))
        self.refused("BadRequestException", "AutoDeploy is enabled", self.gateway.create_deployment, ApiId=self.api,
                     StageName="$default")
        self.refused("BadRequestException", "AutoDeploy is enabled", self.gateway.update_stage, ApiId=self.api,
                     StageName="$default", DeploymentId=shown["DeploymentId"])

    def send(self, path="/pets/1", **more):
        return self.sandbox.control("request", {"api": self.api, "stage": "prod", "path": path, **more})

    def test_a_request_goes_through_route_and_alias_to_a_version(self):
        self.stage()
        self.assertEqual(404, self.send()["status"])
        self.gateway.create_route(ApiId=self.api, RouteKey="ANY /pets/{proxy+}",
                                  Target="integrations/" + self.integrate(ARN + "hello:next"))
        self.gateway.create_route(ApiId=self.api, RouteKey="$default")
        self.gateway.create_deployment(ApiId=self.api, StageName="prod")
        self.advance()
        self.assertEqual((500, "Internal Server Error: not permitted"), (self.send()["status"], self.send()["message"]))
        self.permit("apigateway", f"arn:aws:execute-api:us-east-1:123456789012:{self.api}/*/GET/pets/*")
        self.advance()
        self.assertEqual({"status": 200, "route": "GET /pets/{id}", "function": ALIAS, "version": "1"}, self.send())
        self.fn.update_alias(FunctionName="hello", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}})
        self.assertEqual(["1", "1", "1", "2"], sorted(self.send()["version"] for _ in range(4)))
        self.assertEqual("ANY /pets/{proxy+}", self.send("/pets/1/name")["route"])
        self.assertEqual("ANY /pets/{proxy+}", self.send(method="POST")["route"])
        self.assertEqual((500, "$default"), (self.send("/")["status"], self.send("/")["route"]))
        self.assertEqual(404, self.send(stage="none")["status"])

    def test_a_route_that_calls_what_it_may_not_is_a_hole(self):
        self.stage("$default", AutoDeploy=True)
        self.advance()
        self.permit("apigateway", f"arn:aws:execute-api:us-east-1:123456789012:{self.api}/*/GET/pets/*")
        self.advance()
        self.assertEqual([], self.sandbox.control("holes"))
        self.gateway.update_integration(ApiId=self.api, IntegrationId=self.integration, IntegrationUri=ARN + "hello:next")
        self.advance()
        self.assertEqual([("shop/$default GET /pets/{id}", ARN + "hello:next")],
                         [(hole["label"], hole["group"]) for hole in self.sandbox.control("holes")])
        self.gateway.update_integration(ApiId=self.api, IntegrationId=self.integration, IntegrationUri=ALIAS)
        self.advance()
        self.sandbox.control("holes", method="DELETE")
        self.fn.delete_alias(FunctionName="hello", Name="live")
        self.assertEqual(1, len(self.sandbox.control("holes?rule=shop/$default GET /pets/{id}".replace(" ", "%20"))))

    def test_policies_allow_the_verbs(self):
        self.sandbox.control("keys", {"AKIDREADER": {"secret": "s", "allow": ["apigateway:GET"]}})
        gateway = self.sandbox.client("apigatewayv2", key="AKIDREADER", secret="s")
        gateway.get_route(ApiId=self.api, RouteId=self.route)
        self.refused("AccessDeniedException", f"apigateway:PATCH on resource: arn:aws:apigateway:us-east-1::/apis/{self.api}"
                     f"/routes/{self.route}", gateway.update_route, ApiId=self.api, RouteId=self.route, OperationName="x")

    def test_stage_variables_choose_the_alias(self):
        uri = ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + ARN
               + "hello:${stageVariables.alias}/invocations")
        self.gateway.update_integration(ApiId=self.api, IntegrationId=self.integration, IntegrationUri=uri)
        self.stage(StageVariables={"alias": "live", "other": "x"})
        self.gateway.create_deployment(ApiId=self.api, StageName="prod")
        self.advance()
        for name in ("live", "next"):
            self.permit("apigateway", f"arn:aws:execute-api:us-east-1:123456789012:{self.api}/prod/GET/pets/*", name)
        self.assertEqual((ALIAS, True), self.live())
        changed = self.gateway.update_stage(ApiId=self.api, StageName="prod", StageVariables={"alias": "next"})
        self.assertEqual({"alias": "next", "other": "x"}, changed["StageVariables"])
        self.assertEqual((ARN + "hello:next", True), self.live())
        changed = self.gateway.update_stage(ApiId=self.api, StageName="prod", StageVariables={"other": ""})
        self.assertEqual({"alias": "next"}, changed["StageVariables"])
        self.refused("BadRequestException", "invalid value", self.gateway.update_stage, ApiId=self.api, StageName="prod",
                     StageVariables={"alias": "a b"})

    def test_what_is_not_there_or_is_there_already(self):
        self.stage()
        for code, part, name, more in (
                ("NotFoundException", "Invalid Route identifier", "get_route", {"RouteId": "x"}),
                ("NotFoundException", "Invalid Integration identifier", "get_integration", {"IntegrationId": "x"}),
                ("NotFoundException", "Invalid stage identifier", "update_stage", {"StageName": "x"}),
                ("NotFoundException", "Invalid stage identifier", "create_deployment", {"StageName": "x"}),
                ("ConflictException", "already exists", "create_route", {"RouteKey": "GET /pets/{id}"}),
                ("ConflictException", "already exists", "create_stage", {"StageName": "prod"}),
                ("ConflictException", "referenced by a Route", "delete_integration", {"IntegrationId": self.integration}),
                ("BadRequestException", "does not exist", "create_route", {"RouteKey": "GET /x", "Target": "integrations/x"}),
                ("BadRequestException", "not formatted properly", "create_route", {"RouteKey": "/x"}),
                ("BadRequestException", "PayloadFormatVersion", "create_integration", {
                    "IntegrationType": "AWS_PROXY", "IntegrationUri": ALIAS})):
            self.refused(code, part, getattr(self.gateway, name), ApiId=self.api, **more)
        self.refused("NotFoundException", "Invalid API identifier specified 123456789012:none", self.gateway.get_routes,
                     ApiId="none")
        self.assertEqual([], self.sandbox.control("calls?invalid=1"))
        self.refused("BadRequestException", "Member must not be null", self.gateway.create_route, ApiId=self.api)
        self.sandbox.control("calls", method="DELETE")

    def test_quick_create_and_pages(self):
        api = self.gateway.create_api(Name="quick", ProtocolType="HTTP", Target=ALIAS)["ApiId"]
        self.advance()
        route = self.gateway.get_routes(ApiId=api)["Items"][0]
        self.assertEqual(("$default", True), (route["RouteKey"], route["ApiGatewayManaged"]))
        self.permit("apigateway", f"arn:aws:execute-api:us-east-1:123456789012:{api}/*/$default")
        found = next(item for item in self.sandbox.control("apis") if item["api"] == api)
        self.assertEqual({"uri": ALIAS, "function": ALIAS, "allowed": True}, found["routes"]["$default"])
        first = self.gateway.get_apis(MaxResults="1")
        second = self.gateway.get_apis(MaxResults="1", NextToken=first["NextToken"])
        self.assertEqual(["shop", "quick"], [page["Items"][0]["Name"] for page in (first, second)])
        self.gateway.update_api(ApiId=api, Description="d")
        self.assertEqual(("quick", "d"), (self.gateway.get_api(ApiId=api)["Name"],
                                          self.gateway.get_api(ApiId=api)["Description"]))
        stage = self.gateway.get_stages(ApiId=api)["Items"][0]["StageName"]
        self.gateway.delete_stage(ApiId=api, StageName=stage)
        self.gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
        integration = self.gateway.get_integrations(ApiId=api)["Items"][0]["IntegrationId"]
        self.gateway.delete_integration(ApiId=api, IntegrationId=integration)
        self.assertEqual(([], []), (self.gateway.get_routes(ApiId=api)["Items"], self.gateway.get_stages(ApiId=api)["Items"]))
        self.gateway.delete_api(ApiId=api)
        self.refused("NotFoundException", api, self.gateway.get_api, ApiId=api)
