#include "base/base.h"
#include "aws/sigv4.h"

#include "aws/http.h"
#include "base/clock.h"
#include "base/digest.h"

#define ALGORITHM  "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"
#define DATE_LEN   8

unsigned sigv4_flags_for(const char *service)
{
	if (str_eq(service, "s3") || starts_with(service, "s3-") || str_eq(service, "s3express"))
		return 0;
	return SIGV4_NORMALIZE | SIGV4_DOUBLE_ENCODE;
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void sigv4_encode(struct strbuf *out, const char *s, size_t len, const char *keep)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_unreserved(c) || (c && strchr(keep, c))) {
			strbuf_addch(out, (char)c);
			continue;
		}
		strbuf_addch(out, '%');
		strbuf_addch(out, digits[c >> 4]);
		strbuf_addch(out, digits[c & 15]);
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* %XX becomes its byte; a '%' without two digits stays, and so does '+', which is no blank here. */
static void decode(struct strbuf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		int high, low;

		if (s[i] == '%' && i + 2 < len && (high = hex_value(s[i + 1])) >= 0 &&
		    (low = hex_value(s[i + 2])) >= 0) {
			strbuf_addch(out, (char)(high << 4 | low));
			i += 2;
		} else {
			strbuf_addch(out, s[i]);
		}
	}
}

static void decode_and_encode(struct strbuf *out, const char *s, size_t len)
{
	struct strbuf raw = STRBUF_INIT;

	decode(&raw, s, len);
	sigv4_encode(out, raw.buf, raw.len, "");
	strbuf_release(&raw);
}

/* RFC 3986, 5.2.4, and runs of slashes count as one. */
static void fold_segments(struct strbuf *out, const char *path)
{
	bool slash_at_end = true;

	strbuf_addch(out, '/');
	while (*path) {
		size_t len = strcspn(path, "/");

		slash_at_end = path[len] == '/';
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			/* "/a/b/" loses its last segment, "/" stays. */
			if (out->len > 1) {
				size_t end = out->len - 1;

				while (end && out->buf[end - 1] != '/')
					end--;
				strbuf_setlen(out, end);
			}
			slash_at_end = true;
		} else if (len == 1 && path[0] == '.') {
			slash_at_end = true;
		} else if (len) {
			strbuf_add(out, path, len);
			strbuf_addch(out, '/');
		}
		path += len;
		path += strspn(path, "/");
	}
	if (!slash_at_end && out->len > 1)
		strbuf_setlen(out, out->len - 1);
}

/* By segments, or an encoded slash would become one that parts them. */
static void encode_once(struct strbuf *out, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		decode_and_encode(out, path, len);
		path += len;
		for (; *path == '/'; path++)
			strbuf_addch(out, '/');
	}
}

static void add_path(struct strbuf *out, const struct sigv4_request *request)
{
	struct strbuf path = STRBUF_INIT;

	if (request->flags & SIGV4_NORMALIZE)
		fold_segments(&path, request->path);
	else
		strbuf_addstr(&path, *request->path ? request->path : "/");
	if (request->flags & SIGV4_DOUBLE_ENCODE)
		sigv4_encode(out, path.buf, path.len, "/");
	else
		encode_once(out, path.buf);
	strbuf_release(&path);
}

struct pair {
	char *name, *value;
	size_t order;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int d = strcmp(x->name, y->name);

	if (!d)
		d = strcmp(x->value, y->value);
	return d ? d : x->order < y->order ? -1 : x->order > y->order;
}

static int compare_names(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int d = strcmp(x->name, y->name);

	return d ? d : x->order < y->order ? -1 : x->order > y->order;
}

static void free_pairs(struct pair *pairs, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		free(pairs[i].name);
		explicit_bzero(pairs[i].value, strlen(pairs[i].value));
		free(pairs[i].value);
	}
	free(pairs);
}

static char *encoded(const char *s, size_t len)
{
	struct strbuf sb = STRBUF_INIT;

	decode_and_encode(&sb, s, len);
	return strbuf_detach(&sb, NULL);
}

static void add_query(struct strbuf *out, const char *query)
{
	struct pair *pairs = NULL;
	size_t nr = 0, alloc = 0, i;

	while (query && *query) {
		size_t len = strcspn(query, "&"), name = 0;

		while (name < len && query[name] != '=')
			name++;
		if (len) {
			ALLOC_GROW(pairs, nr + 1, alloc);
			pairs[nr].name = encoded(query, name);
			pairs[nr].value = name < len ? encoded(query + name + 1, len - name - 1) :
						       xstrdup("");
			pairs[nr].order = nr;
			nr++;
		}
		query += len;
		if (*query)
			query++;
	}
	if (nr)
		qsort(pairs, nr, sizeof(*pairs), compare_pairs);
	for (i = 0; i < nr; i++)
		strbuf_addf(out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
	free_pairs(pairs, nr);
}

bool sigv4_signs_header(const char *name)
{
	static const char *const never[] = {
		"authorization",
		"baggage",
		"connection",
		"expect",
		"keep-alive",
		"proxy-authenticate",
		"proxy-authorization",
		"te",
		"traceparent",
		"tracestate",
		"trailer",
		"transfer-encoding",
		"upgrade",
		"user-agent",
		"x-amzn-trace-id",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(never); i++)
		if (!strcasecmp(name, never[i]))
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static char *trimmed(const char *s)
{
	size_t len = strlen(s), out = 0;
	char *copy = xmalloc(len + 1);

	for (; *s; s++) {
		if (!is_blank(*s))
			copy[out++] = *s;
		else if (out && copy[out - 1] != ' ')
			copy[out++] = ' ';
	}
	if (out && copy[out - 1] == ' ')
		out--;
	memset(copy + out, 0, len + 1 - out);
	return copy;
}

static char *lower(const char *s)
{
	char *copy = xstrdup(s), *p;

	for (p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return copy;
}

static void add_headers(struct strbuf *out, struct strbuf *names,
			const struct sigv4_request *request)
{
	struct pair *pairs = xcalloc(request->headers_nr, sizeof(*pairs));
	size_t nr = 0, i;

	for (i = 0; i < request->headers_nr; i++) {
		const struct http_header *h = &request->headers[i];

		if (!sigv4_signs_header(h->name))
			continue;
		pairs[nr].name = lower(h->name);
		pairs[nr].value = trimmed(h->value);
		pairs[nr].order = nr;
		nr++;
	}
	if (nr)
		qsort(pairs, nr, sizeof(*pairs), compare_names);
	for (i = 0; i < nr; i++) {
		if (i && str_eq(pairs[i - 1].name, pairs[i].name)) {
			strbuf_addf(out, ",%s", pairs[i].value);
			continue;
		}
		strbuf_addf(out, "%s%s:%s", i ? "\n" : "", pairs[i].name, pairs[i].value);
		strbuf_addf(names, "%s%s", names->len ? ";" : "", pairs[i].name);
	}
	if (nr)
		strbuf_addch(out, '\n');
	free_pairs(pairs, nr);
}

void sigv4_canonical_request(struct strbuf *out, struct strbuf *signed_headers,
			     const struct sigv4_request *request)
{
	strbuf_reset(signed_headers);
	strbuf_addf(out, "%s\n", request->method);
	add_path(out, request);
	strbuf_addch(out, '\n');
	add_query(out, request->query);
	strbuf_addch(out, '\n');
	add_headers(out, signed_headers, request);
	strbuf_addf(out, "\n%s\n%s", signed_headers->buf, request->payload_hash);
}

static void add_scope(struct strbuf *out, const struct sigv4_scope *scope)
{
	struct strbuf t = STRBUF_INIT;

	format_time_basic(&t, scope->time_ms);
	strbuf_add(out, t.buf, DATE_LEN);
	strbuf_addf(out, "/%s/%s/" TERMINATOR, scope->region, scope->service);
	strbuf_release(&t);
}

void sigv4_string_to_sign(struct strbuf *out, const struct sigv4_scope *scope,
			  const struct strbuf *canonical_request)
{
	strbuf_addstr(out, ALGORITHM "\n");
	format_time_basic(out, scope->time_ms);
	strbuf_addch(out, '\n');
	add_scope(out, scope);
	strbuf_addch(out, '\n');
	sha256_hex(out, canonical_request->buf, canonical_request->len);
}

void sigv4_signature(struct strbuf *out, const struct sigv4_keys *keys,
		     const struct sigv4_scope *scope, const struct strbuf *string_to_sign)
{
	unsigned char a[SHA256_SIZE], b[SHA256_SIZE];
	struct strbuf secret = STRBUF_INIT, date = STRBUF_INIT;

	/* Grown first, so that growing leaves no copy behind. */
	strbuf_grow(&secret, strlen("AWS4") + strlen(keys->secret_key));
	strbuf_addstr(&secret, "AWS4");
	strbuf_addstr(&secret, keys->secret_key);
	format_time_basic(&date, scope->time_ms);

	hmac_sha256(a, secret.buf, secret.len, date.buf, DATE_LEN);
	hmac_sha256(b, a, sizeof(a), scope->region, strlen(scope->region));
	hmac_sha256(a, b, sizeof(b), scope->service, strlen(scope->service));
	hmac_sha256(b, a, sizeof(a), TERMINATOR, strlen(TERMINATOR));
	hmac_sha256(a, b, sizeof(b), string_to_sign->buf, string_to_sign->len);
	strbuf_addhex(out, a, sizeof(a));

	explicit_bzero(a, sizeof(a));
	explicit_bzero(b, sizeof(b));
	strbuf_release_secret(&secret);
	strbuf_release(&date);
}

void sigv4_authorization(struct strbuf *out, const struct sigv4_keys *keys,
			 const struct sigv4_scope *scope, const struct strbuf *signed_headers,
			 const struct strbuf *signature)
{
	strbuf_addf(out, ALGORITHM " Credential=%s/", keys->access_key);
	add_scope(out, scope);
	strbuf_addf(out, ", SignedHeaders=%s, Signature=%s", signed_headers->buf, signature->buf);
}

void sigv4_sign(struct strbuf *authorization, const struct sigv4_keys *keys,
		const struct sigv4_scope *scope, const struct sigv4_request *request)
{
	struct strbuf canonical = STRBUF_INIT, names = STRBUF_INIT;
	struct strbuf to_sign = STRBUF_INIT, signature = STRBUF_INIT;

	sigv4_canonical_request(&canonical, &names, request);
	sigv4_string_to_sign(&to_sign, scope, &canonical);
	sigv4_signature(&signature, keys, scope, &to_sign);
	sigv4_authorization(authorization, keys, scope, &names, &signature);
	/* It has the session token in it. */
	strbuf_release_secret(&canonical);
	strbuf_release(&names);
	strbuf_release(&to_sign);
	strbuf_release(&signature);
}
