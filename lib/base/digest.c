#include "base/base.h"
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

static void digest(const EVP_MD *md, unsigned char *out, const void *data, size_t len)
{
	unsigned int n;

	if (!EVP_Digest(data, len, out, &n, md, NULL))
		BUG("EVP_Digest() failed");
}

void sha256(unsigned char out[SHA256_SIZE], const void *data, size_t len)
{
	digest(EVP_sha256(), out, data, len);
}

void sha256_hex(struct strbuf *sb, const void *data, size_t len)
{
	unsigned char d[SHA256_SIZE];

	sha256(d, data, len);
	strbuf_addhex(sb, d, sizeof(d));
}

void sha1_hex(struct strbuf *sb, const void *data, size_t len)
{
	unsigned char d[20];

	digest(EVP_sha1(), d, data, len);
	strbuf_addhex(sb, d, sizeof(d));
}

void hmac_sha256(unsigned char out[SHA256_SIZE], const void *key, size_t key_len, const void *data,
		 size_t len)
{
	unsigned int n;

	if (key_len > INT_MAX)
		BUG("a key of %zu bytes", key_len);
	if (!HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n))
		BUG("HMAC() failed");
}

static const char base64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct strbuf *sb, const void *data, size_t len)
{
	const unsigned char *p = data;
	char out[4];

	/* At once: doubling a large buffer would take twice the memory. */
	if (!strbuf_grow(sb, (len + 2) / 3 * 4))
		return;
	for (; len; p += MIN(len, 3), len -= MIN(len, 3)) {
		unsigned v = (unsigned)p[0] << 16 | (len > 1 ? (unsigned)p[1] << 8 : 0) |
			     (len > 2 ? p[2] : 0);

		out[0] = base64_alphabet[v >> 18];
		out[1] = base64_alphabet[v >> 12 & 63];
		out[2] = len > 1 ? base64_alphabet[v >> 6 & 63] : '=';
		out[3] = len > 2 ? base64_alphabet[v & 63] : '=';
		strbuf_add(sb, out, sizeof(out));
	}
}

bool base64_decode(struct strbuf *sb, const char *s, size_t len)
{
	size_t i, j, pad = len && s[len - 1] == '=' ? (len > 1 && s[len - 2] == '=' ? 2 : 1) : 0;
	const char *at;

	if (len % 4)
		return false;
	for (i = 0; i < len; i += 4) {
		size_t nr = i + 4 == len ? 4 - pad : 4;
		unsigned v = 0;
		char out[3];

		for (j = 0; j < 4; j++) {
			at = j < nr && s[i + j] ? strchr(base64_alphabet, s[i + j]) : NULL;
			if (j < nr && !at)
				return false;
			v = v << 6 | (at ? (unsigned)(at - base64_alphabet) : 0);
		}
		out[0] = (char)(v >> 16);
		out[1] = (char)(v >> 8);
		out[2] = (char)v;
		strbuf_add(sb, out, nr - 1);
	}
	return true;
}

void random_bytes(void *out, size_t len)
{
	char *p = out;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			BUG("getrandom(): %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}

void add_uuid(struct strbuf *sb)
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	strbuf_addhex(sb, b, 4);
	strbuf_addch(sb, '-');
	strbuf_addhex(sb, b + 4, 2);
	strbuf_addch(sb, '-');
	strbuf_addhex(sb, b + 6, 2);
	strbuf_addch(sb, '-');
	strbuf_addhex(sb, b + 8, 2);
	strbuf_addch(sb, '-');
	strbuf_addhex(sb, b + 10, 6);
}
