#include "base/base.h"
#include "aws/elbv2.h"

#include "aws/form.h"

#define VERSION	  "2015-12-01"
#define PAGE_SIZE "400"

static struct aws_call *send(struct aws_client *client, const char *operation,
			     enum aws_priority priority, struct strbuf *form, aws_fn *fn,
			     void *data)
{
	struct aws_request request = { .service = AWS_ELB,
				       .operation = operation,
				       .body = form->buf,
				       .body_len = form->len,
				       .priority = priority };
	struct aws_call *call = aws_call(client, &request, fn, data);

	strbuf_release(form);
	return call;
}

static void begin(struct strbuf *form, const char *operation)
{
	form_begin(form, operation, VERSION);
}

static void add_page(struct strbuf *form, const char *marker)
{
	form_add(form, "PageSize", PAGE_SIZE);
	if (marker)
		form_add(form, "Marker", marker);
}

struct aws_call *elb_describe_target_groups(struct aws_client *client, const char *const *arns,
					    size_t nr, const char *marker, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeTargetGroups");
	form_add_list(&form, nr && starts_with(arns[0], "arn:") ? "TargetGroupArns" : "Names", arns,
		      nr);
	add_page(&form, marker);
	return send(client, "DescribeTargetGroups", AWS_READ, &form, fn, data);
}

struct aws_call *elb_describe_listeners(struct aws_client *client, const char *load_balancer,
					const char *marker, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeListeners");
	form_add(&form, "LoadBalancerArn", load_balancer);
	add_page(&form, marker);
	return send(client, "DescribeListeners", AWS_READ, &form, fn, data);
}

struct aws_call *elb_describe_listener(struct aws_client *client, const char *listener, aws_fn *fn,
				       void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeListeners");
	form_add_list(&form, "ListenerArns", &listener, 1);
	return send(client, "DescribeListeners", AWS_READ, &form, fn, data);
}

struct aws_call *elb_describe_rules(struct aws_client *client, const char *listener,
				    const char *marker, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeRules");
	form_add(&form, "ListenerArn", listener);
	add_page(&form, marker);
	return send(client, "DescribeRules", AWS_READ, &form, fn, data);
}

struct aws_call *elb_describe_rule(struct aws_client *client, const char *rule, aws_fn *fn,
				   void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeRules");
	form_add_list(&form, "RuleArns", &rule, 1);
	return send(client, "DescribeRules", AWS_READ, &form, fn, data);
}

struct aws_call *elb_look_at_rules(struct aws_client *client, const char *const *rules, size_t nr,
				   aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeRules");
	form_add_list(&form, "RuleArns", rules, nr);
	return send(client, "DescribeRules", AWS_POLL, &form, fn, data);
}

struct aws_call *elb_look_at_listeners(struct aws_client *client, const char *const *listeners,
				       size_t nr, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeListeners");
	form_add_list(&form, "ListenerArns", listeners, nr);
	return send(client, "DescribeListeners", AWS_POLL, &form, fn, data);
}

struct aws_call *elb_describe_target_health(struct aws_client *client, const char *target_group,
					    enum aws_priority priority, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;

	begin(&form, "DescribeTargetHealth");
	form_add(&form, "TargetGroupArn", target_group);
	return send(client, "DescribeTargetHealth", priority, &form, fn, data);
}

static struct aws_call *send_targets(struct aws_client *client, const char *operation,
				     const char *target_group, const struct elb_target *targets,
				     size_t nr, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT;
	char name[64], port[16];
	size_t i;

	begin(&form, operation);
	form_add(&form, "TargetGroupArn", target_group);
	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "Targets.member.%zu.Id", i + 1);
		form_add(&form, name, targets[i].id);
		if (targets[i].port) {
			snprintf(name, sizeof(name), "Targets.member.%zu.Port", i + 1);
			snprintf(port, sizeof(port), "%u", targets[i].port);
			form_add(&form, name, port);
		}
		if (targets[i].zone) {
			snprintf(name, sizeof(name), "Targets.member.%zu.AvailabilityZone", i + 1);
			form_add(&form, name, targets[i].zone);
		}
	}
	return send(client, operation, AWS_WRITE, &form, fn, data);
}

struct aws_call *elb_register_targets(struct aws_client *client, const char *target_group,
				      const struct elb_target *targets, size_t nr, aws_fn *fn,
				      void *data)
{
	return send_targets(client, "RegisterTargets", target_group, targets, nr, fn, data);
}

struct aws_call *elb_deregister_targets(struct aws_client *client, const char *target_group,
					const struct elb_target *targets, size_t nr, aws_fn *fn,
					void *data)
{
	return send_targets(client, "DeregisterTargets", target_group, targets, nr, fn, data);
}

/* --- forwarding ----------------------------------------------------------------- */

static bool is_type(const struct json *action, const char *type)
{
	const char *s = json_get_str(action, "Type");

	return s && str_eq(s, type);
}

static int64_t number_of(const struct json *object, const char *name, int64_t fallback)
{
	const char *s = json_get_str(object, name);
	uint64_t n;

	return s && parse_uint(s, 0, INT32_MAX, &n) ? (int64_t)n : fallback;
}

static const struct json *tuples_of(const struct json *action)
{
	const struct json *list = json_path(action, "ForwardConfig.TargetGroups");

	return list && list->type == JSON_ARRAY ? list : NULL;
}

bool elb_get_forward(struct elb_forward *out, const struct json *actions)
{
	const struct json *action = NULL, *list, *sticky;
	const char *s;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; actions && actions->type == JSON_ARRAY && i < actions->u.array.nr; i++)
		if (is_type(&actions->u.array.items[i], "forward"))
			action = &actions->u.array.items[i];
	if (!action)
		return false;
	list = tuples_of(action);
	for (i = 0; list && i < list->u.array.nr; i++) {
		s = json_get_str(&list->u.array.items[i], "TargetGroupArn");
		if (!s || out->nr == ARRAY_SIZE(out->v))
			return false;
		out->v[out->nr].group = s;
		out->v[out->nr++].weight = number_of(&list->u.array.items[i], "Weight", 1);
	}
	s = json_get_str(action, "TargetGroupArn");
	if (!out->nr && s) {
		out->v[0].group = s;
		out->v[0].weight = 1;
		out->nr = 1;
	}
	sticky = json_path(action, "ForwardConfig.TargetGroupStickinessConfig");
	s = json_get_str(sticky, "Enabled");
	if (s && str_eq(s, "true"))
		out->sticky_s = number_of(sticky, "DurationSeconds", 1);
	return out->nr > 0;
}

int elb_find_group(const struct elb_forward *forward, const char *group)
{
	size_t i;

	for (i = 0; i < forward->nr; i++)
		if (str_eq(forward->v[i].group, group))
			return (int)i;
	return -1;
}

static const struct json *tuple_of(const struct json *tuples, const char *group)
{
	size_t i;

	for (i = 0; tuples && i < tuples->u.array.nr; i++) {
		const char *s = json_get_str(&tuples->u.array.items[i], "TargetGroupArn");

		if (s && str_eq(s, group))
			return &tuples->u.array.items[i];
	}
	return NULL;
}

/* `name` is where the member stands, and is put back. */
static void add_member(struct strbuf *form, struct strbuf *name, const char *member,
		       const struct json *value)
{
	size_t len = name->len;

	strbuf_addf(name, ".%s", member);
	form_add_tree(form, name->buf, value);
	strbuf_setlen(name, len);
}

static void add_word(struct strbuf *form, struct strbuf *name, const char *member,
		     const char *value)
{
	size_t len = name->len;

	strbuf_addf(name, ".%s", member);
	form_add(form, name->buf, value);
	strbuf_setlen(name, len);
}

/*
 * The members of `object` but two. What is empty and can't be a string would
 * be taken for one: it is as good as absent.
 */
static void add_others(struct strbuf *form, struct strbuf *name, const struct json *object,
		       const char *without, const char *nor);

static void add_nested(struct strbuf *form, struct strbuf *name, const struct json_member *m)
{
	size_t len = name->len;

	strbuf_addf(name, ".%s", m->name);
	add_others(form, name, &m->value, "", "");
	strbuf_setlen(name, len);
}

static void add_others(struct strbuf *form, struct strbuf *name, const struct json *object,
		       const char *without, const char *nor)
{
	size_t i;

	for (i = 0; object && object->type == JSON_OBJECT && i < object->u.object.nr; i++) {
		const struct json_member *m = &object->u.object.members[i];
		const char *s = json_str(&m->value);
		bool hollow = s && !*s &&
			      (ends_with(m->name, "Config") || ends_with(m->name, "ExtraParams"));

		if (str_eq(m->name, without) || str_eq(m->name, nor) || hollow)
			continue;
		if (m->value.type == JSON_OBJECT && ends_with(m->name, "Config"))
			add_nested(form, name, m);
		else
			add_member(form, name, m->name, &m->value);
	}
}

static void add_tuples(struct strbuf *form, struct strbuf *name, const struct json *action,
		       const struct elb_forward *forward)
{
	char weight[24];
	size_t i, len = name->len;

	for (i = 0; i < forward->nr; i++) {
		strbuf_addf(name, ".TargetGroups.member.%zu", i + 1);
		add_word(form, name, "TargetGroupArn", forward->v[i].group);
		snprintf(weight, sizeof(weight), "%" PRId64, forward->v[i].weight);
		add_word(form, name, "Weight", weight);
		add_others(form, name, tuple_of(tuples_of(action), forward->v[i].group),
			   "TargetGroupArn", "Weight");
		strbuf_setlen(name, len);
	}
}

static void add_forward(struct strbuf *form, struct strbuf *name, const struct json *action,
			const struct elb_forward *forward)
{
	size_t len = name->len;

	add_others(form, name, action, "TargetGroupArn", "ForwardConfig");
	if (forward->nr == 1)
		add_word(form, name, "TargetGroupArn", forward->v[0].group);
	strbuf_addstr(name, ".ForwardConfig");
	add_tuples(form, name, action, forward);
	add_others(form, name, json_get(action, "ForwardConfig"), "TargetGroups", "");
	strbuf_setlen(name, len);
}

static void add_oidc(struct strbuf *form, struct strbuf *name, const struct json *action)
{
	const struct json *config = json_get(action, "AuthenticateOidcConfig");
	size_t len = name->len;

	add_others(form, name, action, "AuthenticateOidcConfig", "");
	strbuf_addstr(name, ".AuthenticateOidcConfig");
	add_others(form, name, config, "UseExistingClientSecret", "");
	if (!json_get(config, "ClientSecret"))
		add_word(form, name, "UseExistingClientSecret", "true");
	strbuf_setlen(name, len);
}

void elb_add_actions(struct strbuf *form, const char *list, const struct json *actions,
		     const struct elb_forward *forward)
{
	struct strbuf name = STRBUF_INIT;
	size_t i;

	for (i = 0; actions && actions->type == JSON_ARRAY && i < actions->u.array.nr; i++) {
		const struct json *action = &actions->u.array.items[i];

		strbuf_reset(&name);
		strbuf_addf(&name, "%s.member.%zu", list, i + 1);
		if (is_type(action, "forward"))
			add_forward(form, &name, action, forward);
		else if (is_type(action, "authenticate-oidc"))
			add_oidc(form, &name, action);
		else
			add_others(form, &name, action, "", "");
	}
	strbuf_release(&name);
}

static struct aws_call *modify(struct aws_client *client, const char *operation, const char *what,
			       const char *arn, const char *list, const struct json *actions,
			       const struct elb_forward *forward, aws_fn *fn, void *data)
{
	struct strbuf form = STRBUF_INIT_MAX(ELB_FORM_MAX);

	begin(&form, operation);
	form_add(&form, what, arn);
	elb_add_actions(&form, list, actions, forward);
	if (form.overflow) {
		strbuf_release(&form);
		return NULL;
	}
	return send(client, operation, AWS_WRITE, &form, fn, data);
}

struct aws_call *elb_modify_rule(struct aws_client *client, const char *rule,
				 const struct json *actions, const struct elb_forward *forward,
				 aws_fn *fn, void *data)
{
	return modify(client, "ModifyRule", "RuleArn", rule, "Actions", actions, forward, fn, data);
}

struct aws_call *elb_modify_listener(struct aws_client *client, const char *listener,
				     const struct json *actions, const struct elb_forward *forward,
				     aws_fn *fn, void *data)
{
	return modify(client, "ModifyListener", "ListenerArn", listener, "DefaultActions", actions,
		      forward, fn, data);
}
