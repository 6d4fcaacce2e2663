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
