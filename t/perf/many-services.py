"""Write <n> services, deployed as <how> says, into the work tree <dir>; print what seeds a sandbox for them.

    many-services.py write <dir> <n> rolling|external|balanced|native <version> <file with what the sandbox said to the seed>
    many-services.py seed <n>

As accounts have them: a pair of target groups for each service, and a listener whose rules are many services'.
"""

import json
import pathlib
import sys

RULES = 40  # of a listener; AWS allows 100


def seed(n):
    """Balancers lb0, lb1, ...; the service web<i> has rule <i> and groups blue<i> (in use) and green<i>."""
    balancers = []
    for first in range(0, n, RULES):
        services = range(first, min(first + RULES, n))
        rules = [{"priority": i - first + 1, "path": f"/web{i}/*", "forward": {f"blue{i}": 1, f"green{i}": 0}}
                 for i in services]
        balancers.append({"name": f"lb{first // RULES}",
                          "listeners": [{"port": 80, "forward": {f"default{first}": 1}, "rules": rules}]})
    return {"clusters": ["demo"], "balancers": balancers}


def documents(how, version):
    balancer = {"targetGroupArn": "{{ blue }}", "containerName": "app", "containerPort": 80}
    service = {"cluster": "demo", "serviceName": "{{ name }}", "desiredCount": 2, "launchType": "FARGATE",
               "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}}
    task = {"family": "{{ name }}", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
            "memory": "512", "containerDefinitions": [{"name": "app", "image": f"good:{version}", "essential": True,
                                                       "portMappings": [{"containerPort": 80}]}]}
    settings = {"stabilityCheck": {"pollInterval": 10, "timeout": 1800}}
    if how in ("external", "balanced"):
        service["deploymentController"] = {"type": "EXTERNAL"}
    if how == "balanced":
        service["loadBalancers"] = [balancer]
        settings["targetGroupArnPairs"] = [["{{ blue }}", "{{ green }}"]]
        settings["trafficShiftingConfig"] = {"type": "ALL_AT_ONCE", "waitInterval": 1}
    if how == "native":
        service["loadBalancers"] = [{**balancer, "advancedConfiguration": {
            "alternateTargetGroupArn": "{{ green }}", "productionListenerRule": "{{ rule }}",
            "roleArn": "arn:aws:iam::123456789012:role/ecs"}}]
        service["deploymentConfiguration"] = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
    return {"svcdef": service, "taskdef": task, "depdef": settings}


def write(tree, n, how, version, balancers):
    for role, document in documents(how, version).items():
        for i in range(n):
            path = pathlib.Path(tree, f"web{i}")
            path.mkdir(exist_ok=True)
            (path / f"web{i}_{role}.json").write_text(json.dumps(document))
    for i in range(n):
        values = {"name": f"web{i}"}
        if balancers:
            made = balancers[f"lb{i // RULES}"]
            values.update(blue=made["groups"][f"blue{i}"], green=made["groups"][f"green{i}"],
                          rule=made["rules"][f"lb{i // RULES}:80/{i % RULES + 1}"])
        pathlib.Path(tree, f"web{i}", f"web{i}_input.json").write_text(json.dumps(values))


if sys.argv[1] == "seed":
    print(json.dumps(seed(int(sys.argv[2]))))
else:
    write(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5],
          json.loads(pathlib.Path(sys.argv[6]).read_text())["balancers"])
