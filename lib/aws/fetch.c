#include "base/base.h"
#include "aws/internal.h"

#include "aws/sigv4.h"
#include "aws/sts.h"
#include "base/digest.h"
#include "base/file.h"

/*
 * Getting keys, each kind in its own way. A fetch ends with fetch_done() or
 * fetch_failed(); until then one of http, call and process is set, or the
 * start timer for another try.
 */
#define CONTAINER_MS	2000
#define CONTAINER_TRIES 3
#define EC2_MS		1000
#define PROCESS_MS	60000
#define MAX_ANSWER	(64 * 1024)
#define MAX_FILE	(64 * 1024)

static void fail(struct credentials *c, enum error_kind kind, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static void fail(struct credentials *c, enum error_kind kind, const char *fmt, ...)
{
	struct error err = ERROR_INIT;
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	error_set(&err, kind, "cannot get credentials from %s: %s", c->label, text.buf);
	if (c->kind == KEYS_SSO && kind == ERROR_DENIED)
		error_hint(&err, "run 'aws sso login', then try again");
	if (c->tried) {
		error_set(&err, ERROR_DENIED, "no AWS credentials found");
		error_hint(&err, "looked at %s; and %s: %s", c->tried, c->label, text.buf);
	}
	strbuf_release(&text);
	fetch_failed(c, &err);
}

static void fail_with(struct credentials *c, struct error *err)
{
	error_prefix(err, "cannot get credentials from %s", c->label);
	fetch_failed(c, err);
}

void fetch_stop(struct credentials *c)
{
	if (c->http)
		http_cancel(c->http);
	c->http = NULL;
	aws_cancel(c->call);
	c->call = NULL;
	process_stop(c->process);
	c->process = NULL;
	if (c->metadata_token)
		explicit_bzero(c->metadata_token, strlen(c->metadata_token));
	FREE_AND_NULL(c->metadata_token);
	FREE_AND_NULL(c->metadata_role);
}

/* --- answers ---------------------------------------------------------------------- */

static int parse_expiration(const struct json *value, int64_t *ms, struct error *err)
{
	int64_t n;

	if (json_int(value, &n)) {
		*ms = n;
		return 0;
	}
	if (json_str(value) && parse_time_ms(json_str(value), ms) == 0)
		return 0;
	return error_set(err, ERROR_INVALID, "the time of expiry makes no sense");
}

static int take_keys(struct aws_credentials *keys, const struct json *object,
		     const char *access_key, const char *secret_key, const char *token,
		     const char *expiration, struct error *err)
{
	const char *a = json_get_str(object, access_key), *s = json_get_str(object, secret_key);
	const char *t = json_get_str(object, token);
	const struct json *e = expiration ? json_get(object, expiration) : NULL;
	int64_t expires_ms = 0;

	if (!a || !*a || !s || !*s)
		return error_set(err, ERROR_INVALID, "there is no '%s' or no '%s' in the answer",
				 access_key, secret_key);
	if (strpbrk(a, "\r\n ,/=") || (t && strpbrk(t, "\r\n")))
		return error_set(err, ERROR_INVALID, "the answer has no usable '%s'", access_key);
	if (e && e->type != JSON_NULL && parse_expiration(e, &expires_ms, err) < 0)
		return -1;
	keys->access_key = xstrdup(a);
	keys->secret_key = xstrdup(s);
	keys->token = t && *t ? xstrdup(t) : NULL;
	keys->expires_ms = expires_ms;
	return 0;
}

int credentials_from_json(struct aws_credentials *keys, const char *text, size_t len,
			  const char *access_key, const char *secret_key, const char *token,
			  const char *expiration, struct error *err)
{
	static const struct json_limits few = { .max_depth = 8,
						.max_nodes = 1000,
						.allow_duplicates = true };
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	const struct json *object, *version;
	int64_t number;
	int ret = -1;

	memset(keys, 0, sizeof(*keys));
	object = json_parse(&arena, text, len, &few, &problems);
	version = json_get(object, "Version");
	if (!object || object->type != JSON_OBJECT)
		error_set(err, ERROR_INVALID, "the answer is no JSON object");
	else if (version && (!json_int(version, &number) || number != 1))
		error_set(err, ERROR_INVALID, "the answer has a 'Version' other than 1");
	else
		ret = take_keys(keys, object, access_key, secret_key, token, expiration, err);
	json_problems_release(&problems);
	arena_release_secret(&arena);
	return ret;
}

/* What all three HTTP sources need of an answer; false: the fetch has failed. */
static bool is_answer(struct credentials *c, const struct http_response *response)
{
	if (response->failure != HTTP_OK) {
		fail(c, ERROR_NETWORK, "%s", response->reason);
		return false;
	}
	if (response->status != 200) {
		fail(c, ERROR_DENIED, "HTTP status %d", response->status);
		return false;
	}
	return true;
}

static void ask(struct credentials *c, const char *method, const char *url,
		const struct http_header *headers, size_t nr, unsigned ms, http_fn *fn)
{
	struct http_request request = { .method = method,
					.url = url,
					.headers = headers,
					.headers_nr = nr,
					.connect_ms = ms,
					.total_ms = ms,
					.max_body = MAX_ANSWER,
					.no_proxy = true };

	c->http = http_start(c->aws->http, &request, fn, c);
}

static void finish_json(struct credentials *c, const struct strbuf *body, const char *token)
{
	struct aws_credentials keys;
	struct error err = ERROR_INIT;

	if (credentials_from_json(&keys, body->buf, body->len, "AccessKeyId", "SecretAccessKey",
				  token, "Expiration", &err) < 0)
		fail_with(c, &err);
	else
		fetch_done(c, &keys);
}

/* --- roles ------------------------------------------------------------------------- */

static void on_assumed(struct aws_result *result, void *data)
{
	struct credentials *c = data;
	const struct json *answer = json_get(result->json, "Credentials");
	struct aws_credentials keys = { 0 };
	struct error err = ERROR_INIT;

	c->call = NULL;
	if (result->outcome != AWS_OK) {
		error_move(&err, &result->err);
		fail_with(c, &err);
	} else if (take_keys(&keys, answer, "AccessKeyId", "SecretAccessKey", "SessionToken",
			     "Expiration", &err) < 0) {
		fail_with(c, &err);
	} else {
		fetch_done(c, &keys);
	}
}

static void fetch_role(struct credentials *c)
{
	struct sts_assume_role role = { .role_arn = c->role_arn,
					.session_name = c->session_name,
					.external_id = c->external_id,
					.duration_s = c->duration_s };
	struct strbuf token = STRBUF_INIT_MAX(MAX_FILE);
	struct error err = ERROR_INIT;

	if (c->kind == KEYS_WEB_IDENTITY) {
		/* Read at every renewal: whoever wrote it has written a newer one by now. */
		if (file_read(c->token_file, &token, &err) < 0) {
			fail_with(c, &err);
			goto out;
		}
		strbuf_trim(&token);
		role.web_identity_token = token.buf;
	}
	c->call = sts_assume_role(c->sts, &role, on_assumed, c);
out:
	strbuf_release_secret(&token);
}

/* --- SSO ---------------------------------------------------------------------------- */

static void on_portal(const struct http_response *response, void *data)
{
	static const struct json_limits few = { .max_depth = 8,
						.max_nodes = 1000,
						.allow_duplicates = true };
	struct credentials *c = data;
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct aws_credentials keys = { 0 };
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	const struct json *answer;

	c->http = NULL;
	if (!is_answer(c, response))
		return;
	answer = json_parse(&arena, response->body->buf, response->body->len, &few, &problems);
	if (take_keys(&keys, json_get(answer, "roleCredentials"), "accessKeyId", "secretAccessKey",
		      "sessionToken", "expiration", &err) < 0)
		fail_with(c, &err);
	else
		fetch_done(c, &keys);
	json_problems_release(&problems);
	arena_release_secret(&arena);
}

/* The file that `aws sso login` writes. */
static char *sso_cache_path(const struct credentials *c)
{
	const char *home = aws_env(&c->aws->settings, "HOME");
	const char *name = c->sso_session ? c->sso_session : c->sso_start_url;
	struct strbuf path = STRBUF_INIT;

	strbuf_addf(&path, "%s/.aws/sso/cache/", home ? home : "");
	sha1_hex(&path, name, strlen(name));
	strbuf_addstr(&path, ".json");
	return strbuf_detach(&path, NULL);
}

static void ask_portal(struct credentials *c, const char *access_token)
{
	const struct http_header headers[] = { { "x-amz-sso_bearer_token", access_token } };
	struct http_request request = { .method = "GET",
					.headers = headers,
					.headers_nr = 1,
					.max_body = MAX_ANSWER,
					.total_ms = 30000 };
	struct aws_endpoint endpoint;
	struct error err = ERROR_INIT;
	struct strbuf url = STRBUF_INIT;

	if (aws_endpoint_resolve(&endpoint, &c->aws->settings, AWS_SSO, c->region, &err) < 0) {
		fail_with(c, &err);
		return;
	}
	strbuf_addf(&url, "%s/federation/credentials?role_name=", endpoint.url);
	sigv4_encode(&url, c->sso_role, strlen(c->sso_role), "");
	strbuf_addstr(&url, "&account_id=");
	sigv4_encode(&url, c->sso_account, strlen(c->sso_account), "");
	request.url = url.buf;
	c->http = http_start(c->aws->http, &request, on_portal, c);
	strbuf_release(&url);
	aws_endpoint_release(&endpoint);
}

static void fetch_sso(struct credentials *c)
{
	char *path = sso_cache_path(c);
	struct strbuf text = STRBUF_INIT_MAX(MAX_FILE);
	struct json_problems problems = JSON_PROBLEMS_INIT;
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	const struct json *token;
	const char *expires;
	int64_t ms;

	if (file_read(path, &text, &err) < 0) {
		error_release(&err);
		fail(c, ERROR_DENIED, "there is no login in '%s'", path);
		goto out;
	}
	token = json_parse(&arena, text.buf, text.len, NULL, &problems);
	expires = json_get_str(token, "expiresAt");
	if (!json_get_str(token, "accessToken") || !expires || parse_time_ms(expires, &ms) < 0)
		fail(c, ERROR_DENIED, "'%s' holds no login", path);
	else if (ms <= clock_wall_ms(c->aws->clock))
		fail(c, ERROR_DENIED, "the login has expired");
	else
		ask_portal(c, json_get_str(token, "accessToken"));
out:
	json_problems_release(&problems);
	arena_release_secret(&arena);
	strbuf_release_secret(&text);
	free(path);
}

/* --- a program ----------------------------------------------------------------------- */

static void on_output(const struct strbuf *out, const struct error *failure, void *data)
{
	struct credentials *c = data;

	c->process = NULL;
	if (failure)
		fail(c, failure->kind, "%s", failure->message);
	else
		finish_json(c, out, "SessionToken");
}

static void fetch_process(struct credentials *c)
{
	struct error err = ERROR_INIT;

	if (process_start(&c->process, c->aws->loop, c->command, PROCESS_MS, on_output, c, &err) <
	    0)
		fail_with(c, &err);
}

/* --- containers ----------------------------------------------------------------------- */

static void fetch_container(struct credentials *c);

static void on_container(const struct http_response *response, void *data)
{
	struct credentials *c = data;
	bool again = response->failure != HTTP_OK || response->status >= 500;

	c->http = NULL;
	if (again && ++c->attempts < CONTAINER_TRIES) {
		fetch_container(c);
		return;
	}
	if (is_answer(c, response))
		finish_json(c, response->body, "Token");
}

static void fetch_container(struct credentials *c)
{
	const struct aws_settings *settings = &c->aws->settings;
	const char *file = aws_env(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *given = aws_env(settings, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct strbuf token = STRBUF_INIT_MAX(MAX_FILE);
	struct http_header header = { "Authorization", NULL };
	struct error err = ERROR_INIT;

	if (file && file_read(file, &token, &err) < 0) {
		fail_with(c, &err);
		goto out;
	}
	if (file)
		strbuf_chomp(&token);
	else if (given)
		strbuf_addstr(&token, given);
	if (strpbrk(token.buf, "\r\n")) {
		fail(c, ERROR_INVALID, "the authorization token has a line end in it");
		goto out;
	}
	header.value = token.buf;
	ask(c, "GET", c->url, &header, token.len ? 1 : 0, CONTAINER_MS, on_container);
out:
	strbuf_release_secret(&token);
}

/* --- EC2 ------------------------------------------------------------------------------- */

static void ask_ec2(struct credentials *c, const char *path, http_fn *fn)
{
	const struct http_header header = { "X-aws-ec2-metadata-token", c->metadata_token };
	char *url = xstrfmt("%s/latest/meta-data/iam/security-credentials/%s", c->url, path);

	ask(c, "GET", url, &header, 1, EC2_MS, fn);
	free(url);
}

static void on_ec2_keys(const struct http_response *response, void *data)
{
	struct credentials *c = data;

	c->http = NULL;
	if (is_answer(c, response))
		finish_json(c, response->body, "Token");
}

static void on_ec2_role(const struct http_response *response, void *data)
{
	struct credentials *c = data;
	size_t len;

	c->http = NULL;
	if (response->failure == HTTP_OK && response->status == 404) {
		fail(c, ERROR_DENIED, "the instance has no role");
		return;
	}
	if (!is_answer(c, response))
		return;
	len = strcspn(response->body->buf, "\r\n");
	c->metadata_role = xmemdupz(response->body->buf, len);
	if (!len || strspn(c->metadata_role, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789+=,.@_-") != len) {
		fail(c, ERROR_INVALID, "the name of the role makes no sense");
		return;
	}
	ask_ec2(c, c->metadata_role, on_ec2_keys);
}

static void on_ec2_token(const struct http_response *response, void *data)
{
	struct credentials *c = data;

	c->http = NULL;
	if (!is_answer(c, response))
		return;
	c->metadata_token = xmemdupz(response->body->buf, response->body->len);
	ask_ec2(c, "", on_ec2_role);
}

static void fetch_ec2(struct credentials *c)
{
	static const struct http_header header = { "X-aws-ec2-metadata-token-ttl-seconds",
						   "21600" };
	char *url = xstrfmt("%s/latest/api/token", c->url);

	ask(c, "PUT", url, &header, 1, EC2_MS, on_ec2_token);
	free(url);
}

void fetch_start(struct credentials *c)
{
	switch (c->kind) {
	case KEYS_STATIC:
		BUG("fixed keys are not fetched");
	case KEYS_ROLE:
	case KEYS_WEB_IDENTITY:
		fetch_role(c);
		break;
	case KEYS_SSO:
		fetch_sso(c);
		break;
	case KEYS_PROCESS:
		fetch_process(c);
		break;
	case KEYS_CONTAINER:
		fetch_container(c);
		break;
	case KEYS_EC2:
		fetch_ec2(c);
		break;
	}
}
