"""API Gateway v2: APIs, integrations, routes, stages and deployments; live.py says what a stage really calls."""
