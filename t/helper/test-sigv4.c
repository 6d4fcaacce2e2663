#include "test-tool.h"

#include "aws/http.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/digest.h"

/*
 * Signs a raw HTTP request as the published vectors do: reads request line,
 * headers, an empty line and a body, and prints canonical request, string to
 * sign and Authorization, parted by "---". The request line holds the target
 * as it would be sent, but blanks and UTF-8 in it are taken as they are. A
 * header line that begins with a blank is a further value of the one before,
 * which is how AWS's own vectors count it.
 */
static const char *const usage[] = {
	"test-tool sigv4 --access-key <key> --secret-key <key> [--token <token>]\n"
	"                       --region <region> --service <service> --time <yyyymmddThhmmssZ>\n"
	"                       [--no-normalize] [--sign-body] <request",
	NULL
};

struct raw {
	struct http_header *headers;
	size_t nr, alloc;
};

static void add_header(struct raw *raw, const char *name, const char *value)
{
	ALLOC_GROW(raw->headers, raw->nr + 1, raw->alloc);
	raw->headers[raw->nr].name = name;
	raw->headers[raw->nr++].value = value;
}

static bool has_header(const struct raw *raw, const char *name, const char **value)
{
	size_t i;

	for (i = 0; i < raw->nr; i++)
		if (!strcasecmp(raw->headers[i].name, name)) {
			*value = raw->headers[i].value;
			return true;
		}
	return false;
}

/* Cuts a line off and terminates it, without its LF or CRLF; NULL at the end. */
static char *next_line(char **p, char *end)
{
	char *line = *p, *lf;

	if (line >= end)
		return NULL;
	lf = memchr(line, '\n', (size_t)(end - line));
	if (!lf) {
		*p = end;
		return line;
	}
	*p = lf + 1;
	*lf = '\0';
	if (lf > line && lf[-1] == '\r')
		lf[-1] = '\0';
	return line;
}

static int bad(const char *what)
{
	fprintf(stderr, "fatal: %s\n", what);
	return 128;
}

/* "GET /a path?query HTTP/1.1" */
static int parse_request_line(char *line, struct sigv4_request *request)
{
	char *target = strchr(line, ' '), *end = NULL, *p, *query;

	if (!target || target == line)
		return -1;
	*target++ = '\0';
	for (p = target; (p = strstr(p, " HTTP/")); p++)
		end = p;
	if (end)
		*end = '\0';
	query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	request->method = line;
	request->path = target;
	request->query = query;
	return 0;
}

static int parse_headers(char **p, char *end, struct raw *raw)
{
	char *line;

	while ((line = next_line(p, end)) && *line) {
		char *colon;

		if (*line == ' ' || *line == '\t') {
			if (!raw->nr)
				return -1;
			add_header(raw, raw->headers[raw->nr - 1].name, line);
			continue;
		}
		colon = strchr(line, ':');
		if (!colon || colon == line)
			return -1;
		*colon = '\0';
		add_header(raw, line, colon + 1);
	}
	return 0;
}

int tool_sigv4(int argc, const char **argv)
{
	struct sigv4_keys keys = { 0 };
	struct sigv4_scope scope = { 0 };
	struct sigv4_request request = { 0 };
	struct strbuf in = STRBUF_INIT_MAX(1 << 24), date = STRBUF_INIT, hash = STRBUF_INIT;
	struct strbuf canonical = STRBUF_INIT, names = STRBUF_INIT, to_sign = STRBUF_INIT;
	struct strbuf signature = STRBUF_INIT, authorization = STRBUF_INIT;
	struct raw raw = { 0 };
	const char *when = NULL, *value;
	int no_normalize = 0, sign_body = 0, status = 128;
	char *p, *end, *line;
	const struct option options[] = {
		OPT_STRING(0, "access-key", &keys.access_key, "key", "access key id"),
		OPT_STRING(0, "secret-key", &keys.secret_key, "key", "secret access key"),
		OPT_STRING(0, "token", &keys.token, "token", "session token, sent and signed"),
		OPT_STRING(0, "region", &scope.region, "region", "signing region"),
		OPT_STRING(0, "service", &scope.service, "service", "signing name"),
		OPT_STRING(0, "time", &when, "time", "when it is signed"),
		OPT_BOOL(0, "no-normalize", &no_normalize, "leave dots and slashes in the path"),
		OPT_BOOL(0, "sign-body", &sign_body, "add X-Amz-Content-SHA256"),
		OPT_END()
	};

	if (parse_options(argc, argv, options, usage))
		usage_with_options(usage, options, "the request is read from stdin");
	if (!keys.access_key || !keys.secret_key || !scope.region || !scope.service || !when)
		usage_with_options(usage, options, "an option is missing");
	if (parse_time_basic(when, &scope.time_ms) < 0)
		usage_with_options(usage, options, "'%s' is not a time", when);

	if (strbuf_read(&in, 0) < 0) {
		bad("cannot read the request");
		goto out;
	}
	p = in.buf;
	end = in.buf + in.len;
	line = next_line(&p, end);
	if (!line || parse_request_line(line, &request) < 0) {
		bad("no request line");
		goto out;
	}
	if (parse_headers(&p, end, &raw) < 0) {
		bad("a malformed header");
		goto out;
	}
	if (!has_header(&raw, "X-Amz-Date", &value)) {
		format_time_basic(&date, scope.time_ms);
		add_header(&raw, "X-Amz-Date", date.buf);
	}
	if (keys.token && !has_header(&raw, "X-Amz-Security-Token", &value))
		add_header(&raw, "X-Amz-Security-Token", keys.token);
	if (has_header(&raw, "X-Amz-Content-SHA256", &value)) {
		strbuf_addstr(&hash, value);
		strbuf_trim(&hash);
	} else {
		sha256_hex(&hash, p, (size_t)(end - p));
		if (sign_body)
			add_header(&raw, "X-Amz-Content-SHA256", hash.buf);
	}
	request.headers = raw.headers;
	request.headers_nr = raw.nr;
	request.payload_hash = hash.buf;
	request.flags = sigv4_flags_for(scope.service);
	if (no_normalize)
		request.flags &= ~(unsigned)SIGV4_NORMALIZE;

	sigv4_canonical_request(&canonical, &names, &request);
	sigv4_string_to_sign(&to_sign, &scope, &canonical);
	sigv4_signature(&signature, &keys, &scope, &to_sign);
	sigv4_authorization(&authorization, &keys, &scope, &names, &signature);
	printf("%s\n---\n%s\n---\n%s\n", canonical.buf, to_sign.buf, authorization.buf);
	status = 0;
out:
	free(raw.headers);
	strbuf_release(&in);
	strbuf_release(&date);
	strbuf_release(&hash);
	strbuf_release(&canonical);
	strbuf_release(&names);
	strbuf_release(&to_sign);
	strbuf_release(&signature);
	strbuf_release(&authorization);
	return status;
}
