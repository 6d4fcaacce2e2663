#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include "base/base.h"
#include "base/strbuf.h"

/*
 * AWS Signature Version 4, in the Authorization header. Source: IAM User
 * Guide, "Create a signed AWS API request". Each step can be had and tested
 * alone; none reads a clock.
 *
 *	canonical request = method, path, query, headers, header names, payload hash
 *	string to sign    = AWS4-HMAC-SHA256, time, scope, hash of the former
 *	signature         = HMAC chain over date, region, service, "aws4_request"
 */
struct http_header;

struct sigv4_keys {
	const char *access_key, *secret_key;
	const char *token; /* of temporary credentials, or NULL */
};

struct sigv4_scope {
	const char *region, *service; /* the signing names, whatever the endpoint */
	int64_t time_ms;	      /* the wall time that X-Amz-Date has */
};

enum sigv4_flags {
	/* Fold dot segments and empty segments of the path. All services but S3. */
	SIGV4_NORMALIZE = 1 << 0,
	/* Encode the path as sent once more. All services but S3. */
	SIGV4_DOUBLE_ENCODE = 1 << 1
};

/* What `service` (a signing name) wants. */
unsigned sigv4_flags_for(const char *service);

struct sigv4_request {
	const char *method;
	const char *path;		   /* as sent, so encoded once already; "" means "/" */
	const char *query;		   /* as sent, without the '?'; NULL: none */
	const struct http_header *headers; /* all that is sent, in this order */
	size_t headers_nr;
	const char *payload_hash; /* hex SHA-256 of the body, or "UNSIGNED-PAYLOAD" */
	unsigned flags;
};

/* The hash of an empty body. */
#define SIGV4_EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/*
 * Every byte but A-Z a-z 0-9 - . _ ~ as %XX; `keep` lists further bytes that
 * stay ("/" for a path).
 */
void sigv4_encode(struct strbuf *out, const char *s, size_t len, const char *keep);

/* Is this header signed? Not those that proxies or HTTP itself may change, nor Authorization. */
bool sigv4_signs_header(const char *name);

/*
 * `signed_headers` gets their names, "content-type;host;x-amz-date". Equal
 * names are joined by commas in sending order; blanks around a value go,
 * inner runs of them become one.
 */
void sigv4_canonical_request(struct strbuf *out, struct strbuf *signed_headers,
			     const struct sigv4_request *request);

void sigv4_string_to_sign(struct strbuf *out, const struct sigv4_scope *scope,
			  const struct strbuf *canonical_request);

/* Lower-case hex. What was derived from the secret key is wiped. */
void sigv4_signature(struct strbuf *out, const struct sigv4_keys *keys,
		     const struct sigv4_scope *scope, const struct strbuf *string_to_sign);

/* "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=..." */
void sigv4_authorization(struct strbuf *out, const struct sigv4_keys *keys,
			 const struct sigv4_scope *scope, const struct strbuf *signed_headers,
			 const struct strbuf *signature);

/* All steps at once. */
void sigv4_sign(struct strbuf *authorization, const struct sigv4_keys *keys,
		const struct sigv4_scope *scope, const struct sigv4_request *request);

#endif
