#include "base/base.h"
#include "base/ulid.h"

#include <sys/random.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void add_ulid(struct strbuf *sb, int64_t wall_ms)
{
	/* Its own random bytes: a hook that needs an id doesn't load libcrypto for it. */
	unsigned char chance[16];
	char id[ULID_LEN];
	uint64_t ms = (uint64_t)wall_ms;
	size_t i;

	if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		BUG("getrandom(): %s", strerror(errno));
	for (i = 10; i-- > 0; ms >>= 5)
		id[i] = digits[ms & 31];
	for (i = 0; i < sizeof(chance); i++)
		id[10 + i] = digits[chance[i] & 31];
	strbuf_add(sb, id, sizeof(id));
}

bool is_ulid(const char *s, size_t len)
{
	size_t i;

	if (len != ULID_LEN || s[0] > '7')
		return false;
	for (i = 0; i < len; i++)
		if (!s[i] || !strchr(digits, s[i]))
			return false;
	return true;
}

int64_t ulid_time(const char *id)
{
	int64_t ms = 0;
	size_t i;

	for (i = 0; i < 10; i++)
		ms = ms << 5 | (strchr(digits, id[i]) - digits);
	return ms;
}
