#ifndef AWS_INTERNAL_H
#define AWS_INTERNAL_H

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/http.h"
#include "aws/limit.h"
#include "aws/retry.h"
#include "aws/settings.h"
#include "base/strmap.h"

/* What the files of this room share and nobody else sees. */
struct aws {
	struct aws_loop *loop;
	const struct clock *clock;
	struct http *http;
	struct aws_settings settings;
	unsigned workers;
	unsigned max_attempts; /* as the user set it, or 0 */
	bool (*may_send)(void *data);
	void *may_send_data;
	double (*random)(void *data);
	void *random_data;
	struct strmap clients; /* by identity and region */
	struct strmap offsets; /* by host: int64_t *, server's wall time minus ours */
};

/* The wall time as `host` sees it. */
int64_t aws_time_at(const struct aws *aws, const char *host);

/* Calls that wait for a rate limit: one queue for each priority. */
struct turn_queue {
	struct aws_client *client;
	struct limit_bucket bucket;
	bool primed;
	struct loop_timer timer;
	struct aws_call *first[AWS_POLL + 1], *last[AWS_POLL + 1];
};

struct aws_client {
	struct aws *aws;
	char *region;
	struct credentials *credentials;
	struct retry_quota quota;
	struct aws_endpoint endpoints[AWS_SERVICE_NR]; /* url NULL: not resolved yet */
	struct turn_queue *turns;		       /* limit_groups() of them */
	struct aws_call *calls;
};

/* With these credentials, which it takes. */
struct aws_client *client_new(struct aws *aws, struct credentials *credentials, const char *region);
void client_free(struct aws_client *client);

struct aws_call {
	struct aws_client *client;
	struct aws_call *prev, *next;		/* all of the client */
	struct aws_call *turn_prev, *turn_next; /* those waiting in `queue` */
	struct turn_queue *queue;		/* NULL: not waiting for a turn */
	struct aws_request request;		/* strings are the call's own */
	aws_fn *fn;
	void *data;
	struct loop_timer timer; /* set: beginning, or backing off */
	struct credentials_waiter waiter;
	struct http_call *http; /* under way */
	char invocation[37];
	char *key_used; /* access key of the last attempt */
	struct strbuf payload_hash;
	unsigned attempts;
	unsigned cost; /* what the last retry took from the quota */
	bool throttled, refreshed, corrected;
	int64_t skew_ms; /* seen when refused; for the message */
};

/* The service's own, unless the request wants the older one. */
static inline enum aws_protocol call_protocol(const struct aws_call *call)
{
	return call->request.query_protocol ? AWS_QUERY :
					      aws_service_info(call->request.service)->protocol;
}

/* Free without telling anybody. */
void call_free(struct aws_call *call);

/* turn.c: wait in line for the rate limit; call_send() is called when it's one's turn. */
void turn_take(struct aws_call *call);
void turn_leave(struct aws_call *call);
void turn_stop(struct turn_queue *queue);
void call_send(struct aws_call *call);

/* request.c: build, sign and start one attempt. */
void request_start(struct aws_call *call, const struct aws_endpoint *endpoint,
		   const struct aws_credentials *keys, http_fn *fn);

/*
 * result.c: what an answer says. `response` NULL: there was none, `err` tells.
 * A garbled one has no json and no code.
 */
struct aws_result *result_new(const struct aws_call *call, const struct http_response *response);
/* Set outcome and the message for people, from what is known by now. */
void result_explain(struct aws_result *result, const struct aws_call *call,
		    const struct aws_endpoint *endpoint, const struct http_response *response,
		    bool ambiguous);

/* --- credentials ------------------------------------------------------------ */

enum credentials_kind {
	KEYS_STATIC = 0, /* environment or file: never renewed */
	KEYS_ROLE,
	KEYS_WEB_IDENTITY,
	KEYS_SSO,
	KEYS_PROCESS,
	KEYS_CONTAINER,
	KEYS_EC2
};

struct process;

struct credentials {
	struct aws *aws;
	enum credentials_kind kind;
	char *label;
	char *region; /* STS's and the portal's */
	char *tried;  /* EC2, the last in the chain: where else was looked; or NULL */

	/* What the kind needs; NULL else. */
	struct aws_client *sts; /* ROLE: with the base's keys; WEB_IDENTITY: without */
	char *role_arn, *external_id, *session_name;
	unsigned duration_s;
	char *token_file;
	char *sso_account, *sso_role, *sso_session, *sso_start_url;
	char *command;
	char *url; /* CONTAINER, EC2 */

	/* What it gave. */
	struct aws_credentials keys;
	int64_t lifetime_ms;
	bool rejected; /* by AWS: as if there were none */

	/* Getting them. */
	bool fetching;
	int64_t not_before_ms;	 /* monotonic: no renewal before that, one just failed */
	struct loop_timer start; /* so that nobody is called back too early */
	struct credentials_waiter *first, *last;
	struct http_call *http;
	struct aws_call *call;
	struct process *process;
	unsigned attempts;
	char *metadata_token, *metadata_role;
};

struct credentials *credentials_alloc(struct aws *aws, enum credentials_kind kind,
				      const char *label, const char *region);
/* fetch.c */
void fetch_start(struct credentials *c);
void fetch_stop(struct credentials *c);
/* Ends a fetch; takes the keys. */
void fetch_done(struct credentials *c, struct aws_credentials *keys);
/* Ends it badly; `err` is emptied. */
void fetch_failed(struct credentials *c, struct error *err);

/* From JSON with these member names; `expiration` NULL: there is none. */
int credentials_from_json(struct aws_credentials *keys, const char *text, size_t len,
			  const char *access_key, const char *secret_key, const char *token,
			  const char *expiration, struct error *err) MUST_CHECK;

/* process.c: run a command without a shell and collect what it prints. */
typedef void process_fn(const struct strbuf *out, const struct error *err, void *data);
int process_start(struct process **process, struct aws_loop *loop, const char *command,
		  unsigned timeout_ms, process_fn *fn, void *data, struct error *err) MUST_CHECK;
void process_stop(struct process *process); /* kills it; fine with NULL */
/* Split as a shell would, nothing expanded. The array and its strings are one allocation each. */
int split_command(char ***argv, const char *command, struct error *err) MUST_CHECK;
void free_argv(char **argv);

#endif
