#include "base/base.h"
#include "base/ulid.h"
#include "spool/lease-internal.h"
#include "spool/owner.h"

#define GENERATION_MAX 999999999

void owners_init(struct owners *owners)
{
	strmap_init(&owners->by_job);
}

void owners_release(struct owners *owners)
{
	strmap_release(&owners->by_job, free);
}

char *owner_path(const struct spool *spool, const char *id, unsigned generation, const char *suffix)
{
	return xstrfmt("%s/run/%s.%u%s", spool->dir, id, generation, suffix);
}

/* "<ULID>.<generation>.lease" or ".free"; false: it is none. */
static bool parse_name(const char *name, uint64_t *generation, bool *is_free)
{
	char digits[16];
	size_t len;

	if (!is_ulid(name, strnlen(name, ULID_LEN)) || name[ULID_LEN] != '.')
		return false;
	name += ULID_LEN + 1;
	len = strspn(name, "0123456789");
	if (!len || len >= sizeof(digits))
		return false;
	memcpy(digits, name, len);
	digits[len] = '\0';
	*is_free = str_eq(name + len, ".free");
	return (*is_free || str_eq(name + len, ".lease")) &&
	       parse_uint(digits, 1, GENERATION_MAX, generation);
}

bool owners_add(struct owners *owners, const char *name)
{
	struct owner **at, *owner;
	uint64_t generation;
	bool is_free;

	if (!parse_name(name, &generation, &is_free))
		return false;
	at = (struct owner **)strmap_at(&owners->by_job, name, ULID_LEN);
	if (!*at)
		*at = xcalloc(1, sizeof(**at));
	owner = *at;
	if (generation >= owner->generation) {
		/* Between the two names of a claim that is let go of it may be seen twice. */
		owner->is_free = is_free || (generation == owner->generation && owner->is_free);
		owner->generation = (unsigned)generation;
	}
	return true;
}

static bool is_claimed(const struct spool *spool, const char *id)
{
	const struct claim *claim;

	for (claim = spool->claims; claim; claim = claim->next)
		if (str_eq(claim->job.id, id))
			return true;
	return false;
}

enum owned owner_look(struct spool *spool, const struct owners *owners, const char *id,
		      unsigned *generation)
{
	const struct owner *owner = strmap_get(&owners->by_job, id);
	enum lease_look look;
	char *path;

	*generation = owner ? owner->generation : 0;
	if (!owner || owner->is_free)
		return OWNED_BY_NOBODY;
	path = owner_path(spool, id, owner->generation, ".lease");
	look = lease_look(spool, path);
	free(path);
	if (look == LEASE_OWN)
		return is_claimed(spool, id) ? OWNED : OWNED_BY_NOBODY;
	if (look == LEASE_HELD)
		return OWNED;
	return look == LEASE_TAKEN ? OWNED_BY_THE_STUCK : OWNED_BY_NOBODY;
}

static void remove_generation(const struct spool *spool, const char *id, unsigned generation)
{
	static const char *const suffixes[] = { ".lease", ".free" };
	size_t i;

	for (i = 0; generation && i < ARRAY_SIZE(suffixes); i++) {
		char *path = owner_path(spool, id, generation, suffixes[i]);

		unlink(path);
		free(path);
	}
}

int owner_take(struct spool *spool, const char *id, unsigned generation, struct error *err)
{
	char *lease = lease_path(spool, ""), *path = owner_path(spool, id, generation, ".lease");
	int ret = 1;

	if (link(lease, path) < 0)
		ret = errno == EEXIST ? 0 :
					error_errno(err, "cannot link '%s' to '%s'", lease, path);
	/* Those before the last are of no use to anybody. */
	if (ret > 0 && generation > 2)
		remove_generation(spool, id, generation - 2);
	free(lease);
	free(path);
	return ret;
}

void owner_let_go(struct spool *spool, const char *id, unsigned generation)
{
	char *from = owner_path(spool, id, generation, ".lease");
	char *to = owner_path(spool, id, generation, ".free");

	/* If it fails, our own list of claims tells; others when our process has ended. */
	if (rename(from, to) < 0 && errno != ENOENT)
		spool_log(spool, "cannot rename '%s': %s", from, strerror(errno));
	free(from);
	free(to);
}

void owner_forget(struct spool *spool, const char *id, unsigned generation)
{
	remove_generation(spool, id, generation);
	remove_generation(spool, id, generation - 1);
}
