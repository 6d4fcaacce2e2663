#ifndef AWS_HTTP_H
#define AWS_HTTP_H

#include "aws/loop.h"
#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

/*
 * HTTP requests on the event loop, by libcurl's multi interface, which stays
 * private to http.c. Knows no AWS. Paths go out as they are given, redirects
 * are not followed (one would carry a signature elsewhere), nothing is sent
 * that was not asked for (no Expect, Accept or Content-Type of curl's own),
 * TLS is verified, answers are bounded. HTTPS_PROXY and NO_PROXY are obeyed
 * unless the request says no_proxy.
 */
struct http;
struct http_call;

struct http_options {
	const char *ca_bundle; /* PEM file; NULL: libcurl's default */
	const char *user_agent;
	unsigned max_connections; /* at once; 0: HTTP_DEFAULT_CONNECTIONS. More requests wait */
};

#define HTTP_DEFAULT_CONNECTIONS 32
#define HTTP_MAX_HEADERS	 (64 * 1024)
#define HTTP_MAX_BODY		 (16 * 1024 * 1024)

int http_new(struct http **http, struct aws_loop *loop, const struct http_options *options,
	     struct error *err) MUST_CHECK;
/* Cancels what is under way. */
void http_free(struct http *http);

struct http_header {
	const char *name, *value;
};

struct http_request {
	const char *method;
	const char *url; /* http:// or https://, encoded */
	const struct http_header *headers;
	size_t headers_nr;
	const void *body; /* NULL: none */
	size_t body_len;
	bool body_stays; /* until `fn` is called or it is cancelled: not copied, and not wiped here */
	unsigned connect_ms; /* 0: 3100 */
	unsigned total_ms; /* 0: 60000; of the attempt, waiting for a free connection not counted */
	size_t max_body;   /* of the answer; 0: HTTP_MAX_BODY */
	bool no_proxy;	   /* for link-local addresses */
	/*
	 * Not on a kept connection: when such a one turns out to be closed,
	 * curl sends the request again without asking. For what must not be
	 * done twice.
	 */
	bool fresh;
};

/* Why there is no answer. */
enum http_failure {
	HTTP_OK = 0,	  /* there is one, with whatever status */
	HTTP_UNREACHABLE, /* name not found, connection refused: surely nothing was sent */
	HTTP_TLS,	  /* certificate not trusted and the like: nothing was sent */
	HTTP_TIMEOUT,	  /* see `sent` */
	HTTP_BROKEN,	  /* reset, closed or garbled half-way: see `sent` */
	HTTP_TOO_LARGE,	  /* the answer passed a limit of ours */
	HTTP_BAD_REQUEST  /* ours can't be sent: a malformed URL, a header with a line end */
};

/* Valid during the callback. */
struct http_response {
	enum http_failure failure;
	bool sent; /* the server may have seen (and done) it */
	int status;
	const struct strbuf *body;
	const char *reason;	      /* on failure: in words, for a person */
	const struct strbuf *headers; /* as received, the last answer's only */
	int64_t took_ms;
};

/* The value of the header, or NULL; names compare without case. Valid during the callback. */
const char *http_get_header(const struct http_response *response, const char *name,
			    struct strbuf *value);

/*
 * Start a request. All of it is copied, but a body that stays (and wiped
 * later: bodies and headers may hold secrets). `fn` is called once, from the loop and never from within
 * this call; the handle is gone when it returns.
 */
typedef void http_fn(const struct http_response *response, void *data);
struct http_call *http_start(struct http *http, const struct http_request *request, http_fn *fn,
			     void *data);
/* Stop it; `fn` will not be called. */
void http_cancel(struct http_call *call);

/* For tests and figures: requests under way and waiting. */
size_t http_running(const struct http *http);

#endif
