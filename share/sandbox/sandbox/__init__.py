"""A local AWS that behaves: the package behind `gitops-sandbox`.

A request goes through these modules, top to bottom:

    http        bytes to Request and back, on one asyncio loop
    pipeline    the order of checks, one line for each
    protocol    which operation is it, and errors in that service's shape
    signature   is it signed right
    validate    is it well-formed by botocore's model
    faults      what a test wants to go wrong
    limits      how often per second
    access      may this caller do it
    ecs/, lambda_/, apigateway/, sts    the services with behaviour of our own
    credentials metadata endpoints that hand out keys
    moto_services, patches/   everything else
    traffic     what load balancers' rules do with requests
    alarms      when CloudWatch's alarms go off
    registry    images of ECR, as Lambda sees them
    scaling     what autoscaling would do

`world` holds the state, `clock` the time, `control` the API under /_sandbox/.
"""
