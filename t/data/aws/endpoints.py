"""Where botocore's rules have each of our services, in regions of every partition.

usage: endpoints.py [fips] [dualstack]

Prints "<signing name> <region> <url>" lines; "-" for a variant that isn't there.
"""
import sys

import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

SERVICES = {
    "ecs": "ecs",
    "sts": "sts",
    "dynamodb": "dynamodb",
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
    "logs": "logs",
    "ecr": "ecr",
    "codedeploy": "codedeploy",
    "application-autoscaling": "application-autoscaling",
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "lambda": "lambda",
    "apigateway": "apigatewayv2",
    "awsssoportal": "sso",
}
REGIONS = [
    "us-east-1",
    "eu-central-1",
    "mx-central-1",
    "cn-north-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
]


def main():
    loader = botocore.session.Session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    for signing, name in SERVICES.items():
        rules = EndpointProvider(loader.load_service_model(name, "endpoint-rule-set-1"), partitions)
        for region in REGIONS:
            wanted = {"Region": region, "UseFIPS": "fips" in sys.argv, "UseDualStack": "dualstack" in sys.argv}
            try:
                url = rules.resolve_endpoint(**wanted).url
            except EndpointProviderError:
                url = "-"
            print(signing, region, url)


main()
