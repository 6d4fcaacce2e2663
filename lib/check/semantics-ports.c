#include "check/semantics-internal.h"

/* --- port mappings of the task ---------------------------------------------------- */

/* "8000-8010"; false when it is no such thing. */
static bool parse_range(const char *text, int64_t *from, int64_t *to)
{
	const char *dash = text ? strchr(text, '-') : NULL;
	uint64_t a, b;
	char *first;
	bool ok;

	if (!dash)
		return false;
	first = xmemdupz(text, (size_t)(dash - text));
	ok = parse_uint(first, 0, 65535, &a) && parse_uint(dash + 1, 0, 65535, &b);
	free(first);
	if (!ok)
		return false;
	*from = (int64_t)a;
	*to = (int64_t)b;
	return true;
}

struct host_port {
	int64_t port;
	bool udp;
	size_t container;
};

/* The port of the host that a mapping takes, where it certainly takes one. */
static bool host_port(const struct semantics *s, const struct json *mapping, struct host_port *out)
{
	const char *protocol = sem_str(s, mapping, "protocol");
	bool shared = str_eq(s->network_mode, "awsvpc") || str_eq(s->network_mode, "host");

	if (!protocol && !sem_lacks(s, mapping, "protocol"))
		return false;
	out->udp = protocol && str_eq(protocol, "udp");
	if (sem_int(s, mapping, "hostPort", &out->port) && out->port)
		return true;
	return shared && sem_lacks(s, mapping, "hostPort") &&
	       sem_int(s, mapping, "containerPort", &out->port) && out->port;
}

static void check_clash(struct semantics *s, const struct json *mapping, size_t container,
			struct host_port **taken, size_t *nr, size_t *alloc)
{
	struct host_port port = { .container = container };
	size_t i;

	if (!host_port(s, mapping, &port))
		return;
	for (i = 0; i < *nr; i++) {
		if ((*taken)[i].port != port.port || (*taken)[i].udp != port.udp)
			continue;
		finding_hint(
			sem_report(s, s->taskdef, mapping, SEVERITY_ERROR, "port-clash",
				   "%s port %" PRId64 " of the host is mapped twice in this task",
				   port.udp ? "UDP" : "TCP", port.port),
			(*taken)[i].container == container ?
				"%s has it already" :
				"%s has it already; with this network mode containers share ports",
			sem_container_name(s, (*taken)[i].container));
		return;
	}
	ALLOC_GROW(*taken, *nr + 1, *alloc);
	(*taken)[(*nr)++] = port;
}

static void check_mapping(struct semantics *s, const struct json *mapping)
{
	const struct json *host = sem_get(s, mapping, "hostPort");
	bool awsvpc = str_eq(s->network_mode, "awsvpc");
	int64_t container_port, port;

	if (!awsvpc && !str_eq(s->network_mode, "host"))
		return;
	if (!sem_int(s, mapping, "hostPort", &port) || !port ||
	    !sem_int(s, mapping, "containerPort", &container_port) || port == container_port)
		return;
	finding_hint(sem_report(s, s->taskdef, host, awsvpc ? SEVERITY_ERROR : SEVERITY_WARNING,
				"port-mapping",
				"with network mode %s 'hostPort' must be the container's port",
				s->network_mode),
		     "leave it out, or write %" PRId64, container_port);
}

/* Lists of a million mappings are refused elsewhere; comparing all pairs must stay cheap. */
#define CLASH_MAX 500

static void check_mappings(struct semantics *s)
{
	struct host_port *taken = NULL;
	size_t nr = 0, alloc = 0, i, k;

	if (!s->network_mode)
		return;
	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *list = sem_list(s, container, "portMappings");

		if (sem_nr(list) && str_eq(s->network_mode, "none"))
			sem_report_member(s, s->taskdef, container, "portMappings", SEVERITY_ERROR,
					  "port-mapping",
					  "with network mode none a container has no ports");
		for (k = 0; k < sem_nr(list); k++) {
			const struct json *mapping = sem_item(s, list, k);

			if (!mapping)
				continue;
			check_mapping(s, mapping);
			if (nr < CLASH_MAX)
				check_clash(s, mapping, i, &taken, &nr, &alloc);
		}
	}
	free(taken);
}

/* --- what the service expects of the task ----------------------------------------- */

/* Has the container that port? `*sure` is cleared where that can't be known. */
static bool has_port(const struct semantics *s, const struct json *container, int64_t port,
		     bool *sure)
{
	const struct json *list = sem_list(s, container, "portMappings");
	size_t i;

	*sure = list || sem_lacks(s, container, "portMappings");
	for (i = 0; i < sem_nr(list); i++) {
		const struct json *mapping = sem_item(s, list, i);
		int64_t from, to;

		if (sem_int(s, mapping, "containerPort", &from)) {
			if (from == port)
				return true;
		} else if (parse_range(sem_str(s, mapping, "containerPortRange"), &from, &to)) {
			if (port >= from && port <= to)
				return true;
		} else {
			*sure = false;
		}
	}
	return false;
}

static const char *ports_of(struct semantics *s, const struct json *container)
{
	const struct json *list = sem_list(s, container, "portMappings");
	const char *text = "";
	size_t i;

	for (i = 0; i < sem_nr(list) && strlen(text) < 200; i++) {
		const struct json *mapping = sem_item(s, list, i);
		const struct json *port = sem_get(s, mapping, "containerPort");

		if (!port)
			port = sem_get(s, mapping, "containerPortRange");
		if (port)
			text = arena_strfmt(&s->arena, "%s%s%s", text, *text ? ", " : "",
					    sem_text(s, s->taskdef, port));
	}
	return text;
}

static void no_container(struct semantics *s, const struct json *name)
{
	const char *names[64], *near;
	size_t nr = 0, i;

	for (i = 0; i < sem_nr(s->containers) && nr < ARRAY_SIZE(names); i++) {
		const struct json *other = sem_get(s, sem_item(s, s->containers, i), "name");

		if (json_str(other))
			names[nr++] = sem_text(s, s->taskdef, other);
	}
	near = nearest_word(json_str(name), names, nr);
	if (!near && nr == 1)
		near = names[0];
	finding_hint(sem_report(s, s->definition, name, SEVERITY_ERROR, "lb-container",
				"the task definition has no container '%s'",
				sem_text(s, s->definition, name)),
		     near ? "did you mean '%s'?" : "it must be the name of one in '%s'",
		     near ? near : s->taskdef->path);
}

/* An item of loadBalancers or serviceRegistries. */
static void check_target(struct semantics *s, const struct json *item)
{
	const struct json *name = sem_get(s, item, "containerName");
	const struct json *port = sem_get(s, item, "containerPort"), *container;
	const char *ports;
	int64_t number;
	bool sure;
	int i;

	if (!json_str(name) || !s->taskdef)
		return;
	i = sem_find_container(s, json_str(name), &sure);
	if (i < 0) {
		if (sure)
			no_container(s, name);
		return;
	}
	container = sem_item(s, s->containers, (size_t)i);
	if (!json_int(port, &number) || has_port(s, container, number, &sure) || !sure)
		return;
	ports = ports_of(s, container);
	finding_hint(sem_report(s, s->definition, port, SEVERITY_ERROR, "lb-port",
				"%s has no port %" PRId64 " in the task definition",
				sem_container_name(s, (size_t)i), number),
		     *ports ? "its ports are %s" :
			      "it has no ports: add \"portMappings\" to it in '%s'",
		     *ports ? ports : s->taskdef->path);
}

static void check_load_balancer(struct semantics *s, const struct json *item)
{
	static const char *const needed[] = { "containerName", "containerPort" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (sem_lacks(s, item, needed[i]))
			finding_hint(sem_report(s, s->definition, item, SEVERITY_ERROR,
						"lb-incomplete", "this load balancer lacks '%s'",
						needed[i]),
				     "add \"%s\" here, of the container that answers", needed[i]);
	if (sem_lacks(s, item, "targetGroupArn") && sem_lacks(s, item, "loadBalancerName"))
		finding_hint(sem_report(s, s->definition, item, SEVERITY_ERROR, "lb-incomplete",
					"this load balancer has no target group"),
			     "add \"targetGroupArn\" (or, for a Classic Load Balancer, "
			     "\"loadBalancerName\")");
	else if (sem_str(s, item, "targetGroupArn") && sem_str(s, item, "loadBalancerName"))
		sem_report_member(s, s->definition, item, "loadBalancerName", SEVERITY_ERROR,
				  "lb-incomplete",
				  "'loadBalancerName' and 'targetGroupArn' exclude each other");
}

/* Is a port of the task of that name? */
static bool has_port_name(const struct semantics *s, const char *name, bool *sure)
{
	size_t i, k;

	*sure = s->containers != NULL;
	for (i = 0; i < sem_nr(s->containers); i++) {
		const struct json *container = sem_item(s, s->containers, i);
		const struct json *list = sem_list(s, container, "portMappings");

		if (!list && !sem_lacks(s, container, "portMappings"))
			*sure = false;
		for (k = 0; k < sem_nr(list); k++) {
			const struct json *mapping = sem_item(s, list, k);
			const char *other = sem_str(s, mapping, "name");

			if (other && str_eq(other, name))
				return true;
			if (!other && !sem_lacks(s, mapping, "name"))
				*sure = false;
		}
	}
	return false;
}

static void check_connect(struct semantics *s)
{
	const struct json *connect =
		sem_object(s, s->definition->json, "serviceConnectConfiguration");
	const struct json *list = sem_list(s, connect, "services");
	size_t i;
	bool sure;

	for (i = 0; s->taskdef && i < sem_nr(list); i++) {
		const struct json *name = sem_get(s, sem_item(s, list, i), "portName");

		if (!json_str(name) || has_port_name(s, json_str(name), &sure) || !sure)
			continue;
		finding_hint(sem_report(s, s->definition, name, SEVERITY_ERROR, "connect-port",
					"no port of the task definition is called '%s'",
					sem_text(s, s->definition, name)),
			     "give that name to one of \"portMappings\" in '%s'", s->taskdef->path);
	}
}

void sem_ports(struct semantics *s)
{
	const struct json *list;
	size_t i;

	if (s->taskdef)
		check_mappings(s);
	if (!s->definition)
		return;
	list = sem_list(s, s->definition->json, "loadBalancers");
	for (i = 0; i < sem_nr(list); i++) {
		const struct json *item = sem_item(s, list, i);

		check_load_balancer(s, item);
		check_target(s, item);
	}
	list = sem_list(s, s->definition->json, "serviceRegistries");
	for (i = 0; i < sem_nr(list); i++)
		check_target(s, sem_item(s, list, i));
	check_connect(s);
}
