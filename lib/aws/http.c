#include "base/base.h"
#include "aws/http-internal.h"

static void list_add(struct call_list *list, struct http_call *call)
{
	call->prev = list->last;
	call->next = NULL;
	if (list->last)
		list->last->next = call;
	else
		list->first = call;
	list->last = call;
	list->nr++;
}

static void list_remove(struct call_list *list, struct http_call *call)
{
	if (call->prev)
		call->prev->next = call->next;
	else
		list->first = call->next;
	if (call->next)
		call->next->prev = call->prev;
	else
		list->last = call->prev;
	list->nr--;
}

/* --- a request's life ------------------------------------------------------ */

static void free_secret(char *s, size_t len)
{
	if (s)
		explicit_bzero(s, len);
	free(s);
}

static void free_call(struct http_call *call)
{
	struct curl_slist *h;

	if (call->easy) {
		curl_multi_remove_handle(call->http->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	loop_timer_stop(&call->refused);
	for (h = call->header_list; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(call->header_list);
	free_secret(call->own_body, call->body_len);
	free(call->method);
	free_secret(call->url, strlen(call->url));
	strbuf_release(&call->headers);
	strbuf_release_secret(&call->answer);
	free(call);
}

static size_t on_header(char *data, size_t size, size_t nr, void *userdata)
{
	struct http_call *call = userdata;
	size_t len = size * nr;

	/* The interim answers before the last one don't count. */
	if (len >= 5 && !memcmp(data, "HTTP/", 5))
		strbuf_reset(&call->headers);
	strbuf_add(&call->headers, data, len);
	call->too_large |= call->headers.overflow;
	return call->too_large ? 0 : len;
}

static size_t on_data(char *data, size_t size, size_t nr, void *userdata)
{
	struct http_call *call = userdata;

	strbuf_add(&call->answer, data, size * nr);
	call->too_large |= call->answer.overflow;
	return call->too_large ? 0 : size * nr;
}

static enum http_failure failure_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PROXY:
		return HTTP_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return HTTP_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_TIMEOUT;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return HTTP_BAD_REQUEST;
	default:
		return HTTP_BROKEN;
	}
}

void http_finish(struct http_call *call, CURLcode code)
{
	struct http *http = call->http;
	struct http_response response = { .body = &call->answer, .headers = &call->headers };
	long status = 0, request_size = 0;

	response.failure = call->too_large ? HTTP_TOO_LARGE : failure_of(code);
	response.took_ms = clock_mono_ms(aws_loop_clock(http->loop)) - call->started;
	if (call->why_refused) {
		response.failure = HTTP_BAD_REQUEST;
		response.reason = call->why_refused;
	} else {
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &request_size);
		response.status = (int)status;
		response.sent = response.failure == HTTP_OK || request_size > 0;
		if (call->too_large)
			response.reason = "the answer is too large";
		else if (response.failure != HTTP_OK)
			response.reason = call->words[0] ? call->words : curl_easy_strerror(code);
	}
	list_remove(&http->running, call);
	call->fn(&response, call->data);
	free_call(call);
	http_start_waiting(http);
}

static void on_refused(void *data)
{
	http_finish(data, CURLE_OK);
}

/* An option that libcurl doesn't take is a mistake of ours or of the build. */
#define SET(easy, option, value)                                           \
	do {                                                               \
		CURLcode set_ = curl_easy_setopt((easy), option, (value)); \
		if (set_ != CURLE_OK)                                      \
			BUG(#option ": %s", curl_easy_strerror(set_));     \
	} while (0)

static void set_up(struct http_call *call)
{
	struct http *http = call->http;
	CURL *easy = curl_easy_init();

	if (!easy)
		BUG("curl_easy_init() failed");
	call->easy = easy;
	SET(easy, CURLOPT_PRIVATE, call);
	SET(easy, CURLOPT_ERRORBUFFER, call->words);
	SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(easy, CURLOPT_URL, call->url);
	SET(easy, CURLOPT_PATH_AS_IS, 1L);
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* No CURLOPT_NOSIGNAL: without it curl keeps SIGPIPE away, which TLS may raise. */
	SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	SET(easy, CURLOPT_BUFFERSIZE, 16384L);
	SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_ms);
	SET(easy, CURLOPT_TIMEOUT_MS, (long)call->total_ms);
	SET(easy, CURLOPT_HTTPHEADER, call->header_list);
	SET(easy, CURLOPT_HEADERFUNCTION, on_header);
	SET(easy, CURLOPT_HEADERDATA, call);
	SET(easy, CURLOPT_WRITEFUNCTION, on_data);
	SET(easy, CURLOPT_WRITEDATA, call);
	if (call->fresh)
		SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	if (call->no_proxy)
		SET(easy, CURLOPT_PROXY, "");
	if (http->user_agent)
		SET(easy, CURLOPT_USERAGENT, http->user_agent);
	if (http->ca_bundle) {
		SET(easy, CURLOPT_CAINFO, http->ca_bundle);
		SET(easy, CURLOPT_CAPATH, NULL);
	}
	if (str_eq(call->method, "HEAD")) {
		SET(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (call->body || str_eq(call->method, "POST") || str_eq(call->method, "PUT") ||
	    str_eq(call->method, "PATCH")) {
		SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
		SET(easy, CURLOPT_POSTFIELDS, call->body ? call->body : "");
	} else {
		SET(easy, CURLOPT_HTTPGET, 1L);
	}
	SET(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

void http_start_waiting(struct http *http)
{
	while (http->queue.first && http->running.nr < http->max) {
		struct http_call *call = http->queue.first;
		CURLMcode code;

		list_remove(&http->queue, call);
		list_add(&http->running, call);
		call->started = clock_mono_ms(aws_loop_clock(http->loop));
		if (call->why_refused) {
			loop_timer_set(http->loop, &call->refused, 0);
			continue;
		}
		set_up(call);
		code = curl_multi_add_handle(http->multi, call->easy);
		if (code != CURLM_OK)
			BUG("curl_multi_add_handle(): %s", curl_multi_strerror(code));
	}
}

static bool has_line_end(const char *s)
{
	return strpbrk(s, "\r\n") != NULL;
}

static void add_header(struct http_call *call, const char *line)
{
	struct curl_slist *list = curl_slist_append(call->header_list, line);

	if (!list)
		BUG("curl_slist_append() failed");
	call->header_list = list;
}

static void copy_headers(struct http_call *call, const struct http_request *request)
{
	struct strbuf line = STRBUF_INIT;
	bool has_type = false, has_accept = false;
	size_t i;

	for (i = 0; i < request->headers_nr; i++) {
		const struct http_header *h = &request->headers[i];

		if (has_line_end(h->name) || has_line_end(h->value)) {
			call->why_refused = "a header has a line end in it";
			continue;
		}
		has_type |= !strcasecmp(h->name, "content-type");
		has_accept |= !strcasecmp(h->name, "accept");
		strbuf_reset(&line);
		/* curl's way to send a header without a value. */
		if (!*h->value)
			strbuf_addf(&line, "%s;", h->name);
		else
			strbuf_addf(&line, "%s: %s", h->name, h->value);
		add_header(call, line.buf);
	}
	if (!has_type)
		add_header(call, "Content-Type:");
	if (!has_accept)
		add_header(call, "Accept:");
	add_header(call, "Expect:");
	strbuf_release_secret(&line);
}

struct http_call *http_start(struct http *http, const struct http_request *request, http_fn *fn,
			     void *data)
{
	struct http_call *call = xcalloc(1, sizeof(*call));

	call->http = http;
	call->fn = fn;
	call->data = data;
	loop_timer_init(&call->refused, on_refused, call);
	call->method = xstrdup(request->method);
	call->url = xstrdup(request->url);
	if (has_line_end(request->url) || has_line_end(request->method))
		call->why_refused = "the request line has a line end in it";
	if (request->body) {
		if (!request->body_stays)
			call->own_body = xmemdupz(request->body, request->body_len);
		call->body = call->own_body ? call->own_body : request->body;
		call->body_len = request->body_len;
	}
	call->connect_ms = request->connect_ms ? request->connect_ms : 3100;
	call->total_ms = request->total_ms ? request->total_ms : 60000;
	call->no_proxy = request->no_proxy;
	call->fresh = request->fresh;
	strbuf_init(&call->headers, HTTP_MAX_HEADERS);
	strbuf_init(&call->answer, request->max_body ? request->max_body : HTTP_MAX_BODY);
	copy_headers(call, request);
	list_add(&http->queue, call);
	http_start_waiting(http);
	return call;
}

void http_cancel(struct http_call *call)
{
	struct http *http = call->http;
	bool running = call->easy || loop_timer_is_set(&call->refused);

	list_remove(running ? &http->running : &http->queue, call);
	free_call(call);
	/* Not start_waiting() at once: many may be cancelled one after the other. */
	if (running && http->queue.first)
		loop_timer_set(http->loop, &http->kick, 0);
}

size_t http_running(const struct http *http)
{
	return http->running.nr + http->queue.nr;
}

const char *http_get_header(const struct http_response *response, const char *name,
			    struct strbuf *value)
{
	const char *line = response->headers->buf;
	size_t len = strlen(name);

	while (*line) {
		size_t end = strcspn(line, "\n");

		if (end > len && line[len] == ':' && !strncasecmp(line, name, len)) {
			strbuf_reset(value);
			strbuf_add(value, line + len + 1, end - len - 1);
			strbuf_trim(value);
			return value->buf;
		}
		line += end;
		if (*line)
			line++;
	}
	return NULL;
}
