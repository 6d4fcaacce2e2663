#include "base/base.h"
#include "aws/internal.h"

#include "base/digest.h"

#ifndef GITOPS_VERSION
#define GITOPS_VERSION "0.1.0"
#endif

/* --- the process's -------------------------------------------------------------- */

static double system_random(void *data UNUSED)
{
	uint32_t bits;

	random_bytes(&bits, sizeof(bits));
	return (double)bits / 4294967296.0;
}

/* As AWS's SDKs have it: AWS_MAX_ATTEMPTS, or the profile's max_attempts. */
static unsigned configured_attempts(const struct aws_settings *settings)
{
	const char *s = aws_env(settings, "AWS_MAX_ATTEMPTS");
	uint64_t n;

	if (!s)
		s = aws_setting(settings, SETTINGS_PROFILE, settings->profile, "max_attempts");
	return s && parse_uint(s, 1, 100, &n) ? (unsigned)n : 0;
}

int aws_open(struct aws **out, struct aws_loop *loop, const struct aws_options *options,
	     struct error *err)
{
	static const struct aws_options defaults;
	struct http_options http = { .user_agent = "git-gitops/" GITOPS_VERSION };
	struct aws *aws = xcalloc(1, sizeof(*aws));

	if (!options)
		options = &defaults;
	aws->loop = loop;
	aws->clock = aws_loop_clock(loop);
	aws->workers = options->workers ? options->workers : 1;
	aws->may_send = options->may_send;
	aws->may_send_data = options->may_send_data;
	aws->random = options->random ? options->random : system_random;
	aws->random_data = options->random_data;
	strmap_init(&aws->clients);
	strmap_init(&aws->offsets);
	if (aws_settings_load(&aws->settings, options->env, options->profile, err) < 0) {
		free(aws);
		return -1;
	}
	aws->max_attempts = configured_attempts(&aws->settings);
	http.ca_bundle = aws_env(&aws->settings, "AWS_CA_BUNDLE");
	if (!http.ca_bundle)
		http.ca_bundle = aws_setting(&aws->settings, SETTINGS_PROFILE,
					     aws->settings.profile, "ca_bundle");
	http.max_connections = options->max_connections;
	if (http_new(&aws->http, loop, &http, err) < 0) {
		aws_close(aws);
		return -1;
	}
	*out = aws;
	return 0;
}

static void free_client(void *client)
{
	client_free(client);
}

void aws_close(struct aws *aws)
{
	if (!aws)
		return;
	strmap_release(&aws->clients, free_client);
	strmap_release(&aws->offsets, free);
	http_free(aws->http);
	aws_settings_release(&aws->settings);
	free(aws);
}

int64_t aws_time_at(const struct aws *aws, const char *host)
{
	const int64_t *offset = strmap_get(&aws->offsets, host);

	return clock_wall_ms(aws->clock) + (offset ? *offset : 0);
}

static void set_offset(struct aws *aws, const char *host, int64_t offset)
{
	int64_t *p = strmap_get(&aws->offsets, host);

	if (!p) {
		p = xmalloc(sizeof(*p));
		strmap_put(&aws->offsets, host, p);
	}
	*p = offset;
}

/* --- clients ---------------------------------------------------------------------- */

struct aws_client *client_new(struct aws *aws, struct credentials *credentials, const char *region)
{
	struct aws_client *client = xcalloc(1, sizeof(*client));

	client->aws = aws;
	client->credentials = credentials;
	client->region = xstrdup(region);
	client->quota.tokens = RETRY_QUOTA;
	client->turns = xcalloc(limit_groups(), sizeof(*client->turns));
	return client;
}

void client_free(struct aws_client *client)
{
	unsigned i;

	if (!client)
		return;
	while (client->calls)
		call_free(client->calls);
	for (i = 0; i < limit_groups(); i++)
		turn_stop(&client->turns[i]);
	for (i = 0; i < AWS_SERVICE_NR; i++)
		aws_endpoint_release(&client->endpoints[i]);
	credentials_free(client->credentials);
	free(client->turns);
	free(client->region);
	free(client);
}

static void add_word(struct strbuf *key, const char *word)
{
	strbuf_addf(key, "%s\n", word ? word : "");
}

int aws_client_get(struct aws_client **out, struct aws *aws, const struct aws_identity *identity,
		   const char *region, struct error *err)
{
	static const struct aws_identity nobody;
	struct credentials *credentials;
	struct strbuf key = STRBUF_INIT;
	int ret = -1;

	if (!identity)
		identity = &nobody;
	if (!region)
		region = aws_configured_region(&aws->settings);
	if (!region) {
		error_set(err, ERROR_INVALID, "no AWS region is set");
		error_hint(err, "set AWS_REGION, or 'region' in the profile");
		return -1;
	}
	if (!aws_region_is_sane(region)) {
		struct strbuf seen = STRBUF_INIT;

		strbuf_add_printable(&seen, region, strlen(region));
		error_set(err, ERROR_INVALID, "'%s' is no AWS region", seen.buf);
		strbuf_release(&seen);
		return -1;
	}
	add_word(&key, region);
	add_word(&key, identity->profile);
	add_word(&key, identity->role_arn);
	add_word(&key, identity->external_id);
	add_word(&key, identity->session_name);
	*out = strmap_getn(&aws->clients, key.buf, key.len);
	if (!*out) {
		if (credentials_new(&credentials, aws, identity, region, err) < 0)
			goto out;
		*out = client_new(aws, credentials, region);
		strmap_putn(&aws->clients, key.buf, key.len, *out);
	}
	ret = 0;
out:
	strbuf_release(&key);
	return ret;
}

const char *aws_client_region(const struct aws_client *client)
{
	return client->region;
}

const char *aws_client_partition(const struct aws_client *client)
{
	return aws_partition_of(client->region)->name;
}

/* --- calls ------------------------------------------------------------------------ */

/*
 * A call is beginning or backing off (its timer is set), waiting for
 * credentials (its waiter hangs there), waiting for its turn (in a queue) or
 * under way (http is set); one of them, always.
 */
void call_free(struct aws_call *call)
{
	struct aws_request *r = &call->request;

	loop_timer_stop(&call->timer);
	credentials_stop_waiting(&call->waiter);
	turn_leave(call);
	if (call->http)
		http_cancel(call->http);
	if (call->prev)
		call->prev->next = call->next;
	else
		call->client->calls = call->next;
	if (call->next)
		call->next->prev = call->prev;
	/* A task definition may hold secrets, a form those of STS. */
	if (r->body)
		explicit_bzero((char *)(uintptr_t)r->body, r->body_len);
	free((char *)(uintptr_t)r->body);
	free((char *)(uintptr_t)r->method);
	free((char *)(uintptr_t)r->path);
	free((char *)(uintptr_t)r->query);
	free(call->key_used);
	strbuf_release(&call->payload_hash);
	free(call);
}

void aws_cancel(struct aws_call *call)
{
	if (call)
		call_free(call);
}

static void end(struct aws_call *call, struct aws_result *result)
{
	aws_fn *fn = call->fn;
	void *data = call->data;

	call_free(call);
	fn(result, data);
	if (!result->taken)
		aws_result_free(result);
}

/* Before anything was sent. */
static void end_early(struct aws_call *call, struct error *err)
{
	struct aws_result *result = result_new(call, NULL);

	error_move(&result->err, err);
	error_prefix(&result->err, "%s %s in %s", aws_service_info(call->request.service)->name,
		     call->request.operation, call->client->region);
	end(call, result);
}

static struct aws_endpoint *endpoint_of(struct aws_call *call)
{
	return &call->client->endpoints[call->request.service];
}

static void on_credentials(const struct error *failure, void *data);

/* The start of each attempt. */
static void begin(void *data)
{
	struct aws_call *call = data;
	struct aws_client *client = call->client;
	struct aws_endpoint *endpoint = endpoint_of(call);
	struct error err = ERROR_INIT;

	if (!endpoint->url &&
	    aws_endpoint_resolve(endpoint, &client->aws->settings, call->request.service,
				 client->region, &err) < 0) {
		end_early(call, &err);
		return;
	}
	if (!call->request.unsigned_request && !credentials_peek(client->credentials)) {
		credentials_wait(client->credentials, &call->waiter, on_credentials, call);
		return;
	}
	turn_take(call);
}

static void on_credentials(const struct error *failure, void *data)
{
	struct aws_call *call = data;
	struct error err = ERROR_INIT;

	if (!failure) {
		turn_take(call);
		return;
	}
	error_set(&err, failure->kind, "%s", failure->message);
	if (failure->hint)
		error_hint(&err, "%s", failure->hint);
	end_early(call, &err);
}

static void on_answer(const struct http_response *response, void *data);

void call_send(struct aws_call *call)
{
	struct aws_client *client = call->client;
	const struct aws_credentials *keys = NULL;

	if (client->aws->may_send && !client->aws->may_send(client->aws->may_send_data))
		return;
	if (!call->request.unsigned_request) {
		keys = credentials_peek(client->credentials);
		if (!keys) {
			/* They expired while it waited for its turn. */
			loop_timer_set(client->aws->loop, &call->timer, 0);
			return;
		}
		free(call->key_used);
		call->key_used = xstrdup(keys->access_key);
	}
	call->attempts++;
	request_start(call, endpoint_of(call), keys, on_answer);
}

/* How many attempts at most: throttling passes, so it gets more patience. */
static unsigned max_attempts(const struct aws_call *call, enum retry_class class)
{
	unsigned most = call->request.max_attempts;

	if (!most && call->client->aws->max_attempts)
		return call->client->aws->max_attempts;
	if (!most)
		most = 4;
	return class == RETRY_THROTTLED ? MAX(most, 10u) : most;
}

/* Prepares another attempt if one makes sense; its delay, or -1. */
static int64_t plan_retry(struct aws_call *call, const struct retry_case *c,
			  const struct http_response *response, int64_t server_ms)
{
	struct aws_client *client = call->client;
	enum retry_class class = retry_classify(c);
	const char *host = endpoint_of(call)->host;

	switch (class) {
	case RETRY_NEVER:
		return -1;
	case RETRY_SKEW:
		if (call->corrected || server_ms < 0)
			return -1;
		call->corrected = true;
		set_offset(client->aws, host, server_ms - clock_wall_ms(client->aws->clock));
		return 0;
	case RETRY_EXPIRED:
		if (call->refreshed || call->request.unsigned_request ||
		    !credentials_reject(client->credentials, call->key_used))
			return -1;
		call->refreshed = true;
		return 0;
	default:
		break;
	}
	if (call->attempts >= max_attempts(call, class))
		return -1;
	call->cost = retry_quota_take(&client->quota, class);
	if (!call->cost)
		return -1;
	return retry_delay_ms(call->attempts, class, client->aws->random(client->aws->random_data),
			      response->failure == HTTP_OK ? retry_hint_ms(response) : -1);
}

static void note_throttling(struct aws_call *call, bool throttled)
{
	struct turn_queue *queue =
		&call->client->turns[limit_group_of(call->request.service, call->request.operation)];

	call->throttled |= throttled;
	if (!queue->primed)
		return;
	if (throttled)
		limit_throttled(&queue->bucket, clock_mono_ms(call->client->aws->clock));
	else
		limit_passed(&queue->bucket);
}

static void on_answer(const struct http_response *response, void *data)
{
	struct aws_call *call = data;
	struct aws *aws = call->client->aws;
	struct aws_endpoint *endpoint = endpoint_of(call);
	struct retry_case c = { .service = call->request.service, .failure = response->failure };
	struct aws_result *result;
	int64_t server_ms = -1, delay = -1, skew = 0;
	bool ambiguous;

	call->http = NULL;
	if (response->failure == HTTP_OK)
		server_ms = retry_server_time_ms(response);
	if (server_ms >= 0)
		skew = server_ms - aws_time_at(aws, endpoint->host);
	result = result_new(call, response);
	c.status = result->status;
	c.code = result->code;
	c.message = result->message;
	c.skewed = llabs(skew) > RETRY_SKEW_MS;
	if (response->failure == HTTP_OK && result->status < 300 && result->json) {
		retry_quota_give(&call->client->quota, call->cost);
		note_throttling(call, false);
		result->outcome = AWS_OK;
		end(call, result);
		return;
	}
	if (retry_classify(&c) == RETRY_THROTTLED)
		note_throttling(call, true);
	call->skew_ms = c.skewed ? skew : 0;
	result->throttled = call->throttled;
	ambiguous = retry_is_ambiguous(&c, response->sent);
	if (!(ambiguous && call->request.look_first))
		delay = plan_retry(call, &c, response, server_ms);
	if (delay >= 0) {
		aws_result_free(result);
		loop_timer_set(aws->loop, &call->timer, delay);
		return;
	}
	result_explain(result, call, endpoint, response, ambiguous);
	end(call, result);
}

static char *copy_body(const struct aws_request *request, size_t *len)
{
	enum aws_protocol protocol = aws_service_info(request->service)->protocol;

	if (request->query_protocol)
		protocol = AWS_QUERY;
	*len = request->body_len;
	if (request->body)
		return xmemdupz(request->body, request->body_len);
	if (protocol != AWS_JSON_1_0 && protocol != AWS_JSON_1_1)
		return NULL;
	*len = 2;
	return xstrdup("{}");
}

struct aws_call *aws_call(struct aws_client *client, const struct aws_request *request, aws_fn *fn,
			  void *data)
{
	struct aws_call *call = xcalloc(1, sizeof(*call));
	struct strbuf id = STRBUF_INIT;

	call->client = client;
	call->fn = fn;
	call->data = data;
	call->request = *request;
	call->request.body = copy_body(request, &call->request.body_len);
	call->request.method = xstrdup(request->method ? request->method : "POST");
	call->request.path = xstrdup_or_null(request->path);
	call->request.query = xstrdup_or_null(request->query);
	strbuf_init(&call->payload_hash, 0);
	add_uuid(&id);
	memcpy(call->invocation, id.buf, sizeof(call->invocation));
	strbuf_release(&id);
	call->next = client->calls;
	if (call->next)
		call->next->prev = call;
	client->calls = call;
	loop_timer_init(&call->timer, begin, call);
	loop_timer_set(client->aws->loop, &call->timer, 0);
	return call;
}

/* --- for commands ------------------------------------------------------------------ */

static void on_waited(struct aws_result *result, void *data)
{
	*(struct aws_result **)data = aws_result_take(result);
}

int aws_call_wait(struct aws_client *client, const struct aws_request *request,
		  struct aws_result **result, struct error *err)
{
	struct aws_call *call;

	*result = NULL;
	call = aws_call(client, request, on_waited, result);
	while (!*result)
		if (aws_loop_turn(client->aws->loop, -1, err) < 0) {
			aws_cancel(call);
			return -1;
		}
	if ((*result)->outcome == AWS_OK)
		return 0;
	error_set(err, (*result)->err.kind, "%s", (*result)->err.message);
	if ((*result)->err.hint)
		error_hint(err, "%s", (*result)->err.hint);
	return -1;
}
