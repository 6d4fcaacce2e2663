#ifndef AWS_HTTP_INTERNAL_H
#define AWS_HTTP_INTERNAL_H

#include "aws/http.h"

#include <curl/curl.h>

/*
 * A request is waiting (in `queue`, no easy handle), under way (in `running`,
 * its easy handle in the multi handle) or refused (in `running`, its timer
 * set, no easy handle). Callbacks are called from the loop only, never from
 * within one of curl's own.
 */
struct http_call {
	struct http *http;
	struct http_call *prev, *next;
	http_fn *fn;
	void *data;
	CURL *easy;
	struct loop_timer refused;
	const char *why_refused;

	char *method, *url;
	char *own_body; /* wiped at the end; NULL: the caller's, or none */
	const char *body;
	size_t body_len;
	struct curl_slist *header_list;
	unsigned connect_ms, total_ms;
	bool no_proxy, fresh;

	struct strbuf headers, answer;
	char words[CURL_ERROR_SIZE];
	int64_t started;
	bool too_large;
};

struct call_list {
	struct http_call *first, *last;
	size_t nr;
};

struct http {
	struct aws_loop *loop;
	CURLM *multi;
	struct loop_timer timer; /* curl's own: fired early, curl would not set it again */
	struct loop_timer kick;
	char *ca_bundle, *user_agent;
	unsigned max;
	struct call_list queue, running;
	struct sock *socks;
};

/* What curl wants watched. */
struct sock {
	struct http *http;
	struct loop_watch watch;
	struct sock *prev, *next;
};

/* Give the answer out; nothing of the call is left then. */
void http_finish(struct http_call *call, CURLcode code);
/* Begin what waits, as far as there are connections. */
void http_start_waiting(struct http *http);

#endif
