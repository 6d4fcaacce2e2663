"""ECS with time: what is asked for (`api` and the modules it lists), and what
happens then (`scheduler`, `lifecycle`, `placement`, `breaker`).
"""
