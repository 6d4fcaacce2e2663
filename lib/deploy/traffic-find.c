#include "base/base.h"
#include "deploy/traffic-internal.h"

#include "deploy/rolling.h"

/*
 * Which groups, which rule: from the settings, the service and its load
 * balancer. What can't be told is told with all that was found; a rule is
 * never guessed.
 */
#define LISTENERS_MAX 100
#define MATCHES_MAX   10  /* told; more are counted */
#define PAGES_MAX     100 /* of listeners, and of rules of all listeners */

struct listener {
	char *arn;
	char *label; /* "HTTPS:443" */
	bool has_rules;
};

struct match {
	char *arn;
	char *label;
	bool is_listener;
	struct traffic_weights weights;
	bool has_old;
	int64_t sticky_s;
};

struct traffic_search {
	char *old, *new; /* old: the partner in the pair, in use or not; or NULL */
	bool in_use;	 /* old is */
	char *load_balancer, *marker;
	struct listener listeners[LISTENERS_MAX];
	size_t listeners_nr, at;
	struct match matches[MATCHES_MAX];
	size_t matches_nr;
	unsigned pages;
	/* Registered already with the group that is to be free, and not leaving it. */
	const char *free;
	struct traffic_targets targets;
};

void traffic_search_free(struct traffic_search *search)
{
	size_t i;

	if (!search)
		return;
	for (i = 0; i < search->listeners_nr; i++) {
		free(search->listeners[i].arn);
		free(search->listeners[i].label);
	}
	for (i = 0; i < MIN(search->matches_nr, (size_t)MATCHES_MAX); i++) {
		free(search->matches[i].arn);
		free(search->matches[i].label);
	}
	free(search->old);
	free(search->new);
	free(search->load_balancer);
	free(search->marker);
	traffic_targets_release(&search->targets);
	free(search);
}

/* --- the pair --- */

const char *traffic_group_of(const struct json *load_balancers)
{
	if (!load_balancers || load_balancers->type != JSON_ARRAY || !load_balancers->u.array.nr)
		return NULL;
	return json_get_str(&load_balancers->u.array.items[0], "targetGroupArn");
}

/* What the PRIMARY task set uses. */
void traffic_note_service(struct deployment *d, const struct json *service)
{
	const struct json *sets = json_get(service, "taskSets");
	size_t i;

	deploy_id_set(d, ID_GROUP_IN_USE, NULL);
	for (i = 0; sets && sets->type == JSON_ARRAY && i < sets->u.array.nr; i++) {
		const struct json *set = &sets->u.array.items[i];
		const char *status = json_get_str(set, "status");

		if (status && str_eq(status, "PRIMARY"))
			deploy_id_set(d, ID_GROUP_IN_USE,
				      traffic_group_of(json_get(set, "loadBalancers")));
	}
}

static void add_pairs(struct strbuf *out, const struct settings *s)
{
	char a[TRAFFIC_NAME_MAX], b[TRAFFIC_NAME_MAX];
	size_t i;

	for (i = 0; i < s->pairs_nr && out->len < 500; i++)
		strbuf_addf(out, "%s'%s' and '%s'", i ? ", " : "", traffic_name(a, s->pairs[2 * i]),
			    traffic_name(b, s->pairs[2 * i + 1]));
}

static enum step_result no_pair(struct deployment *d, const char *group, const char *other)
{
	struct strbuf pairs = STRBUF_INIT;
	char name[TRAFFIC_NAME_MAX], partner[TRAFFIC_NAME_MAX];
	enum step_result ret;

	add_pairs(&pairs, &d->settings);
	if (other)
		ret = deploy_fail(d, "settings",
				  "target group '%s' is in more than one pair of "
				  "'targetGroupArnPairs', with '%s' and others",
				  traffic_name(name, group), traffic_name(partner, other));
	else
		ret = deploy_fail(d, "settings",
				  "no pair of 'targetGroupArnPairs' has target group '%s', which "
				  "the service uses; they are %s",
				  traffic_name(name, group), pairs.buf);
	strbuf_release(&pairs);
	return ret;
}

/* STEP_FINISHED: there is nothing to move. */
static enum step_result find_pair(struct deployment *d, struct traffic_search *search,
				  const char *in_use)
{
	const struct settings *s = &d->settings;
	const char *own =
		traffic_group_of(json_get(ecs_document(d, ROLE_DEFINITION), "loadBalancers"));
	const char *group = in_use ? in_use : own, *partner = NULL;
	size_t i;

	if (!group)
		return STEP_FINISHED;
	if (!s->pairs_nr && s->shift.on)
		return deploy_fail(d, "settings",
				   "'trafficShiftingConfig' needs 'targetGroupArnPairs': between "
				   "which target groups is the traffic to be moved?");
	if (!s->pairs_nr)
		return STEP_FINISHED;
	for (i = 0; i < s->pairs_nr; i++) {
		const char *a = s->pairs[2 * i], *b = s->pairs[2 * i + 1];
		const char *other = str_eq(a, group) ? b : str_eq(b, group) ? a : NULL;

		if (other && partner && !str_eq(other, partner))
			return no_pair(d, group, partner);
		if (other)
			partner = other;
	}
	if (!partner)
		return no_pair(d, group, NULL);
	if (str_eq(partner, group))
		return deploy_fail(d, "settings", "a pair of 'targetGroupArnPairs' is one group");
	search->in_use = in_use != NULL;
	search->old = xstrdup(in_use ? group : partner);
	search->new = xstrdup(in_use ? partner : group);
	return STEP_DONE;
}

/* --- the load balancer --- */

static enum step_result ask_groups(struct deployment *d, struct traffic_search *search, int phase)
{
	const char *groups[] = { search->old, search->new };

	d->call = elb_describe_target_groups(d->client, groups, 2, NULL, deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result find_load_balancer(struct deployment *d, struct traffic_search *search)
{
	const struct json *groups = json_get(d->result->json, "TargetGroups");
	char a[TRAFFIC_NAME_MAX], b[TRAFFIC_NAME_MAX];
	size_t i, j;

	for (i = 0; groups && groups->type == JSON_ARRAY && i < groups->u.array.nr; i++) {
		const struct json *lbs = json_get(&groups->u.array.items[i], "LoadBalancerArns");

		for (j = 0; lbs && lbs->type == JSON_ARRAY && j < lbs->u.array.nr; j++) {
			const char *arn = json_str(&lbs->u.array.items[j]);

			if (!arn)
				continue;
			if (!search->load_balancer)
				search->load_balancer = xstrdup(arn);
			if (!str_eq(search->load_balancer, arn))
				return deploy_fail(d, "traffic-rule",
						   "the target groups belong to two load "
						   "balancers, '%s' and '%s'",
						   traffic_name(a, search->load_balancer),
						   traffic_name(b, arn));
		}
	}
	if (!search->load_balancer)
		return deploy_fail(d, "traffic-rule",
				   "neither target group '%s' nor '%s' belongs to a load balancer",
				   traffic_name(a, search->old), traffic_name(b, search->new));
	return STEP_DONE;
}

/* --- listeners and rules --- */

static void add_match(struct traffic_search *search, const char *arn, bool is_listener,
		      const struct json *actions, char *label)
{
	struct elb_forward forward;
	struct match *m;
	int old, new;

	if (!arn || !elb_get_forward(&forward, actions))
		goto out;
	old = elb_find_group(&forward, search->old);
	new = elb_find_group(&forward, search->new);
	if (old < 0 && new < 0)
		goto out;
	if (search->matches_nr++ >= MATCHES_MAX)
		goto out;
	m = &search->matches[search->matches_nr - 1];
	m->arn = xstrdup(arn);
	m->label = label;
	m->is_listener = is_listener;
	m->weights.old = old >= 0 ? forward.v[old].weight : 0;
	m->weights.new = new >= 0 ? forward.v[new].weight : 0;
	m->has_old = old >= 0;
	m->sticky_s = forward.sticky_s;
	return;
out:
	free(label);
}

static void read_listeners(struct traffic_search *search, const struct json *list)
{
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *item = &list->u.array.items[i];
		const char *arn = json_get_str(item, "ListenerArn");
		const char *protocol = json_get_str(item, "Protocol");
		const char *port = json_get_str(item, "Port");
		struct listener *listener = &search->listeners[search->listeners_nr];

		if (!arn || search->listeners_nr == LISTENERS_MAX)
			continue;
		search->listeners_nr++;
		listener->arn = xstrdup(arn);
		listener->label =
			xstrfmt("%.20s:%.10s", protocol ? protocol : "?", port ? port : "?");
		/* Network load balancers have default actions only. */
		listener->has_rules = protocol && starts_with(protocol, "HTTP");
		add_match(search, arn, true, json_get(item, "DefaultActions"),
			  xstrfmt("the default action of %s", listener->label));
	}
}

/* The default rule is the listener's default action, which was seen already. */
static void read_rules(struct traffic_search *search, const struct json *list)
{
	size_t i;

	for (i = 0; list && list->type == JSON_ARRAY && i < list->u.array.nr; i++) {
		const struct json *item = &list->u.array.items[i];
		const char *priority = json_get_str(item, "Priority");
		const char *is_default = json_get_str(item, "IsDefault");

		if ((is_default && str_eq(is_default, "true")) ||
		    (priority && str_eq(priority, "default")))
			continue;
		add_match(search, json_get_str(item, "RuleArn"), false, json_get(item, "Actions"),
			  xstrfmt("rule %.10s of %s", priority ? priority : "?",
				  search->listeners[search->at].label));
	}
}

/* The next page: of listeners, then of each one's rules. STEP_DONE: all was seen. */
static enum step_result ask_more(struct deployment *d, struct traffic_search *search,
				 bool of_listeners, int listeners, int rules)
{
	if (search->pages++ >= PAGES_MAX)
		return deploy_fail(d, "traffic-rule", "the load balancer has too many rules");
	if (of_listeners && (search->marker || !search->listeners_nr)) {
		d->call = elb_describe_listeners(d->client, search->load_balancer, search->marker,
						 deploy_on_result, d);
		return deploy_await(d, listeners);
	}
	while (search->at < search->listeners_nr && !search->listeners[search->at].has_rules)
		search->at++;
	if (search->at == search->listeners_nr)
		return STEP_DONE;
	d->call = elb_describe_rules(d->client, search->listeners[search->at].arn, search->marker,
				     deploy_on_result, d);
	return deploy_await(d, rules);
}

static void take_marker(struct traffic_search *search, const struct json *answer)
{
	const char *marker = json_get_str(answer, "NextMarker");

	free(search->marker);
	search->marker = marker && *marker ? xstrdup(marker) : NULL;
}

/* --- is the new group free? --- */

/*
 * Whoever is registered with the group that gets the new task set would get its
 * traffic; and where nothing ran before, the partner's traffic is taken away.
 * NULL: there is nothing to be asked.
 */
static const char *group_to_be_free(const struct traffic_search *search)
{
	const struct match *m = &search->matches[0];

	if (search->in_use)
		return search->new;
	return m->has_old && m->weights.old ? search->old : NULL;
}

/* --- the end --- */

static enum step_result not_one(struct deployment *d, const struct traffic_search *search)
{
	char a[TRAFFIC_NAME_MAX], b[TRAFFIC_NAME_MAX], lb[TRAFFIC_NAME_MAX];
	struct strbuf list = STRBUF_INIT;
	enum step_result ret;
	size_t i;

	if (!search->matches_nr) {
		for (i = 0; i < search->listeners_nr; i++)
			strbuf_addf(&list, "%s%s", i ? ", " : "", search->listeners[i].label);
		ret = deploy_fail(d, "traffic-rule",
				  "nothing of load balancer '%s' forwards to target group '%s' or "
				  "'%s'; its listeners are %s",
				  traffic_name(lb, search->load_balancer),
				  traffic_name(a, search->old), traffic_name(b, search->new),
				  list.len ? list.buf : "none");
	} else {
		for (i = 0; i < MIN(search->matches_nr, (size_t)MATCHES_MAX); i++)
			strbuf_addf(&list, "%s%s", i ? ", " : "", search->matches[i].label);
		ret = deploy_fail(d, "traffic-rule",
				  "%zu rules of load balancer '%s' forward to target group '%s' or "
				  "'%s': %s%s; which one carries the traffic to be moved?",
				  search->matches_nr, traffic_name(lb, search->load_balancer),
				  traffic_name(a, search->old), traffic_name(b, search->new),
				  list.buf, search->matches_nr > MATCHES_MAX ? ", ..." : "");
	}
	strbuf_release(&list);
	return ret;
}

/* All rules were seen: is it one, and is the other group free? */
static enum step_result judge_rules(struct deployment *d, struct traffic_search *search, int phase)
{
	const struct match *m = &search->matches[0];
	char a[TRAFFIC_NAME_MAX], b[TRAFFIC_NAME_MAX], lb[TRAFFIC_NAME_MAX];

	if (search->matches_nr != 1)
		return not_one(d, search);
	if (search->in_use && !m->has_old)
		return deploy_fail(
			d, "traffic-rule",
			"%s of load balancer '%s' forwards to target group '%s', but not "
			"to '%s', which the service uses",
			m->label, traffic_name(lb, search->load_balancer),
			traffic_name(b, search->new), traffic_name(a, search->old));
	search->free = group_to_be_free(search);
	if (!search->free)
		return STEP_DONE;
	d->call =
		elb_describe_target_health(d->client, search->free, AWS_READ, deploy_on_result, d);
	return deploy_await(d, phase);
}

static enum step_result conclude(struct deployment *d, const struct traffic_search *search)
{
	const struct match *m = &search->matches[0];
	char a[TRAFFIC_NAME_MAX], b[TRAFFIC_NAME_MAX], lb[TRAFFIC_NAME_MAX], weights[48];
	struct strbuf time = STRBUF_INIT;

	deploy_id_set(d, m->is_listener ? ID_LISTENER : ID_RULE, m->arn);
	deploy_id_set(d, ID_GROUP_NEW, search->new);
	if (m->has_old)
		deploy_id_set(d, ID_GROUP_OLD, search->old);
	if (!search->in_use)
		deploy_id_set(d, ID_TRAFFIC_NEW, "1");
	traffic_weights_write(weights, &m->weights);
	deploy_id_set(d, ID_WEIGHTS, weights);
	traffic_name(lb, search->load_balancer);
	traffic_name(a, search->old);
	traffic_name(b, search->new);
	if (search->in_use)
		deploy_event(d, "traffic: %s of load balancer '%s', from target group '%s' to '%s'",
			     m->label, lb, a, b);
	else
		deploy_event(d, "traffic: %s of load balancer '%s', to target group '%s'", m->label,
			     lb, b);
	if (m->sticky_s && search->in_use && d->settings.shift.on) {
		traffic_add_seconds(&time, m->sticky_s * 1000);
		deploy_event(d,
			     "traffic: the rule keeps clients on a target group for %s, whatever "
			     "the weights, going back included",
			     time.buf);
	}
	strbuf_release(&time);
	return STEP_DONE;
}

/* Before anything is changed: alarms that go off already would end the shift. */
static enum step_result check_alarms(struct deployment *d, int phase)
{
	enum step_result ret = traffic_check_alarms(d);

	if (ret != STEP_WAIT)
		return ret;
	if (d->alarm->misses < 5)
		return deploy_ask_alarms(d, phase);
	return deploy_fail(d, "alarm-unread", "the alarms cannot be read: %s",
			   d->alarm->failed->err.message);
}

/* A page of listeners or rules came. STEP_DONE: it was the last one. */
static enum step_result take_page(struct deployment *d, struct traffic_search *search,
				  bool of_listeners, int listeners, int rules)
{
	if (of_listeners)
		read_listeners(search, json_get(d->result->json, "Listeners"));
	else
		read_rules(search, json_get(d->result->json, "Rules"));
	take_marker(search, d->result->json);
	if (!of_listeners && !search->marker)
		search->at++;
	/* No listener at all is an answer, too. */
	if (of_listeners && !search->marker && !search->listeners_nr)
		return STEP_DONE;
	return ask_more(d, search, of_listeners, listeners, rules);
}

static enum step_result refused(struct deployment *d)
{
	if (aws_result_is(d->result, "TargetGroupNotFound"))
		return deploy_fail(d, "target-group",
				   "a target group of 'targetGroupArnPairs' does not exist: %s",
				   d->result->message ? d->result->message : "");
	return deploy_fail_result(d, d->result, "find the rule of the load balancer");
}

/* Whose targets are they? */
static enum step_result looked(struct deployment *d, struct traffic_search *search, int phase)
{
	enum step_result ret;

	if (d->look->failed && result_is_transient(d->look->failed) && d->at.retries++ < 10)
		return deploy_look(d, 1000 * (int64_t)d->at.retries, phase);
	if (d->look->failed)
		return deploy_fail_result(d, d->look->failed, "describe the service");
	ret = traffic_judge_free(d, search->free, &search->targets);
	return ret == STEP_DONE ? conclude(d, search) : ret;
}

enum step_result traffic_find(struct deployment *d)
{
	enum {
		START,
		ALARMS,
		GROUPS,
		LISTENERS,
		RULES,
		TARGETS,
		LOOKED
	};
	struct traffic_search *search = d->at.search;
	enum step_result ret;

	switch (d->phase) {
	case START:
		search = d->at.search = xcalloc(1, sizeof(*search));
		ret = find_pair(d, search, deploy_id_get(d, ID_GROUP_IN_USE));
		if (ret != STEP_DONE)
			return ret == STEP_FINISHED ? STEP_DONE : ret;
		if (d->settings.alarms_nr && d->settings.shift.on)
			return deploy_ask_alarms(d, ALARMS);
		return ask_groups(d, search, GROUPS);
	case ALARMS:
		ret = check_alarms(d, ALARMS);
		return ret == STEP_DONE ? ask_groups(d, search, GROUPS) : ret;
	case LOOKED:
		return looked(d, search, LOOKED);
	default:
		break;
	}
	if (d->result->outcome != AWS_OK)
		return refused(d);
	if (d->phase == TARGETS) {
		traffic_targets_read(&search->targets, d->result->json);
		return search->targets.nr ? deploy_look(d, 0, LOOKED) : conclude(d, search);
	}
	if (d->phase == GROUPS) {
		ret = find_load_balancer(d, search);
		if (ret != STEP_DONE)
			return ret;
		ret = ask_more(d, search, true, LISTENERS, RULES);
	} else {
		ret = take_page(d, search, d->phase == LISTENERS, LISTENERS, RULES);
	}
	if (ret == STEP_DONE)
		ret = judge_rules(d, search, TARGETS);
	return ret == STEP_DONE ? conclude(d, search) : ret;
}
