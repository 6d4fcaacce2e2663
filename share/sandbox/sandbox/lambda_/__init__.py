"""Lambda: functions whose states take time, versions, aliases with weights, event source mappings; see api.py.

    api          the operations, one store for each account and region
    common       names and qualifiers, errors, pages
    model        Function, Version, Alias, and how AWS shows them
    code         zip files, objects of S3, images
    settings     the members of a function's configuration: defaults, checks
    lifecycle    Pending, Active, InProgress, Successful, Failed
    functions    create, get, list, delete; UpdateFunctionCode, UpdateFunctionConfiguration
    versions     PublishVersion and lists
    aliases      two versions and their weights
    routing      aliases among world.traffic's rules: weights, alarms, holes
    policy       who may invoke
    extras       tags, concurrency, code signing, function URLs
    layers       layer versions
    mappings     event source mappings; their rules for each kind of source are in sources
    invoke       which version of an alias runs
    planting     what the control API's `seed` makes
    overview     what the control API shows
"""
