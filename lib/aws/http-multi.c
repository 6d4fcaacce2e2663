#include "base/base.h"
#include "aws/http-internal.h"

/* libcurl's multi interface on the loop: its sockets are watches, its timeout a timer. */

/* After anything that lets curl move. */
static void collect(struct http *http)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left))) {
		struct http_call *call = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		http_finish(call, msg->data.result);
	}
}

static void act(struct http *http, curl_socket_t fd, int events)
{
	int running;
	CURLMcode code = curl_multi_socket_action(http->multi, fd, events, &running);

	if (code != CURLM_OK)
		BUG("curl_multi_socket_action(): %s", curl_multi_strerror(code));
	collect(http);
}

static void on_timer(void *data)
{
	act(data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_kick(void *data)
{
	http_start_waiting(data);
}

static int set_timer(CURLM *multi UNUSED, long ms, void *data)
{
	struct http *http = data;

	if (ms < 0)
		loop_timer_stop(&http->timer);
	else
		loop_timer_set(http->loop, &http->timer, ms);
	return 0;
}

static void on_socket(int fd, unsigned events, void *data)
{
	struct sock *sock = data;

	act(sock->http, fd,
	    (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
		    (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void drop_sock(struct sock *sock)
{
	loop_watch_stop(&sock->watch);
	if (sock->prev)
		sock->prev->next = sock->next;
	else
		sock->http->socks = sock->next;
	if (sock->next)
		sock->next->prev = sock->prev;
	free(sock);
}

static int set_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *data, void *socketp)
{
	struct http *http = data;
	struct sock *sock = socketp;
	struct error err = ERROR_INIT;
	unsigned events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (sock)
			drop_sock(sock);
		curl_multi_assign(http->multi, fd, NULL);
		return 0;
	}
	if (!sock) {
		sock = xcalloc(1, sizeof(*sock));
		sock->http = http;
		loop_watch_init(&sock->watch, fd, on_socket, sock);
		sock->next = http->socks;
		if (sock->next)
			sock->next->prev = sock;
		http->socks = sock;
		curl_multi_assign(http->multi, fd, sock);
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	if (loop_watch_set(http->loop, &sock->watch, events, &err) < 0) {
		/* Out of memory for watches: the request ends by its timeout, the others go on. */
		error_release(&err);
	}
	return 0;
}

#define SET_MULTI(multi, option, value)                                       \
	do {                                                                  \
		CURLMcode set_ = curl_multi_setopt((multi), option, (value)); \
		if (set_ != CURLM_OK)                                         \
			BUG(#option ": %s", curl_multi_strerror(set_));       \
	} while (0)

int http_new(struct http **out, struct aws_loop *loop, const struct http_options *options,
	     struct error *err)
{
	struct http *http;

	/* Counted, and thread-safe since libcurl 7.84. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_SYSTEM, "cannot initialise libcurl");
	http = xcalloc(1, sizeof(*http));
	http->loop = loop;
	http->max = HTTP_DEFAULT_CONNECTIONS;
	if (options) {
		http->ca_bundle = xstrdup_or_null(options->ca_bundle);
		http->user_agent = xstrdup_or_null(options->user_agent);
		if (options->max_connections)
			http->max = options->max_connections;
	}
	loop_timer_init(&http->timer, on_timer, http);
	loop_timer_init(&http->kick, on_kick, http);
	http->multi = curl_multi_init();
	if (!http->multi) {
		http_free(http);
		return error_set(err, ERROR_SYSTEM, "cannot initialise libcurl");
	}
	SET_MULTI(http->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	SET_MULTI(http->multi, CURLMOPT_SOCKETDATA, http);
	SET_MULTI(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	SET_MULTI(http->multi, CURLMOPT_TIMERDATA, http);
	SET_MULTI(http->multi, CURLMOPT_MAXCONNECTS, (long)http->max);
	*out = http;
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->running.first)
		http_cancel(http->running.first);
	while (http->queue.first)
		http_cancel(http->queue.first);
	if (http->multi)
		curl_multi_cleanup(http->multi);
	while (http->socks)
		drop_sock(http->socks);
	loop_timer_stop(&http->timer);
	loop_timer_stop(&http->kick);
	free(http->ca_bundle);
	free(http->user_agent);
	free(http);
	curl_global_cleanup();
}
