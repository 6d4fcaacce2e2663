#include "base/base.h"
#include "deploy/job-internal.h"

/*
 * A directory that was renamed is, path-prefix by path-prefix, a deletion and
 * a new object. But the service is one and the same: deleting it by the old
 * definition while it is updated by the new one would end it. So a service
 * that another object of the commit deploys is not deleted.
 */

/* What names a service; NULL: the document doesn't say. */
static char *name_of(const struct service *service)
{
	const struct json *definition = service->docs[ROLE_DEFINITION].json;
	const struct json *settings = service->docs[ROLE_SETTINGS].json;
	const char *cluster = json_get_str(definition, "cluster");
	const char *name = json_get_str(definition, "serviceName");
	const char *region = json_str(json_path(settings, "environment.region"));
	const char *slash;

	if (service->kind != KIND_ECS)
		name = json_get_str(definition, "FunctionName");
	if (!name)
		return NULL;
	/* A cluster may be given by its ARN. */
	slash = cluster ? strrchr(cluster, '/') : NULL;
	if (slash)
		cluster = slash + 1;
	return xstrfmt("%s\n%s\n%s\n%s", artifact_kind_name(service->kind), region ? region : "",
		       cluster ? cluster : "default", name);
}

/* The names of all objects with this intent: into `map`, or looked up in it. */
static int each_name(struct run *run, enum intent intent, struct strmap *map, struct error *err)
{
	struct snapshot *snapshot = intent == INTENT_DELETE ? run->before : run->after;
	struct service_reader *reader = service_reader_new(snapshot);
	struct service service = { 0 };
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < run->nr; i++) {
		struct object *object = &run->objects[i];
		struct findings findings = FINDINGS_INIT;
		char *name;

		if (object->intent != intent)
			continue;
		ret = service_read(&service, reader, object->kind, object->prefix, NULL, &findings,
				   err);
		/* What can't be read is told when its turn comes. */
		name = ret < 0 ? NULL : name_of(&service);
		if (name && intent == INTENT_DEPLOY)
			strmap_put(map, name, object);
		else if (name)
			object->moved_to = strmap_get(map, name);
		free(name);
		findings_release(&findings);
	}
	service_release(&service);
	service_reader_free(reader);
	return ret;
}

int run_find_moved(struct run *run, struct error *err)
{
	struct strmap map = STRMAP_INIT;
	bool deploys = false, deletes = false;
	size_t i;
	int ret = 0;

	for (i = 0; i < run->nr; i++) {
		deploys |= run->objects[i].intent == INTENT_DEPLOY;
		deletes |= run->objects[i].intent == INTENT_DELETE;
	}
	if (deploys && deletes)
		ret = each_name(run, INTENT_DEPLOY, &map, err) < 0 ||
				      each_name(run, INTENT_DELETE, &map, err) < 0 ?
			      -1 :
			      0;
	strmap_release(&map, NULL);
	return ret;
}
