#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/base.h"
#include "base/strbuf.h"

/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), on OpenSSL's libcrypto. */
#define SHA256_SIZE 32

void sha256(unsigned char out[SHA256_SIZE], const void *data, size_t len);
/* Lower-case hex of the digest onto `sb`. */
void sha256_hex(struct strbuf *sb, const void *data, size_t len);
void hmac_sha256(unsigned char out[SHA256_SIZE], const void *key, size_t key_len, const void *data,
		 size_t len);
/* SHA-1, only for names that others chose (the cache files of AWS SSO). */
void sha1_hex(struct strbuf *sb, const void *data, size_t len);

/* Base64 (RFC 4648, section 4), with padding. Decoding: false for anything else, blanks too. */
void base64_encode(struct strbuf *sb, const void *data, size_t len);
bool base64_decode(struct strbuf *sb, const char *s, size_t len) MUST_CHECK;

/* An RFC 9562 version 4 UUID, 36 characters, from the system's random source. */
void add_uuid(struct strbuf *sb);
void random_bytes(void *out, size_t len);

#endif
