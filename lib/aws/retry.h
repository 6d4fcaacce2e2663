#ifndef AWS_RETRY_H
#define AWS_RETRY_H

#include "aws/client.h"
#include "aws/http.h"
#include "base/base.h"

/*
 * When a failed attempt is worth another one, and when. Source: AWS SDKs and
 * Tools Reference Guide, "Retry behavior" (standard mode). Reads no clock and
 * no randomness of its own.
 */
enum retry_class {
	RETRY_NEVER = 0,
	RETRY_TRANSIENT, /* connection failed, 5xx */
	RETRY_TIMEOUT,
	RETRY_THROTTLED,
	RETRY_SKEW,   /* our clock: correct it, then once more */
	RETRY_EXPIRED /* the credentials: refresh, then once more */
};

/* An attempt that ended badly. */
struct retry_case {
	enum aws_service service;
	enum http_failure failure; /* HTTP_OK: there was an answer */
	int status;
	const char *code, *message; /* AWS's, or NULL */
	bool skewed;		    /* the answer's Date is far from our time */
};
enum retry_class retry_classify(const struct retry_case *c);

/* Could the attempt have been done all the same, so that a resend does it twice? */
bool retry_is_ambiguous(const struct retry_case *c, bool sent);

/*
 * How many retries all calls of a client may make together: when a service
 * is down, everybody trying thrice makes it worse. Starts full.
 */
struct retry_quota {
	unsigned tokens;
};
#define RETRY_QUOTA 500
#define RETRY_QUOTA_INIT    \
	{                   \
		RETRY_QUOTA \
	}

/* The cost, which the call keeps; 0: no retry, the quota is used up. */
unsigned retry_quota_take(struct retry_quota *quota, enum retry_class class);
/* After a success: what its last retry cost, or 0. */
void retry_quota_give(struct retry_quota *quota, unsigned cost);

#define RETRY_MAX_DELAY_MS 20000

/*
 * Before retry `n` (from 1). `random` in [0, 1). `hint_ms`: what the server
 * asked for (x-amz-retry-after, Retry-After), negative if it didn't; it is
 * obeyed within [delay, delay + 5 s].
 */
int64_t retry_delay_ms(unsigned n, enum retry_class class, double random, int64_t hint_ms);

/* From the answer's headers; -1: none. A Retry-After that is a date is ignored. */
int64_t retry_hint_ms(const struct http_response *response);

/* Clocks further apart than this are the reason when a signature is refused. */
#define RETRY_SKEW_MS (4 * 60 * 1000)

/* The Date header of an answer (RFC 9110: "Sat, 21 Nov 2026 02:03:04 GMT"); -1: none. */
int64_t retry_server_time_ms(const struct http_response *response);

#endif
