#include "base/base.h"
#include "aws/retry.h"

static bool is_one_of(const char *code, const char *const *list)
{
	for (; code && *list; list++)
		if (str_eq(code, *list))
			return true;
	return false;
}

static const char *const throttled[] = { "Throttling",
					 "ThrottlingException",
					 "ThrottledException",
					 "RequestThrottled",
					 "RequestThrottledException",
					 "TooManyRequestsException",
					 "ProvisionedThroughputExceededException",
					 "TransactionInProgressException",
					 "RequestLimitExceeded",
					 "BandwidthLimitExceeded",
					 "SlowDown",
					 "EC2ThrottledException",
					 "PriorRequestNotComplete",
					 NULL };

/*
 * Final-looking by their status (mostly 400), but not. ServerException and the
 * like come with 500 from AWS and with 400 from some emulators.
 */
static const char *const transient[] = { "RequestTimeout",
					 "RequestTimeoutException",
					 "ServerException",
					 "ServiceException",
					 "InternalServerError",
					 "InternalServiceError",
					 "InternalFailure",
					 "InternalError",
					 "ServiceUnavailable",
					 "ServiceUnavailableException",
					 "IDPCommunicationError",
					 "ConcurrentUpdateException",
					 "TransactionConflictException",
					 "ReplicatedWriteConflictException",
					 "ContinuousBackupsUnavailableException",
					 "HealthUnavailable",
					 NULL };

static const char *const skewed[] = { "RequestTimeTooSkewed", "RequestExpired",
				      "RequestInTheFuture", NULL };

/* Said of a bad key too: only with a clock that is off do they mean the clock. */
static const char *const maybe_skewed[] = { "InvalidSignatureException", "SignatureDoesNotMatch",
					    "AuthFailure", NULL };

static const char *const expired[] = { "ExpiredToken", "ExpiredTokenException",
				       "InvalidClientTokenId", "UnrecognizedClientException",
				       NULL };

enum retry_class retry_classify(const struct retry_case *c)
{
	switch (c->failure) {
	case HTTP_OK:
		break;
	case HTTP_TIMEOUT:
		return RETRY_TIMEOUT;
	case HTTP_UNREACHABLE:
	case HTTP_BROKEN:
		return RETRY_TRANSIENT;
	default:
		return RETRY_NEVER;
	}
	if (c->status == 429 || is_one_of(c->code, throttled))
		return RETRY_THROTTLED;
	if (is_one_of(c->code, skewed) || (c->skewed && is_one_of(c->code, maybe_skewed)))
		return RETRY_SKEW;
	if (is_one_of(c->code, expired))
		return RETRY_EXPIRED;
	if (is_one_of(c->code, transient))
		return RETRY_TRANSIENT;
	/* Names of the same state as "being changed by somebody": with a name, wait for it. */
	if (c->service == AWS_LAMBDA && c->code && str_eq(c->code, "ResourceInUseException"))
		return RETRY_TRANSIENT;
	if (c->status == 500 || c->status == 502 || c->status == 503 || c->status == 504)
		return RETRY_TRANSIENT;
	/* A load balancer in front answers without a code; and an answer cut short is none. */
	if (c->status >= 200 && c->status < 300)
		return RETRY_TRANSIENT;
	return RETRY_NEVER;
}

bool retry_is_ambiguous(const struct retry_case *c, bool sent)
{
	enum retry_class class = retry_classify(c);

	if (c->failure != HTTP_OK)
		return sent;
	/* Refused before anything was done. */
	if (class == RETRY_THROTTLED || class == RETRY_SKEW || class == RETRY_EXPIRED)
		return false;
	return (c->status >= 500 && c->status != 501) || (c->status >= 200 && c->status < 300);
}

unsigned retry_quota_take(struct retry_quota *quota, enum retry_class class)
{
	unsigned cost = class == RETRY_TIMEOUT ? 10 : 5;

	if (quota->tokens < cost)
		return 0;
	quota->tokens -= cost;
	return cost;
}

void retry_quota_give(struct retry_quota *quota, unsigned cost)
{
	quota->tokens = MIN(quota->tokens + (cost ? cost : 1), RETRY_QUOTA);
}

int64_t retry_delay_ms(unsigned n, enum retry_class class, double random, int64_t hint_ms)
{
	int64_t base = class == RETRY_THROTTLED ? 1000 : 500, most, delay;

	if (class == RETRY_SKEW || class == RETRY_EXPIRED)
		return 0;
	most = n > 16 ? RETRY_MAX_DELAY_MS : MIN(base << (n ? n - 1 : 0), RETRY_MAX_DELAY_MS);
	delay = (int64_t)((double)most * random);
	if (hint_ms > delay)
		delay = MIN(hint_ms, delay + 5000);
	return delay;
}

int64_t retry_hint_ms(const struct http_response *response)
{
	struct strbuf value = STRBUF_INIT;
	int64_t ms = -1;
	uint64_t n;

	if (http_get_header(response, "x-amz-retry-after", &value)) {
		if (parse_uint(value.buf, 0, 3600 * 1000, &n))
			ms = (int64_t)n;
	} else if (http_get_header(response, "Retry-After", &value)) {
		if (parse_uint(value.buf, 0, 3600, &n))
			ms = (int64_t)n * 1000;
	}
	strbuf_release(&value);
	return ms;
}

/* By hand: strptime() knows month names of the locale only. */
static int month_of(const char *s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int i;

	for (i = 0; i < 12; i++)
		if (!memcmp(names + 3 * i, s, 3))
			return i;
	return -1;
}

static int number(const char *s, int digits)
{
	int n = 0;

	while (digits--) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s++ - '0');
	}
	return n;
}

int64_t retry_server_time_ms(const struct http_response *response)
{
	struct strbuf value = STRBUF_INIT;
	struct tm tm = { 0 };
	int64_t ms = -1;
	const char *s;

	/* "Sat, 21 Nov 2026 02:03:04 GMT" */
	if (http_get_header(response, "Date", &value) && value.len == 29 &&
	    str_eq(value.buf + 25, " GMT")) {
		s = value.buf;
		tm.tm_mday = number(s + 5, 2);
		tm.tm_mon = month_of(s + 8);
		tm.tm_year = number(s + 12, 4) - 1900;
		tm.tm_hour = number(s + 17, 2);
		tm.tm_min = number(s + 20, 2);
		tm.tm_sec = number(s + 23, 2);
		if (tm.tm_mday > 0 && tm.tm_mon >= 0 && tm.tm_year > 0 && tm.tm_hour >= 0 &&
		    tm.tm_min >= 0 && tm.tm_sec >= 0)
			ms = (int64_t)timegm(&tm) * 1000;
	}
	strbuf_release(&value);
	return ms;
}
